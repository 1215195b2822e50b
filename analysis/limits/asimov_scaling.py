"""Rescaled: expected limits of experiments that differ in nothing but the sizes of their samples.

The likelihood of Asimov data is reduced once for the experiment at the reference of
``sim.folding.scaling``; for another, only the shapes of the reduction are multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.minimum import FitError
from analysis.likelihood.blocks import BoolArray, IntArray
from analysis.likelihood.correlations import Couplings
from analysis.likelihood.degeneracy import IN_SPAN, in_span
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.reduction import Reduction
from analysis.limits.asimov import asimov_reduction
from sim.cross_sections.parameters import FloatArray
from sim.model import Model

_FEW = 24


@dataclass(frozen=True, slots=True, eq=False)
class RescaledAsimov:
    """Where -2 ln L of Asimov data rises with mu^2, for any sizes of the samples.

    truth (P,) is what the data are made of; sample_of and spectrum_of (T,) name the sample and the
    spectrum of each term of the reduction.  effect (n, 1) and norms (n, N) are the counts of mu^2
    and of the norms without a constraint, scaled_by (1 + N,) their samples, and spectrum (n,) that
    of each bin.  apart is what free norms leave of mu^2 in a few bins of the first spectrum, root
    mean square, and largest (1 + N,) the most that mu^2 and each norm have in one of them.
    """

    truth: FloatArray
    inverse_sigmas: FloatArray
    couplings: Couplings
    reduction: Reduction
    sample_of: IntArray
    spectrum_of: IntArray
    effect: FloatArray
    norms: FloatArray
    scaled_by: IntArray
    spectrum: IntArray
    apart: float
    largest: FloatArray

    @classmethod
    def of(cls, model: Model, likelihood: Likelihood, name: str) -> RescaledAsimov | None:
        """Of a model and the likelihood of its own Asimov data; None if it cannot be rescaled.

        That is one which no bin of depends on mu^2, or that expects more than its arrays say.
        """
        rows = _sample_rows(model)
        known = {label.sample for block in likelihood.blocks.blocks for label in block.labels}
        if type(likelihood) is not Likelihood or likelihood.special.spreads.size:
            return None
        if not known <= set(rows) or not likelihood.is_sensitive_to(name):
            return None
        truth, at_zero, reduction = asimov_reduction(likelihood, name)
        samples = rows
        spectra = likelihood.blocks.arrays[1]
        known = (reduction.place[:-1] >= 0) & (likelihood.inverse_sigmas == 0)
        free = [
            name
            for name, kind, unknown in zip(likelihood.names, likelihood.kinds, known, strict=True)
            if kind == "norm" and unknown
        ]
        columns = np.array([likelihood.along(name)[0], *(likelihood.along(n)[0] for n in free)])
        few = columns[:, : spectra[0, 4]][:, :: max(1, spectra[0, 4] // _FEW)]
        terms = _terms_of(likelihood, at_zero, samples)
        return cls(
            truth=truth,
            inverse_sigmas=likelihood.inverse_sigmas,
            couplings=likelihood.correlations.couplings,
            reduction=reduction,
            sample_of=terms[0],
            spectrum_of=terms[1],
            effect=columns[:1].T,
            norms=columns[1:].T,
            scaled_by=np.array(
                [samples[name], *(samples[name.removeprefix("norm:")] for name in free)]
            ),
            spectrum=np.repeat(np.arange(len(spectra)), spectra[:, 4]),
            apart=_apart(few[0], few[1:]),
            largest=np.max(np.abs(few), axis=1, initial=0.0),
        )

    def with_scales(self, scales: FloatArray) -> RescaledAsimov:
        """With samples multiplied by scales (S, n_spectra)."""
        shape_of, weights, factors, slots = self.reduction.terms
        weights = weights * scales[self.sample_of, self.spectrum_of]
        terms = (shape_of, weights, factors, slots)
        return replace(self, reduction=replace(self.reduction, terms=terms))

    def can_be_imitated(self, scales: FloatArray) -> bool:
        """``can_be_imitated`` of mu^2 with samples multiplied by scales (S, n_spectra).

        Each sample of the few bins has one factor, so that what is left of mu^2 there has its:
        if that is more than rounding beside all that any of these bins holds, it settles it.
        """
        if not self.norms.shape[1]:
            return False
        factors = scales[self.scaled_by, 0]
        if factors[0] * self.apart > IN_SPAN * float(factors @ self.largest):
            return False
        by_bin = scales[self.scaled_by][:, self.spectrum].T
        return in_span(self.effect * by_bin[:, :1], self.norms * by_bin[:, 1:])

    def rise_points(self, rises: Sequence[float]) -> list[float]:
        """mu^2 where -2 Delta ln L reaches each rise; FitError where the steps do not get there."""
        points = self.reduction.asimov_roots(self.truth, self.inverse_sigmas, self.couplings, rises)
        if not np.all(np.isfinite(points)):
            raise FitError("the steps did not converge")
        return [float(point) for point in points]


def _sample_rows(model: Model) -> dict[str, int]:
    """Row of each sample in the scales: templates of the signal, then the backgrounds."""
    norms = [n.name.removeprefix("norm:") for n in model.nuisances if n.kind == "norm"]
    return {name: row for row, name in enumerate([*model.signal_table.templates, *norms])}


def _terms_of(
    likelihood: Likelihood, at_zero: BoolArray, samples: dict[str, int]
) -> tuple[IntArray, IntArray]:
    """Sample and spectrum of each term that no factor held at zero removes, in order."""
    dead = np.append(at_zero, False)
    kept = [
        (samples[block.labels[k].sample], spectrum)
        for spectrum, block in enumerate(likelihood.blocks.blocks)
        for k in block.shape_of[~np.any(dead[block.factors], axis=1)]
    ]
    rows = np.array(kept, dtype=np.int64)
    return rows[:, 0], rows[:, 1]


def _apart(effect: FloatArray, shapes: FloatArray) -> float:
    """Root mean square (0 without bins) of what the best combination of shapes (k, n) leaves."""
    if not effect.size:
        return 0.0
    left = effect - np.linalg.lstsq(shapes.T, effect, rcond=None)[0] @ shapes
    return float(np.sqrt(np.mean(left**2)))
