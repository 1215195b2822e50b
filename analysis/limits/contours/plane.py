"""The plane of two parameters: heights above the best fit, the extent of regions, and minima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import gammaincinv

from analysis.fits.intervals import Profile, bounded_upper_limit, two_sided_intervals
from analysis.fits.joint_minima import EQUAL, joint_minima
from analysis.fits.minimum import FitError, Minimum
from analysis.likelihood.blocks import BoolArray
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.model import Model

_MARGIN = 0.1
_MOST_POINTS = 161
_WIDER = 1.6

Range = tuple[float, float]
Pair = tuple[SignalParameter, SignalParameter]


@dataclass(frozen=True, slots=True)
class PlaneMinimum:
    """A minimum in the plane, and how far its -2 ln L lies above the lowest."""

    x: float
    y: float
    rise: float


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Two parameters of a likelihood, which may have freed ones, and its minima, the best first."""

    likelihood: Likelihood
    known: Pair
    found: tuple[Minimum, ...]
    known_pieces: dict[tuple[int, float], tuple[list[Range], bool]] = field(
        default_factory=dict, repr=False
    )

    @classmethod
    def of(cls, likelihood: Likelihood, known: Pair) -> Plane:
        """FitError if nothing depends on one of them, or no fit converges."""
        for one in known:
            if not likelihood.is_sensitive_to(one.fitted):
                raise FitError(f"no bin's expectation depends on {one.name}")
        others = likelihood.others(*(one.fitted for one in known))
        return cls(likelihood, known, tuple(joint_minima(likelihood.with_fixed(others))))

    @property
    def names(self) -> tuple[str, str]:
        """Fitted names of both."""
        return self.known[0].fitted, self.known[1].fitted

    @property
    def best(self) -> Minimum:
        """The best physical fit."""
        return self.found[0]

    def minima_below(self, rise: float) -> tuple[PlaneMinimum, ...]:
        """Minima up to a rise, in physical units."""
        place = [self.likelihood.index(name) for name in self.names]
        made = []
        for one in self.found:
            x, y = (p.physical(float(v)) for p, v in zip(self.known, one.x[place], strict=True))
            made.append(PlaneMinimum(x, y, one.value - self.best.value))
        return tuple(one for one in made if one.rise <= rise)

    def ranges(self, rise: float) -> tuple[Range, Range]:
        """Ends of the values of each whose profile, the other one fitted, stays below a rise.

        Of one that has no end those of ``axes``.
        """
        (x, y) = (self._pieces(j, rise)[0] for j in (0, 1))
        return (x[0][0], x[-1][1]), (y[0][0], y[-1][1])

    def open(self, rise: float) -> tuple[bool, bool]:
        """Whether the values of each have no end."""
        return self._pieces(0, rise)[1], self._pieces(1, rise)[1]

    def _pieces(self, j: int, rise: float) -> tuple[list[Range], bool]:
        """Intervals of a parameter, the other one fitted, or, if they have no end, held."""
        if (j, rise) not in self.known_pieces:
            own, freed = self.known[j], self.likelihood.with_freed(self.known[1 - j].fitted)
            is_open = False
            try:
                found = _intervals(freed, own, rise)
            except FitError:
                is_open = True
                found = _intervals(self.likelihood, own, rise)
            pieces = [(own.physical(low), own.physical(high)) for low, high in found]
            if is_open:
                middle, half = (
                    (pieces[-1][1] + pieces[0][0]) / 2,
                    (pieces[-1][1] - pieces[0][0]) / 2,
                )
                low = pieces[0][0] if own.bounded else middle - _WIDER * half
                pieces = [(low, middle + _WIDER * half)]
            self.known_pieces[j, rise] = pieces, is_open
        return self.known_pieces[j, rise]

    def axes(self, rise: float, n_points: int) -> tuple[FloatArray, FloatArray]:
        """Points of both axes: n over the region of a rise and a tenth more, never beyond a bound.

        Where the values of a parameter fall apart in pieces, n more over each of them.
        """
        x, y = (_axis(self._pieces(j, rise)[0], self.known[j], n_points) for j in (0, 1))
        return x, y

    def grid(
        self, levels: Sequence[float], n_points: int
    ) -> tuple[FloatArray, FloatArray, FloatArray, bool]:
        """Axes over the region of the largest level, the rise (n_y, n_x) there, and if it is torn.

        The points are doubled where parts of a region fall between them: torn if they still do.

        Raises
        ------
        FitError
            if a point fits better than the best fit.
        """
        height = self.height()
        while True:
            x, y = self.axes(levels[-1], n_points)
            rise = height.on_grid(x, y)
            torn = any(
                _is_torn(rise <= level, axis, along, self._pieces(along, level)[0])
                for level in levels
                for along, axis in enumerate((x, y))
                if not any(self.open(level))
            )
            if n_points >= _MOST_POINTS or not torn:
                break
            n_points = min(2 * n_points - 1, _MOST_POINTS)
        if float(rise.min()) < -EQUAL:
            raise FitError("a point of the plane fits better than the best fit that was found")
        return x, y, rise, torn

    def height(self) -> Height:
        """The rise at a point, in physical units."""
        return Height(self)


