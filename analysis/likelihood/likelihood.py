"""Likelihood of binned spectra: blocks of bins, signal parameters, nuisances and constraints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.likelihood import kernels
from analysis.likelihood.blocks import Block, Blocks, BoolArray, IntArray
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.reduction import Reduction
from analysis.likelihood.special_bins import PLAIN, SpecialBins
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """-2 ln L of binned counts as a function of the parameter vector x of P entries.

    names: the signal parameters (their fitted names, in the order of signal; 0 at the Standard
    Model), then the nuisances; kinds: ``signal``, ``morph``, ``shape`` or ``norm`` of each.
    blocks say what the bins expect.  counts (n,) are Poisson (Baker-Cousins) where variances (n,)
    is 0, else Gaussian.  A parameter's constraint is Gaussian about its centre; an inverse sigma
    of 0 leaves it free, and fixed ones keep their centre.  Some constraints are correlated.
    freed are signal parameters that are not among signal, but fitted as nuisances are.  special
    says which bins are neither; betas of simulated ones are fixed parameters of the kind
    ``simulation``, whose centres were measured; every value of -2 ln L has them at the best.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    signal: tuple[SignalParameter, ...]
    blocks: Blocks = field(repr=False)
    counts: FloatArray
    variances: FloatArray
    centers: FloatArray
    inverse_sigmas: FloatArray
    fixed: BoolArray
    correlations: Correlations = field(repr=False)
    freed: tuple[SignalParameter, ...] = field(default=(), kw_only=True)
    special: SpecialBins = field(default=PLAIN, kw_only=True, repr=False)

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model."""
        return self._value_with(self.blocks, x)

    def _value_with(self, blocks: Blocks, x: FloatArray) -> float:
        """``value`` with other blocks."""
        return float(
            kernels.minus_two_log_likelihood(np.append(x, 1.0), blocks.arrays, *self._arrays()[1:])
        )

    def gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of value by x, shape (P,)."""
        derivative: FloatArray = kernels.gradient(np.append(x, 1.0), *self._arrays())
        return derivative

    def expected(self, x: FloatArray) -> FloatArray:
        """Expected counts, shape (n,)."""
        counts: FloatArray = kernels.expected_counts(np.append(x, 1.0), self.blocks.arrays)
        return counts

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives of the expected counts by the parameters, shape (n, P)."""
        return self.blocks.jacobian(x)

    def fisher(self, x: FloatArray) -> FloatArray:
        """Fisher information of all parameters at x, (P, P), constraints included.

        sum_i (d lambda_i / d x_j)(d lambda_i / d x_k) / variance_i + inverse covariance of the
        constraints, with the variances of ``spreads``.
        """
        information = self.blocks.information(x, 1 / self.spreads(x))
        information[np.diag_indices(len(x))] += self.inverse_sigmas**2
        first, second, excess = self.correlations.couplings
        np.add.at(information, (first, second), excess)
        np.add.at(information, (second, first), np.where(first == second, 0.0, excess))
        return information

    def spreads(self, x: FloatArray) -> FloatArray:
        """Variances (n,) of the bins at x, stated or expected, with the errors of simulations."""
        poisson = self.special.variances(np.maximum(self.expected(x), 1e-12))
        return np.where(self.variances > 0, self.variances, poisson)

    def curvature(self, x: FloatArray) -> FloatArray:
        """Half the second derivatives of value by the free parameters at x, (F, F)."""
        reduction = self.reduced(~self.fixed, self.fixed & (x == 0), eliminate=False)
        entries, filled = reduction.curvature(
            x, self.counts, self.centers, self.inverse_sigmas, self.correlations.couplings
        )
        out = np.diag(self.inverse_sigmas**2)
        rows = reduction.place[:-1]
        places = np.argsort(np.where(rows < 0, rows.size, rows))[:filled]
        lower = np.zeros((filled, filled))
        lower[np.tril_indices(filled)] = entries
        out[np.ix_(places, places)] = lower + np.tril(lower, -1).T
        free = np.flatnonzero(~self.fixed)
        return np.asarray(out[np.ix_(free, free)])

    def descend(self, start: FloatArray) -> tuple[FloatArray, bool]:
        """Point reached from start by damped Newton steps, and whether they converged."""
        x = np.where(self.fixed, self.centers, start)
        reduction = self.reduced(~self.fixed, self.fixed & (x == 0))
        x = reduction.settled(x[None], self.centers[None], self.inverse_sigmas)
        _, converged = reduction.descend(
            x,
            self.counts[:, None],
            self.centers[None],
            self.inverse_sigmas,
            self.correlations.couplings,
        )
        return x[0], bool(converged[0])

    def reduced(
        self,
        free: BoolArray,
        at_zero: BoolArray,
        last: int = -1,
        *,
        bent: bool = False,
        eliminate: bool = True,
    ) -> Reduction:
        """What the Newton kernels need, for some parameters free and some held at 0."""
        return Reduction.of(
            self.blocks,
            self.variances,
            self.special,
            free,
            at_zero,
            self.correlations.couplings,
            last,
            bent=bent,
            eliminate=eliminate,
        )

    def with_counts(self, counts: FloatArray) -> Likelihood:
        """The same likelihood of other data in the same bins."""
        return replace(self, counts=np.ascontiguousarray(counts))

    def index(self, name: str) -> int:
        """Place of a parameter in x."""
        return self.names.index(name)

    def with_fixed(self, values: Mapping[str, float]) -> Likelihood:
        """The same likelihood with more parameters held at given values.

        What is correlated with one of them is then constrained as their values say.
        """
        centers, fixed = self.centers.copy(), self.fixed.copy()
        inverse_sigmas, correlations = self.inverse_sigmas.copy(), self.correlations
        by_place = {self.index(name): value for name, value in values.items()}
        if correlations.sets:
            correlations = correlations.given(by_place, centers, inverse_sigmas)
        for place, value in by_place.items():
            centers[place], fixed[place] = value, True
        inverse_sigmas[[*by_place]] = 0.0
        return replace(
            self,
            centers=centers,
            fixed=fixed,
            inverse_sigmas=inverse_sigmas,
            correlations=correlations,
        )

    def with_freed(self, *names: str) -> Likelihood:
        """The same likelihood with some signal parameters, by fitted name, fitted as nuisances."""
        return replace(
            self,
            signal=tuple(p for p in self.signal if p.fitted not in names),
            freed=(*self.freed, *(p for p in self.signal if p.fitted in names)),
        )

    def is_sensitive_to(self, name: str) -> bool:
        """False if no bin's expectation depends on a parameter, other signal ones held at 0."""
        return any(np.any(block.shapes[ks] != 0) for block, ks in self._touched(name))

    def along(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Coefficients (n,) of x and of x^2 in the expectation, the others at their centres."""
        place, found = self.index(name), np.zeros((2, self.counts.size))
        first = 0
        for block in self.blocks.blocks:
            bins = slice(first, first + block.shapes.shape[1])
            powers, first = block.powers(place), bins.stop
            for power in (1, 2):
                found[power - 1, bins] = block.sum_of(powers == power, self.centers, place)
        return found[0], found[1]

    def is_squared(self, name: str) -> bool:
        """True if the expectation has a term in the square of a parameter."""
        place = self.index(name)
        return any(np.any(block.powers(place) == 2) for block in self.blocks.blocks)

    def others(self, *free: str) -> dict[str, float]:
        """All signal parameters but some, at their value in the Standard Model, 0."""
        return {p.fitted: 0.0 for p in self.signal if p.fitted not in free}

    def bounded(self) -> list[str]:
        """Signal parameters, freed ones too, that cannot be negative and are not held."""
        names = [p.fitted for p in (*self.signal, *self.freed) if p.bounded]
        return [name for name in names if not self.fixed[self.index(name)]]

    def _touched(self, name: str) -> list[tuple[Block, IntArray]]:
        """Blocks, and the shapes in each that a parameter alone touches."""
        place = self.index(name)
        others = [p for p, kind in enumerate(self.kinds) if kind == "signal" and p != place]
        touched = []
        for block in self.blocks.blocks:
            alone = (block.powers(place) > 0) & ~np.isin(block.factors, others).any(axis=1)
            touched.append((block, block.shape_of[alone]))
        return touched

    def _arrays(self) -> tuple[object, ...]:
        return (
            self.blocks.arrays,
            self.counts,
            self.variances,
            self.special.arrays,
            self.centers,
            self.inverse_sigmas,
            self.correlations.couplings,
        )
