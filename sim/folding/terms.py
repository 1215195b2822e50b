"""Terms: what a spectrum expects, as shapes of bins times products of parameters.

The expectation of a bin is sum_t weight_t * product(parameters of t) * shapes[shape_of_t, bin].
Spectra of one response share their shapes; masses, times, fluxes and nuisances that only multiply
are in the weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import Signal
from sim.folding.nuisances import Morph

IntArray = npt.NDArray[np.int64]

MOST_FACTORS = 4


@dataclass(frozen=True, slots=True)
class ShapeLabel:
    """What a shape is of: a signal template or background, and the nuisance that changes it.

    order is 0 for the sample itself, 1 and 2 for its linear and quadratic change per standard
    deviation of the nuisance.
    """

    sample: str
    nuisance: str = ""
    order: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class SpectrumTerms:
    """One spectrum: shapes (K, n_bins), labels (K,); of each term its shape, weight and factors.

    factors are names of parameters, at most four, none for what is always there.
    """

    shapes: FloatArray
    labels: tuple[ShapeLabel, ...]
    shape_of: IntArray
    weights: FloatArray
    factors: tuple[tuple[str, ...], ...]


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


def terms_of_samples(
    signal: Signal,
    backgrounds: Sequence[str],
    samples: FloatArray,
    morphs: Sequence[Morph],
    spectrum: int,
) -> SpectrumTerms:
    """Terms of one spectrum of samples (S, n_spectra, n_bins), signal templates first.

    What is empty has no shape, and a morph that only scales its sample none of its own.
    """
    shapes: list[FloatArray] = []
    labels: list[ShapeLabel] = []
    found: list[tuple[int, float, tuple[str, ...]]] = []
    for place, (sample, products) in enumerate(_samples(signal, backgrounds)):
        whole = samples[place, spectrum]
        changes: list[tuple[ShapeLabel, tuple[str, ...], FloatArray]]
        changes = [(ShapeLabel(sample), (), whole)]
        for morph in morphs:
            first, second = morph.linear[place, spectrum], morph.quadratic[place, spectrum]
            changes.append((ShapeLabel(sample, morph.name, 1), (morph.name,), first))
            changes.append((ShapeLabel(sample, morph.name, 2), (morph.name,) * 2, second))
        own = -1
        for label, by, change in changes:
            if not np.any(change):
                continue
            scale = _common_scale(change, whole) if own >= 0 else 0.0
            shape = own
            if scale == 0.0:
                shape, scale = len(shapes), 1.0
                shapes.append(change)
                labels.append(label)
            if label.order == 0:
                own = shape
            found += [(shape, scale * factor, (*powers, *by)) for factor, powers in products]
    n_bins = samples.shape[2]
    return SpectrumTerms(
        shapes=np.array(shapes).reshape(len(shapes), n_bins),
        labels=tuple(labels),
        shape_of=np.array([shape for shape, _, _ in found], dtype=np.int64),
        weights=np.array([weight for _, weight, _ in found]),
        factors=tuple(factors for _, _, factors in found),
    )


def _samples(
    signal: Signal, backgrounds: Sequence[str]
) -> Iterator[tuple[str, list[tuple[float, tuple[str, ...]]]]]:
    """Name of each sample, and by which products of parameters, with factors, it is multiplied."""
    for template in signal.templates:
        monomials = [m for m in signal.monomials if m.template == template]
        yield template, [(m.factor, m.powers) for m in monomials]
    for name in backgrounds:
        yield name, [(1.0, (f"norm:{name}",))]


def _common_scale(column: FloatArray, shape: FloatArray) -> float:
    """f if column = f shape to 1e-14 of its largest entry, else 0."""
    size = float(shape @ shape)
    scale = float(column @ shape) / size if size > 0 else 0.0
    same = np.all(np.abs(column - scale * shape) <= 1e-14 * np.max(np.abs(column)))
    return scale if same else 0.0
