"""A model of spectra in the same bins as arrays: samples by spectrum and bin, and their changes.

A second way to write a model down, that of the first edition: seven monomials of (mu^2, q, r) in
units of 1e-11 mu_B, 1e-12 e and 1e-32 cm^2 from the Standard Model.  Tests compare with it, and
plant experiments with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.cross_sections.couplings import Couplings
from sim.cross_sections.parameters import (
    MU_SCALE,
    Q_SCALE,
    R2_SCALE_CM2,
    FloatArray,
    NeutrinoParameters,
)
from sim.cross_sections.signal import Signal
from sim.folding.terms import Nuisance, ShapeLabel, SpectrumTerms
from sim.model import Model

MONOMIALS = ("1", "mu2", "q", "q2", "r", "r2", "qr")


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundTemplate:
    """Expected counts (n_spectra, n_bins) at norm 1, and how well the norm is known.

    norm_uncertainty is the relative standard deviation of a Gaussian constraint, 0 for a fixed
    norm, infinity for a free one.
    """

    name: str
    counts: FloatArray
    norm_uncertainty: float


@dataclass(frozen=True, slots=True, eq=False)
class Morph:
    """Change of all samples with one nuisance, each array (n_samples, n_spectra, n_bins).

    higher (2, ...) are those with its third and fourth power, None if there are none.
    The parameter has a Gaussian prior of mean 0 and width sigma, infinite for a free one.
    """

    name: str
    linear: FloatArray
    quadratic: FloatArray
    sigma: float = 1.0
    higher: FloatArray | None = None

    def change(self, eta: float) -> FloatArray:
        """Change of all samples at a value of the parameter."""
        found = eta * (self.linear + eta * self.quadratic)
        if self.higher is not None:
            found = found + eta**3 * (self.higher[0] + eta * self.higher[1])
        return np.asarray(found)


@dataclass(frozen=True, slots=True, eq=False)
class SampleArrays:
    """signal (7, n_spectra, n_bins) by monomial, backgrounds, and morphs of both."""

    signal: FloatArray
    backgrounds: tuple[BackgroundTemplate, ...]
    morphs: tuple[Morph, ...]

    @property
    def samples(self) -> FloatArray:
        """Signal monomials and backgrounds together, (7 + n_backgrounds, n_spectra, n_bins)."""
        counts = [background.counts for background in self.backgrounds]
        own = np.array(counts).reshape(len(counts), *self.signal.shape[1:])
        return np.concatenate([self.signal, own])


def arrays_of_terms(
    signal: Signal, nuisances: Sequence[Nuisance], terms: Sequence[SpectrumTerms]
) -> SampleArrays:
    """The arrays of a model; ValueError for spectra with different numbers of bins."""
    n_bins = {own.shapes.shape[1] for own in terms}
    if len(n_bins) != 1:
        raise ValueError("the spectra have different numbers of bins: see model.terms()")
    norms = [n for n in nuisances if n.kind == "norm"]
    others = [n for n in nuisances if n.kind != "norm"]
    first: dict[str, tuple[str, ...]] = {}
    for monomial in signal.monomials:
        first.setdefault(monomial.template, monomial.powers)
    places = {first[name]: i for i, name in enumerate(MONOMIALS)}
    places |= {(n.name,): len(MONOMIALS) + i for i, n in enumerate(norms)}
    shape = (len(MONOMIALS) + len(norms), len(terms), n_bins.pop())
    samples = np.zeros(shape)
    changes = {n.name: np.zeros((4, *shape)) for n in others}
    for spectrum, own in enumerate(terms):
        for row, weight, factors in zip(own.shape_of, own.weights, own.factors, strict=True):
            by = [name for name in factors if name in changes]
            place = places.get(tuple(name for name in factors if name not in changes))
            if place is not None:
                target = samples if not by else changes[by[0]][len(by) - 1]
                target[place, spectrum] += weight * own.shapes[row]
    return SampleArrays(
        samples[: len(MONOMIALS)],
        tuple(
            BackgroundTemplate(n.name.removeprefix("norm:"), samples[len(MONOMIALS) + i], n.sigma)
            for i, n in enumerate(norms)
        ),
        tuple(_morph(n, changes[n.name]) for n in others),
    )


def _morph(nuisance: Nuisance, changes: FloatArray) -> Morph:
    higher = changes[2:] if np.any(changes[2:]) else None
    return Morph(nuisance.name, changes[0], changes[1], nuisance.sigma, higher)


def terms_of_arrays(arrays: SampleArrays, spectrum: int, signal: Signal) -> SpectrumTerms:
    """Terms of one spectrum of arrays."""
    names: list[tuple[str, tuple[tuple[float, tuple[str, ...]], ...]]] = [
        (name, tuple((m.factor, m.powers) for m in signal.monomials if m.template == name))
        for name in MONOMIALS
    ]
    names += [(b.name, ((1.0, (f"norm:{b.name}",)),)) for b in arrays.backgrounds]
    samples = arrays.samples
    shapes: list[FloatArray] = []
    labels: list[ShapeLabel] = []
    found: list[tuple[int, float, tuple[str, ...]]] = []
    for place, (sample, products) in enumerate(names):
        for label, by, shape in _changes(arrays, sample, samples, place, spectrum):
            if np.any(shape):
                found += [(len(shapes), factor, (*powers, *by)) for factor, powers in products]
                shapes.append(shape)
                labels.append(label)
    return SpectrumTerms(
        shapes=np.array(shapes).reshape(len(shapes), samples.shape[2]),
        labels=tuple(labels),
        shape_of=np.array([shape for shape, _, _ in found], dtype=np.int64),
        weights=np.array([weight for _, weight, _ in found]),
        factors=tuple(factors for _, _, factors in found),
    )


def _changes(
    arrays: SampleArrays, sample: str, samples: FloatArray, place: int, spectrum: int
) -> Iterable[tuple[ShapeLabel, tuple[str, ...], FloatArray]]:
    yield ShapeLabel(sample), (), samples[place, spectrum]
    for m in arrays.morphs:
        yield ShapeLabel(sample, m.name, 1), (m.name,), m.linear[place, spectrum]
        yield ShapeLabel(sample, m.name, 2), (m.name,) * 2, m.quadratic[place, spectrum]
        for order, change in enumerate(() if m.higher is None else m.higher, start=3):
            yield ShapeLabel(sample, m.name, order), (m.name,) * order, change[place, spectrum]


def nuisances_of_arrays(arrays: SampleArrays, shapes: Sequence[str] = ()) -> tuple[Nuisance, ...]:
    """The nuisances of arrays; shapes names those that are of the shape of a background."""
    return (
        *(
            Nuisance(m.name, "shape" if m.name in shapes else "morph", 0.0, m.sigma)
            for m in arrays.morphs
        ),
        *(Nuisance(f"norm:{b.name}", "norm", 1.0, b.norm_uncertainty) for b in arrays.backgrounds),
    )


def arrays_of(model: Model) -> SampleArrays:
    """Samples of a model and their changes."""
    return arrays_of_terms(model.signal_table, model.nuisances, model.terms())


def signal_of(model: Model) -> FloatArray:
    """Expected counts of each monomial, (7, n_spectra, n_bins)."""
    return arrays_of(model).signal


def backgrounds_of(model: Model) -> tuple[BackgroundTemplate, ...]:
    """Backgrounds by norm, each (n_spectra, n_bins)."""
    return arrays_of(model).backgrounds


def samples_at(model: Model, nuisances: Mapping[str, float]) -> FloatArray:
    """Samples with the morphs at the given values, exact in the shapes of backgrounds."""
    arrays = arrays_of(model)
    samples = arrays.samples.copy()
    parameters = model.shapes.parameters
    if parameters:
        etas = np.array([nuisances[parameter.name] for parameter in parameters])
        for i, found in enumerate(model.shapes.counts(etas)):
            for k, background in enumerate(arrays.backgrounds):
                if background.name in found:
                    samples[len(MONOMIALS) + k, i] = found[background.name]
    for morph in arrays.morphs[: len(arrays.morphs) - len(parameters)]:
        samples += morph.change(nuisances[morph.name])
    return samples


def expected_signal(model: Model, parameters: NeutrinoParameters | None = None) -> FloatArray:
    """Expected signal counts, (n_spectra, n_bins), by default of the Standard Model."""
    weights = monomials_at(parameters or NeutrinoParameters(), model.couplings)
    return np.asarray(np.tensordot(weights, signal_of(model), axes=1))


def expected_background(model: Model) -> FloatArray:
    """Expected background counts at nominal norms, (n_spectra, n_bins)."""
    arrays = arrays_of(model)
    counts = [background.counts for background in arrays.backgrounds]
    return np.asarray(np.sum([np.zeros(arrays.signal.shape[1:]), *counts], axis=0))


def with_arrays(
    model: Model,
    signal: FloatArray | None = None,
    backgrounds: tuple[BackgroundTemplate, ...] | None = None,
    morphs: tuple[Morph, ...] | None = None,
    edges_kev: FloatArray | None = None,
) -> Model:
    """The model of other arrays; with other edges without observed spectra."""
    own = arrays_of(model)
    arrays = SampleArrays(
        own.signal if signal is None else signal,
        own.backgrounds if backgrounds is None else backgrounds,
        own.morphs if morphs is None else morphs,
    )
    infos = model.spectra
    if edges_kev is not None:
        infos = tuple(replace(info, edges_kev=edges_kev) for info in infos)
    shapes = [parameter.name for parameter in model.shapes.parameters]
    return replace(
        model,
        spectra=infos,
        terms_by_spectrum=tuple(
            terms_of_arrays(arrays, i, model.signal_table) for i in range(len(infos))
        ),
        nuisances=nuisances_of_arrays(arrays, shapes),
        observed=model.observed if edges_kev is None else None,
    )


def monomials(mu2: float, q: float, r: float) -> FloatArray:
    """(1, mu^2, q, q^2, r, r^2, q r) of scaled parameters."""
    return np.array([1.0, mu2, q, q * q, r, r * r, q * r])


def monomials_at(point: NeutrinoParameters, scheme: Couplings) -> FloatArray:
    """The seven monomials at a point, transitions added to the squares."""
    r = (point.total_r2_nu(scheme) - scheme.sm_charge_radius_cm2) / R2_SCALE_CM2
    weights = monomials((point.mu_nu / MU_SCALE) ** 2, point.q_nu / Q_SCALE, r)
    for charge, radius in zip(point.transition_q, point.transition_r2, strict=True):
        q, r = charge / Q_SCALE, radius / R2_SCALE_CM2
        weights[[3, 5, 6]] += q * q, r * r, q * r
    return weights
