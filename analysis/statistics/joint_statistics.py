"""The statistic of several signal parameters together for many toys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.fits.batch import BatchMinima, BoolArray, Toys
from analysis.fits.joint_minima import descents, free_signal
from analysis.fits.physical_minima import physical_minima
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

_FAR = 25.0
"""-2 ln L above the lowest from which on a minimum of the Asimov data is not that of a toy."""


def joint_statistics(
    likelihood: Likelihood, toys: Toys, names: Sequence[str], truth: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """-2 ln L (m,) at the truth (P,) of some parameters less that of the best physical point.

    All else that is free is fitted in both.  Toys, made at the truth, are fitted from every minimum
    of its Asimov data that is near enough.  Which were fitted comes along (m,).
    """
    alone = likelihood.with_fixed(likelihood.others(*names))
    there = dict(zip(names, truth[[likelihood.index(n) for n in names]].tolist(), strict=True))
    at_truth = _lowest(alone.with_fixed(there), toys, truth)
    best = _lowest(alone, toys, truth)
    # the truth is physical itself, so that no toy's best point is higher than it
    statistic = np.maximum(at_truth.values - best.values, 0.0)
    return statistic, at_truth.converged & best.converged


def _lowest(likelihood: Likelihood, toys: Toys, truth: FloatArray) -> BatchMinima:
    """The lowest minimum of each toy, from the truth and from its other minima."""
    starts: list[FloatArray] = []
    if any(likelihood.is_squared(name) for name in free_signal(likelihood)):
        asimov = replace(likelihood, counts=likelihood.expected(truth), centers=truth)
        ends = [x for x in descents(asimov) if asimov.value(x) < _FAR]
        starts = [x for x in ends if not np.allclose(x, truth, rtol=1e-4, atol=1e-6)]
    found = physical_minima(likelihood, toys, np.tile(truth, (len(toys.centers), 1)))
    for start in starts:
        own = physical_minima(likelihood, toys, np.tile(start, (len(toys.centers), 1)))
        better = own.converged & ((own.values < found.values) | ~found.converged)
        found = BatchMinima(
            np.where(better, own.values, found.values),
            np.where(better[:, None], own.points, found.points),
            found.converged | own.converged,
        )
    return found
