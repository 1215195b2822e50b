"""Spectra files: HDF5 with everything needed to make the result again (docs/file-format.md).

Layout, schema version 4.  Each spectrum is a group that three kinds of readers understand: an
``NXdata`` of NeXus, which viewers draw when they open the file, a histogram in the schema of UHI,
and plain arrays with units::

    /                  NXroot: format, schema_version, kind, created, versions, truth, seed
    /spectra/<d>/<p>   NXdata of a detector and period: counts (n_bins,), energy_kev (n_bins + 1,),
                       counts_errors if Gaussian; start, stop, live_days, mass_kg, kg_days, flux
    /index             detector, period, first_bin, each (n_spectra,): where a spectrum begins
    /toys              (n_toys, n): counts of all bins in a row
    /templates         (7, n): expected signal counts of each monomial
    /experiment        resolved (JSON), source (TOML), sha256, files/<n> (text; name, sha256)
    /experiments/<n>   in place of it where there are several: the same, and label
"""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from itertools import pairwise
from pathlib import Path

import h5py
import numpy as np
from uhi.io.hdf5 import write as write_uhi

from sim import hdf5
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.display import html_table
from sim.experiment import Experiment, restored_experiment
from sim.files import write_atomically
from sim.hdf5 import StoreError
from sim.model import Model
from sim.sources.sources import Sources
from sim.spectra.histogram import Histogram
from sim.spectra.spectra import KINDS, Spectra
from sim.spectra.spectrum_info import PERIODS, SpectrumInfo, offsets_of
from sim.store_migrations import MIGRATIONS

FORMAT = "nuem spectra"
SCHEMA_VERSION = 4
_NUMBERS = (
    "kg_days",
    "live_days",
    "mass_kg",
    "flux_cm2_s",
    "flux_fraction",
    "powered",
    "days_from",
    "days",
)
_TIMES = ("start", "stop")
_LIBRARIES = ("numpy", "numba", "scipy", "iminuit", "h5py", "pydantic", "uhi")


