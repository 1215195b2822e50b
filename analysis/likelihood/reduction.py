"""Reduction: a likelihood without what is empty or held at zero, for the Newton kernels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.likelihood import shape_kernels
from sim.cross_sections.parameters import FloatArray

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Reduction:
    """Bin i expects sum_k g_k(x) shapes[k, i]; see ``analysis.likelihood.shape_kernels``.

    shapes (K, n'), n' the number of bins filled up to a multiple of 8 with empty ones; terms are
    the shape, weight and factors of each term of the g_k; place (P + 1,) the position of each
    parameter among the free ones, -1 for held ones and the final 1; inverse_variances (n',) are 0
    for Poisson bins.
    """

    shapes: FloatArray
    terms: tuple[IntArray, FloatArray, IntArray]
    place: IntArray
    inverse_variances: FloatArray

    @classmethod
    def of(
        cls,
        templates: FloatArray,
        linear: FloatArray,
        quadratic: FloatArray,
        variances: FloatArray,
        free: BoolArray,
        at_zero: BoolArray,
        last: int = -1,
    ) -> Reduction:
        """Of a likelihood's arrays, for the parameters free (P,) and those held at_zero (P,).

        last is a parameter that shall come last among the free ones, -1 if none.
        """
        return cls(
            *shape_kernels.reduced(templates, linear, quadratic, variances, free, at_zero, last)
        )

    def arrays(self) -> tuple[object, ...]:
        """The fields in the order in which the kernels take them."""
        return self.shapes, self.terms, self.place, self.inverse_variances
