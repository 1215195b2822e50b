"""Likelihood of an experiment: ON and OFF spectra, signal parameters and nuisances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.likelihood import kernels, single_kernels
from analysis.likelihood.reduction import BoolArray, Reduction
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.model import Model
from sim.spectra import PERIODS, Spectra

SIGNAL_PARAMETERS = ("mu2", "q", "r")
TREATMENTS = ("off-joint", "off-fixed")


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """-2 ln L of binned counts as a function of the parameter vector x of P entries.

    names: mu2, q, r (scaled: 1e-11 mu_B squared, 1e-12 e, 1e-32 cm^2 from the Standard Model),
    the morphs' nuisances (in standard deviations), the background norms (``norm:<name>``).
    templates (n, S), linear and quadratic (J, n, S): see ``analysis.likelihood.kernels``.  counts
    (n,) are Poisson (Baker-Cousins) where variances (n,) is 0, else Gaussian.  A parameter's
    constraint is Gaussian about its centre; an inverse sigma of 0 leaves it free, and fixed ones
    keep their centre.
    """

    names: tuple[str, ...]
    templates: FloatArray
    linear: FloatArray
    quadratic: FloatArray
    counts: FloatArray
    variances: FloatArray
    centers: FloatArray
    inverse_sigmas: FloatArray
    fixed: BoolArray

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model."""
        return float(kernels.minus_two_log_likelihood(x, *self._arrays()))

    def gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of value by x, shape (P,)."""
        derivative: FloatArray = kernels.gradient(x, *self._arrays())
        return derivative

    def expected(self, x: FloatArray) -> FloatArray:
        """Expected counts, shape (n,)."""
        counts: FloatArray = kernels.expected_counts(x, self.templates, self.linear, self.quadratic)
        return counts

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives of the expected counts by the parameters, shape (n, P)."""
        derivative: FloatArray = kernels.jacobian(x, self.templates, self.linear, self.quadratic)
        return derivative

    def fisher(self, x: FloatArray) -> FloatArray:
        """Fisher information of all parameters at x, (P, P), constraints included.

        sum_i (d lambda_i / d x_j)(d lambda_i / d x_k) / variance_i + delta_jk / sigma_j^2, with
        the expectation as the variance of a Poisson bin.
        """
        derivative = self.jacobian(x)
        poisson = np.maximum(self.expected(x), 1e-12)
        weights = 1 / np.where(self.variances > 0, self.variances, poisson)
        information = (derivative.T * weights) @ derivative
        return np.asarray(information + np.diag(self.inverse_sigmas**2))

    def descend(self, start: FloatArray) -> tuple[FloatArray, bool]:
        """Point reached from start by damped Newton steps, and whether they converged."""
        x = np.where(self.fixed, self.centers, start)
        reduction = self.reduced(~self.fixed, self.fixed & (x == 0))
        points = x[None]
        _, converged = single_kernels.minimise_each(
            points,
            self.counts[:, None],
            self.centers[None],
            self.inverse_sigmas,
            *reduction.arrays(),
        )
        return points[0], bool(converged[0])

    def reduced(self, free: BoolArray, at_zero: BoolArray, last: int = -1) -> Reduction:
        """What the Newton kernels need, for some parameters free and some held at 0."""
        return Reduction.of(
            self.templates, self.linear, self.quadratic, self.variances, free, at_zero, last
        )

    def with_counts(self, counts: FloatArray) -> Likelihood:
        """The same likelihood of other data in the same bins."""
        return replace(self, counts=np.ascontiguousarray(counts))

    def index(self, name: str) -> int:
        """Place of a parameter in x."""
        return self.names.index(name)

    def with_fixed(self, values: Mapping[str, float]) -> Likelihood:
        """The same likelihood with more parameters held at given values."""
        centers, fixed = self.centers.copy(), self.fixed.copy()
        for name, value in values.items():
            centers[self.index(name)] = value
            fixed[self.index(name)] = True
        inverse_sigmas = np.where(fixed, 0.0, self.inverse_sigmas)
        return replace(self, centers=centers, fixed=fixed, inverse_sigmas=inverse_sigmas)

    def is_sensitive_to(self, name: str) -> bool:
        """False if no bin's expectation depends on a signal parameter or morph."""
        columns = {"mu2": [1], "q": [2, 3], "r": [4, 5]}
        if name in columns:
            return bool(np.any(self.templates[:, columns[name]] != 0))
        return bool(np.any(self.linear[self.index(name) - len(SIGNAL_PARAMETERS)] != 0))

    def _arrays(self) -> tuple[FloatArray, ...]:
        return (
            self.templates,
            self.linear,
            self.quadratic,
            self.counts,
            self.variances,
            self.centers,
            self.inverse_sigmas,
        )


def joint_likelihood(model: Model, spectra: Spectra) -> Likelihood:
    """ON and OFF spectra fitted together."""
    return _likelihood(model, spectra, list(range(len(PERIODS))))


def period_likelihood(model: Model, spectra: Spectra, period: str) -> Likelihood:
    """One period, ``on`` or ``off``, on its own."""
    return _likelihood(model, spectra, [PERIODS.index(period)])


