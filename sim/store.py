"""HDF5 in and out: spectra with everything needed to make them again.

Layout, schema version 1 (docs/file-format.md)::

    /                attributes: format, schema_version, kind, created, nuem_version, seed,
                     content_sha256, versions of the libraries
    /experiment/     resolved (JSON), source (TOML), sha256 (attribute), files/<n> (text, name)
    /edges_kev       (n_bins + 1,)
    /counts          (2, n_bins): ON and OFF
    /toys            (n_toys, 2, n_bins), if any
    /templates       (7, 2, n_bins): expected signal counts of each monomial

The HDF5 library never touches the disk when writing: the file is built in memory and written
as bytes (``sim.files``).
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from uuid import uuid4

import h5py
import numpy as np

from sim.experiment import Experiment, restored_experiment
from sim.files import write_atomically
from sim.model import Model
from sim.parameters import MONOMIALS, FloatArray, NeutrinoParameters
from sim.spectra import KINDS, Spectra

FORMAT = "nuem spectra"
SCHEMA_VERSION = 1
_MAX_ELEMENTS = 2**31
_LIBRARIES = ("numpy", "numba", "scipy", "iminuit", "h5py", "pydantic")


class StoreError(OSError):
    """A file that is missing, damaged, or not one of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredSpectra:
    """Content of a spectra file."""

    experiment: Experiment
    spectra: Spectra
    toys: FloatArray
    seed: int | None

    def toy(self, index: int) -> Spectra:
        """One stored toy; StoreError if there is none of that index."""
        if not 0 <= index < self.toys.shape[0]:
            raise StoreError(f"toy {index} is not in the file: it holds {self.toys.shape[0]} toys")
        return Spectra(self.spectra.edges_kev, self.toys[index], "toy", self.spectra.truth)


def nuem_version() -> str:
    """Version of the installed distribution."""
    try:
        return metadata.version("nuem")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def write_spectra(
    path: Path,
    model: Model,
    spectra: Spectra,
    toys: FloatArray | None = None,
    seed: int | None = None,
) -> None:
    """Store spectra (and toys) of a model; the file is whole or not there."""
    write_atomically(path, spectra_image(model, spectra, toys, seed))


def spectra_image(
    model: Model, spectra: Spectra, toys: FloatArray | None = None, seed: int | None = None
) -> bytes:
    """The bytes of a spectra file."""
    if toys is None:
        toys = np.zeros((0, *spectra.counts.shape))
    with h5py.File(f"{uuid4()}.h5", "w", driver="core", backing_store=False) as file:
        _write_experiment(file.create_group("experiment"), model.experiment)
        _write_array(file, "edges_kev", spectra.edges_kev, "keV")
        _write_array(file, "counts", spectra.counts, "counts", periods="on, off")
        _write_array(file, "toys", toys, "counts", periods="on, off")
        _write_array(
            file,
            "templates",
            model.signal,
            "counts",
            monomials=", ".join(MONOMIALS),
            parameter_units="mu: 1e-11 mu_B, q: 1e-12 e, r: 1e-32 cm^2 from the Standard Model",
        )
        _write_header(file, spectra, model, seed)
        file.flush()
        return bytes(file.id.get_file_image())


