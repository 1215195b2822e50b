"""Likelihood whose background shapes float, exactly: templates are made anew at every shape.

The kernels know templates that are quadratic in a nuisance, which holds for small excursions only.
Here the value and its derivatives at x come from the templates at the shapes of x.  A descent goes
in rounds, as Gauss and Newton's: the templates are made linear about the present shapes, the
compiled solver minimises, and a step that does not lower the exact value is halved.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, fields, replace

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
_MOST_KNOWN = 32
_LEAST_FALL = 1e-9
_LARGEST_LOSS = 1e-3
"""More than this that the linear templates promise and the exact ones do not give is a failure."""


Made = Sequence[tuple[dict[str, FloatArray], ...]]
"""Counts of each background, then their slopes by each parameter: by spectrum, by name."""


@dataclass(frozen=True, slots=True, eq=False)
class ShapedLikelihood(Likelihood):
    """A likelihood with shape parameters; its blocks are their expansion about the nominal shape.

    Code that reads the blocks (combinations, batches of toys) sees that expansion; value, gradient,
    jacobian, expected, fisher and descend are exact, curvature but for second derivatives by
    shapes.  still and linear are the blocks to be filled with templates that do not change with the
    shapes, or do in first order.
    """

    shapes: BackgroundShapes
    still: FloatedBlocks
    linear: FloatedBlocks

    def value(self, x: FloatArray) -> float:
        """-2 ln L at x, relative to the saturated model; infinite where no shape can be made."""
        try:
            blocks = self._still_at(x)
        except ValueError:
            return np.inf
        return self._value_with(blocks, x)

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
            linear = self._linear_at(x)
            end, solved = linear.descend(x)
            step, promised = end - x, value - linear.value(end)
            turn = float(np.max(np.abs(step[self._places()]), initial=0.0))
            factor = min(1.0, _LARGEST_STEP / max(turn, 1e-300))
            x, fall = self._shortened(x, value, factor * step)
            value -= fall
            if solved and fall < _LEAST_FALL:
                return x, factor * promised < _LARGEST_LOSS
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
        return replace(self.expansion(), blocks=self._still_at(x))

    def _still_at(self, x: FloatArray) -> Blocks:
        """Blocks with the templates at the shapes of x."""
        return self.still.at(x[self._places()], lambda etas: [self.shapes.counts(etas)])

    def _linear_at(self, x: FloatArray) -> Likelihood:
        """The likelihood with templates linear in the shapes about those of x."""
        blocks = self.linear.at(x[self._places()], self._expanded)
        return replace(self.expansion(), blocks=blocks)

    def _expanded(self, etas: FloatArray) -> Made:
        """Templates at shapes of 0 and their slopes, of straight lines through those at etas."""
        counts, slopes = self.shapes.counts(etas), self.shapes.slopes(etas)
        at_zero = tuple(dict(own) for own in counts)
        for eta, slope in zip(etas, slopes, strict=True):
            for own, changes in zip(at_zero, slope, strict=True):
                for norm, change in changes.items():
                    own[norm] = own[norm] - eta * change
        return [at_zero, *slopes]


@dataclass(frozen=True, slots=True, eq=False)
class FloatedBlocks:
    """Blocks to be filled with templates of the backgrounds, and of their slopes.

    spectra is the place in the model of each block, and used its bins.  rows of each are the
    shapes that are filled: with which of the templates, of which background, less what weight.
    """

    blocks: Blocks
    spectra: tuple[int, ...]
    used: tuple[BoolArray, ...]
    rows: tuple[tuple[tuple[int, int, str, float], ...], ...]
    _known: dict[bytes, Blocks] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        likelihood: Likelihood,
        spectra: Sequence[int],
        used: Sequence[BoolArray],
        places: Sequence[int],
        made: Made,
    ) -> FloatedBlocks:
        """Of a likelihood with its shape parameters at some places, to be filled with what is made.

        made: see ``filled``.
        """
        found = [
            _floated(block, places, [own[spectrum] for own in made], likelihood.centers.size)
            for block, spectrum in zip(likelihood.blocks.blocks, spectra, strict=True)
        ]
        blocks, rows = Blocks.of([block for block, _ in found]), tuple(own for _, own in found)
        return cls(blocks, tuple(spectra), tuple(used), rows)

    def at(self, etas: FloatArray, make: Callable[[FloatArray], Made]) -> Blocks:
        """With what is made for some shapes; the last ones are remembered.

        A minimiser that moves one parameter, or two, comes back to the same shapes.
        """
        key = etas.tobytes()
        if key not in self._known:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self.filled(make(etas))
        return self._known[key]

    def filled(self, made: Made) -> Blocks:
        """With counts by background in each spectrum, then their slopes by each parameter."""
        shapes = []
        for block, spectrum, used, rows in zip(
            self.blocks.blocks, self.spectra, self.used, self.rows, strict=True
        ):
            own = block.shapes.copy()
            for row, which, norm, weight in rows:
                own[row] = made[which][spectrum][norm][used] / weight
            shapes.append(own)
        return self.blocks.with_shapes(shapes)


def with_exact_shapes(likelihood: Likelihood, model: Model, places: Sequence[int]) -> Likelihood:
    """A likelihood of some spectra of a model, by place, whose shapes, if any float, are exact."""
    if not model.shapes.parameters:
        return likelihood
    own = {f.name: getattr(likelihood, f.name) for f in fields(Likelihood)}
    terms, shapes = model.terms(), model.shapes
    used = [used_bins(terms[place]) for place in places]
    moving = [likelihood.index(parameter.name) for parameter in shapes.parameters]
    nominal = np.zeros(len(moving))
    made = [shapes.counts(nominal), *shapes.slopes(nominal)]
    return ShapedLikelihood(
        **own,
        shapes=shapes,
        still=FloatedBlocks.of(likelihood, places, used, moving, made[:1]),
        linear=FloatedBlocks.of(likelihood, places, used, moving, made),
    )


def _floated(
    block: Block, places: Sequence[int], made: Sequence[Container[str]], one: int
) -> tuple[Block, tuple[tuple[int, int, str, float], ...]]:
    """A block that does not expand its backgrounds in shape parameters, and the rows to be filled.

    made are the backgrounds of which there are counts, then those of which there are slopes by
    each parameter, at some places in x: these are shapes of their own, times the parameter.  A
    background's shape is the one that its norm alone multiplies; one is the place of the 1.
    """
    kept = ~np.isin(block.factors, places).any(axis=1)
    plain = kept & (np.sum(block.factors != one, axis=1) == 1)
    rows: list[tuple[int, int, str, float]] = []
    factors: list[IntArray] = []
    n_shapes, n_bins = block.shapes.shape
    for t in np.flatnonzero(plain):
        k = int(block.shape_of[t])
        label = block.labels[k]
        if label.order or label.sample not in made[0]:
            continue
        rows.append((k, 0, label.sample, float(block.weights[t])))
        for which, (place, backgrounds) in enumerate(zip(places, made[1:], strict=False), 1):
            if label.sample in backgrounds:
                rows.append((n_shapes + len(factors), which, label.sample, 1.0))
                own = block.factors[t].copy()
                own[np.argmax(own == one)] = place
                factors.append(own)
    n_added = len(factors)
    added = np.array(factors, dtype=np.int64).reshape(n_added, block.factors.shape[1])
    floated = replace(
        block,
        shapes=np.concatenate([block.shapes, np.zeros((n_added, n_bins))]),
        labels=(*block.labels, *(ShapeLabel("slope", order=1),) * n_added),
        shape_of=np.concatenate([block.shape_of[kept], n_shapes + np.arange(n_added)]),
        weights=np.concatenate([block.weights[kept], np.ones(n_added)]),
        factors=np.concatenate([block.factors[kept], added]),
    )
    return floated, tuple(rows)
