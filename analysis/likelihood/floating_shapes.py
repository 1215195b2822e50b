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

from analysis.likelihood.assembly import used_bins
from analysis.likelihood.blocks import Block, Blocks, BoolArray, IntArray
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray
from sim.folding.background_shapes import BackgroundShapes
from sim.folding.terms import ShapeLabel
from sim.model import Model

_ROUNDS = 60
_LARGEST_STEP = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class ShapedLikelihood(Likelihood):
    """A likelihood with shape parameters; its blocks are their expansion about the nominal shape.

    Code that reads the blocks (combinations, batches of toys) sees that expansion; value, gradient,
    jacobian, expected, fisher and descend are exact, curvature but for second derivatives by
    shapes.  spectra is the place in the model of each block, and used its bins.
    """

    shapes: BackgroundShapes
    spectra: tuple[int, ...]
    used: tuple[BoolArray, ...]

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model."""
        return self.at_shapes(x).value(x)

    def gradient(self, x: FloatArray) -> FloatArray:
        """Derivative of value by x, shape (P,)."""
        return self._linear_at(x).gradient(x)

    def expected(self, x: FloatArray) -> FloatArray:
        """Expected counts, shape (n,)."""
        return self.at_shapes(x).expected(x)

    def jacobian(self, x: FloatArray) -> FloatArray:
        """Derivatives of the expected counts by the parameters, shape (n, P)."""
        return self._linear_at(x).jacobian(x)

    def fisher(self, x: FloatArray) -> FloatArray:
        """Fisher information of all parameters at x, (P, P), constraints included."""
        return self._linear_at(x).fisher(x)

    def curvature(self, x: FloatArray) -> FloatArray:
        """Half the second derivatives of value by the free parameters at x, (F, F)."""
        return self._linear_at(x).curvature(x)

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

    def expansion(self) -> Likelihood:
        """The likelihood that its blocks say."""
        return Likelihood(**{f.name: getattr(self, f.name) for f in fields(Likelihood)})

    def at_shapes(self, x: FloatArray) -> Likelihood:
        """The likelihood with the templates at the shapes of x, which no longer change."""
        return self._with_blocks([self.shapes.counts(x[self._places()])], x)

    def _linear_at(self, x: FloatArray) -> Likelihood:
        """The likelihood with templates linear in the shapes about those of x."""
        etas = x[self._places()]
        slopes = self.shapes.slopes(etas)
        at_zero = tuple(
            {
                norm: counts
                - sum(eta * slope[i][norm] for eta, slope in zip(etas, slopes, strict=True))
                for norm, counts in own.items()
            }
            for i, own in enumerate(self.shapes.counts(etas))
        )
        return self._with_blocks([at_zero, *slopes], x)

    def _with_blocks(
        self, made: Sequence[tuple[dict[str, FloatArray], ...]], x: FloatArray
    ) -> Likelihood:
        """With counts by norm of each spectrum, then their slopes by each shape parameter."""
        places = self._places()
        blocks = [
            _floated(
                block,
                [{n: counts[used] for n, counts in rows[spectrum].items()} for rows in made],
                places,
                len(x),
            )
            for block, spectrum, used in zip(
                self.blocks.blocks, self.spectra, self.used, strict=True
            )
        ]
        return replace(self.expansion(), blocks=Blocks.of(blocks))


def with_exact_shapes(likelihood: Likelihood, model: Model, places: Sequence[int]) -> Likelihood:
    """A likelihood of some spectra of a model, by place, whose shapes, if any float, are exact."""
    if not model.shapes.parameters:
        return likelihood
    own = {f.name: getattr(likelihood, f.name) for f in fields(Likelihood)}
    terms = model.terms()
    return ShapedLikelihood(
        **own,
        shapes=model.shapes,
        spectra=tuple(places),
        used=tuple(used_bins(terms[place]) for place in places),
    )


def _floated(
    block: Block, rows: list[dict[str, FloatArray]], shape_places: Sequence[int], one: int
) -> Block:
    """A block with the backgrounds of rows[0] (counts by name) and slopes rows[1:] by each shape.

    A background's shape is the one that its norm alone multiplies.
    """
    kept = ~np.isin(block.factors, shape_places).any(axis=1)
    plain = kept & (np.sum(block.factors != one, axis=1) == 1)
    shapes = block.shapes.copy()
    added: list[FloatArray] = []
    terms: list[tuple[int, IntArray]] = []
    for t in np.flatnonzero(plain):
        k = block.shape_of[t]
        label = block.labels[k]
        if label.order or label.sample not in rows[0]:
            continue
        shapes[k] = rows[0][label.sample] / block.weights[t]
        for place, slope in zip(shape_places, rows[1:], strict=False):
            factors = block.factors[t].copy()
            factors[np.argmax(factors == one)] = place
            terms.append((len(shapes) + len(added), factors))
            added.append(slope[label.sample])
    new_of: IntArray = np.array([k for k, _ in terms], dtype=np.int64)
    new_factors = np.array([f for _, f in terms], dtype=np.int64).reshape(
        len(terms), block.factors.shape[1]
    )
    return replace(
        block,
        shapes=np.concatenate([shapes, np.array(added).reshape(len(added), shapes.shape[1])]),
        labels=(*block.labels, *(ShapeLabel("slope", order=1),) * len(added)),
        shape_of=np.concatenate([block.shape_of[kept], new_of]),
        weights=np.concatenate([block.weights[kept], np.ones(len(terms))]),
        factors=np.concatenate([block.factors[kept], new_factors]),
    )