class Height:
    """Rise of the profile above the best fit at two values in physical units."""

    def __init__(self, plane: Plane) -> None:
        self._known, self._best = plane.known, plane.best.value
        self._profile = Profile(plane.likelihood, plane.names, plane.best)

    def __call__(self, x: float, y: float) -> float:
        first, second = self._known
        return self._profile(first.inverse(x), second.inverse(y)) - self._best

    def on_grid(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """The rise (n_y, n_x); each row goes back where the last one went: steps are short."""
        rise = np.empty((y.size, x.size))
        for i, second in enumerate(y):
            for k in range(x.size) if i % 2 == 0 else range(x.size - 1, -1, -1):
                rise[i, k] = self(float(x[k]), float(second))
        return rise


def chi2_of_two(cl: float) -> float:
    """Rise at a confidence level for two parameters: 4.605 at 90 %."""
    return float(2 * gammaincinv(1.0, cl))


def plane_of(
    model: Model, names: tuple[str, str], free: Sequence[str]
) -> tuple[Pair, tuple[str, ...]]:
    """Two different parameters, and the fitted names of others that are free.

    Raises
    ------
    ValueError
        for unknown names, one that stands twice, or two of which data can tell only one.
    """
    table = model.signal_table
    if len({*names, *free}) != 2 + len(free):
        allowed = ", ".join(parameter.name for parameter in table.parameters)
        raise ValueError(f"parameters: two different of {allowed} expected, and others free")
    first, second, *others = (table.parameter(name) for name in (*names, *free))
    fitted = {first.fitted, second.fitted, *(one.fitted for one in others)}
    for exclusive, reason in table.exclusive:
        if len(fitted & exclusive) > 1:
            raise ValueError(reason)
    return (first, second), tuple(one.fitted for one in others)


def _intervals(likelihood: Likelihood, known: SignalParameter, rise: float) -> Sequence[Range]:
    """Accepted values x of one parameter."""
    if known.one_sided:
        return [(0.0, bounded_upper_limit(likelihood, known.fitted, rise)[1])]
    return two_sided_intervals(likelihood, known.fitted, rise, bounded=known.bounded).intervals


def _axis(pieces: Sequence[Range], known: SignalParameter, n_points: int) -> FloatArray:
    hull = (pieces[0][0], pieces[-1][1])
    points = []
    for low, high in {hull, *pieces}:
        margin = _MARGIN * (high - low)
        first = low - margin
        if known.bounded:
            first = max(first, known.physical(0.0))
        points.append(np.linspace(first, high + margin, n_points))
    return np.unique(np.concatenate(points))


def _is_torn(inside: BoolArray, axis: FloatArray, along: int, pieces: Sequence[Range]) -> bool:
    """True if the grid misses parts of a region: rows or columns within its pieces are empty."""
    filled = np.any(inside, axis=along)
    for low, high in pieces:
        within = np.flatnonzero((axis >= low) & (axis <= high))
        if within.size < 3 or not np.all(filled[within[1:-1]]):
            return True
    return False
