"""Nodes of the integrals over the momentum transfer, in atomic units."""

from __future__ import annotations

from math import ceil, log, sqrt

import numpy as np

from detectors.tables import FloatArray

_LOG_NODES, _LOG_PANEL = 8, 0.8
_RIDGE_NODES, _RIDGE_PANEL = 6, 0.9
_RIDGE_REACH = 6.0
_RIDGE_PANELS = (6, 24)
_TAIL = (1.0, 1.5, 2.5, 5.0)


def momentum_nodes(
    transfer: float, free_energy: float, width: float, speed_of_light: float
) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre nodes and weights from T / c to far beyond the Bethe ridge.

    Logarithmic panels below the ridge, where dipole transitions rule; even ones over it, from the
    free electron's momentum less to sqrt(2 T) plus six times the width of the momentum
    distribution; logarithmic ones to five times that.
    """
    lowest = transfer / speed_of_light
    momentum, ridge = sqrt(2 * free_energy), sqrt(2 * transfer)
    start = max(momentum - _RIDGE_REACH * width, ridge / 4, 2 * lowest)
    end = ridge + _RIDGE_REACH * width
    below = np.geomspace(lowest, start, max(2, ceil(log(start / lowest) / _LOG_PANEL)) + 1)
    panels = int(np.clip(ceil((end - start) / (_RIDGE_PANEL * width)), *_RIDGE_PANELS))
    pieces = [
        _logarithmic(below),
        _even(np.linspace(start, end, panels + 1)),
        _logarithmic(end * np.array(_TAIL)),
    ]
    nodes, weights = zip(*pieces, strict=True)
    return np.concatenate(nodes), np.concatenate(weights)


def _even(edges: FloatArray, n: int = _RIDGE_NODES) -> tuple[FloatArray, FloatArray]:
    x, w = np.polynomial.legendre.leggauss(n)
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * x).ravel(), (half * w).ravel()


def _logarithmic(edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    nodes, weights = _even(np.log(edges), _LOG_NODES)
    return np.exp(nodes), np.exp(nodes) * weights
