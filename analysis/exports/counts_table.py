"""The table of counts: what each sample gives in each spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.spectra.spectrum_info import SpectrumInfo
from sim.tables.csv_text import csv_text


@dataclass(frozen=True, slots=True)
class CountsRow:
    """Expected counts of one spectrum by sample: the Standard Model, beyond it, backgrounds."""

    info: SpectrumInfo
    counts: dict[str, float]

    @property
    def total(self) -> float:
        """Counts of all samples."""
        return sum(self.counts.values())


def counts_table(model: Model, parameters: NeutrinoParameters | None = None) -> list[CountsRow]:
    """A row for each spectrum, by default of the Standard Model; backgrounds by their names."""
    names = [
        source.label + ("/" if source.label else "") + component.name
        for source in model.sources
        for component in source.experiment.config.background
    ]
    samples = ["standard-model", "beyond", *(f"background:{name}" for name in names)]
    expected = model.expected(parameters, by="sample")
    component = {place.norm: place.prefix + place.component.name for place in model.shapes.placed}
    norms = [n.name.removeprefix("norm:") for n in model.nuisances if n.kind == "norm"]
    samples += [f"background:{name}" for name in norms if name not in component]
    rows = []
    for info in model.spectra:
        counts = dict.fromkeys(samples, 0.0)
        for sample, values in expected[info.detector, info.period].items():
            norm = sample.removeprefix("norm:")
            key = sample if sample == norm else f"background:{component.get(norm, norm)}"
            counts[key] += float(values.sum())
        if parameters is None:
            del counts["beyond"]
        rows.append(CountsRow(info, counts))
    return rows


def counts_csv(rows: list[CountsRow]) -> str:
    """The table as CSV, numbers in full precision."""
    samples = list(rows[0].counts)
    numbers = ("kg_days", "flux_cm2_s", "flux_fraction")
    header = ["detector", "period", *numbers, *samples, "total"]
    return csv_text([header, *(_cells(row, numbers, samples) for row in rows)])


def _cells(row: CountsRow, numbers: Sequence[str], samples: Sequence[str]) -> list[object]:
    own = [getattr(row.info, name) for name in numbers]
    counts = [row.counts[sample] for sample in samples]
    return [row.info.detector, row.info.period, *own, *counts, row.total]
