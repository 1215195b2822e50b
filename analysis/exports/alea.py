"""Export to alea: toys as lists of events, in the layout of its toy files.

The layout is that of ``inference_interface.toydata_to_file``, which alea reads with
``toydata_from_file``: an HDF5 file whose attributes n_datasets and dataset_names are JSON, and for
toy i a group ``i`` with one structured array a data set.  The data sets are those of an alea model
with a likelihood term for each spectrum (science_on and science_off, of several detectors
science_<detector>_<period>), ancillary, and the true values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import h5py
import numpy as np
import numpy.typing as npt

from sim import hdf5
from sim.cross_sections.parameters import FloatArray
from sim.model import Model
from sim.spectra.spectra import Spectra
from sim.store import provenance

EVENT_FIELD = "reconstructed_energy"
_MOST_EVENTS = 20_000_000


def alea_image(model: Model, toys: Iterable[Spectra], seed: int | None = None) -> bytes:
    """Bytes of a toy file: one event for each count, at the middle of its bin [keV].

    Ancillary measurements are at their centres: 0 for the morphs, in standard deviations, and the
    norms as relative deviations from 1; the toys' own fluctuations are those of the counts.

    Raises
    ------
    ValueError
        for no toys, counts that are not whole numbers, or more than 20 million events.
    """
    spectra = list(toys)
    if not spectra:
        raise ValueError("alea stores toys: write some with nuem spectrum --toys N --seed S")
    _check(spectra)
    ancillary = _row(dict.fromkeys(_constrained(model), 0.0))
    names = _datasets(model)

    def fill(file: h5py.File) -> None:
        for index, toy in enumerate(spectra):
            group = file.create_group(str(index))
            for name, histogram in zip(names, toy, strict=True):
                group[name] = _events(histogram.edges_kev, histogram.contents)
            group["ancillary"] = ancillary
            group["generate_values"] = _row(_truth(model, toy))

    header: dict[str, object] = {
        "n_datasets": json.dumps(len(spectra)),
        "dataset_names": json.dumps([*names, "ancillary", "generate_values"]),
        "experiment": model.name,
        "experiment_sha256": ", ".join(s.experiment.sha256() for s in model.sources),
        f"{EVENT_FIELD}_unit": "keV",
        **provenance(),
    }
    return hdf5.image(header if seed is None else {**header, "seed": str(seed)}, fill)


def _datasets(model: Model) -> list[str]:
    """A data set for each spectrum."""
    several = len({info.detector for info in model.spectra}) > 1
    names = [info.name if several else info.period for info in model.spectra]
    return [f"science_{name.replace('/', '_')}" for name in names]


def _check(spectra: list[Spectra]) -> None:
    total = 0.0
    for toy in spectra:
        if np.any(toy.flat != np.floor(toy.flat)):
            raise ValueError(
                f"alea stores events: {toy.kind} counts are not whole numbers; export toys, from "
                f"nuem spectrum --toys N --seed S"
            )
        total += float(toy.flat.sum())
    if total > _MOST_EVENTS:
        raise ValueError(
            f"alea stores events: at most {_MOST_EVENTS:,} in a file, found {total:,.0f}; export "
            f"fewer toys"
        )


def _events(edges_kev: FloatArray, counts: FloatArray) -> npt.NDArray[np.void]:
    middles = (edges_kev[1:] + edges_kev[:-1]) / 2
    energies = np.repeat(middles, counts.astype(np.int64))
    events = np.empty(energies.size, dtype=[(EVENT_FIELD, np.float64)])
    events[EVENT_FIELD] = energies
    return events


def _row(values: dict[str, float]) -> npt.NDArray[np.void]:
    """A structured array of one row with the fields in alphabetical order, as alea makes them."""
    if not values:
        return np.array([], dtype=[("empty", np.float64)])
    names = sorted(values)
    fields = [(name, np.float64) for name in names]
    return np.array([tuple(values[name] for name in names)], dtype=fields)


def _constrained(model: Model) -> list[str]:
    """Nuisances with an ancillary measurement; free shapes of backgrounds are listed too."""
    return [n.name for n in model.nuisances if n.kind != "norm" or 0 < n.sigma < np.inf]


def _truth(model: Model, toy: Spectra) -> dict[str, float]:
    nuisances = dict.fromkeys((nuisance.name for nuisance in model.nuisances), 0.0)
    if toy.truth is None:
        return nuisances
    given = toy.truth.given()
    reported = [parameter for parameter in model.signal_table.parameters if parameter.reported]
    return nuisances | {p.name: given.get(p.name, p.origin) for p in reported}
