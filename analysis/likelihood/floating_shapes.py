"""Likelihood whose background shapes float, exactly: templates are made anew at every shape.

The kernels know templates that are quadratic in a nuisance, which holds for small excursions only.
Here the value and its derivatives at x come from the templates at the shapes of x.  A descent goes
in rounds, as Gauss and Newton's: the templates are made linear about the present shapes, the
compiled solver minimises, and a step that does not lower the exact value is halved.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from analysis.likelihood.likelihood import Likelihood, flat_samples, used_bins
from analysis.likelihood.reduction import BoolArray
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.folding.background_shapes import BackgroundShapes
from sim.model import Model

_FIRST = len(MONOMIALS)
_ROUNDS = 60
_LARGEST_STEP = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ShapedLikelihood(Likelihood):
    """A likelihood with shape parameters; its arrays are their expansion about the nominal shape.

    Code that reads the arrays (combinations, batches of toys) sees that expansion; value, gradient,
    jacobian, expected, fisher and descend are exact.
    """

    shapes: BackgroundShapes
    periods: tuple[int, ...]
    used: BoolArray

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model."""
        return self._at(x).value(x)

    def gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of value by x, shape (P,)."""
        return self._linear_at(x).gradient(x)

    def expected(self, x: FloatArray) -> FloatArray:
        """Expected counts, shape (n,)."""
        return self._at(x).expected(x)

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives of the expected counts by the parameters, shape (n, P)."""
        return self._linear_at(x).jacobian(x)

    def fisher(self, x: FloatArray) -> FloatArray:
        """Fisher information of all parameters at x, (P, P), constraints included."""
        return self._linear_at(x).fisher(x)

    def descend(self, start: FloatArray) -> tuple[FloatArray, bool]:
        """Point reached from start in rounds, and whether they converged."""
        x = start.copy()
        x[self.fixed] = self.centers[self.fixed]
        value = self.value(x)
        for _ in range(_ROUNDS):
            end, solved = self._linear_at(x).descend(x)
            step = end - x
            turn = float(np.max(np.abs(step[self._places()]), initial=0.0))
            factor = min(1.0, _LARGEST_STEP / max(turn, 1e-300))
            x, fall = self._shortened(x, value, factor * step)
            value -= fall
            if solved and fall < 1e-9:
                return x, True
        return x, False

    def _shortened(self, x: FloatArray, value: float, step: FloatArray) -> tuple[FloatArray, float]:
        """The step, halved until the exact value does not rise, and the fall; or no step."""
        for _ in range(30):
            fall = value - self.value(x + step)
            if fall >= 0:
                return x + step, fall
            step = step / 2
        return x, 0.0

    def _places(self) -> list[int]:
        """Places of the shape parameters in x."""
        return [self.index(parameter.name) for parameter in self.shapes.parameters]

    def _at(self, x: FloatArray) -> Likelihood:
        """The likelihood with the templates at the shapes of x, which no longer change."""
        templates, linear, quadratic = (
            a.copy() for a in (self.templates, self.linear, self.quadratic)
        )
        places = self._places()
        templates[:, _FIRST:] = self._rows(self.shapes.templates(x[places]))
        rows = [place - 3 for place in places]
        linear[rows], quadratic[rows] = 0.0, 0.0
        return replace(self._plain(), templates=templates, linear=linear, quadratic=quadratic)

    def _linear_at(self, x: FloatArray) -> Likelihood:
        """The likelihood with templates linear in the shapes about those of x."""
        fixed_shapes, places = self._at(x), self._places()
        templates, linear = fixed_shapes.templates, fixed_shapes.linear
        for place, slope in zip(places, self.shapes.slopes(x[places]), strict=True):
            rows = self._rows(slope)
            linear[place - 3, :, _FIRST:] = rows
            templates[:, _FIRST:] -= x[place] * rows
        return fixed_shapes

    def _rows(self, backgrounds: FloatArray) -> FloatArray:
        return np.asarray(flat_samples(backgrounds, self.periods)[self.used])

    def _plain(self) -> Likelihood:
        return Likelihood(**{f.name: getattr(self, f.name) for f in fields(Likelihood)})


def with_exact_shapes(likelihood: Likelihood, model: Model, periods: Sequence[int]) -> Likelihood:
    """A likelihood of a model's periods (0: ON, 1: OFF) whose shapes, if any float, are exact."""
    if not model.shapes.parameters:
        return likelihood
    own = {f.name: getattr(likelihood, f.name) for f in fields(Likelihood)}
    used = used_bins(model, periods)
    return ShapedLikelihood(**own, shapes=model.shapes, periods=tuple(periods), used=used)
