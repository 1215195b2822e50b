"""Peers in JAX: Newton steps of many toys at once, vmapped and jitted, in double precision.

JAX is no dependency of nuem: `.venv/bin/pip install jax` to have these rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from toy_peers import FLUX_SHARE, columns

from analysis.likelihood.likelihood import Likelihood

jax.config.update("jax_enable_x64", True)

_STEPS = 40
_FALL = 1e-11
Array = np.ndarray[Any, np.dtype[np.float64]]


class JaxToys:
    """The toy model with derivatives written for it: mu2, flux pull, four norms."""

    def __init__(self, likelihood: Likelihood) -> None:
        shapes = jnp.asarray(columns(likelihood))

        def parts(x: Any, counts: Any, center: Any) -> tuple[Any, Any]:
            factor = 1.0 + FLUX_SHARE * x[1]
            folded = shapes[0] + x[0] * shapes[1]
            mean = factor * folded + x[2:] @ shapes[2:]
            columns_of = jnp.vstack([factor * shapes[1], FLUX_SHARE * folded, shapes[2:]])
            residual, weight = 1.0 - counts / mean, counts / mean**2
            slope = columns_of @ residual
            slope = slope.at[1].add(x[1] - center)
            matrix = (columns_of * weight) @ columns_of.T
            crossed = FLUX_SHARE * (shapes[1] @ residual)
            matrix = matrix.at[1, 1].add(1.0).at[0, 1].add(crossed).at[1, 0].add(crossed)
            return slope, matrix

        def value(x: Any, counts: Any, center: Any) -> Any:
            mean = (1.0 + FLUX_SHARE * x[1]) * (shapes[0] + x[0] * shapes[1]) + x[2:] @ shapes[2:]
            logs = jnp.where(counts > 0, counts * jnp.log(jnp.maximum(counts, 1.0) / mean), 0.0)
            return 2 * jnp.sum(mean - counts + logs) + (x[1] - center) ** 2

        self._statistics = _statistics(parts, value)
        self._start = jnp.asarray([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])

    def statistics(self, counts: Array, pulls: Array, tested: float) -> Array:
        """q of every toy, counts (m, n): best fit with mu2 >= 0, and fit at the tested value."""
        starts = jnp.tile(self._start, (len(counts), 1))
        return np.asarray(self._statistics(starts, jnp.asarray(counts), jnp.asarray(pulls), tested))


class JaxDense:
    """Any likelihood of spectra that are alike, with the dense matrix of second derivatives.

    g_k of all shapes and its derivatives come from the terms; the first parameter is tested, the
    other signal parameters are held at 0.
    """

    def __init__(self, likelihood: Likelihood) -> None:
        flat, layout, shape_of, weights, factors = likelihood.blocks.arrays
        n_blocks, n_shapes, n_bins = len(layout), int(layout[0, 2]), int(layout[0, 4])
        starts = layout[:, 0][:, None] + np.arange(n_shapes * n_bins)
        shapes = jnp.asarray(flat[starts].reshape(n_blocks, n_shapes, n_bins))
        n_signal = len(likelihood.signal)
        free = np.delete(np.arange(likelihood.centers.size), np.arange(1, n_signal))
        precision = jnp.asarray(_precision(likelihood)[np.ix_(free, free)])
        fixed = jnp.zeros(likelihood.centers.size + 1).at[-1].set(1.0)

        def polynomials(x: Any) -> Any:
            whole = fixed.at[free].set(x)
            products = weights * jnp.prod(whole[factors], axis=1)
            return jnp.zeros(n_blocks * n_shapes).at[shape_of].add(products)

        def mean_of(x: Any) -> Any:
            g = polynomials(x).reshape(n_blocks, 1, n_shapes)
            return (g @ shapes)[:, 0]

        def parts(x: Any, counts: Any, center: Any) -> tuple[Any, Any]:
            mean = mean_of(x)
            counts = counts.reshape(n_blocks, n_bins)
            residual, weight = 1.0 - counts / mean, counts / mean**2
            sums = (shapes @ residual[:, :, None]).ravel()
            products = (shapes * weight[:, None]) @ jnp.swapaxes(shapes, 1, 2)
            slopes = jax.jacfwd(polynomials)(x)
            by_block = slopes.reshape(n_blocks, n_shapes, x.size)
            matrix = slopes.T @ (products @ by_block).reshape(slopes.shape)
            matrix += jax.hessian(lambda there: sums @ polynomials(there))(x)
            return slopes.T @ sums + precision @ (x - center), matrix + precision

        def value(x: Any, counts: Any, center: Any) -> Any:
            mean = mean_of(x).ravel()
            logs = jnp.where(counts > 0, counts * jnp.log(jnp.maximum(counts, 1.0) / mean), 0.0)
            pull = x - center
            return 2 * jnp.sum(mean - counts + logs) + pull @ precision @ pull

        self._free, self._start = free, likelihood.centers[free]
        self._statistics = _statistics(parts, value)

    def statistics(self, counts: Array, centers: Array, tested: float) -> Array:
        """q of every toy, counts (m, n), centers (m, P)."""
        starts = jnp.tile(jnp.asarray(self._start), (len(counts), 1))
        data = jnp.asarray(counts), jnp.asarray(centers[:, self._free])
        return np.asarray(self._statistics(starts, *data, tested))


def _precision(likelihood: Likelihood) -> Array:
    """Inverse covariance of the constraints."""
    out = np.diag(likelihood.inverse_sigmas**2)
    first, second, excess = likelihood.correlations.couplings
    np.add.at(out, (first, second), excess)
    np.add.at(out, (second, first), np.where(first == second, 0.0, excess))
    return np.asarray(out)


def _statistics(parts: Callable[..., Any], value: Callable[..., Any]) -> Callable[..., Any]:
    """q of toys of a model with slope and matrix, and value, the first parameter tested."""

    def minimum(x: Any, counts: Any, center: Any, held: Any) -> Any:
        moving = jnp.ones(x.size).at[0].set(jnp.where(held, 0.0, 1.0))

        def going(state: Any) -> Any:
            return (state[1] > _FALL) & (state[2] < _STEPS)

        def step(state: Any) -> Any:
            there, _, k = state
            slope, matrix = parts(there, counts, center)
            slope = slope * moving
            matrix = matrix * jnp.outer(moving, moving) + jnp.diag(1.0 - moving)
            move = jnp.linalg.solve(matrix, slope)
            return there - move, slope @ move, k + 1

        found, _, _ = jax.lax.while_loop(going, step, (x, jnp.inf, 0))
        return found

    def statistic(x: Any, counts: Any, center: Any, tested: Any) -> Any:
        best = minimum(x, counts, center, False)
        at_zero = minimum(best.at[0].set(0.0), counts, center, True)
        best = jnp.where(best[0] < 0, at_zero, best)
        there = minimum(best.at[0].set(tested), counts, center, True)
        return value(there, counts, center) - value(best, counts, center)

    compiled: Callable[..., Any] = jax.jit(jax.vmap(statistic, in_axes=(0, 0, 0, None)))
    return compiled
