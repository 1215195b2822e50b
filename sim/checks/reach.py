"""How much of the signal comes from outside of the tables of quenching and efficiency.

What a table says beyond its ends is an assumption.  Its weight is found by folding once more with
the assumption taken away: recoils there ionize nothing, or are not detected.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sim.config.efficiency.table import TableEfficiency
from sim.config.quenching.table import TableQuenching
from sim.experiment import ConfigurationError, Experiment
from sim.instruments.instrument import instruments_of
from sim.model_assembly import build_model
from sim.tables.curves import quenching_table

_WORTH_A_WORD = 0.01
_NOTHING = 1e-12
_OUTSIDE = 1e-9

Point = tuple[float, float]


def reach_warnings(experiment: Experiment) -> list[str]:
    """A sentence for each end of a table from beyond which comes more than 1 % of the signal.

    Of quenching it is coherent scattering in the window, of an efficiency the whole signal of the
    Standard Model.

    Raises
    ------
    ValueError
        for an experiment that cannot be folded.
    """
    found: list[str] = []
    for section in dict.fromkeys(_tables(experiment)):
        if isinstance(section, TableQuenching):
            found += _quenching(experiment, section)
        else:
            found += _efficiency(experiment, section)
    return found


def _tables(experiment: Experiment) -> Iterator[TableQuenching | TableEfficiency]:
    """The tables of all detectors, those of quenching before those of efficiency."""
    detectors = [instrument.detector for instrument in instruments_of(experiment)]
    for detector in detectors:
        for quenching in (detector.quenching, *detector.quenching_by_element.values()):
            if isinstance(quenching, TableQuenching):
                yield quenching
    for detector in detectors:
        if isinstance(detector.efficiency, TableEfficiency):
            yield detector.efficiency


def _quenching(experiment: Experiment, section: TableQuenching) -> Iterator[str]:
    table = quenching_table(experiment.files, section.file, section.beyond)
    points = list(zip(table.recoil_kev.tolist(), table.quenching_factor.tolist(), strict=True))
    first, last = points[0][0], points[-1][0]
    nuclei = experiment.replaced("analysis", channels=["nucleus"])
    cuts: dict[str, list[Point]] = {
        f"above its last row at {last:g}": [*points, (last * (1 + _OUTSIDE), _NOTHING)]
    }
    if first > 0:
        below = [(0.0, _NOTHING), (first * (1 - _OUTSIDE), _NOTHING)]
        cuts[f"below its first row at {first:g}"] = [*below, *points]
    for where, cut in cuts.items():
        share = _share_lost(nuclei, section.file, "recoil_kev,quenching_factor", cut)
        if share > _WORTH_A_WORD:
            yield (
                f"{section.file}: {share:.0%} of coherent scattering in the window is of recoils "
                f"{where} keV, where that row's factor is carried on"
            )


def _efficiency(experiment: Experiment, section: TableEfficiency) -> Iterator[str]:
    table = section.build(experiment.files)
    points = list(zip(table.energy_kev.tolist(), table.efficiency.tolist(), strict=True))
    last = points[-1][0]
    if len(points) > 1 and points[-2][0] == last:
        points.pop(-2)
    share = _share_lost(experiment, section.file, "energy_kev,efficiency", [*points, (last, 0.0)])
    if share > _WORTH_A_WORD:
        yield (
            f"{section.file}: {share:.0%} of the signal in the window is from above its last row "
            f"at {last:g} keV, whose efficiency is carried on"
        )


def _share_lost(experiment: Experiment, file: str, header: str, points: Sequence[Point]) -> float:
    """Share of the Standard Model's signal that is gone with these points as the table."""
    rows = "".join(f"{x!r},{y!r}\n" for x, y in points)
    cut = replace(experiment, files={**experiment.files, file: f"{header}\n{rows}"})
    whole = _signal(experiment)
    try:
        left = _signal(cut)
    except ConfigurationError:  # nothing reaches the window any more
        left = 0.0
    return 1 - left / whole if whole > 0 else 0.0


def _signal(experiment: Experiment) -> float:
    """Counts that the Standard Model adds to all spectra."""
    spectra = build_model(experiment).expected(by="sample").values()
    return sum(float(np.sum(counts.get("standard-model", 0.0))) for counts in spectra)
