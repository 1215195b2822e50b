"""Likelihoods as whole arrays: templates of the monomials of (mu2, q, r) and of norms, and morphs.

A second way to write a likelihood down, for references in plain numpy and for planted experiments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import model_arrays
import numpy as np

from analysis.likelihood.blocks import Block, Blocks
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.signal import SignalParameter
from sim.folding.terms import MOST_FACTORS, ShapeLabel
from sim.model import Model

Array = np.ndarray[Any, np.dtype[np.float64]]

MONOMIALS = ((), ("mu2",), ("q",), ("q", "q"), ("r",), ("r", "r"), ("q", "r"))
SIGNAL = (
    SignalParameter("mu_nu", "mu2", "", "mu_B", 1e-11, 0.0, 0.5, bounded=True),
    SignalParameter("q_nu", "q", "", "e", 1e-12),
    SignalParameter("r2_nu", "r", "", "cm^2", 1e-32),
)


class Dense(NamedTuple):
    """Templates (n, S) of the monomials and norms, and their changes (J, n, S) with each morph."""

    templates: Array
    linear: Array
    quadratic: Array


def dense_arrays(likelihood: Likelihood) -> Dense:
    """A likelihood of mu2, q and r alone, other signal parameters left out, as whole arrays."""
    morphs, norms = _named(likelihood, "morph", "shape"), _named(likelihood, "norm")
    n_bins, n_samples = likelihood.counts.size, len(MONOMIALS) + len(norms)
    templates = np.zeros((n_bins, n_samples))
    linear, quadratic = np.zeros((2, len(morphs), n_bins, n_samples))
    for bins, column, etas, array in _changes(likelihood):
        target = templates if not etas else (linear, quadratic)[len(etas) - 1]
        rows = target[morphs.index(etas[0])] if etas else target
        rows[bins, column] += array
    return Dense(templates, linear, quadratic)


def templates_at(likelihood: Likelihood, morph: str, eta: float) -> Array:
    """Templates (n, S) as those of ``Dense`` with one morph elsewhere, of any degree in it."""
    n_samples = len(MONOMIALS) + len(_named(likelihood, "norm"))
    found = np.zeros((likelihood.counts.size, n_samples))
    for bins, column, etas, array in _changes(likelihood):
        if set(etas) <= {morph}:
            found[bins, column] += array * eta ** len(etas)
    return found


def _named(likelihood: Likelihood, *kinds: str) -> list[str]:
    pairs = zip(likelihood.names, likelihood.kinds, strict=True)
    return [name for name, kind in pairs if kind in kinds]


def _changes(likelihood: Likelihood) -> Iterator[tuple[slice, int, list[str], Array]]:
    """Bins and column of each array, and the morphs that multiply it."""
    names = likelihood.names
    morphs, norms = _named(likelihood, "morph", "shape"), _named(likelihood, "norm")
    first = 0
    for block in likelihood.blocks.blocks:
        bins = slice(first, first + block.shapes.shape[1])
        first = bins.stop
        for k, weight, factors in zip(block.shape_of, block.weights, block.factors, strict=True):
            own = [names[place] for place in factors if place < len(names)]
            product = tuple(sorted(n for n in own if n not in morphs))
            if not set(product) <= {"mu2", "q", "r", *norms}:
                continue
            norm = product and product[0] in norms
            column = len(MONOMIALS) + norms.index(product[0]) if norm else MONOMIALS.index(product)
            etas = [n for n in own if n in morphs]
            assert len(set(etas)) < 2
            yield bins, column, etas, weight * block.shapes[k]


def block_of(names: Sequence[str], arrays: Dense) -> Block:
    """One block of whole arrays; the norms are the last of the names, the morphs before them."""
    n_norms = arrays.templates.shape[1] - len(MONOMIALS)
    norms, morphs = names[len(names) - n_norms :], names[3 : len(names) - n_norms]
    shapes: list[Array] = []
    found: list[tuple[int, float, tuple[str, ...]]] = []
    for s, product in enumerate([*MONOMIALS, *((name,) for name in norms)]):
        own = arrays.templates[:, s]
        changes: list[tuple[Array, tuple[str, ...]]] = [(own, ())]
        for j, morph in enumerate(morphs):
            changes.append((arrays.linear[j, :, s], (morph,)))
            changes.append((arrays.quadratic[j, :, s], (morph,) * 2))
        first = len(shapes)
        for column, etas in changes:
            if not np.any(column):
                continue
            scale = float(column @ own) / float(own @ own) if np.any(own) else 0.0
            if etas and np.array_equal(column, scale * own):
                found.append((first, scale, (*product, *etas)))
                continue
            found.append((len(shapes), 1.0, (*product, *etas)))
            shapes.append(column)
    factors = [[names.index(n) for n in product] for _, _, product in found]
    filled = [[*places, *[len(names)] * (MOST_FACTORS - len(places))] for places in factors]
    n = len(shapes)
    return Block(
        detector="detector",
        period="on",
        shapes=np.array(shapes).reshape(n, len(arrays.templates)),
        labels=(ShapeLabel("made up"),) * n,
        shape_of=np.array([shape for shape, _, _ in found], dtype=np.int64),
        weights=np.array([scale for _, scale, _ in found]),
        factors=np.array(filled, dtype=np.int64).reshape(len(found), MOST_FACTORS),
    )


def likelihood_of(
    names: Sequence[str],
    arrays: Dense,
    counts: Array,
    variances: Array,
    centers: Array,
    inverse_sigmas: Array,
    fixed: Any,
) -> Likelihood:
    """A likelihood of whole arrays: mu2, q, r, the morphs, the norms (norm:...)."""
    kinds = ["signal" if n in ("mu2", "q", "r") else "morph" for n in names]
    return Likelihood(
        names=tuple(names),
        kinds=tuple(
            "norm" if n.startswith("norm:") else kind for n, kind in zip(names, kinds, strict=True)
        ),
        signal=SIGNAL,
        blocks=Blocks.of([block_of(list(names), arrays)]),
        counts=counts,
        variances=variances,
        centers=centers,
        inverse_sigmas=inverse_sigmas,
        fixed=fixed,
        correlations=Correlations.of(),
    )


def with_arrays(likelihood: Likelihood, arrays: Dense) -> Likelihood:
    """A likelihood of mu2, q and r alone with other whole arrays."""
    pairs = zip(likelihood.names, likelihood.kinds, strict=True)
    kept = [n for n, kind in pairs if kind != "signal" or n in ("mu2", "q", "r")]
    places = [likelihood.index(n) for n in kept]
    return likelihood_of(
        kept,
        arrays,
        likelihood.counts,
        likelihood.variances,
        likelihood.centers[places],
        likelihood.inverse_sigmas[places],
        likelihood.fixed[places],
    )


def without_morphs(templates: Array) -> Dense:
    """Arrays of templates (n, S) that nothing changes."""
    none = np.zeros((0, *templates.shape))
    return Dense(templates, none, none)


def blind(model: Model, *kept: str) -> Model:
    """A model of which only some templates of the signal are left, and no nuisances but norms."""
    names = model.signal_table.templates
    rows = [name in kept for name in names[: len(model_arrays.signal_of(model))]]
    return model_arrays.with_arrays(
        model, signal=model_arrays.signal_of(model) * np.array(rows)[:, None, None], morphs=()
    )


def with_signal(model: Model, signal: Array) -> Model:
    """A model with other counts (7, 2, n_bins) of the monomials, and no nuisances but norms."""
    return model_arrays.with_arrays(model, signal=signal, morphs=())