def read_spectra(path: Path) -> StoredSpectra:
    """Read a spectra file and verify its checksum.

    Raises
    ------
    StoreError
        if the file is missing, truncated, altered, hostile, of a newer schema, or another kind.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            return _read(file, path)
    except StoreError:
        raise
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path}: not a readable nuem file ({reason})") from None


def _write_experiment(group: h5py.Group, experiment: Experiment) -> None:
    group.attrs["sha256"] = experiment.sha256()
    group["resolved"] = experiment.canonical_json()
    group["source"] = experiment.source
    files = group.create_group("files")
    for index, (name, text) in enumerate(experiment.files.items()):
        files[str(index)] = text
        files[str(index)].attrs["name"] = name


def _write_array(
    file: h5py.File, name: str, values: FloatArray, unit: str, **attributes: str
) -> None:
    dataset = file.create_dataset(name, data=np.ascontiguousarray(values, dtype="<f8"))
    dataset.attrs["unit"] = unit
    for key, value in attributes.items():
        dataset.attrs[key] = value


def _write_header(file: h5py.File, spectra: Spectra, model: Model, seed: int | None) -> None:
    attributes: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": spectra.kind,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "nuem_version": nuem_version(),
        "python_version": platform.python_version(),
        "versions": json.dumps({name: metadata.version(name) for name in _LIBRARIES}),
    }
    if seed is not None:
        attributes["seed"] = str(seed)
    if spectra.truth is not None:
        attributes["mu_nu"] = spectra.truth.mu_nu
        attributes["q_nu"] = spectra.truth.q_nu
        attributes["r2_nu"] = spectra.truth.total_r2_nu(model.couplings)
    for key, value in attributes.items():
        file.attrs[key] = value
    file.attrs["content_sha256"] = _content_sha256(file)


def _read(file: h5py.File, path: Path) -> StoredSpectra:
    if file.attrs.get("format") != FORMAT:
        raise StoreError(f"{path}: not a nuem spectra file")
    version = int(file.attrs["schema_version"])
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path}: schema version {version} is newer than {SCHEMA_VERSION}; upgrade nuem"
        )
    _check_links(file, path)
    if file.attrs["content_sha256"] != _content_sha256(file):
        raise StoreError(f"{path}: the content does not match its checksum: the file is damaged")
    kind = str(file.attrs["kind"])
    if kind not in KINDS:
        raise StoreError(f"{path}: unknown kind {kind!r}")
    experiment = _read_experiment(file["experiment"])
    edges, counts, toys = file["edges_kev"][()], file["counts"][()], file["toys"][()]
    if counts.shape != (2, edges.size - 1) or toys.shape[1:] != counts.shape:
        raise StoreError(f"{path}: the shapes of edges, counts and toys do not agree")
    spectra = Spectra(edges, counts, kind, _read_truth(file))
    seed = file.attrs.get("seed")
    return StoredSpectra(experiment, spectra, toys, None if seed is None else int(seed))


def _read_truth(file: h5py.File) -> NeutrinoParameters | None:
    if "mu_nu" not in file.attrs:
        return None
    names = ("mu_nu", "q_nu", "r2_nu")
    return NeutrinoParameters(*(float(file.attrs[name]) for name in names))


def _read_experiment(group: h5py.Group) -> Experiment:
    files = {str(node.attrs["name"]): _text(node) for node in group["files"].values()}
    return restored_experiment(_text(group["resolved"]), _text(group["source"]), files)


def _text(dataset: h5py.Dataset) -> str:
    return str(dataset.asstr()[()])


def _check_links(group: h5py.Group, path: Path) -> None:
    """Refuse soft and external links, virtual and external storage, and absurd sizes."""
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise StoreError(f"{path}: {group.name}/{name} is a link, which is refused")
        node = group[name]
        if isinstance(node, h5py.Group):
            _check_links(node, path)
        elif node.is_virtual or node.external or node.size > _MAX_ELEMENTS:
            raise StoreError(f"{path}: {node.name} has a storage or size that is refused")


def _content_sha256(file: h5py.File) -> str:
    """Hash of the header, and of every dataset's name, shape and bytes in the order of names."""
    header = sorted((k, str(v)) for k, v in file.attrs.items() if k != "content_sha256")
    digest = hashlib.sha256(json.dumps(header).encode())
    for name, node in sorted(_datasets(file), key=lambda item: item[0]):
        is_text = h5py.check_string_dtype(node.dtype) is not None
        content = _text(node).encode() if is_text else node[()].tobytes()
        digest.update(f"{name}{node.shape}{len(content)}".encode())
        digest.update(content)
    return digest.hexdigest()


def _datasets(group: h5py.Group) -> Iterable[tuple[str, h5py.Dataset]]:
    for node in group.values():
        if isinstance(node, h5py.Group):
            yield from _datasets(node)
        else:
            yield node.name, node
