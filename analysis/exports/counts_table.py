"""The table of counts: what each sample gives in each spectrum."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.spectra.spectrum_info import SpectrumInfo


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
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    samples = list(rows[0].counts)
    writer.writerow(
        ["detector", "period", "kg_days", "flux_cm2_s", "flux_fraction", *samples, "total"]
    )
    for row in rows:
        info = row.info
        writer.writerow(
            [
                info.detector,
                info.period,
                *map(repr, (info.kg_days, info.flux_cm2_s, info.flux_fraction)),
                *(repr(row.counts[sample]) for sample in samples),
                repr(row.total),
            ]
        )
    return text.getvalue()
