"""Likelihoods of many spectra: two detectors in many periods, a norm of its own for each.

All spectra of a detector share their shapes; the flux of a period multiplies the signal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.likelihood.blocks import Block, Blocks
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.signal import SignalParameter
from sim.folding.terms import ShapeLabel

Array = np.ndarray[Any, np.dtype[np.float64]]

SIGNAL = (
    SignalParameter("mu_nu", "mu2", "", "mu_B", 1e-11, 0.0, 0.5, bounded=True),
    SignalParameter("q_nu", "q", "", "e", 1e-12),
    SignalParameter("cevns", "cevns", "", "Standard Model", 1.0, 1.0),
)
DETECTORS = ("a", "b")
COMMON = ("flux_norm", *(f"energy_scale[{d}]" for d in DETECTORS))


def many_spectra(n_periods: int, n_bins: int, correlation: float = 0.0) -> Likelihood:
    """Asimov data of the Standard Model; energy scales of the detectors correlated on request."""
    norms = [f"norm:flat[{d}]" for d in DETECTORS]
    local = [f"norm:excess[{d},{p}]" for d in DETECTORS for p in range(n_periods)]
    names = [*(p.fitted for p in SIGNAL), *COMMON, *norms, *local]
    blocks = []
    for detector in DETECTORS:
        shapes = _shapes(n_bins, 1.0 if detector == "a" else 0.7)
        for period in range(n_periods):
            blocks.append(_block(names, detector, period, shapes, n_periods))
    sigmas = np.array(
        [*[np.inf] * len(SIGNAL), 1.0, 1.0, 1.0, *[np.inf] * len(norms), *[0.1] * len(local)]
    )
    places = np.array([names.index(name) for name in COMMON[1:]])
    covariance = np.array([[1.0, correlation], [correlation, 1.0]])
    n_signal, n_morphs = len(SIGNAL), len(COMMON)
    packed = Blocks.of(blocks)
    likelihood = Likelihood(
        names=tuple(names),
        kinds=("signal",) * n_signal
        + ("morph",) * n_morphs
        + ("norm",) * (len(names) - n_signal - n_morphs),
        signal=SIGNAL,
        blocks=packed,
        counts=np.zeros(packed.n_bins),
        variances=np.zeros(packed.n_bins),
        centers=np.array([*[0.0] * (n_signal + n_morphs), *[1.0] * (len(norms) + len(local))]),
        inverse_sigmas=1 / sigmas,
        fixed=np.zeros(len(names), dtype=np.bool_),
        correlations=Correlations.of([(places, covariance)] if correlation else []),
    )
    return likelihood.with_counts(likelihood.expected(likelihood.centers))


def _shapes(n_bins: int, size: float) -> Array:
    """Standard Model, mu2, q, q2, nuclei, flat, excess, and their changes with the scale."""
    x = np.linspace(0.02, 1.02, n_bins)
    plain = np.array(
        [
            40 * np.exp(-x / 0.06),
            0.05 / x,
            -0.3 / x,
            0.02 / x**2,
            39 * np.exp(-x / 0.06),
            20.0 + 0 * x,
            80 * np.exp(-x / 0.1),
        ]
    )
    slope = 0.02 * x * np.gradient(plain, x, axis=1)
    return np.asarray(size * np.concatenate([plain, slope, 0.3 * slope]))


def _block(names: list[str], detector: str, period: int, shapes: Array, n_periods: int) -> Block:
    power = 0.5 + 0.5 * np.sin(1.0 + period)
    products = [(), ("mu2",), ("q",), ("q", "q"), ("cevns",)]
    products += [(f"norm:flat[{detector}]",), (f"norm:excess[{detector},{period}]",)]
    decay = 2.0 ** (-2.0 * period / n_periods)
    sizes, scale = [power] * 5 + [1.0, decay], f"energy_scale[{detector}]"
    terms: list[tuple[int, float, tuple[str, ...]]] = []
    for k, (product, weight) in enumerate(zip(products, sizes, strict=True)):
        terms.append((k, weight, product))
        terms.append((k + 7, weight, (*product, scale)))
        terms.append((k + 14, weight, (*product, scale, scale)))
        if k < 5:
            terms.append((k, 0.02 * weight, (*product, "flux_norm")))
    places = [[names.index(n) for n in product] for _, _, product in terms]
    return Block(
        detector=detector,
        period=f"p{period}",
        shapes=shapes,
        labels=(ShapeLabel("made up"),) * len(shapes),
        shape_of=np.array([k for k, _, _ in terms]),
        weights=np.array([weight for _, weight, _ in terms]),
        factors=np.array([[*own, *[len(names)] * (6 - len(own))] for own in places]),
    )