def combined_likelihood(parts: Mapping[str, Likelihood], shared: Sequence[str] = ()) -> Likelihood:
    """Several likelihoods as one: the signal parameters and the shared nuisances are common.

    parts maps a label to each likelihood; every other nuisance becomes ``<label>/<name>``.
    """
    renamed = {
        label: [_joined_name(label, name, shared) for name in part.names]
        for label, part in parts.items()
    }
    every = list(dict.fromkeys(name for names in renamed.values() for name in names))
    morphs = [n for n in every if n not in SIGNAL_PARAMETERS and "norm:" not in n]
    norms = [n for n in every if "norm:" in n]
    names = (*SIGNAL_PARAMETERS, *morphs, *norms)
    n_samples = len(MONOMIALS) + len(norms)
    blocks = [
        _expanded(part, renamed[label], morphs, norms, n_samples) for label, part in parts.items()
    ]
    centers, inverse_sigmas = np.zeros(len(names)), np.zeros(len(names))
    fixed = np.ones(len(names), dtype=np.bool_)
    for label, part in parts.items():
        places = [names.index(name) for name in renamed[label]]
        centers[places], inverse_sigmas[places] = part.centers, part.inverse_sigmas
        fixed[places] &= part.fixed
    return Likelihood(
        names=names,
        templates=np.concatenate([block[0] for block in blocks]),
        linear=np.concatenate([block[1] for block in blocks], axis=1),
        quadratic=np.concatenate([block[2] for block in blocks], axis=1),
        counts=np.concatenate([part.counts for part in parts.values()]),
        variances=np.concatenate([part.variances for part in parts.values()]),
        centers=centers,
        inverse_sigmas=inverse_sigmas,
        fixed=fixed,
    )


def _joined_name(label: str, name: str, shared: Sequence[str]) -> str:
    return name if name in SIGNAL_PARAMETERS or name in shared else f"{label}/{name}"


def _expanded(
    part: Likelihood, renamed: list[str], morphs: list[str], norms: list[str], n_samples: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Templates and morphs of one part in the columns of the combination."""
    n_bins, first_norm = part.counts.size, len(MONOMIALS)
    own_norms = [name for name in renamed if "norm:" in name]
    columns = [*range(first_norm), *(first_norm + norms.index(name) for name in own_norms)]
    templates = np.zeros((n_bins, n_samples))
    templates[:, columns] = part.templates
    linear, quadratic = (np.zeros((len(morphs), n_bins, n_samples)) for _ in range(2))
    own_morphs = renamed[len(SIGNAL_PARAMETERS) : len(renamed) - len(own_norms)]
    for j, name in enumerate(own_morphs):
        linear[np.ix_([morphs.index(name)], range(n_bins), columns)] = part.linear[j]
        quadratic[np.ix_([morphs.index(name)], range(n_bins), columns)] = part.quadratic[j]
    return templates, linear, quadratic


def flat_samples(samples: FloatArray, periods: Sequence[int]) -> FloatArray:
    """Samples (S, 2, n_bins) as the rows of a likelihood of some periods, (n, S)."""
    return np.asarray(samples[:, list(periods), :].reshape(samples.shape[0], -1).T)


def used_bins(model: Model, periods: Sequence[int]) -> BoolArray:
    """Rows of ``flat_samples`` where anything is expected; a likelihood has no others."""
    return np.asarray(np.any(flat_samples(model.samples, periods) != 0, axis=1))


def _likelihood(model: Model, spectra: Spectra, periods: list[int]) -> Likelihood:
    samples = flat_samples(model.samples, periods)
    counts = spectra.counts[periods].ravel()
    variances = np.zeros_like(counts)
    if spectra.errors is not None:
        variances = spectra.errors[periods].ravel() ** 2
    used = used_bins(model, periods)
    if np.any(counts[~used] != 0):
        unexpected = int(np.argmax((counts != 0) & ~used)) % spectra.counts.shape[1]
        low, high = spectra.edges_kev[unexpected : unexpected + 2]
        raise ValueError(
            f"counts in the bin {low:g} to {high:g} keV, where nothing is expected: the model has "
            f"neither signal nor background there"
        )
    morphs = model.morphs
    n_bins, n_samples = samples.shape
    linear = np.array([m.linear[:, periods, :].reshape(n_samples, n_bins).T for m in morphs])
    quadratic = np.array([m.quadratic[:, periods, :].reshape(n_samples, n_bins).T for m in morphs])
    shape = (len(morphs), int(np.sum(used)), n_samples)
    uncertainties = np.array(
        [
            *([np.inf] * len(SIGNAL_PARAMETERS)),
            *(m.sigma for m in morphs),
            *(b.norm_uncertainty for b in model.backgrounds),
        ]
    )
    first_norm = len(SIGNAL_PARAMETERS) + len(morphs)
    fixed = uncertainties == 0
    fixed[first_norm:] |= ~np.any(samples[:, len(MONOMIALS) :] != 0, axis=0)
    centers = np.zeros(uncertainties.size)
    centers[first_norm:] = 1.0
    return Likelihood(
        names=(
            *SIGNAL_PARAMETERS,
            *(m.name for m in morphs),
            *(f"norm:{b.name}" for b in model.backgrounds),
        ),
        templates=np.ascontiguousarray(samples[used]),
        linear=np.ascontiguousarray(linear.reshape(-1, n_bins, n_samples)[:, used]).reshape(shape),
        quadratic=np.ascontiguousarray(quadratic.reshape(-1, n_bins, n_samples)[:, used]).reshape(
            shape
        ),
        counts=np.ascontiguousarray(counts[used]),
        variances=np.ascontiguousarray(variances[used]),
        centers=centers,
        inverse_sigmas=np.where(fixed, 0.0, 1 / np.where(fixed, 1.0, uncertainties)),
        fixed=fixed,
    )
