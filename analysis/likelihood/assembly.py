"""Likelihoods of models: some or all of the spectra that a model expects, with their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.likelihood.blocks import Block, Blocks, BoolArray
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import COMBINED, SIMULATION, SpecialBins
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError
from sim.folding.terms import MOST_FACTORS, SpectrumTerms
from sim.model import Model
from sim.spectra.spectra import Spectra

TREATMENTS = ("off-joint", "off-fixed")


@dataclass(frozen=True, slots=True)
class SpectrumName:
    """Detector and period of a spectrum, and whether a reactor ran at power then."""

    detector: str
    period: str
    with_power: bool


def spectrum_names(model: Model) -> tuple[SpectrumName, ...]:
    """What the spectra of a model are called, in their order."""
    return tuple(SpectrumName(info.detector, info.period, info.powered) for info in model.spectra)


def treatments_of(model: Model, treatment: str | None) -> tuple[str, ...]:
    """Treatment of the background of each spectrum, by default the one that its source configures.

    Raises
    ------
    ConfigurationError
        for another treatment.
    """
    if treatment is None or treatment == model.treatment:
        return model.treatments
    if treatment not in TREATMENTS:
        raise ConfigurationError(
            f"background treatment {treatment!r}: allowed are {', '.join(TREATMENTS)}"
        )
    return (treatment,) * len(model.spectra)


def places_of(model: Model, *, with_power: bool) -> list[int]:
    """Which spectra are of periods with, or without, reactor power."""
    names = spectrum_names(model)
    return [place for place, name in enumerate(names) if name.with_power is with_power]


def joint_likelihood(model: Model, spectra: Spectra) -> Likelihood:
    """All spectra of a model fitted together."""
    return selected_likelihood(model, spectra, range(len(spectrum_names(model))))


def selected_likelihood(model: Model, spectra: Spectra, places: Sequence[int]) -> Likelihood:
    """Some of the spectra, by their places; a nuisance that touches none of them is fixed.

    Raises
    ------
    ValueError
        for counts in a bin where nothing is expected.
    """
    signal, nuisances = model.signal_table, model.nuisances
    betas = _betas(model)
    names = (*signal.fitted_names, *(nuisance.name for nuisance in nuisances), *betas)
    labels, terms = spectrum_names(model), model.terms()
    used = {place: used_bins(terms[place]) for place in places}
    cut = _Cut()
    parts = [
        _block(terms[p], cut.shapes(terms[p].shapes, used[p]), names, labels[p]) for p in places
    ]
    counts = [_used_counts(spectra, place, used[place]) for place in places]
    variances = [_variances(spectra, place, terms[place])[used[place]] for place in places]
    n_signal, n_betas = len(signal.parameters), len(betas)
    centers = np.array([*np.zeros(n_signal), *(n.center for n in nuisances), *np.ones(n_betas)])
    sigmas = np.array(
        [*np.full(n_signal, np.inf), *(n.sigma for n in nuisances), *np.zeros(n_betas)]
    )
    kinds = (
        *("signal",) * n_signal,
        *(n.kind for n in nuisances),
        *(SIMULATION,) * n_betas,
    )
    fixed = (sigmas == 0) | _idle_norms(kinds, parts)
    inverse_sigmas = np.where(fixed, 0.0, 1 / np.where(fixed, 1.0, sigmas))
    flat_variances = np.concatenate([np.zeros(0), *variances])
    every = [used[place] for place in places]
    special = _special(model, places, every, parts, centers, betas).but(flat_variances > 0)
    if special.spreads.size:
        simulated = special.simulated
        inverse_sigmas[special.places[simulated]] = special.spreads[simulated] ** -0.5
    return Likelihood(
        names=names,
        kinds=kinds,
        signal=signal.parameters,
        blocks=Blocks.of(parts),
        counts=np.concatenate([np.zeros(0), *counts]),
        variances=flat_variances,
        centers=centers,
        inverse_sigmas=inverse_sigmas,
        fixed=fixed,
        correlations=Correlations.of(
            [
                (np.array([names.index(name) for name in own]), matrix)
                for own, matrix in model.correlations
            ]
        ),
        special=special,
    )


def _betas(model: Model) -> dict[str, tuple[int, int]]:
    """Names of the betas of simulated bins of all spectra, with the spectrum and bin of each."""
    return {
        f"{SIMULATION}:{info.detector}/{info.period}#{i + 1}": (place, int(i))
        for place, (info, terms) in enumerate(zip(model.spectra, model.terms(), strict=True))
        if terms.errors is not None
        for i in np.flatnonzero((terms.errors > 0) & used_bins(terms))
    }


def _special(
    model: Model,
    places: Sequence[int],
    used: Sequence[BoolArray],
    blocks: Sequence[Block],
    centers: FloatArray,
    betas: Mapping[str, tuple[int, int]],
) -> SpecialBins:
    """Simulated and combined bins of some spectra; a beta is as sure as all that a bin expects."""
    combined = {
        source.label
        for source in model.sources
        if source.experiment.config.analysis.statistic == "cnp"
    }
    rows = {where: centers.size - len(betas) + i for i, where in enumerate(betas.values())}
    spreads, found = [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    for place, own, block in zip(places, used, blocks, strict=True):
        bins, errors = np.flatnonzero(own), model.terms()[place].errors
        spread = np.zeros(bins.size)
        if errors is not None:
            expected = block.sum_of(np.ones(block.weights.size, dtype=np.bool_), centers)
            spread = (errors[bins] / np.maximum(expected, 1e-300)) ** 2
        if model.spectra[place].source in combined:
            if np.any(spread):
                raise ConfigurationError(
                    f"{model.name}: analysis.statistic = 'cnp' has no place for errors of "
                    f"simulations: leave the columns error out, or take 'poisson'"
                )
            spread[:] = COMBINED
        spreads.append(spread)
        found.append(np.array([rows.get((place, int(i)), 0) for i in bins], dtype=np.int64))
    return SpecialBins.of(np.concatenate(spreads), np.concatenate(found))


def used_bins(terms: SpectrumTerms) -> BoolArray:
    """Bins (n_bins,) of a spectrum where anything is expected; a likelihood has no others."""
    plain = [k for k in np.unique(terms.shape_of) if terms.labels[k].order == 0]
    return np.asarray(np.any(terms.shapes[plain] != 0, axis=0))


class _Cut:
    """Shapes in the used bins of spectra; those of one response that use the same are one array."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, bytes], FloatArray] = {}

    def shapes(self, shapes: FloatArray, used: BoolArray) -> FloatArray:
        """The used bins (K, n) of shapes (K, n_bins)."""
        if np.all(used):
            return shapes
        key = id(shapes), used.tobytes()
        if key not in self._made:
            self._made[key] = np.ascontiguousarray(shapes[:, used])
        return self._made[key]


