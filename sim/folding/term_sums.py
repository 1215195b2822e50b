"""Terms at a point: what a spectrum expects, whole and by sample."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np

from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.theory import Theory
from sim.folding.terms import SpectrumTerms

Products = Mapping[tuple[str, ...], float]


def products_of(theory: Theory, given: Mapping[str, float]) -> Products:
    """Products of the parameters that a theory has."""
    known = {parameter.name for parameter in theory.signal.parameters}
    own = {name: value for name, value in given.items() if name in known}
    weights = dict(zip(theory.signal.templates, theory.weights(own).tolist(), strict=True))
    products: dict[tuple[str, ...], float] = {}
    for monomial in theory.signal.monomials:
        if monomial.template in weights:
            products[monomial.powers] = weights.pop(monomial.template) / monomial.factor
    return products


def samples_at(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Counts of the Standard Model, beyond it, and of each norm."""
    return {
        name: np.einsum("k,kb->b", coefficients, terms.shapes)
        for name, coefficients in coefficients_by_sample(terms, products, values).items()
    }


def sum_of_terms(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> FloatArray:
    """Expected counts (n_bins,) of a spectrum.

    Not a product of matrices: BLAS rounds differently with the number of its threads.
    """
    every = coefficients_by_sample(terms, products, values)
    total = np.sum([*every.values(), np.zeros(len(terms.shapes))], axis=0)
    return np.asarray(np.einsum("k,kb->b", total, terms.shapes))


def coefficients_by_sample(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Factors (K,) of the shapes at a point, by sample: the Standard Model, beyond it, norms."""
    out: dict[str, FloatArray] = {"standard-model": np.zeros(len(terms.shapes))}
    for row, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True):
        signal = tuple(name for name in factors if name not in values)
        others = [name for name in factors if name in values]
        size = float(weight) * prod(values[name] for name in others)
        norm = next((name for name in others if name.startswith("norm:")), None)
        size *= products.get(signal, 0.0)
        if norm is None:
            norm = "beyond" if signal else "standard-model"
        if norm not in out:
            out[norm] = np.zeros(len(terms.shapes))
        out[norm][row] += size
    return out
