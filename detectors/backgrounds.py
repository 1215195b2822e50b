"""Backgrounds: rates per bin of reconstructed energy, as measured (efficiency included)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from detectors.tables import FloatArray


class BackgroundShape(Protocol):
    """A background spectrum, integrated over bins."""

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Counts per kg and day in each bin; shape (n_edges - 1,)."""


@dataclass(frozen=True, slots=True)
class Flat:
    """A constant rate per keV."""

    rate_per_kev_kg_day: float

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Rate times bin width."""
        return self.rate_per_kev_kg_day * np.diff(edges_kev)


@dataclass(frozen=True, slots=True)
class Exponential:
    """rate * exp(-(E - reference) / scale)."""

    rate_per_kev_kg_day: float
    reference_kev: float
    scale_kev: float

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Exact integral over each bin."""
        start = np.exp(-(edges_kev[:-1] - self.reference_kev) / self.scale_kev)
        widths = (edges_kev[1:] - edges_kev[:-1]) / self.scale_kev
        return -self.rate_per_kev_kg_day * self.scale_kev * start * np.expm1(-widths)


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """rate * (E / reference)^index; index -1 looks like the magnetic-moment signal."""

    rate_per_kev_kg_day: float
    reference_kev: float
    index: float

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Exact integral over each bin; edges_kev must be > 0."""
        if edges_kev[0] <= 0:
            raise ValueError(f"a power law needs a window above 0 keV, found {edges_kev[0]:g} keV")
        log_edges = np.log(edges_kev / self.reference_kev)
        exponent = self.index + 1
        if exponent == 0:
            integral = np.diff(log_edges)
        else:
            start = np.exp(exponent * log_edges[:-1])
            integral = start * np.expm1(exponent * np.diff(log_edges)) / exponent
        return self.rate_per_kev_kg_day * self.reference_kev * integral


@dataclass(frozen=True, slots=True)
class GaussianLine:
    """A line of rate_total_per_kg_day counts at center_kev, as wide as sigma_kev."""

    rate_total_per_kg_day: float
    center_kev: float
    sigma_kev: float

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Differences of the Gaussian CDF."""
        from scipy.special import ndtr

        cumulative = ndtr((edges_kev - self.center_kev) / self.sigma_kev)
        return np.asarray(self.rate_total_per_kg_day * (cumulative[1:] - cumulative[:-1]))


@dataclass(frozen=True, slots=True, eq=False)
class Tabulated:
    """Straight lines between tabulated rates per keV; the table must span the window.

    Two rates at one energy are a step.
    """

    energy_kev: FloatArray
    rate_per_kev_kg_day: FloatArray

    def rate_per_kg_day(self, edges_kev: FloatArray) -> FloatArray:
        """Exact integral of the straight lines over each bin."""
        low, high = self.energy_kev[0], self.energy_kev[-1]
        if edges_kev[0] < low or edges_kev[-1] > high:
            raise ValueError(
                f"background table spans {low:g} to {high:g} keV, "
                f"the window {edges_kev[0]:g} to {edges_kev[-1]:g} keV"
            )
        parts = np.split(np.arange(self.energy_kev.size), self._first_after_steps())
        lines = [(self.energy_kev[part], self.rate_per_kev_kg_day[part]) for part in parts]
        return np.asarray(sum(_below_lines(x, y, edges_kev) for x, y in lines if x.size > 1))

    def _first_after_steps(self) -> npt.NDArray[np.intp]:
        return np.flatnonzero(np.diff(self.energy_kev) == 0) + 1


def _below_lines(energy: FloatArray, rate: FloatArray, edges_kev: FloatArray) -> FloatArray:
    """Integral of straight lines over each bin, of what lies in the bin."""
    edges = np.clip(edges_kev, energy[0], energy[-1])
    nodes = np.unique(np.concatenate([energy, edges]))
    values = np.interp(nodes, energy, rate)
    trapezia = np.diff(nodes) * (values[1:] + values[:-1]) / 2
    cumulative = np.concatenate([[0.0], np.cumsum(trapezia)])
    return np.diff(cumulative[np.searchsorted(nodes, edges)])


def mean_decay_factor(half_life_days: float, start_day: float, days: float) -> float:
    """Mean of 2^(-t / half-life) over a period: the activity relative to day 0."""
    if days == 0:
        return 0.0
    rate = np.log(2) / half_life_days
    return float(np.exp(-rate * start_day) * -np.expm1(-rate * days) / (rate * days))
