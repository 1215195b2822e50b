"""Figure of limits under models of ionization, over those under the stepping approximation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.plots.style import CYCLE, axes_for
from analysis.published.ionization_limits import LimitsByModel
from sim.cross_sections.interactions.electromagnetic import MILLICHARGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REFERENCE = "stepping"
_MARKERS = ("s", "^", "o", "D")
_TICKS = (0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


def compared_millicharges(rows: Sequence[LimitsByModel]) -> list[LimitsByModel]:
    """One row of q_nu an experiment: the paper's treatment of the background, else the first."""
    chosen: dict[str, LimitsByModel] = {}
    charges = [r for r in rows if r.parameter == MILLICHARGE and r.limits[_REFERENCE] is not None]
    for row in sorted(charges, key=lambda row: not row.papers_treatment):
        chosen.setdefault(row.experiment, row)
    return [chosen[name] for name in dict.fromkeys(row.experiment for row in charges)]


def plot_limits_by_model(rows: Sequence[LimitsByModel], *, ax: Axes | None = None) -> Axes:
    """Limits on q_nu over those by stepping, an experiment a line; a model a mark."""
    ax = axes_for(ax)
    compared = compared_millicharges(rows)[::-1]
    names = [name for name in compared[0].limits if name != _REFERENCE] if compared else []
    for name, colour, marker in zip(names, CYCLE, _MARKERS, strict=False):
        places = [
            (found / reference, place)
            for place, row in enumerate(compared)
            if (found := row.limits[name]) is not None
            and (reference := row.limits[_REFERENCE]) is not None
        ]
        if places:
            ax.plot(*zip(*places, strict=True), marker, color=colour, label=name, mfc="none", mew=2)
    ax.axvline(1.0, color="black", lw=1)
    ax.set_xscale("log")
    ax.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
    ax.minorticks_off()
    ax.set_yticks(range(len(compared)), [row.experiment for row in compared], fontsize="small")
    ax.set_ylim(-0.6, len(compared) - 0.4)
    ax.set_xlabel(r"limit on $q_\nu$ / that by stepping")
    ax.legend(fontsize="small")
    return ax
