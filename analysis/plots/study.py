"""Figures of toy studies: pulls, the test statistic, and coverage at every confidence level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.limits.constructions.registry import construction
from analysis.plots.style import COLOURS, axes_for, ink
from analysis.statistics.asymptotics import statistic_survival
from analysis.studies.toy_summary import ToyOutcomes
from sim.cross_sections.parameters import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_toy_pulls(outcomes: ToyOutcomes, *, ax: Axes | None = None) -> Axes:
    """(best fit - truth) / error beside the standard normal density."""
    ax = axes_for(ax)
    pulls = outcomes.pulls
    ax.hist(
        pulls,
        bins=np.linspace(-5, 5, 51).tolist(),
        density=True,
        color=COLOURS["sm"],
        alpha=0.5,
        label=f"{pulls.size} toys",
    )
    x = np.linspace(-5, 5, 201)
    density = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    ax.plot(x, density, color=ink(ax), lw=1.2, label="standard normal")
    ax.set_xlim(-5, 5)
    ax.set_xlabel("pull of the best fit")
    ax.set_ylabel("density")
    ax.legend()
    return ax


def plot_toy_statistic(outcomes: ToyOutcomes, *, ax: Axes | None = None) -> Axes:
    """Share of toys above each value of the statistic, beside the asymptotic one."""
    ax = axes_for(ax)
    values = np.sort(np.maximum(outcomes.statistic, 0.0))
    share = 1 - (np.arange(values.size) + 0.5) / values.size
    ax.plot(values, share, color=COLOURS["sm"], label="toys", drawstyle="steps-post")
    t = np.linspace(0, max(10.0, float(values[-1]) if values.size else 10.0), 400)
    ax.plot(t, _survival(t, outcomes), color=ink(ax), lw=1.2, label="asymptotic")
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.3 / max(values.size, 1), top=1.5)
    ax.set_xlabel(r"$-2\,\Delta \ln L$ at the truth")
    ax.set_ylabel("share of toys above")
    ax.legend()
    return ax


def plot_toy_coverage(outcomes: ToyOutcomes, *, ax: Axes | None = None) -> Axes:
    """Share of toys whose interval holds the truth, less the confidence level it is made for."""
    ax = axes_for(ax)
    levels = np.linspace(0.5, 0.999, 200)
    found = np.searchsorted(np.sort(outcomes.level), levels, side="right") / max(
        outcomes.level.size, 1
    )
    error = np.sqrt(levels * (1 - levels) / max(outcomes.level.size, 1))
    ax.fill_between(levels, -error, error, color=ink(ax), alpha=0.15, lw=0, label="binomial error")
    ax.plot(levels, found - levels, color=COLOURS["sm"], label="toys")
    predicted = _predicted(levels, outcomes) - levels
    ax.plot(levels, predicted, color=ink(ax), lw=1.2, label="asymptotic")
    ax.axvline(outcomes.plan.cl, color=COLOURS["published"], ls="--")
    ax.set_xlabel(f"confidence level ({outcomes.plan.method})")
    ax.set_ylabel("coverage - confidence level")
    ax.legend()
    return ax


def _survival(t: FloatArray, outcomes: ToyOutcomes) -> FloatArray:
    """Of the statistic: chi-square with one degree, changed near a bound of 0."""
    truth = outcomes.truth_in_errors if outcomes.one_sided else np.inf
    return statistic_survival(t, truth)


def _predicted(levels: FloatArray, outcomes: ToyOutcomes) -> FloatArray:
    if not outcomes.one_sided:
        return levels
    truth = outcomes.truth_in_errors
    predicted = construction(outcomes.plan.method).predicted_coverage
    return np.array([predicted(cl, truth) for cl in levels])
