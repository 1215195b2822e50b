"""The likelihood written down a second time in plain numpy, and small planted experiments.

The tests of this folder compare the house with these: another parametrisation of the loops, a
Newton minimiser of its own, and a scan of the profile by brute force.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import xlogy

from analysis.likelihood.likelihood import Likelihood
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

sys.path.insert(0, str(Path(__file__).parent))
from dense_likelihoods import Dense, dense_arrays, likelihood_of

Array = np.ndarray[Any, np.dtype[np.float64]]


class PlainLikelihood:
    """-2 ln L of whole arrays: x = (mu2, q, r, ..., morphs, norms)."""

    def __init__(self, likelihood: Likelihood) -> None:
        self.names = likelihood.names
        self.templates, self.linear, self.quadratic = dense_arrays(likelihood)
        self.counts, self.variances = likelihood.counts, likelihood.variances
        self.centers, self.inverse_sigmas = likelihood.centers, likelihood.inverse_sigmas
        self.fixed = likelihood.fixed
        self.first_morph = len(likelihood.signal)
        self.first_norm = self.first_morph + len(self.linear)

    def coefficients(self, x: Array) -> Array:
        """Of each sample: the monomials of (mu2, q, r), then the norms."""
        mu2, q, r = x[:3]
        return np.array([1, mu2, q, q**2, r, r**2, q * r, *x[self.first_norm :]])

    def morphed(self, x: Array) -> Array:
        """Templates (n, S) with each morph's change."""
        eta = x[self.first_morph : self.first_norm]
        changes = np.tensordot(eta, self.linear, 1) + np.tensordot(eta**2, self.quadratic, 1)
        return np.asarray(self.templates + changes)

    def expected(self, x: Array) -> Array:
        return np.asarray(self.morphed(x) @ self.coefficients(x))

    def value(self, x: Array) -> float:
        """Poisson or Gaussian terms and the pulls; infinite where a mean is not allowed."""
        expected, gaussian = self.expected(x), self.variances > 0
        counts = np.where(gaussian, 0.0, self.counts)
        if np.any((expected < 0) & ~gaussian) or np.any((expected == 0) & (counts > 0)):
            return float("inf")
        poisson = np.where(gaussian, 0.0, expected) - counts
        poisson = poisson + xlogy(counts, counts / np.where(counts > 0, expected, 1.0))
        residuals = np.where(gaussian, expected - self.counts, 0.0)
        squares = residuals**2 / np.where(gaussian, self.variances, 1.0)
        pulls = (x - self.centers) * self.inverse_sigmas
        return float(2 * poisson.sum() + squares.sum() + np.sum(pulls**2))

    def profile(self, values: Mapping[str, float]) -> float:
        """Minimum over the nuisances of Poisson bins with mu2, q, r as given (others 0).

        Damped Newton steps; the problem is convex where each bin is linear in the nuisances.
        """
        x = self.centers.copy()
        first = self.first_morph
        x[:first] = 0.0
        x[:3] = [values.get(name, 0.0) for name in ("mu2", "q", "r")]
        free = first + np.flatnonzero(~self.fixed[first:])
        at = self.value(x)
        for _ in range(200):
            if free.size == 0:
                break
            expected, eta = self.expected(x), x[first : self.first_norm, None, None]
            by_morph = (self.linear + 2 * eta * self.quadratic) @ self.coefficients(x)
            columns = np.vstack([by_morph, self.morphed(x)[:, 7:].T])[free - first]
            pulls = ((x - self.centers) * self.inverse_sigmas**2)[free]
            slope = 2 * (columns @ (1 - self.counts / expected) + pulls)
            curvature = 2 * (columns * (self.counts / expected**2)) @ columns.T
            curvature += 2 * np.diag(self.inverse_sigmas[free] ** 2)
            step = np.linalg.solve(curvature, slope)
            if float(slope @ step) < 1e-18 * max(1.0, at):
                break
            shrink = 1.0
            while True:
                there = x.copy()
                there[free] -= shrink * step
                value = self.value(there)
                if value < at or shrink < 1e-12:
                    break
                shrink /= 2
            if not value < at:
                break
            x, at = there, value
        return at

    def accepted(
        self, name: str, rise: float, scan: Array, best: float | None = None
    ) -> tuple[tuple[float, float], ...]:
        """Intervals of one parameter within rise of the lowest point of the profile on the scan."""

        def height(value: float) -> float:
            return self.profile({name: value})

        heights = np.array([height(v) for v in scan])
        if best is None:
            lowest = int(np.argmin(heights))
            around = (scan[max(lowest - 1, 0)], scan[min(lowest + 1, scan.size - 1)])
            best = float(minimize_scalar(height, bounds=around, options={"xatol": 1e-10}).fun)
            best = min(best, float(heights.min()))
        level = best + rise
        inside = heights <= level
        assert not inside[0], "the scan must start outside"
        assert not inside[-1], "the scan must end outside"
        edges = [
            float(brentq(lambda v: height(v) - level, scan[i], scan[i + 1], xtol=1e-12))
            for i in np.flatnonzero(inside[1:] != inside[:-1])
        ]
        return tuple(zip(edges[::2], edges[1::2], strict=True))