def _block(
    terms: SpectrumTerms, shapes: FloatArray, names: Sequence[str], label: SpectrumName
) -> Block:
    """A spectrum in its used bins; shapes that are empty there have no terms."""
    places = {name: place for place, name in enumerate(names)}
    filled = np.any(shapes != 0, axis=1)[terms.shape_of] & (terms.weights != 0)
    factors = np.full((int(np.sum(filled)), MOST_FACTORS), len(names), dtype=np.int64)
    for row, place in enumerate(np.flatnonzero(filled)):
        for column, name in enumerate(terms.factors[place]):
            factors[row, column] = places[name]
    return Block(
        detector=label.detector,
        period=label.period,
        shapes=shapes,
        labels=terms.labels,
        shape_of=terms.shape_of[filled],
        weights=terms.weights[filled],
        factors=factors,
    )


def _idle_norms(kinds: Sequence[str], blocks: Sequence[Block]) -> BoolArray:
    """Norms of what no bin holds."""
    touched = {place for block in blocks for place in np.unique(block.factors).tolist()}
    return np.array([k == "norm" and p not in touched for p, k in enumerate(kinds)], dtype=np.bool_)


def _used_counts(spectra: Spectra, place: int, used: BoolArray) -> FloatArray:
    counts = spectra.parts()[place]
    if np.any(counts[~used] != 0):
        unexpected = int(np.argmax((counts != 0) & ~used))
        info = spectra.infos[place]
        low, high = info.edges_kev[unexpected : unexpected + 2]
        raise ValueError(
            f"counts in the bin {low:g} to {high:g} keV, where nothing is expected: the model has "
            f"neither signal nor background there"
        )
    return np.asarray(counts[used])


def _variances(spectra: Spectra, place: int, terms: SpectrumTerms) -> FloatArray:
    """Variances of one spectrum, 0 for Poisson counts; those of a simulation are on top."""
    errors = spectra.error_parts()
    if errors is None:
        return np.zeros_like(spectra.parts()[place])
    stated = np.asarray(errors[place] ** 2)
    return stated if terms.errors is None else np.where(stated > 0, stated + terms.errors**2, 0.0)
