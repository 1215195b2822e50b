"""Profiles of many data sets at once: best fits of one parameter, and the rise at other values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.batch import (
    BatchStatistics,
    BoolArray,
    Toys,
    batch_minima,
    batch_statistics,
    both_minima,
)
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ToyProfiles:
    """m data sets of one likelihood, and their best physical fits of one parameter, arrays (m,).

    The parameter is in the scaled unit of the likelihood; the other signal parameters stay at the
    Standard Model.
    """

    likelihood: Likelihood
    toys: Toys
    name: str
    best_fit: FloatArray
    error: FloatArray
    best_value: FloatArray
    converged: BoolArray

    @classmethod
    def of(cls, likelihood: Likelihood, toys: Toys, name: str) -> ToyProfiles:
        """Fit every data set."""
        return cls.found(likelihood, toys, name, batch_statistics(likelihood, toys, name, 0.0))

    @classmethod
    def found(
        cls, likelihood: Likelihood, toys: Toys, name: str, found: BatchStatistics
    ) -> ToyProfiles:
        """The same where the fits were made already."""
        return cls(
            likelihood, toys, name, found.best_fit, found.error, found.best_value, found.converged
        )

    @property
    def bounded(self) -> bool:
        """True if the parameter cannot be negative."""
        return self.name in self.likelihood.bounded()

    def rows(self, rows: BoolArray) -> ToyProfiles:
        """Some of the data sets."""
        return replace(
            self,
            toys=self.toys.rows(rows),
            best_fit=self.best_fit[rows],
            error=self.error[rows],
            best_value=self.best_value[rows],
            converged=self.converged[rows],
        )

    def rise(self, values: FloatArray) -> FloatArray:
        """-2 ln L at a value (m,) of the parameter, one for each, less that of the best fit."""
        at_value = self.conditional(values)[0]
        return np.maximum(at_value - self.best_value, 0.0)

    def conditional(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """-2 ln L (m,) and fitted points (m, P) with the parameter held at a value for each."""
        return conditional_minima(self.likelihood, self.toys, self.name, values)

    def local_minima(self) -> tuple[FloatArray, FloatArray]:
        """-2 ln L and value of the parameter in both valleys, both (2, m) or (3, m).

        -2 ln L is infinite where there is no second valley, or no minimum was found; of a bounded
        parameter the bound is a third place, and no valley lies below it.
        """
        found = both_minima(self.likelihood, self.toys, self.name)[:2]
        heights = np.array([np.where(minima.converged, minima.values, np.inf) for minima in found])
        place = self.likelihood.index(self.name)
        places = np.array([minima.points[:, place] for minima in found])
        if not self.bounded:
            return heights, places
        heights = np.where(places > 0, heights, np.inf)
        at_zero = self.conditional(np.zeros(len(self.best_fit)))[0]
        return np.vstack([heights, at_zero]), np.vstack([places, np.zeros(len(self.best_fit))])

    def background_only(self) -> ToyProfiles:
        """Asimov data of a value 0, nuisances at their fit to each data set and measured there."""
        _, points = self.conditional(np.zeros(len(self.best_fit)))
        likelihood = self.likelihood
        counts = np.array([likelihood.expected(point) for point in points])
        toys = Toys(counts, np.where(likelihood.fixed, self.toys.centers, points))
        zeros = np.zeros(len(points))
        return replace(self, toys=toys, best_fit=zeros, best_value=zeros)


def conditional_minima(
    likelihood: Likelihood, toys: Toys, name: str, values: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """-2 ln L (m,) and points (m, P) with a parameter held at a value (m,) for each data set."""
    held = likelihood.with_fixed(likelihood.others() | {name: 0.0})
    centers = toys.centers.copy()
    for other in likelihood.others():
        centers[:, likelihood.index(other)] = 0.0
    centers[:, likelihood.index(name)] = values
    found = batch_minima(held, Toys(toys.counts, centers), centers, {})
    return found.values, found.points
