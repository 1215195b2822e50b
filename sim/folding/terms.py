"""Terms: what a spectrum expects, as shapes of bins times products of parameters.

The expectation of a bin is sum_t weight_t * product(parameters of t) * shapes[shape_of_t, bin].
Spectra of one response share their shapes; masses, times, fluxes and nuisances that only multiply
are in the weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import Signal
from sim.folding.nuisances import Touch
from sim.folding.responses import Response, Sample

IntArray = npt.NDArray[np.int64]

MOST_FACTORS = 6
"""Two of the signal and four times a nuisance."""


@dataclass(frozen=True, slots=True)
class ShapeLabel:
    """What a shape is of: a signal template or background, and the nuisance that changes it.

    order is 0 for the sample itself, 1 to 4 for its change with as high a power of the nuisance, in
    standard deviations.
    """

    sample: str
    nuisance: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumTerms:
    """One spectrum: shapes (K, n_bins), labels (K,); of each term its shape, weight and factors.

    factors are names of parameters, at most six, none for what is always there.  errors (n_bins,)
    are those of simulated samples: standard deviations of their statistics in counts, or None.
    """

    shapes: FloatArray
    labels: tuple[ShapeLabel, ...]
    shape_of: IntArray
    weights: FloatArray
    factors: tuple[tuple[str, ...], ...]
    errors: FloatArray | None = None


@dataclass(frozen=True, slots=True)
class Nuisance:
    """A parameter that is not of interest: 0 or, for a norm, 1, give or take sigma.

    sigma is infinite for a free one, 0 for a fixed one; kind is ``morph``, ``shape`` (of a
    background) or ``norm``.
    """

    name: str
    kind: str
    center: float
    sigma: float


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumFactors:
    """What the signal of a spectrum is multiplied by: mass times time, and its flux.

    flux_weights (K,) are those of the members of the flux basis, fissions_cm2_s (B,) multiply the
    shifts of the spectrum per fission.
    """

    kg_days: float
    flux_weights: FloatArray
    fissions_cm2_s: FloatArray


def terms_of_spectrum(
    signal: Signal,
    response: Response,
    factors: SpectrumFactors,
    touches: Sequence[Touch],
    backgrounds: Sequence[tuple[int, str, float]],
    errors: FloatArray | None = None,
) -> SpectrumTerms:
    """Terms of one spectrum; its shapes are those of its response.

    backgrounds holds for each component that is in it its place, its norm and its weight, errors
    (n_bins,) those of simulations.
    """
    names = {touch.kind.key: touch.name for touch in touches}
    scaling = [touch for touch in touches if touch.kind.refolds is None]
    of_signal = [(touch.name, touch.sigma) for touch in scaling if touch.kind.signal]
    of_backgrounds = [(touch.name, touch.sigma) for touch in scaling if touch.kind.backgrounds]
    made = _Terms(names)
    for monomial in signal.monomials:
        size = monomial.factor * factors.kg_days
        for weight, samples in zip(factors.flux_weights, response.signal, strict=True):
            sample = samples.get(monomial.template)
            if sample is not None:
                made.add_sample(sample, size * float(weight), monomial.powers, of_signal)
        for i, shift in enumerate(response.deviations, start=1):
            for fissions, rows in zip(factors.fissions_cm2_s, shift, strict=True):
                if monomial.template in rows:
                    by = (*monomial.powers, f"flux_shape_{i}")
                    made.add(rows[monomial.template], size * float(fissions), by)
    for place, norm, weight in backgrounds:
        if place in response.components:
            made.add_sample(response.components[place], weight, (f"norm:{norm}",), of_backgrounds)
    norms = {response.names[place]: norm for place, norm, _ in backgrounds}
    return SpectrumTerms(
        shapes=response.shapes,
        labels=tuple(
            ShapeLabel(norms.get(sample, sample), names.get(nuisance, nuisance), order)
            for sample, nuisance, order in response.labels
        ),
        shape_of=np.array([row for row, _, _ in made.found], dtype=np.int64),
        weights=np.array([weight for _, weight, _ in made.found]),
        factors=tuple(by for _, _, by in made.found),
        errors=errors,
    )


def counts_of(terms: SpectrumTerms, product: tuple[str, ...], sample: str = "") -> FloatArray:
    """Counts (n_bins,) of a spectrum that go with a product of parameters, these at 1.

    With a sample only of that one.
    """
    found = np.zeros(terms.shapes.shape[1])
    for row, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True):
        if factors == product and sample in ("", terms.labels[row].sample):
            found += weight * terms.shapes[row]
    return found


class _Terms:
    """Terms as they come: row of the shapes, weight, factors."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self.found: list[tuple[int, float, tuple[str, ...]]] = []

    def add(self, row: int, weight: float, by: tuple[str, ...]) -> None:
        """One term, unless its weight is 0."""
        if weight != 0:
            self.found.append((row, weight, by))

    def add_sample(
        self,
        sample: Sample,
        weight: float,
        by: tuple[str, ...],
        scaling: Sequence[tuple[str, float]],
    ) -> None:
        """A sample with its changes, and with the nuisances that only multiply it."""
        if sample.row >= 0:
            self.add(sample.row, weight, by)
            for name, sigma in scaling:
                self.add(sample.row, weight * sigma, (*by, name))
        for change in sample.changes:
            name = self._names.get(change.nuisance, change.nuisance)
            self.add(change.row, weight * change.scale, (*by, *(name,) * change.order))
