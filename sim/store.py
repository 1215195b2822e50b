"""Spectra files: HDF5 with everything needed to make the result again.

Layout, schema version 1 (docs/file-format.md)::

    /                attributes: format, schema_version, kind, created, nuem_version, truth, seed,
                     versions of the libraries
    /experiment/     resolved (JSON), source (TOML), sha256 (attribute), files/<n> (text, name)
    /edges_kev       (n_bins + 1,)
    /counts          (2, n_bins): ON and OFF
    /errors          (2, n_bins), for Gaussian bins only
    /toys            (n_toys, 2, n_bins), if any
    /templates       (7, 2, n_bins): expected signal counts of each monomial
"""

from __future__ import annotations

import json
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import h5py
import numpy as np

from sim import hdf5
from sim.experiment import Experiment, restored_experiment
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.model import Model
from sim.parameters import MONOMIALS, FloatArray, NeutrinoParameters
from sim.spectra import KINDS, Spectra

FORMAT = "nuem spectra"
SCHEMA_VERSION = 1
_LIBRARIES = ("numpy", "numba", "scipy", "iminuit", "h5py", "pydantic")


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


def provenance() -> dict[str, object]:
    """Versions and time of writing, for the header of a file."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "nuem_version": _version("nuem"),
        "python_version": platform.python_version(),
        "versions": json.dumps({name: _version(name) for name in _LIBRARIES}),
    }


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

    def fill(file: h5py.File) -> None:
        write_experiment(file.create_group("experiment"), model.experiment)
        hdf5.write_array(file, "edges_kev", spectra.edges_kev, "keV")
        hdf5.write_array(file, "counts", spectra.counts, "counts", periods="on, off")
        if spectra.errors is not None:
            hdf5.write_array(file, "errors", spectra.errors, "counts", periods="on, off")
        stored = np.zeros((0, *spectra.counts.shape)) if toys is None else toys
        hdf5.write_array(file, "toys", stored, "counts", periods="on, off")
        hdf5.write_array(
            file,
            "templates",
            model.signal,
            "counts",
            monomials=", ".join(MONOMIALS),
            parameter_units="mu: 1e-11 mu_B, q: 1e-12 e, r: 1e-32 cm^2 from the Standard Model",
        )

    return hdf5.image(_header(model, spectra, seed), fill)


def read_spectra(path: Path) -> StoredSpectra:
    """Read a spectra file and verify its checksum.

    Raises
    ------
    StoreError
        if the file is missing, truncated, altered, hostile, of a newer schema, or another kind.
    """
    with hdf5.verified(path, FORMAT, SCHEMA_VERSION) as file:
        return _read(file, path)


def write_experiment(group: h5py.Group, experiment: Experiment) -> None:
    """The configuration with the texts it came from."""
    group.attrs["sha256"] = experiment.sha256()
    group["resolved"] = experiment.canonical_json()
    group["source"] = experiment.source
    files = group.create_group("files")
    for index, (name, text) in enumerate(experiment.files.items()):
        files[str(index)] = text
        files[str(index)].attrs["name"] = name


def read_experiment(group: h5py.Group) -> Experiment:
    """The experiment of ``write_experiment``."""
    files = {str(node.attrs["name"]): hdf5.text(node) for node in group["files"].values()}
    resolved, source = hdf5.text(group["resolved"]), hdf5.text(group["source"])
    experiment = restored_experiment(resolved, source, files)
    if group.attrs["sha256"] != experiment.sha256():
        raise ValueError("the experiment does not match its hash")
    return experiment


def _header(model: Model, spectra: Spectra, seed: int | None) -> dict[str, object]:
    header: dict[str, object] = {
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": spectra.kind,
        **provenance(),
    }
    if seed is not None:
        header["seed"] = str(seed)
    if spectra.truth is not None:
        header["mu_nu"] = spectra.truth.mu_nu
        header["q_nu"] = spectra.truth.q_nu
        header["r2_nu"] = spectra.truth.total_r2_nu(model.couplings)
        header["transition_q"] = spectra.truth.transition_q
        header["transition_r2"] = spectra.truth.transition_r2
    return header


def _read(file: h5py.File, path: Path) -> StoredSpectra:
    kind = str(file.attrs["kind"])
    if kind not in KINDS:
        raise StoreError(f"{path}: unknown kind {kind!r}")
    experiment = read_experiment(file["experiment"])
    edges, counts, toys = file["edges_kev"][()], file["counts"][()], file["toys"][()]
    if any(array.dtype.kind != "f" for array in (edges, counts, toys)):
        raise StoreError(f"{path}: edges, counts and toys must be floating-point numbers")
    if counts.shape != (2, edges.size - 1) or toys.shape[1:] != counts.shape:
        raise StoreError(f"{path}: the shapes of edges, counts and toys do not agree")
    if not (np.all(np.isfinite(edges)) and np.all(np.diff(edges) > 0)):
        raise StoreError(f"{path}: the edges do not increase")
    errors = file["errors"][()] if "errors" in file else None
    if errors is not None and (errors.shape != counts.shape or errors.dtype.kind != "f"):
        raise StoreError(f"{path}: the errors are not of the shape of the counts")
    for name, values in (("counts", counts), ("toys", toys), ("errors", errors)):
        lowest = -np.inf if name == "counts" and errors is not None else 0.0
        if values is not None and not np.all(np.isfinite(values) & (values >= lowest)):
            raise StoreError(f"{path}: the {name} are not finite numbers >= 0")
    seed = file.attrs.get("seed")
    return StoredSpectra(
        experiment=experiment,
        spectra=Spectra(edges, counts, kind, _read_truth(file), errors),
        toys=toys,
        seed=None if seed is None else int(seed),
    )


def _read_truth(file: h5py.File) -> NeutrinoParameters | None:
    if "mu_nu" not in file.attrs:
        return None
    numbers = {name: np.asarray(file.attrs[name]) for name in _TRUTH}
    for name, values in numbers.items():
        if values.shape != _TRUTH[name] or values.dtype.kind != "f":
            raise StoreError(f"{file.filename}: {name} is not a number of the truth")
        if not np.all(np.isfinite(values)):
            raise StoreError(f"{file.filename}: {name} is not finite")
    charges, radii = (tuple(map(float, numbers[n])) for n in ("transition_q", "transition_r2"))
    return NeutrinoParameters(
        mu_nu=float(numbers["mu_nu"]),
        q_nu=float(numbers["q_nu"]),
        r2_nu=float(numbers["r2_nu"]),
        transition_q=(charges[0], charges[1]),
        transition_r2=(radii[0], radii[1]),
    )


_TRUTH: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("mu_nu", "q_nu", "r2_nu"), ()),
    **dict.fromkeys(("transition_q", "transition_r2"), (2,)),
}


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
