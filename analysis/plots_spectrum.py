"""Figures of spectra: what a detector sees, by origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.model import Model
from sim.parameters import NeutrinoParameters
from sim.spectra import PERIODS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"background": "#7f7f7f", "sm": "#0072b2", "signal": "#d55e00", "published": "#009e73"}


def plot_rates(ax: Axes, model: Model, parameters: NeutrinoParameters, label: str) -> Axes:
    """Rates of the ON period by origin: background, Standard Model, and what parameters add."""
    standard = model.expected_signal()[0]
    beyond = model.expected_signal(parameters)[0] - standard
    for counts, colour, name in (
        (model.expected_background()[0], COLOURS["background"], "background"),
        (standard, COLOURS["sm"], "Standard Model"),
        (beyond, COLOURS["signal"], label),
    ):
        ax.stairs(per_kev_kg_day(model, counts), model.edges_kev, color=colour, label=name)
    ax.set_yscale("log")
    ax.set_xlabel("ionization energy [keV]")
    ax.set_ylabel("rate [keV$^{-1}$ kg$^{-1}$ day$^{-1}$]")
    ax.set_xlim(model.edges_kev[0], model.edges_kev[-1])
    ax.legend(frameon=False)
    return ax


def per_kev_kg_day(model: Model, counts: np.ndarray, period: str = "on") -> np.ndarray:
    """Counts of a period as a rate per keV, kg and day."""
    config = model.experiment.config
    days = (config.exposure.on_days, config.exposure.off_days)[PERIODS.index(period)]
    return np.asarray(counts / (np.diff(model.edges_kev) * config.detector.mass_kg * days))
