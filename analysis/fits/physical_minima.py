"""Physical minima of many data sets: all that is free is fitted, bounded parameters not below 0."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.fits.batch import BatchMinima, BoolArray, Toys, batch_gradients, batch_minima
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray


def physical_minima(
    likelihood: Likelihood, toys: Toys, starts: FloatArray | None = None
) -> BatchMinima:
    """Minimum of each data set, from its start (m, P), by default its centres.

    Bounded parameters that come out negative are held at 0.  Where a fit fails, as data without
    counts make it, all of them are, and that is the minimum if -2 ln L rises from there.
    """
    begin = toys.centers if starts is None else starts
    found = batch_minima(likelihood, toys, begin, {})
    names = likelihood.bounded()
    places = [likelihood.index(name) for name in names]
    if not names:
        return found
    held = np.zeros((len(begin), len(names)), dtype=np.bool_)
    failed = ~found.converged
    held[failed] = True
    held |= (found.points[:, places] < 0) & ~failed[:, None]
    values, points, converged = found.values.copy(), found.points.copy(), found.converged.copy()
    rows = np.any(held, axis=1)
    for _ in names:
        for pattern in np.unique(held[rows], axis=0):
            own = rows & np.all(held == pattern, axis=1)
            zeros = {name: 0.0 for name, at in zip(names, pattern, strict=True) if at}
            start = np.where(failed[own, None], toys.centers[own], points[own])
            part = batch_minima(likelihood, toys.rows(own), start, zeros)
            values[own], points[own], converged[own] = part.values, part.points, part.converged
        below = (points[:, places] < 0) & converged[:, None] & ~held
        rows = np.any(below, axis=1)
        if not np.any(rows):
            break
        held |= below
    found = replace(found, values=values, points=points, converged=converged)
    return _freed(likelihood, toys, found, failed, places)


def _freed(
    likelihood: Likelihood, toys: Toys, found: BatchMinima, failed: BoolArray, places: list[int]
) -> BatchMinima:
    """Those whose fit failed once more from the bound, where -2 ln L falls inwards."""
    if not np.any(failed):
        return found
    own = toys.rows(failed)
    falling = np.any(batch_gradients(likelihood, own, found.points[failed])[:, places] < 0, axis=1)
    if not np.any(falling):
        return found
    rows = np.flatnonzero(failed)[falling]
    again = batch_minima(likelihood, own.rows(falling), found.points[rows], {})
    good = again.converged & np.all(again.points[:, places] >= 0, axis=1)
    values, points, converged = found.values.copy(), found.points.copy(), found.converged.copy()
    values[rows] = np.where(good, again.values, values[rows])
    points[rows] = np.where(good[:, None], again.points, points[rows])
    converged[rows] = good
    return BatchMinima(values, points, converged)
