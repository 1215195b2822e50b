"""The peers of the toy fits: iminuit at its fastest, pyhf, and SLSQP as a reference."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pyhf
from iminuit import Minuit
from numba.core import cgutils, types
from numba.extending import intrinsic
from scipy.optimize import brentq, minimize

from analysis.likelihood.likelihood import Likelihood

Array = np.ndarray[Any, np.dtype[np.float64]]


FLUX_SHARE = 0.025
"""Relative uncertainty of the flux in the toy model."""


def columns(likelihood: Likelihood) -> Array:
    """Counts of the Standard Model, of mu2 and of the four backgrounds of the toy model, (6, n)."""
    norms = [
        n for n, kind in zip(likelihood.names, likelihood.kinds, strict=True) if kind == "norm"
    ]
    found = [likelihood.along(name)[0] for name in ("mu2", *norms)]
    standard = likelihood.expected(likelihood.centers) - np.sum(found[1:], axis=0)
    return np.array([standard, *found])


@intrinsic
def pointer(_context: Any, _address: Any) -> Any:
    """An address as a pointer, so that compiled code sees an array that changes."""

    def codegen(_target: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(_address), codegen


class FastMinuit:
    """The toy model with a compiled C function as likelihood and one Minuit object for all toys.

    Parameters mu2, flux pull, four norms.  The best we know to do with iminuit: no Python in the
    function, a compiled gradient, strategy 0, the object reused.
    """

    def __init__(self, likelihood: Likelihood) -> None:
        shapes = columns(likelihood)
        n_bins = shapes.shape[1]
        share = FLUX_SHARE
        self.counts, self.center = np.ones(n_bins), np.zeros(1)
        self._kept = shapes
        c_at, m_at, w_at = (a.ctypes.data for a in (self.counts, self.center, shapes))
        n_shapes = len(shapes)

        @numba.njit(error_model="numpy")
        def factors(x: Any) -> Any:
            f = 1.0 + share * x[1]
            return f, f * x[0], x[2], x[3], x[4], x[5]

        @numba.cfunc(types.float64(types.uint32, types.CPointer(types.float64)))
        def function(n: Any, values: Any) -> Any:
            x = numba.carray(values, (6,))
            counts = numba.carray(pointer(c_at), (n_bins,), np.float64)
            center = numba.carray(pointer(m_at), (1,), np.float64)
            w = numba.carray(pointer(w_at), (n_shapes, n_bins), np.float64)
            a, b, c, d, e, f = factors(x)
            total = (x[1] - center[0]) ** 2
            for i in range(n_bins):
                mean = a * w[0, i] + b * w[1, i] + c * w[2, i] + d * w[3, i] + e * w[4, i]
                mean = max(mean + f * w[5, i], 1e-6)
                total += 2.0 * (mean - counts[i])
                if counts[i] > 0.0:
                    total += 2.0 * counts[i] * math.log(counts[i] / mean)
            return total

        @numba.njit(error_model="numpy")
        def gradient(x: Any) -> Any:
            counts = numba.carray(pointer(c_at), (n_bins,), np.float64)
            center = numba.carray(pointer(m_at), (1,), np.float64)
            w = numba.carray(pointer(w_at), (n_shapes, n_bins), np.float64)
            a, b, c, d, e, f = factors(x)
            out = np.zeros(6)
            for i in range(n_bins):
                mean = a * w[0, i] + b * w[1, i] + c * w[2, i] + d * w[3, i] + e * w[4, i]
                r = 2.0 * (1.0 - counts[i] / max(mean + f * w[5, i], 1e-6))
                out[0] += r * a * w[1, i]
                out[1] += r * share * (w[0, i] + x[0] * w[1, i])
                for k in range(2, 6):
                    out[k] += r * w[k, i]
            out[1] += 2.0 * (x[1] - center[0])
            return out

        self.minuit = Minuit(function, np.array([0.0, 0, 1, 1, 1, 1]), grad=gradient)
        self.minuit.errordef, self.minuit.strategy = 1.0, 0
        self.minuit.errors = [1.0, 1.0, 0.02, 0.02, 0.1, 0.1]
        self._start = np.array([0.0, 0, 1, 1, 1, 1])

    def minimum(self, mu2: float | None) -> float:
        """-2 ln L at the minimum, mu2 held if it is given."""
        self.minuit.values = self._start if mu2 is None else [mu2, *self._start[1:]]
        self.minuit.fixed[0] = mu2 is not None
        self.minuit.migrad()
        return float(self.minuit.fval)

    def statistics(self, counts: Array, pulls: Array, tested: float) -> list[float]:
        """q of every toy: best fit with mu2 >= 0, and fit at the tested value."""
        found = []
        for toy, pull in zip(counts, pulls, strict=True):
            self.counts[:], self.center[0] = toy, pull
            best = self.minimum(None)
            if self.minuit.values[0] < 0:
                best = self.minimum(0.0)
            found.append(self.minimum(tested) - best)
        return found

    def asimov_limit(self, expected: Array, rise: float) -> float:
        """mu2 where the profile of the Asimov data has risen by rise."""
        self.counts[:], self.center[0] = expected, 0.0
        step = 1.0
        while self.minimum(step) < rise:
            step *= 2.0
        root: float = brentq(lambda m: self.minimum(m) - rise, 0.0, step, rtol=1e-6)
        return root


def pyhf_model(likelihood: Likelihood) -> Any:
    """The toy model as a pyhf workspace, mu2 as parameter of interest."""
    hi, lo = 1 + FLUX_SHARE, 1 - FLUX_SHARE
    flux = {"name": "flux", "type": "normsys", "data": {"hi": hi, "lo": lo}}
    shapes = columns(likelihood)
    samples = [
        ("sm", shapes[0], [flux]),
        ("mu2", shapes[1], [flux, {"name": "mu2", "type": "normfactor", "data": None}]),
        *(
            (name, shapes[2 + k], [{"name": name, "type": "normfactor", "data": None}])
            for k, name in enumerate(("flat", "exponential", "ge71", "pb210"))
        ),
    ]
    spec = {
        "channels": [
            {
                "name": "on",
                "samples": [
                    {"name": name, "data": shape.tolist(), "modifiers": modifiers}
                    for name, shape, modifiers in samples
                ],
            }
        ],
        "parameters": [
            {"name": "mu2", "bounds": [[0.0, 1000.0]], "inits": [1.0]},
        ],
    }
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer())
    return pyhf.Model(spec, poi_name="mu2")


def pyhf_statistics(model: Any, counts: Array, pulls: Array, tested: float) -> list[float]:
    """q of every toy by pyhf."""
    found = []
    for toy, pull in zip(counts, pulls, strict=True):
        data = [*toy.tolist(), float(pull)]
        _, best = pyhf.infer.mle.fit(data, model, return_fitted_val=True)
        _, fixed = pyhf.infer.mle.fixed_poi_fit(tested, data, model, return_fitted_val=True)
        found.append(float(fixed) - float(best))
    return found


def pyhf_limit(model: Any, expected: Array) -> float:
    """Expected CLs limit on mu2 by pyhf's own root finder."""
    data = [*expected.tolist(), 0.0]
    found: Any = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.0, 1000.0, level=0.1)
    return float(found[0])


def slsqp_minimum(
    value: Callable[[Array], float],
    gradient: Callable[[Array], Array],
    start: Array,
    bounds: list[tuple[float | None, float | None]],
) -> float:
    """Minimum by SLSQP at 1e-13, started again where it ends."""
    x = start
    for _ in range(3):
        options = {"ftol": 1e-13, "maxiter": 500}
        found = minimize(value, x, jac=gradient, method="SLSQP", bounds=bounds, options=options)
        x = found.x
    return float(found.fun)
