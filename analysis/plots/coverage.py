"""Figure of a coverage study: measured coverage beside the asymptotic prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.limits.constructions.registry import construction
from analysis.plots.style import CYCLE, axes_for, ink
from analysis.studies.coverage_results import CoverageResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_coverage(results: CoverageResults, *, ax: Axes | None = None) -> Axes:
    """Coverage of each construction at each truth with its error; lines: asymptotic."""
    ax = axes_for(ax)
    plan = results.plan
    parameter, places = results.parameter, [row.truth_sigma for row in results.rows]
    truths = np.linspace(min(0.0, *places), max(1.0, *places) + 0.3, 120)
    for j, method in enumerate(plan.methods):
        rows = [row for row in results.rows if row.method == method]
        colour = CYCLE[j % len(CYCLE)]
        shift = 0.035 * (j - (len(plan.methods) - 1) / 2)
        ax.errorbar(
            [row.truth_sigma + shift for row in rows],
            [row.coverage for row in rows],
            [row.error for row in rows],
            color=colour,
            marker="os^Dv<>"[j % 7],
            ms=5,
            ls="",
            label=method,
        )
        if parameter.one_sided:
            predicted = construction(method).predicted_coverage
            curve = [predicted(plan.cl, float(m)) for m in truths]
            ax.plot(truths, curve, color=colour, lw=1, alpha=0.6)
    ax.axhline(plan.cl, color=ink(ax), lw=0.8, ls=":")
    power = "" if parameter.power == 1 else f"^{1 / parameter.power:g}"
    symbol = f"{{{parameter.symbol}}}{power}"
    ax.set_xlabel(f"true ${symbol}$ in expected standard errors")
    ax.set_ylabel(f"coverage at {100 * plan.cl:g} % CL")
    ax.legend(ncols=2)
    return ax
