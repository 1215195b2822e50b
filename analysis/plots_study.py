"""Figures of toy studies: best fits, pulls and the test statistic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.constructions import likelihood_rise
from analysis.plots_style import COLOURS, axes_for, ink
from analysis.study_summary import StudyResults

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_toy_pulls(results: StudyResults, *, ax: Axes | None = None) -> Axes:
    """(best fit - truth) / error beside the standard normal density."""
    ax = axes_for(ax)
    good = results.converged.astype(bool)
    pulls = (results.best_fit[good] - results.truth) / results.error[good]
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


def plot_toy_statistic(results: StudyResults, *, ax: Axes | None = None) -> Axes:
    """Share of toys above each value of the statistic, beside chi-square with one degree."""
    from scipy.special import erfc

    ax = axes_for(ax)
    good = results.converged.astype(bool)
    values = np.sort(np.maximum(results.statistic[good], 0.0))
    share = 1 - (np.arange(values.size) + 0.5) / values.size
    ax.plot(values, share, color=COLOURS["sm"], label="toys", drawstyle="steps-post")
    t = np.linspace(0, max(10.0, float(values[-1]) if values.size else 10.0), 400)
    survival = erfc(np.sqrt(t / 2))
    ax.plot(t, survival, color=ink(ax), lw=1.2, label=r"$\chi^2_1$")
    if results.plan.parameter == "mu_nu":
        ax.plot(t, survival / 2, color=ink(ax), lw=1.2, ls=":", label=r"$\chi^2_1 / 2$")
    rise = likelihood_rise(results.plan.method, results.plan.cl)
    label = f"{results.plan.method}: {rise:.3f}"
    ax.axvline(rise, color=COLOURS["published"], ls="--", label=label)
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.3 / max(values.size, 1))
    ax.set_xlabel(r"$-2\,\Delta \ln L$ at the truth")
    ax.set_ylabel("share of toys above")
    ax.legend()
    return ax
