"""Spectra files: HDF5 with everything needed to make the result again (docs/file-format.md).

Layout, schema version 2.  Each period is a group that three kinds of readers understand: an
``NXdata`` of NeXus, which viewers draw when they open the file, a histogram in the schema of UHI,
and plain arrays with units::

    /                  NXroot: format, schema_version, kind, created, versions, truth, seed
    /spectra/on, off   NXdata: counts (n_bins,), energy_kev (n_bins + 1,), counts_errors if Gaussian
    /toys              (n_toys, 2, n_bins), ON and OFF
    /templates         (7, 2, n_bins): expected signal counts of each monomial
    /experiment        resolved (JSON), source (TOML), sha256, files/<n> (text; name, sha256)
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import h5py
import numpy as np
from uhi.io.hdf5 import write as write_uhi

from sim import hdf5
from sim.cross_sections.parameters import MONOMIALS, FloatArray, NeutrinoParameters
from sim.display import html_table
from sim.experiment import Experiment, restored_experiment
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.model import Model
from sim.spectra import KINDS, PERIODS, Spectra
from sim.store_migrations import MIGRATIONS

FORMAT = "nuem spectra"
SCHEMA_VERSION = 2
_LIBRARIES = ("numpy", "numba", "scipy", "iminuit", "h5py", "pydantic", "uhi")


@dataclass(frozen=True, slots=True, eq=False)
class StoredSpectra:
    """Content of a spectra file."""

    experiment: Experiment
    spectra: Spectra
    toys: FloatArray
    seed: int | None

    def __repr__(self) -> str:
        return f"<StoredSpectra of {self.experiment.name}: {self.spectra!r}, {len(self.toys)} toys>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [("experiment", self.experiment.name), ("spectra", repr(self.spectra))]
        rows += [("toys", str(len(self.toys))), ("seed", str(self.seed))]
        return html_table("stored spectra", rows)

    def toy(self, index: int) -> Spectra:
        """One stored toy; StoreError if there is none of that index."""
        if not 0 <= index < self.toys.shape[0]:
            raise StoreError(f"toy {index} is not in the file: it holds {self.toys.shape[0]} toys")
        return replace(self.spectra, counts=self.toys[index], kind="toy")


def provenance() -> dict[str, object]:
    """Versions and time of writing, for the header of a file."""
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "nuem_version": _version("nuem"),
        "python_version": platform.python_version(),
        "versions": json.dumps({name: _version(name) for name in _LIBRARIES}),
    }


def write_spectra(
    path: str | Path,
    model: Model,
    spectra: Spectra,
    toys: FloatArray | None = None,
    seed: int | None = None,
) -> None:
    """Store spectra (and toys) of a model; the file is whole or not there."""
    write_atomically(Path(path), spectra_image(model, spectra, toys, seed))


def spectra_image(
    model: Model, spectra: Spectra, toys: FloatArray | None = None, seed: int | None = None
) -> bytes:
    """The bytes of a spectra file."""

    def fill(file: h5py.File) -> None:
        write_experiment(file.create_group("experiment"), model.experiment)
        entry = file.create_group("spectra")
        entry.attrs.update({"NX_class": "NXentry", "default": PERIODS[0]})
        for period in PERIODS:
            _write_period(entry.create_group(period), spectra, period)
        stored = np.zeros((0, *spectra.counts.shape)) if toys is None else toys
        hdf5.write_array(file, "toys", stored, "counts", dimensions="toy, period, bin")
        hdf5.write_array(
            file,
            "templates",
            model.signal,
            "counts",
            dimensions="monomial, period, bin",
            monomials=", ".join(MONOMIALS),
            parameter_units="mu: 1e-11 mu_B, q: 1e-12 e, r: 1e-32 cm^2 from the Standard Model",
        )

    return hdf5.image(_header(model, spectra, seed), fill)


def read_spectra(path: str | Path) -> StoredSpectra:
    """Read a spectra file and verify its checksum.

    Raises
    ------
    StoreError
        if the file is missing, truncated, altered, hostile, of a newer schema, or another kind.
    """
    source = Path(path)
    with hdf5.verified(source, FORMAT, SCHEMA_VERSION, MIGRATIONS) as file:
        return _read(file, source)


def write_experiment(group: h5py.Group, experiment: Experiment) -> None:
    """The configuration with the texts it came from."""
    group.attrs["sha256"] = experiment.sha256()
    group["resolved"] = experiment.canonical_json()
    group["source"] = experiment.source
    files = group.create_group("files")
    for index, (name, text) in enumerate(experiment.files.items()):
        files[str(index)] = text
        digest = hashlib.sha256(text.encode()).hexdigest()
        files[str(index)].attrs.update({"name": name, "sha256": digest})


def read_experiment(group: h5py.Group) -> Experiment:
    """The experiment of ``write_experiment``; keys that came since then have their defaults."""
    files = {str(node.attrs["name"]): hdf5.text(node) for node in group["files"].values()}
    resolved, source = hdf5.text(group["resolved"]), hdf5.text(group["source"])
    return restored_experiment(resolved, source, files)


def _write_period(group: h5py.Group, spectra: Spectra, period: str) -> None:
    """A histogram of UHI, and the same arrays under the names that NeXus plots."""
    histogram = spectra.histogram(period)
    n_bins = spectra.counts.shape[1]
    write_uhi(group, histogram, min_compress_elements=n_bins + 2)
    group["counts"] = group["storage/values"]
    group["energy_kev"] = group["ref_axes/axis_0/edges"]
    group["counts"].attrs.update({"units": "counts", "long_name": f"counts, reactor {period}"})
    group["energy_kev"].attrs.update({"units": "keV", "long_name": histogram.axes[0].label})
    group.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["energy_kev"]})
    if histogram.errors is not None:
        hdf5.write_array(group, "counts_errors", histogram.errors, "counts")


def _header(model: Model, spectra: Spectra, seed: int | None) -> dict[str, object]:
    header: dict[str, object] = {
        "NX_class": "NXroot",
        "default": "spectra",
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
    edges, counts = (_stacked(file, name) for name in ("energy_kev", "counts"))
    errors = _stacked(file, "counts_errors") if "counts_errors" in file["spectra/on"] else None
    toys = file["toys"][()]
    if toys.dtype.kind != "f":
        raise StoreError(f"{path}: toys must be floating-point numbers")
    if counts.shape != (2, edges.shape[1] - 1) or toys.shape[1:] != counts.shape:
        raise StoreError(f"{path}: the shapes of edges, counts and toys do not agree")
    if not np.array_equal(edges[0], edges[1]):
        raise StoreError(f"{path}: the bins of the two periods differ")
    if not (np.all(np.isfinite(edges)) and np.all(np.diff(edges) > 0)):
        raise StoreError(f"{path}: the edges do not increase")
    if errors is not None and errors.shape != counts.shape:
        raise StoreError(f"{path}: the errors are not of the shape of the counts")
    for name, values in (("counts", counts), ("toys", toys), ("errors", errors)):
        lowest = -np.inf if name != "errors" and errors is not None else 0.0
        if values is not None and not np.all(np.isfinite(values) & (values >= lowest)):
            allowed = "finite numbers" + (" >= 0" if lowest == 0 else "")
            raise StoreError(f"{path}: the {name} are not {allowed}")
    seed = file.attrs.get("seed")
    return StoredSpectra(
        experiment=experiment,
        spectra=Spectra(edges[0], counts, kind, _read_truth(file), errors),
        toys=toys,
        seed=None if seed is None else int(seed),
    )


def _stacked(file: h5py.File, name: str) -> FloatArray:
    """An array of both periods, (2, n)."""
    arrays = [file[f"spectra/{period}/{name}"][()] for period in PERIODS]
    if any(array.dtype.kind != "f" for array in arrays):
        raise ValueError(f"{name} must hold floating-point numbers")
    return np.stack(arrays)


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
