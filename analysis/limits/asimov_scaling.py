"""Rescaled: expected limits of experiments that differ in nothing but the sizes of their samples.

The likelihood of Asimov data is reduced once for the experiment at the reference of
``sim.folding.scaling``; for another, only the shapes of the reduction are multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.minimum import FitError
from analysis.likelihood import single_kernels
from analysis.likelihood.degeneracy import IN_SPAN, in_span
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood, used_bins
from analysis.likelihood.reduction import IntArray, Reduction
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.model import Model

_N_SIGNAL = len(SIGNAL_PARAMETERS)
_FEW = 24


@dataclass(frozen=True, slots=True, eq=False)
class RescaledAsimov:
    """Where -2 ln L of Asimov data rises with mu^2, for any sizes of the samples.

    truth (P,) is what the data are made of; sample_of (K,) names the sample of each shape of the
    reduction; moment is the shape of mu^2 and free_norms those of the norms without a constraint,
    as indices; the first n_on bins are those of the ON period.  apart is what free norms leave of
    mu^2 in a few ON bins, root mean square, and largest (1 + norms,) the most that mu^2 and each
    norm have in one of them.
    """

    truth: FloatArray
    inverse_sigmas: FloatArray
    reduction: Reduction
    sample_of: IntArray
    moment: int
    free_norms: IntArray
    n_on: int
    apart: float
    largest: FloatArray

    @classmethod
    def of(cls, model: Model, likelihood: Likelihood) -> RescaledAsimov | None:
        """Of a model and the likelihood of its own Asimov data; None if it cannot be rescaled.

        That is one which no bin of depends on mu^2, or that expects more than its arrays say.
        """
        if type(likelihood) is not Likelihood or not likelihood.is_sensitive_to("mu2"):
            return None
        free, truth = ~likelihood.fixed, likelihood.centers.copy()
        free[:_N_SIGNAL], truth[:_N_SIGNAL] = (True, False, False), 0.0
        reduction = likelihood.reduced(free, ~free & (truth == 0), last=0)
        shape_of, _, factors = reduction.terms
        first_norm = _N_SIGNAL + len(likelihood.linear)
        samples = _samples(factors[:, 0], truth.size, first_norm)
        sample_of = np.zeros(len(reduction.shapes), dtype=np.int64)
        sample_of[shape_of] = samples
        plain = np.all(factors[:, 1:] == truth.size, axis=1)
        unknown = np.append(free & (likelihood.inverse_sigmas == 0), False)[factors[:, 0]]
        moment = int(shape_of[plain & (samples == 1)][0])
        free_norms = shape_of[plain & unknown & (samples >= len(MONOMIALS))]
        n_on = int(np.sum(used_bins(model, (0,))))
        few = reduction.shapes[[moment, *free_norms], : n_on : max(1, n_on // _FEW)]
        return cls(
            truth=truth,
            inverse_sigmas=likelihood.inverse_sigmas,
            reduction=reduction,
            sample_of=sample_of,
            moment=moment,
            free_norms=free_norms,
            n_on=n_on,
            apart=_apart(few[0], few[1:]),
            largest=np.max(np.abs(few), axis=1, initial=0.0),
        )

    def with_scales(self, scales: FloatArray) -> RescaledAsimov:
        """With samples multiplied by scales (S, 2) in ON and OFF."""
        shapes, n_on = np.empty_like(self.reduction.shapes), self.n_on
        on, off = scales[self.sample_of].T[:, :, None]
        np.multiply(self.reduction.shapes[:, :n_on], on, out=shapes[:, :n_on])
        np.multiply(self.reduction.shapes[:, n_on:], off, out=shapes[:, n_on:])
        return replace(self, reduction=replace(self.reduction, shapes=shapes))

    def can_be_imitated(self, scales: FloatArray) -> bool:
        """``can_be_imitated`` of mu^2 with samples multiplied by scales (S, 2).

        Each sample of the few ON bins has one factor, so that what is left of mu^2 there has its:
        if that is more than rounding beside all that any of these bins holds, it settles it.
        """
        if not self.free_norms.size:
            return False
        factors = scales[self.sample_of[[self.moment, *self.free_norms]], 0]
        if factors[0] * self.apart > IN_SPAN * float(factors @ self.largest):
            return False
        shapes = self.with_scales(scales).reduction.shapes
        return in_span(shapes[[self.moment]].T, shapes[self.free_norms].T)

    def rise_points(self, rises: Sequence[float]) -> list[float]:
        """mu^2 where -2 Delta ln L reaches each rise; FitError where the steps do not get there."""
        points = single_kernels.asimov_roots(
            self.truth, self.inverse_sigmas, np.array(rises), *self.reduction.arrays()
        )
        if not np.all(np.isfinite(points)):
            raise FitError("the steps did not converge")
        return [float(point) for point in points]


def _samples(first_factors: IntArray, one: int, first_norm: int) -> IntArray:
    """Samples of terms, q and r being 0: a norm, mu^2 (0), or nothing (the place of the 1)."""
    norms = len(MONOMIALS) + first_factors - first_norm
    return np.where(first_factors == one, 0, np.where(first_factors == 0, 1, norms))


def _apart(effect: FloatArray, shapes: FloatArray) -> float:
    """Root mean square (0 without bins) of what the best combination of shapes (k, n) leaves."""
    if not effect.size:
        return 0.0
    left = effect - np.linalg.lstsq(shapes.T, effect, rcond=None)[0] @ shapes
    return float(np.sqrt(np.mean(left**2)))
