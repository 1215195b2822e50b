"""Levels: from which confidence level on the interval of a data set holds a value.

For every construction a value lies in the interval at confidence level cl exactly where its level
is at most cl, so that the level is one less the p-value of the value, and the limit is where the
level has risen to cl.  Everything here works on many data sets at once, arrays (m,).

In the asymptotic regime, with x the best fit of mu^2 without its bound and m the value, both in
units of the standard error, the levels are: qtilde Phi(sqrt q), delta-chi2 2 Phi(sqrt q) - 1,
clsb Phi(m - x), cls and bayes-flat 1 - Phi(x - m) / Phi(x), where q = (m - x)^2 for x >= 0 and
m^2 - 2 m x below.  Sources: ``analysis.limits.constructions``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.fits.toy_fits import ToyProfiles
from analysis.limits.feldman_cousins import Calibration, calibrated_levels
from sim.cross_sections.parameters import FloatArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_PANELS_BELOW, _PANELS_ABOVE = 3, 4
_NEGLIGIBLE_RISE = 50.0
_SMALLEST_STEP = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class _Tested:
    """Data sets, the values at which they are tested, and -2 Delta ln L there."""

    profiles: ToyProfiles
    values: FloatArray
    rise: FloatArray

    @property
    def one_sided(self) -> FloatArray:
        """q~: 0 where the best fit lies above the value."""
        return np.where(self.profiles.best_fit >= self.values, 0.0, self.rise)


def truth_levels(
    method: str,
    profiles: ToyProfiles,
    values: FloatArray,
    rise: FloatArray | None = None,
    calibration: Calibration | None = None,
) -> FloatArray:
    """Level of a value (m,) in each data set.

    rise is -2 Delta ln L at the values, if it is known already.  calibration says which toys give
    Feldman-Cousins its critical values; the other methods do not look at it.

    Raises
    ------
    ValueError
        for a method that is not for this parameter, or Feldman-Cousins without calibration.
    """
    rise = profiles.rise(values) if rise is None else rise
    if method == "feldman-cousins":
        if calibration is None:
            raise ValueError("feldman-cousins needs calibration toys")
        return calibrated_levels(profiles, values, rise, calibration)
    if profiles.name != "mu2":
        if method != "delta-chi2":
            raise ValueError(f"method {method!r}: it is for upper limits on mu_nu")
        return np.asarray(2 * ndtr(np.sqrt(rise)) - 1)
    if method not in _UPPER_LIMITS:
        raise ValueError(f"method {method!r}: allowed are {', '.join(_UPPER_LIMITS)}")
    return _UPPER_LIMITS[method](_Tested(profiles, values, rise))


def _qtilde(tested: _Tested) -> FloatArray:
    q = tested.one_sided
    return np.where(q > 0, ndtr(np.sqrt(q)), 0.0)


def _delta_chi2(tested: _Tested) -> FloatArray:
    return np.asarray(2 * ndtr(np.sqrt(tested.one_sided)) - 1)


def _clsb(tested: _Tested) -> FloatArray:
    """1 - CLs+b; at the bound its limit from above, since there q and its Asimov value vanish."""
    profiles, smallest = tested.profiles, _SMALLEST_STEP * tested.profiles.error
    if np.all(tested.values >= smallest):
        return 1 - _tails(tested)[0]
    values = np.maximum(tested.values, smallest)
    return 1 - _tails(_Tested(profiles, values, profiles.rise(values)))[0]


def _cls(tested: _Tested) -> FloatArray:
    signal, background = _tails(tested)
    return 1 - signal / background


def _tails(tested: _Tested) -> tuple[FloatArray, FloatArray]:
    """CLs+b and CLb with the asymptotic distributions of q~ (CCGV, Eqs. (64)-(67))."""
    q = np.sqrt(tested.one_sided)
    asimov = np.maximum(tested.profiles.background_only().rise(tested.values), 1e-300)
    a = np.sqrt(asimov)
    near = q <= a
    signal = ndtr(np.where(near, -q, -(q * q + asimov) / (2 * a)))
    background = ndtr(np.where(near, a - q, -(q * q - asimov) / (2 * a)))
    return signal, background


def _bayes_flat(tested: _Tested) -> FloatArray:
    """Posterior probability of smaller values, prior flat in mu^2 >= 0, nuisances profiled."""
    profiles, values = tested.profiles, tested.values
    end = _negligible_from(profiles, values)
    below = _integral(profiles, np.zeros_like(values), values, _PANELS_BELOW)
    above = _integral(profiles, values, end, _PANELS_ABOVE)
    return below / (below + above)


def _negligible_from(profiles: ToyProfiles, values: FloatArray) -> FloatArray:
    """Values above which the likelihood is negligible: less than e^-25 of the best."""
    start = np.maximum(profiles.best_fit, values)
    reach = 7.0 * profiles.error
    for _ in range(60):
        low = profiles.rise(start + reach) < _NEGLIGIBLE_RISE
        if not np.any(low):
            break
        reach = np.where(low, 1.4 * reach, reach)
    return start + reach


def _integral(profiles: ToyProfiles, low: FloatArray, high: FloatArray, panels: int) -> FloatArray:
    """Integral of the profile likelihood, relative to the best fit, from low to high (m,)."""
    width = (high - low) / panels
    total = np.zeros_like(low)
    for panel in range(panels):
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            at = low + width * (panel + (node + 1) / 2)
            total += weight / 2 * width * np.exp(-profiles.rise(at) / 2)
    return total


_UPPER_LIMITS: dict[str, Callable[[_Tested], FloatArray]] = {
    "qtilde": _qtilde,
    "delta-chi2": _delta_chi2,
    "cls": _cls,
    "clsb": _clsb,
    "bayes-flat": _bayes_flat,
}
