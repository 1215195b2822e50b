"""Volume of the nuisances: the integral of the likelihood over them at a value of a parameter.

Importance sampling about the conditional best fit: Student's t along the principal axes of the
second derivatives there, each as wide as -2 ln L rises by about 1.  The draws fill it evenly and
are the same at every value, so that ratios of volumes are known better than these.  The widths
alone would be Laplace's approximation (Tierney & Kadane, J. Am. Stat. Assoc. 81, 82 (1986));
sampling adds what it leaves out, as with few counts or at the wall where an expectation would
become negative.  Norms without a constraint have a flat prior.
"""

from __future__ import annotations

from collections.abc import Callable
from math import lgamma, log, pi

import numpy as np
from numpy.polynomial import chebyshev
from scipy.special import gammaincinv, ndtri

from analysis.fits.minimum import FitError
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray

_DEGREES = 6.0
_ENOUGH, _LEAST = 0.4, 0.01
"""Shares of the samples that must count, by (sum w)^2 / sum w^2, of the first and of more."""
_MORE = 16
_WIDE, _NARROW = 1.1, 0.9


def log_volume(held: Likelihood, point: FloatArray, n_samples: int) -> float:
    """ln of the integral of L / L_best over all that is free, L_best at its minimum.

    Parameters
    ----------
    held
        Likelihood with the parameter of interest and the other ones of the signal fixed.
    point
        Its minimum (P,), above which -2 ln L is counted.
    n_samples
        Even; 16 times as many are taken where fewer than 40 % of them count.

    Raises
    ------
    FitError
        if -2 ln L does not rise in a direction, or too few samples count.
    """
    free = np.flatnonzero(~held.fixed)
    if free.size == 0:
        return 0.0
    lowest = held.value(point)

    def rise(shift: FloatArray) -> float:
        x = point.copy()
        x[free] += shift
        return held.value(x) - lowest

    axes = _axes(held.curvature(point), rise)
    _, log_size = np.linalg.slogdet(axes)
    for size, enough in ((n_samples, _ENOUGH), (_MORE * n_samples, _LEAST)):
        steps, log_density = _student(free.size, size)
        heights = np.array([rise(axes @ step) for step in steps])
        log_weights = -heights / 2 - log_density
        largest = float(np.max(log_weights))
        weights = np.exp(log_weights - largest)
        if np.sum(weights) ** 2 > enough * size * np.sum(weights**2):
            return float(largest + np.log(np.mean(weights)) + log_size)
    raise FitError("the nuisances cannot be integrated: too few samples of theirs count")


def interpolated(values: FloatArray) -> FloatArray:
    """Coefficients (k, ...) of Chebyshev polynomials through values (k, ...) at ``nodes``."""
    n = len(values)
    basis = chebyshev.chebvander(chebyshev.chebpts1(n), n - 1)
    return np.asarray(np.linalg.solve(basis, values))


def nodes(n: int, low: FloatArray | float, high: FloatArray | float) -> FloatArray:
    """Chebyshev points (n, ...) between ends."""
    unit = chebyshev.chebpts1(n).reshape((n,) + (1,) * np.ndim(high))
    return np.asarray((np.asarray(low) + high) / 2 + (np.asarray(high) - low) / 2 * unit)


def evaluated(
    coefficients: FloatArray, low: FloatArray | float, high: FloatArray | float, at: FloatArray
) -> FloatArray:
    """The polynomials at a point each, held at their ends beyond these."""
    middle, half = (np.asarray(low) + high) / 2, (np.asarray(high) - low) / 2
    u = np.clip((at - middle) / half, -1.0, 1.0)
    return np.asarray(chebyshev.chebval(u, coefficients, tensor=False))


def _axes(curvature: FloatArray, rise: Callable[[FloatArray], float]) -> FloatArray:
    """Principal axes (F, F) in columns, each as long as -2 ln L rises by about 1 on its way."""
    values, vectors = np.linalg.eigh(curvature)
    lengths = 1 / np.sqrt(np.maximum(values, 1e-12 * max(float(values[-1]), 1e-300)))
    columns = vectors * lengths
    reach = [max(_reach(rise, c), _reach(rise, -c)) for c in columns.T]
    return np.asarray(columns * reach)


def _reach(rise: Callable[[FloatArray], float], direction: FloatArray) -> float:
    """How many times a step must be taken for a rise of about 1."""
    size, short, far = 1.0, 0.0, np.inf
    for _ in range(60):
        found = rise(size * direction)
        if _NARROW <= found <= _WIDE:
            return size
        short, far = (size, far) if found < _NARROW else (short, size)
        if not np.isfinite(far):
            size *= 4.0
        else:
            size = (short * far) ** 0.5 if short else far / 4.0
    if not np.isfinite(far):
        raise FitError("the nuisances cannot be integrated: -2 ln L does not rise with one")
    return size


def _student(dimension: int, n: int) -> tuple[FloatArray, FloatArray]:
    """Draws (n, F) of a multivariate Student's t, in opposite pairs, and their ln density (n,)."""
    degrees = _DEGREES + 2 * dimension
    uniform = _evenly(dimension + 1, n // 2)
    half = ndtri(uniform[:, :-1])
    half /= np.sqrt(2 * gammaincinv(degrees / 2, uniform[:, -1]) / degrees)[:, None]
    steps = np.concatenate([half, -half])
    log_density = (
        lgamma((degrees + dimension) / 2)
        - lgamma(degrees / 2)
        - dimension / 2 * log(degrees * pi)
        - (degrees + dimension) / 2 * np.log1p(np.sum(steps**2, axis=1) / degrees)
    )
    return steps, log_density


def _evenly(dimension: int, n: int) -> FloatArray:
    """Points (n, d) that fill the unit cube evenly: multiples of the powers of 1 / phi_d, modulo 1.

    phi_d is the root of x^(d + 1) = x + 1: M. Roberts, The unreasonable effectiveness of
    quasirandom sequences (2018), after Korobov.
    """
    phi = 2.0
    for _ in range(60):
        phi = (1 + phi) ** (1 / (dimension + 1))
    steps = phi ** -np.arange(1.0, dimension + 1)
    points = (0.5 + np.arange(1, n + 1)[:, None] * steps) % 1
    return np.clip(points, 1e-12, 1 - 1e-12)
