"""Covariance of observed counts: directions in which bins of all spectra move together.

V = sum_k e_k e_k^T over its eigenvectors: the expectation moves by sum_k eta_k e_k, each eta_k with
a constraint of 0 +- 1.  For Gaussian bins -2 ln L is then r^T (diag(errors^2) + V)^-1 r (Woodbury);
Poisson bins and toys know of V alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fluxes.table_cells import cells, content_lines, is_number, separator_of
from sim.cross_sections.parameters import FloatArray
from sim.folding.terms import Nuisance, ShapeLabel, SpectrumTerms

SAMPLE = "data"
_ASYMMETRY = 1e-9
_NEGLIGIBLE = 1e-10
"""Of the trace: eigenvalues below are none."""


def covariance_matrix(text: str, source: str, n_bins: int) -> FloatArray:
    """A table of n_bins rows and columns [counts^2], without a header.

    Raises
    ------
    ValueError
        unless it is square, of that size, symmetric and positive semidefinite.
    """
    rows = []
    for line, content in content_lines(text):
        row = cells(content, separator_of(content))
        bad = next((cell for cell in row if not is_number(cell)), None)
        if bad is not None:
            raise ValueError(f"{source}, line {line}: {bad!r} is not a number")
        rows.append([float(cell) for cell in row])
    sizes = {len(row) for row in rows}
    if sizes != {n_bins} or len(rows) != n_bins:
        widths = " or ".join(str(size) for size in sorted(sizes)) or "0"
        raise ValueError(
            f"{source}: {n_bins} rows and columns expected, one for each bin of all spectra in "
            f"their order, ON before OFF; found {len(rows)} rows of {widths}"
        )
    matrix = np.array(rows)
    if not np.all(np.isfinite(matrix)):
        raise ValueError(f"{source}: finite numbers expected")
    scale = np.sqrt(np.outer(np.abs(np.diag(matrix)), np.abs(np.diag(matrix))))
    gap = np.abs(matrix - matrix.T)
    if np.any(gap > _ASYMMETRY * np.maximum(scale, np.abs(matrix))):
        i, j = np.unravel_index(int(np.argmax(gap)), gap.shape)
        raise ValueError(
            f"{source}: not symmetric: bins {i + 1} and {j + 1} have {matrix[i, j]:g} and "
            f"{matrix[j, i]:g}"
        )
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < -_ASYMMETRY * max(float(np.trace(matrix)), 0.0):
        i, j = np.argsort(-np.abs(vectors[:, 0]))[[0, -1 if n_bins < 2 else 1]]
        raise ValueError(
            f"{source}: not positive semidefinite, eigenvalue {values[0]:g}: look at bins "
            f"{i + 1} and {j + 1}"
        )
    return matrix


def directions(matrix: FloatArray) -> FloatArray:
    """Rows (K, n) with sum_k e_k e_k^T the matrix; the sign of the largest entry is positive."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > _NEGLIGIBLE * np.trace(matrix)
    rows = (vectors[:, kept] * np.sqrt(values[kept])).T[::-1]
    largest = np.argmax(np.abs(rows), axis=1)
    signs = np.sign(rows[np.arange(len(rows)), largest])
    return np.asarray(rows * signs[:, None])


def moved_together(
    terms: Sequence[SpectrumTerms], exposed: Sequence[bool], text: str, source: str
) -> tuple[tuple[SpectrumTerms, ...], tuple[Nuisance, ...]]:
    """Terms of spectra whose bins move together as a table says, and the nuisances that do it.

    exposed are those that have an exposure: the table has no rows for others.

    Raises
    ------
    ValueError
        as ``covariance_matrix``.
    """
    n_bins = [own.shapes.shape[1] if seen else 0 for own, seen in zip(terms, exposed, strict=True)]
    rows = directions(covariance_matrix(text, source, sum(n_bins)))
    names = [f"{SAMPLE}:{k + 1}" for k in range(len(rows))]
    parts = np.split(rows, np.cumsum(n_bins)[:-1], axis=1)
    moved = (_moved(own, part, names) for own, part in zip(terms, parts, strict=True))
    return tuple(moved), tuple(Nuisance(name, "morph", 0.0, 1.0) for name in names)


def _moved(terms: SpectrumTerms, rows: FloatArray, names: list[str]) -> SpectrumTerms:
    """The terms of a spectrum and its part of the directions (K, n_bins)."""
    if not rows.shape[1]:  # a period without exposure
        return terms
    used = np.flatnonzero(np.any(rows != 0, axis=1))
    n_shapes = len(terms.shapes)
    return replace(
        terms,
        shapes=np.concatenate([terms.shapes, rows[used]]),
        labels=(*terms.labels, *(ShapeLabel(SAMPLE, names[k], 1) for k in used)),
        shape_of=np.concatenate([terms.shape_of, n_shapes + np.arange(used.size)]),
        weights=np.concatenate([terms.weights, np.ones(used.size)]),
        factors=(*terms.factors, *((names[k],) for k in used)),
    )
