"""Likelihood of an experiment: ON and OFF spectra, signal parameters and nuisances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis import kernels
from sim.model import Model
from sim.parameters import FloatArray
from sim.spectra import Spectra

SIGNAL_PARAMETERS = ("mu2", "q", "r")
SCALED_NAMES = {"mu_nu": "mu2", "q_nu": "q", "r2_nu": "r"}
"""Physical parameter -> the scaled one that the likelihood sees."""
TREATMENTS = ("off-joint", "off-fixed")


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """-2 ln L of binned counts (Baker-Cousins) as a function of the parameter vector.

    names: mu2, q, r (scaled: 1e-11 mu_B squared, 1e-12 e, 1e-32 cm^2 from the Standard Model),
    flux (relative), then the background norms.  signal (n, 7) and background (n, K) are the
    templates of the n bins, counts (n,) the data.  A parameter's constraint is Gaussian about
    its centre; an inverse sigma of 0 leaves it free, and fixed ones keep their centre.
    """

    names: tuple[str, ...]
    signal: FloatArray
    background: FloatArray
    counts: FloatArray
    centers: FloatArray
    inverse_sigmas: FloatArray
    fixed: npt.NDArray[np.bool_]

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model."""
        return float(kernels.minus_two_log_likelihood(x, *self._arrays()))

    def gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of value by x."""
        derivative: FloatArray = kernels.gradient(x, *self._arrays())
        return derivative

    def expected(self, x: FloatArray) -> FloatArray:
        """Expected counts, shape (n,)."""
        counts: FloatArray = kernels.expected_counts(x, self.signal, self.background)
        return counts

    def fisher(self, x: FloatArray) -> FloatArray:
        """Fisher information of all parameters at x, constraints included.

        sum_i (d lambda_i / d x_j)(d lambda_i / d x_k) / lambda_i + delta_jk / sigma_j^2.
        """
        mu2, q, r, flux = x[:4]
        s = self.signal
        monomials = np.array([1.0, mu2, q, q * q, r, r * r, q * r])
        columns = [
            flux * s[:, 1],
            flux * (s[:, 2] + 2 * q * s[:, 3] + r * s[:, 6]),
            flux * (s[:, 4] + 2 * r * s[:, 5] + q * s[:, 6]),
            s @ monomials,
        ]
        jacobian = np.column_stack([*columns, self.background])
        weights = 1 / np.maximum(self.expected(x), 1e-12)
        information = (jacobian.T * weights) @ jacobian
        return np.asarray(information + np.diag(self.inverse_sigmas**2))

    def with_fixed(self, values: Mapping[str, float]) -> Likelihood:
        """The same likelihood with more parameters held at given values."""
        centers, fixed = self.centers.copy(), self.fixed.copy()
        for name, value in values.items():
            centers[self.names.index(name)] = value
            fixed[self.names.index(name)] = True
        inverse_sigmas = np.where(fixed, 0.0, self.inverse_sigmas)
        return replace(self, centers=centers, fixed=fixed, inverse_sigmas=inverse_sigmas)

    def is_sensitive_to(self, name: str) -> bool:
        """False if no bin's expectation depends on the signal parameter."""
        columns = {"mu2": [1], "q": [2, 3], "r": [4, 5]}[name]
        return bool(np.any(self.signal[:, columns] != 0))

    def _arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
        return self.signal, self.background, self.counts, self.centers, self.inverse_sigmas


def joint_likelihood(model: Model, spectra: Spectra) -> Likelihood:
    """ON and OFF spectra fitted together (``off-joint``)."""
    return _likelihood(model, spectra, periods=[0, 1])


def period_likelihood(model: Model, spectra: Spectra, period: str) -> Likelihood:
    """One period, ``on`` or ``off``, on its own."""
    return _likelihood(model, spectra, periods=[("on", "off").index(period)])


def _likelihood(model: Model, spectra: Spectra, periods: list[int]) -> Likelihood:
    n_bins = spectra.counts.shape[1] * len(periods)
    signal = model.signal[:, periods, :].reshape(7, n_bins).T
    background = np.array([b.counts[periods].ravel() for b in model.backgrounds])
    background = background.reshape(len(model.backgrounds), n_bins).T
    counts = spectra.counts[periods].ravel()
    used = (counts > 0) | np.any(signal != 0, axis=1) | np.any(background != 0, axis=1)
    uncertainties = np.array(
        [
            *([np.inf] * len(SIGNAL_PARAMETERS)),
            model.experiment.config.systematics.flux_norm,
            *(b.norm_uncertainty for b in model.backgrounds),
        ]
    )
    fixed = uncertainties == 0
    fixed[4:] |= ~np.any(background != 0, axis=0)
    return Likelihood(
        names=(*SIGNAL_PARAMETERS, "flux", *(f"norm:{b.name}" for b in model.backgrounds)),
        signal=np.ascontiguousarray(signal[used]),
        background=np.ascontiguousarray(background[used]),
        counts=np.ascontiguousarray(counts[used]),
        centers=np.array([0.0, 0.0, 0.0, 1.0, *([1.0] * len(model.backgrounds))]),
        inverse_sigmas=np.where(fixed, 0.0, 1 / np.where(fixed, 1.0, uncertainties)),
        fixed=fixed,
    )