@dataclass(frozen=True, slots=True, eq=False)
class StoredSpectra:
    """Content of a spectra file."""

    sources: Sources
    spectra: Spectra
    toys: FloatArray
    seed: int | None

    def __repr__(self) -> str:
        return f"<StoredSpectra of {self.sources.name}: {self.spectra!r}, {len(self.toys)} toys>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [("experiment", self.sources.name), ("spectra", repr(self.spectra))]
        rows += [("toys", str(len(self.toys))), ("seed", str(self.seed))]
        return html_table("stored spectra", rows)

    @property
    def experiment(self) -> Experiment:
        """The one experiment of the file; ConfigurationError for several, in ``sources``."""
        return self.sources.only

    def model(self) -> Model:
        """The model of the stored spectra; ConfigurationError as ``Sources.model``."""
        model = self.sources.model()
        known = [info.name for info in model.spectra]
        stored = [info.name for info in self.spectra.infos]
        return model if known == stored else model.at([known.index(name) for name in stored])

    def toy(self, index: int) -> Spectra:
        """One stored toy; StoreError if there is none of that index."""
        if not 0 <= index < self.toys.shape[0]:
            raise StoreError(f"toy {index} is not in the file: it holds {self.toys.shape[0]} toys")
        return self.spectra.with_counts(self.toys[index], "toy")


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
        experiments = tuple((source.label, source.experiment) for source in model.sources)
        write_sources(file, Sources(experiments))
        entry = file.create_group("spectra")
        entry.attrs["NX_class"] = "NXentry"
        for info in spectra.infos:
            _set_defaults(entry, info.name)
        for info, histogram in zip(spectra.infos, spectra, strict=True):
            _write_spectrum(entry.create_group(info.name), info, histogram)
        _write_index(file.create_group("index"), spectra)
        stored = np.zeros((0, spectra.flat.size)) if toys is None else toys
        hdf5.write_array(file, "toys", stored, "counts", dimensions="toy, bin")
        templates = model.signal_table.templates
        samples = model.samples()
        hdf5.write_array(
            file,
            "templates",
            np.array([samples[template] for template in templates]),
            "counts",
            dimensions="monomial, bin",
            monomials=", ".join(templates),
            parameter_units=f"{model.signal_table.fit_units()}, from the Standard Model",
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


def write_sources(file: h5py.File, sources: Sources) -> None:
    """One experiment as /experiment, several as /experiments/<n>, each with its label."""
    if "" in dict(sources.experiments):
        write_experiment(file.create_group("experiment"), sources.only)
        return
    for i, (label, experiment) in enumerate(sources.experiments):
        group = file.create_group(f"experiments/{i}")
        write_experiment(group, experiment)
        group.attrs["label"] = label


def read_sources(file: h5py.File) -> Sources:
    """The experiments of ``write_sources``."""
    if "experiment" in file:
        return Sources.of(read_experiment(file["experiment"]))
    groups = file["experiments"]
    own = [groups[name] for name in sorted(groups, key=int)]
    return Sources(tuple((str(group.attrs["label"]), read_experiment(group)) for group in own))


def read_experiment(group: h5py.Group) -> Experiment:
    """The experiment of ``write_experiment``; keys that came since then have their defaults."""
    files = {str(node.attrs["name"]): hdf5.text(node) for node in group["files"].values()}
    resolved, source = hdf5.text(group["resolved"]), hdf5.text(group["source"])
    return restored_experiment(resolved, source, files)


def _write_spectrum(group: h5py.Group, info: SpectrumInfo, histogram: Histogram) -> None:
    """A histogram of UHI, and the same arrays under the names that NeXus plots."""
    write_uhi(group, histogram, min_compress_elements=info.n_bins + 2)
    group["counts"] = group["storage/values"]
    group["energy_kev"] = group["ref_axes/axis_0/edges"]
    group["counts"].attrs.update({"units": "counts", "long_name": f"counts, {info.name}"})
    group["energy_kev"].attrs.update({"units": "keV", "long_name": histogram.axes[0].label})
    group.attrs.update({"NX_class": "NXdata", "signal": "counts", "axes": ["energy_kev"]})
    if histogram.errors is not None:
        hdf5.write_array(group, "counts_errors", histogram.errors, "counts")
    for name in _NUMBERS:
        value = getattr(info, name)
        if value is not None:
            group.attrs[name] = value
    if info.source:
        group.attrs["source"] = info.source
    for name in _TIMES:
        moment = getattr(info, name)
        if moment is not None:
            group.attrs[name] = moment.isoformat()


def _set_defaults(entry: h5py.Group, name: str) -> None:
    """The groups on the way to a spectrum, each of which has its first one as its default."""
    group = entry
    *parents, last = name.split("/")
    for parent, child in pairwise([*parents, last]):
        group.attrs.setdefault("default", parent)
        group = group.require_group(parent)
        group.attrs["NX_class"] = "NXsubentry"
        group.attrs.setdefault("default", child)


def _write_index(group: h5py.Group, spectra: Spectra) -> None:
    texts = h5py.string_dtype()
    group.create_dataset("detector", data=[info.detector for info in spectra.infos], dtype=texts)
    group.create_dataset("period", data=[info.period for info in spectra.infos], dtype=texts)
    group.create_dataset("first_bin", data=np.array(offsets_of(spectra.infos)[:-1]))


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
        if spectra.truth.others:
            header["parameters"] = json.dumps(dict(spectra.truth.others))
    return header


def _read(file: h5py.File, path: Path) -> StoredSpectra:
    kind = str(file.attrs["kind"])
    if not set(kind.split("+")) <= set(KINDS):
        raise StoreError(f"{path}: unknown kind {kind!r}")
    sources = read_sources(file)
    names = [file["index"][column].asstr()[()].tolist() for column in ("detector", "period")]
    groups = [file["spectra"][f"{d}/{p}"] for d, p in zip(*names, strict=True)]
    if len(set(zip(*names, strict=True))) != len(groups):
        raise StoreError(f"{path}: a spectrum stands twice in the index")
    infos = tuple(_read_info(d, p, g) for d, p, g in zip(*names, groups, strict=True))
    counts = [_floats(group, "counts") for group in groups]
    errors = None
    if any("counts_errors" in group for group in groups):
        errors = [
            _floats(group, "counts_errors") if "counts_errors" in group else np.zeros_like(own)
            for group, own in zip(groups, counts, strict=True)
        ]
    toys = file["toys"][()]
    if toys.dtype.kind != "f":
        raise StoreError(f"{path}: toys must be floating-point numbers")
    sizes = [(info.n_bins,) for info in infos]
    if [c.shape for c in counts] != sizes or toys.shape[1:] != (offsets_of(infos)[-1],):
        raise StoreError(f"{path}: the shapes of edges, counts and toys do not agree")
    if file["index"]["first_bin"][()].tolist() != offsets_of(infos)[:-1]:
        raise StoreError(f"{path}: the index does not agree with the spectra")
    for info in infos:
        if not (np.all(np.isfinite(info.edges_kev)) and np.all(np.diff(info.edges_kev) > 0)):
            raise StoreError(f"{path}: the edges do not increase")
    if errors is not None and [e.shape for e in errors] != sizes:
        raise StoreError(f"{path}: the errors are not of the shape of the counts")
    flat, flat_errors = np.concatenate(counts), None if errors is None else np.concatenate(errors)
    for name, values in (("counts", flat), ("toys", toys), ("errors", flat_errors)):
        lowest = -np.inf if name != "errors" and errors is not None else 0.0
        if values is not None and not np.all(np.isfinite(values) & (values >= lowest)):
            allowed = "finite numbers" + (" >= 0" if lowest == 0 else "")
            raise StoreError(f"{path}: the {name} are not {allowed}")
    seed = file.attrs.get("seed")
    return StoredSpectra(
        sources=sources,
        spectra=Spectra(infos, flat, kind, _read_truth(file, path), flat_errors),
        toys=toys,
        seed=None if seed is None else int(seed),
    )


def _read_info(detector: str, period: str, group: h5py.Group) -> SpectrumInfo:
    numbers = {name: float(group.attrs[name]) for name in _NUMBERS if name in group.attrs}
    times = {
        name: datetime.fromisoformat(str(group.attrs[name]))
        for name in _TIMES
        if name in group.attrs
    }
    return SpectrumInfo(
        detector=detector,
        period=period,
        edges_kev=_floats(group, "energy_kev"),
        kg_days=numbers.get("kg_days", 0.0),
        live_days=numbers.get("live_days"),
        mass_kg=numbers.get("mass_kg"),
        flux_cm2_s=numbers.get("flux_cm2_s", 0.0),
        flux_fraction=numbers.get("flux_fraction", 0.0),
        powered=bool(numbers.get("powered", period != PERIODS[1])),
        start=times.get("start"),
        stop=times.get("stop"),
        days_from=numbers.get("days_from"),
        days=numbers.get("days"),
        source=str(group.attrs.get("source", "")),
    )


def _floats(group: h5py.Group, name: str) -> FloatArray:
    array: FloatArray = group[name][()]
    if array.dtype.kind != "f":
        raise ValueError(f"{name} must hold floating-point numbers")
    return array


def _read_truth(file: h5py.File, path: Path) -> NeutrinoParameters | None:
    if "mu_nu" not in file.attrs:
        return None
    numbers = {name: np.asarray(file.attrs[name]) for name in _TRUTH}
    for name, values in numbers.items():
        if values.shape != _TRUTH[name] or values.dtype.kind != "f":
            raise StoreError(f"{path}: {name} is not a number of the truth")
        if not np.all(np.isfinite(values)):
            raise StoreError(f"{path}: {name} is not finite")
    charges, radii = (tuple(map(float, numbers[n])) for n in ("transition_q", "transition_r2"))
    return NeutrinoParameters(
        mu_nu=float(numbers["mu_nu"]),
        q_nu=float(numbers["q_nu"]),
        r2_nu=float(numbers["r2_nu"]),
        transition_q=(charges[0], charges[1]),
        transition_r2=(radii[0], radii[1]),
        others=_read_others(file, path),
    )


def _read_others(file: h5py.File, path: Path) -> tuple[tuple[str, float], ...]:
    """Parameters beyond the electromagnetic ones, none in older files."""
    try:
        values = json.loads(str(file.attrs.get("parameters", "{}")))
        found = tuple(sorted((str(name), float(value)) for name, value in values.items()))
    except (ValueError, TypeError, AttributeError):
        raise StoreError(f"{path}: parameters are not those of the truth") from None
    if not all(math.isfinite(value) for _, value in found):
        raise StoreError(f"{path}: parameters are not finite")
    return found


_TRUTH: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("mu_nu", "q_nu", "r2_nu"), ()),
    **dict.fromkeys(("transition_q", "transition_r2"), (2,)),
}


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
