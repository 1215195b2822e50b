"""Export to CSV: one table with the counts of all spectra and the templates of their fit."""

from __future__ import annotations

from itertools import pairwise

from sim.model import Model
from sim.spectra.spectra import Spectra
from sim.store import provenance
from sim.tables.csv_text import csv_text


def csv_table(model: Model, spectra: Spectra) -> str:
    """A line a bin: period, bin, counts, error, templates of the signal, backgrounds at norm 1.

    With several detectors the first column names them.  Lines that begin with # say where the
    numbers come from.  error is empty for Poisson counts; numbers are in full precision.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> nuem.csv_table(model, model.asimov()).splitlines()[0]
    '# gemma-2012: asimov counts a bin, not divided by its width'
    """
    samples = model.samples()
    several = len({info.detector for info in model.spectra}) > 1
    places = ["detector", "period"] if several else ["period"]
    rows: list[list[object]] = [
        [*places, "low_kev", "high_kev", "counts", "error", *map(_column, samples)]
    ]
    for info, found in zip(model.spectra, spectra, strict=True):
        for i, (low, high) in enumerate(pairwise(info.edges_kev)):
            error = None if found.errors is None else float(found.errors[i])
            own = [*map(float, (low, high, found.contents[i])), error]
            counts = [float(counts[len(rows) - 1]) for counts in samples.values()]
            rows.append([*(getattr(info, place) for place in places), *own, *counts])
    notes = "".join(f"# {line}\n" for line in _notes(model, spectra))
    return notes + csv_text(rows)


def _column(sample: str) -> str:
    if sample.startswith("norm:"):
        return f"background:{sample.removeprefix('norm:')}"
    return f"signal:{sample}"


def _notes(model: Model, spectra: Spectra) -> list[str]:
    made = provenance()
    hashes = ", ".join(source.experiment.sha256() for source in model.sources)
    return [
        f"{model.name}: {spectra.kind} counts a bin, not divided by its width",
        f"exposure: {_exposure(model, spectra)}",
        "signal:1 is the Standard Model; the other signals are what the parameters add to it, at 1 "
        f"in the units of fits: {model.signal_table.fit_units()}",
        f"nuem {made['nuem_version']}, {made['created']}, experiment sha256 {hashes}",
    ]


def _exposure(model: Model, spectra: Spectra) -> str:
    if not spectra.is_on_and_off:
        return ", ".join(f"{info.name} {info.kg_days:g} kg days" for info in model.spectra)
    days = [f"{info.period.upper()} {info.live_days or 0.0:g} days" for info in model.spectra]
    return f"{model.spectra[0].mass_kg or 0.0:g} kg, {', '.join(days)}"