@pytest.fixture(scope="session")
def plain() -> type[PlainLikelihood]:
    return PlainLikelihood


@pytest.fixture(scope="session")
def planted() -> Callable[..., Likelihood]:
    """A likelihood of given templates with the expectation of a truth as its counts.

    signal maps a monomial's place to its counts; background holds one row a component.  With a
    flux_sigma the signal scales with a nuisance ``flux_norm`` of that relative uncertainty.
    """

    def build(
        signal: Mapping[int, object],
        background: object,
        truth: Mapping[str, float] | None = None,
        flux_sigma: float = 0.0,
        norm_sigmas: tuple[float, ...] = (),
    ) -> Likelihood:
        shapes = np.atleast_2d(np.asarray(background, dtype=np.float64))
        n_norms, n_bins = shapes.shape
        templates = np.zeros((n_bins, 7 + n_norms))
        for column, values in signal.items():
            templates[:, column] = np.asarray(values, dtype=np.float64)
        linear = flux_sigma * templates[None] if flux_sigma else np.zeros((0, n_bins, 7 + n_norms))
        templates[:, 7:] = shapes.T
        morphs = ["flux_norm"] if flux_sigma else []
        sigmas = np.array(
            [*[np.inf] * 3, *[1.0] * len(morphs), *(norm_sigmas or (np.inf,) * n_norms)]
        )
        fixed = sigmas == 0
        likelihood = likelihood_of(
            names=("mu2", "q", "r", *morphs, *(f"norm:{k}" for k in range(n_norms))),
            arrays=Dense(templates, linear, np.zeros_like(linear)),
            counts=np.ones(n_bins),
            variances=np.zeros(n_bins),
            centers=np.array([*[0.0] * (3 + len(morphs)), *[1.0] * n_norms]),
            inverse_sigmas=np.where(fixed, 0.0, 1 / np.where(fixed, 1.0, sigmas)),
            fixed=fixed,
        )
        x = likelihood.centers.copy()
        for name, value in (truth or {}).items():
            x[likelihood.names.index(name)] = value
        return replace(likelihood, counts=PlainLikelihood(likelihood).expected(x))

    return build


@pytest.fixture(scope="session")
def gemma() -> Model:
    """The preset as it is."""
    return build_model(load_experiment("gemma-2012"))


@pytest.fixture(scope="session")
def coarse() -> Model:
    """The preset in bins of 1.8 keV: 58 bins of ON and OFF together."""
    return build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"]))


@pytest.fixture
def random_likelihood() -> Callable[..., Likelihood]:
    """A function that makes likelihoods for a seed."""
    return _random_likelihood


def _random_likelihood(seed: int, n_morphs: int = 2, gaussian: bool = False) -> Likelihood:
    """12 bins, 3 norms, morphs of every sample; positive around its centres."""
    random = np.random.default_rng(seed)
    templates = random.normal(size=(12, 10))
    templates[:, [0, 1, 3, 5]] = np.abs(templates[:, [0, 1, 3, 5]]) + 0.3
    templates[:, 7:] = random.uniform(5.0, 15.0, (12, 3))
    linear, quadratic = (scale * random.normal(size=(n_morphs, 12, 10)) for scale in (0.1, 0.02))
    centers = np.array([0.8, 0.5, -0.4, *[0.3, -0.6][:n_morphs], 1.0, 0.7, 1.3])
    return likelihood_of(
        names=("mu2", "q", "r", *["a", "b"][:n_morphs], "norm:x", "norm:y", "norm:z"),
        arrays=Dense(templates, linear, quadratic),
        counts=random.poisson(25.0, 12).astype(np.float64),
        variances=np.where(gaussian & (np.arange(12) % 2 == 0), 7.0, 0.0),
        centers=centers,
        inverse_sigmas=np.full(centers.size, 3.0),
        fixed=np.zeros(centers.size, dtype=np.bool_),
    )
