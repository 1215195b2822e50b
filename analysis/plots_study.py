"""Figures of toy studies: pulls, the test statistic, and coverage at every confidence level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.asymptotics import predicted_coverage, statistic_survival
from analysis.plots_spectrum import COLOURS
from analysis.toy_summary import ToyOutcomes
from sim.parameters import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_pulls(ax: Axes, outcomes: ToyOutcomes) -> Axes:
    """(best fit - truth) / error beside the standard normal density."""
    edges = np.linspace(-5, 5, 51).tolist()
    ax.hist(outcomes.pulls, bins=edges, density=True, color=COLOURS["sm"], alpha=0.5)
    x = np.linspace(-5, 5, 201)
    ax.plot(x, np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), color="black", lw=1, label="N(0, 1)")
    ax.set_xlabel("pull of the best fit")
    ax.set_ylabel("density")
    ax.legend(frameon=False)
    return ax


def plot_statistic(ax: Axes, outcomes: ToyOutcomes) -> Axes:
    """Share of toys above each value of the statistic, beside the asymptotic one."""
    values = np.sort(np.maximum(outcomes.statistic, 0.0))
    share = 1 - (np.arange(values.size) + 0.5) / values.size
    ax.plot(values, share, color=COLOURS["sm"], label="toys", drawstyle="steps-post")
    t = np.linspace(0, max(10.0, float(values[-1]) if values.size else 10.0), 400)
    ax.plot(t, _survival(t, outcomes), color="black", lw=1, label="asymptotic")
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.3 / max(values.size, 1), top=1.5)
    ax.set_xlabel(r"$-2 \Delta \ln L$ at the truth")
    ax.set_ylabel("share of toys above")
    ax.legend(frameon=False)
    return ax


def plot_coverage(ax: Axes, outcomes: ToyOutcomes) -> Axes:
    """Share of toys whose interval holds the truth, less the confidence level it is made for."""
    levels = np.linspace(0.5, 0.999, 200)
    found = np.searchsorted(np.sort(outcomes.level), levels, side="right") / max(
        outcomes.level.size, 1
    )
    error = np.sqrt(levels * (1 - levels) / max(outcomes.level.size, 1))
    ax.fill_between(levels, -error, error, color="0.85", label="binomial error")
    ax.plot(levels, found - levels, color=COLOURS["sm"], label="toys")
    ax.plot(levels, _predicted(levels, outcomes) - levels, color="black", lw=1, label="asymptotic")
    ax.axvline(outcomes.plan.cl, color=COLOURS["published"], lw=1, ls="--")
    ax.set_xlabel(f"confidence level ({outcomes.plan.method})")
    ax.set_ylabel("coverage - confidence level")
    ax.legend(frameon=False)
    return ax


def _survival(t: FloatArray, outcomes: ToyOutcomes) -> FloatArray:
    """Of the statistic: chi-square with one degree, changed near the bound of mu^2."""
    truth = outcomes.truth_in_errors if outcomes.plan.parameter == "mu_nu" else np.inf
    return statistic_survival(t, truth)


def _predicted(levels: FloatArray, outcomes: ToyOutcomes) -> FloatArray:
    if outcomes.plan.parameter != "mu_nu":
        return levels
    truth = outcomes.truth_in_errors
    return np.array([predicted_coverage(outcomes.plan.method, cl, truth) for cl in levels])
