"""Contours: regions of two parameters by -2 ln L above the fit, or by toys made at every point.

The rise of -2 ln L at a confidence level is that of chi-square with two degrees of freedom: Wilks,
Ann. Math. Stat. 9, 60 (1938).  By toys: Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), with
nuisances profiled as in ``analysis.statistics.acceptance``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.joint_minima import EQUAL
from analysis.fits.minimum import treated_likelihood
from analysis.likelihood.blocks import BoolArray
from analysis.limits.contours.lines import lines_at
from analysis.limits.contours.plane import (
    Pair,
    Plane,
    PlaneMinimum,
    Range,
    chi2_of_two,
    plane_of,
)
from analysis.limits.question import checked_cl
from analysis.statistics.acceptance import Acceptance, AcceptanceTest, checked_toys
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import FloatArray
from sim.display import html_table, shown
from sim.model import Model
from sim.spectra.spectra import Spectra

METHODS = ("delta-chi2", "feldman-cousins")
LEVELS = (0.6827, 0.90)
_BUDGET = ToyBudget(20_000)
_MARGIN_OF_TOYS = 3.0
_FAR = 40.0
"""Rise beyond the widest region from which on a point is excluded without toys."""
_TORN = (
    "coarse-grid: a region is narrower than the steps of the grid, so that its lines are in "
    "pieces; its ranges are not"
)
_EXCLUDED = Acceptance(np.nan, False, 1.0, 0.0, 0, 0)
_MOST_FAILED = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The region of a confidence level: its lines, each (2, n) of x and y, and its extent.

    rise is -2 Delta ln L on the lines, None where toys decide.  x_range and y_range are the
    profiles' own, the other parameters fitted; by toys those of what was accepted.  is_open: the
    region goes on beyond the grid along x, y, as free directions make it.
    """

    cl: float
    rise: float | None
    lines: tuple[FloatArray, ...]
    x_range: Range
    y_range: Range
    is_open: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """-2 Delta ln L (n_y, n_x) above the best fit, bounds included; axes in physical units.

    symbols are those of the parameters as mathematical text.  minima are those inside the largest
    region, the best fit first; one within 0.01 of it is as
    good, and a warning names it.  free are the parameters that were fitted besides.  share
    (n_y, n_x), with feldman-cousins, is that of toys made at a point which fit it better.
    """

    parameters: tuple[str, str]
    symbols: tuple[str, str]
    units: tuple[str, str]
    free: tuple[str, ...]
    x: FloatArray
    y: FloatArray
    rise: FloatArray
    regions: tuple[Region, ...]
    minima: tuple[PlaneMinimum, ...]
    method: str = "delta-chi2"
    share: FloatArray | None = None
    n_toys: int = 0
    n_failed: int = 0
    seed: int | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        levels = ", ".join(f"{100 * region.cl:g} %" for region in self.regions)
        return f"<Contour of {' and '.join(self.parameters)}: {levels} ({self.method})>"

    def _repr_html_(self) -> str:
        """A table for notebooks: the range of each parameter inside each region."""
        rows = [
            (f"{100 * region.cl:g} %: {name}", f"{shown(low)} to {shown(high)} {unit}")
            for region in self.regions
            for name, unit, (low, high) in zip(
                self.parameters, self.units, (region.x_range, region.y_range), strict=True
            )
        ]
        rows += [("warning", text) for text in self.warnings]
        return html_table("regions of two parameters", rows)

    @staticmethod
    def level(cl: float) -> float:
        """Rise at a confidence level for two parameters: 4.605 at 90 %."""
        return chi2_of_two(cl)


def contour(
    model: Model,
    spectra: Spectra,
    parameters: tuple[str, str],
    n_points: int | None = None,
    treatment: str | None = None,
    cls: Sequence[float] = LEVELS,
    free: Sequence[str] = (),
    method: str = "delta-chi2",
    budget: ToyBudget | None = None,
) -> Contour:
    """Regions of two parameters, all else that is free fitted at every point.

    With ``delta-chi2`` -2 ln L is near enough to that of the best fit.  The grid, by default of 41
    points a side, spans the largest region and a tenth more; where parts of it fall between the
    points these are doubled, up to 161, and every point of a line is closed in on.  With
    ``feldman-cousins`` toys are made at every point of a grid of 21 by default, up to the budget's
    number each (20000 by default), where -2 ln L is not higher by 40 than at the edge of the widest
    region of delta-chi2, and lines are straight between them.  The other signal
    parameters stay at the Standard Model unless they are free.

    Raises
    ------
    ValueError
        unless different parameters are given that data can tell from each other, and confidence
        levels in (0.5, 1); for another method.
    FitError
        if a fit fails, a parameter has no limit, or the toys do not resolve a level.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("rovno"))
    >>> found = nuem.contour(model, model.asimov(), ("mu_nu", "q_nu"), n_points=9)
    >>> [region.cl for region in found.regions]
    [0.6827, 0.9]
    """
    if method not in METHODS:
        raise ValueError(f"method {method!r} of contours: allowed are {', '.join(METHODS)}")
    levels = tuple(sorted({checked_cl(cl) for cl in cls}))
    known, others = plane_of(model, parameters, free)
    likelihood = treated_likelihood(model, spectra, treatment).with_freed(*others)
    plane = Plane.of(likelihood, known)
    if method == "delta-chi2":
        drawn = _by_rise(plane, levels, n_points or 41)
    else:
        drawn = _by_toys(plane, levels, n_points or 21, budget or _BUDGET)
    warnings = (*drawn.warnings, *_failed(drawn), *_as_good(known, drawn.minima))
    return replace(drawn, free=tuple(free), warnings=warnings)


def _by_rise(plane: Plane, cls: Sequence[float], n_points: int) -> Contour:
    rises = [chi2_of_two(cl) for cl in cls]
    x, y, rise, torn = plane.grid(rises, n_points)
    height = plane.height()
    regions = tuple(
        Region(
            cl, level, lines_at(x, y, rise, level, height), *plane.ranges(level), plane.open(level)
        )
        for cl, level in zip(cls, rises, strict=True)
    )
    drawn = _drawn(plane, (x, y, rise), regions)
    return replace(drawn, warnings=(_TORN,)) if torn else drawn


def _by_toys(plane: Plane, cls: Sequence[float], n_points: int, budget: ToyBudget) -> Contour:
    """Toys at every point of a grid that goes beyond the regions of the asymptotic formula."""
    for cl in cls:
        checked_toys(cl, budget.most_toys)
    widest = chi2_of_two(cls[-1])
    x, y = plane.axes(widest + _MARGIN_OF_TOYS, n_points)
    rise = plane.height().on_grid(x, y)
    test = AcceptanceTest(
        plane.likelihood, plane.names, plane.best, cls, budget.seed, budget.most_toys
    )
    first, second = plane.known
    tested = [
        [
            test.at(first.inverse(float(a)), second.inverse(float(b)))
            if rise[j, i] < widest + _FAR
            else _EXCLUDED
            for i, a in enumerate(x)
        ]
        for j, b in enumerate(y)
    ]
    share = np.array([[one.share for one in row] for row in tested])
    regions = []
    for cl in cls:
        holds = np.array([[one.holds(cl) for one in row] for row in tested])
        # what the toys could not decide is inside
        values = np.where(holds, np.minimum(share, cl), share)
        lines = lines_at(x, y, values, cl)
        open_along = _reaches(plane, x, y, holds)
        regions.append(Region(cl, None, lines, *_extent(x, y, holds, lines), open_along))
    drawn = _drawn(plane, (x, y, rise), tuple(regions))
    return replace(
        drawn,
        method="feldman-cousins",
        share=share,
        n_toys=test.n_toys,
        n_failed=test.n_failed,
        seed=budget.seed,
    )


def _drawn(
    plane: Plane, grid: tuple[FloatArray, FloatArray, FloatArray], regions: tuple[Region, ...]
) -> Contour:
    x, y, rise = grid
    first, second = plane.known
    return Contour(
        parameters=(first.name, second.name),
        symbols=(first.symbol, second.symbol),
        units=(first.unit, second.unit),
        free=(),
        x=x,
        y=y,
        rise=rise,
        regions=regions,
        minima=plane.minima_below(chi2_of_two(regions[-1].cl)),
    )


def _extent(
    x: FloatArray, y: FloatArray, inside: BoolArray, lines: Sequence[FloatArray]
) -> tuple[Range, Range]:
    """Least and largest values of both among accepted points and lines."""
    rows, columns = np.nonzero(inside)
    xs = np.concatenate([x[columns], *(line[0] for line in lines)])
    ys = np.concatenate([y[rows], *(line[1] for line in lines)])
    if not xs.size:
        return (np.nan, np.nan), (np.nan, np.nan)
    return (float(xs.min()), float(xs.max())), (float(ys.min()), float(ys.max()))


def _reaches(plane: Plane, x: FloatArray, y: FloatArray, inside: BoolArray) -> tuple[bool, bool]:
    """Whether what is accepted reaches an end of each axis that is no bound."""
    found = []
    for j, (axis, known) in enumerate(zip((x, y), plane.known, strict=True)):
        accepted = np.flatnonzero(np.any(inside, axis=j))
        at_bound = known.bounded and axis[0] == known.physical(0.0)
        ends = {axis.size - 1} if at_bound else {0, axis.size - 1}
        found.append(bool(ends & set(accepted.tolist())))
    return found[0], found[1]


def _failed(drawn: Contour) -> list[str]:
    if drawn.n_failed <= _MOST_FAILED * drawn.n_toys:
        return []
    return [f"toys-failed: {drawn.n_failed} of {drawn.n_toys} toys could not be fitted"]


def _as_good(known: Pair, minima: Sequence[PlaneMinimum]) -> list[str]:
    """A warning for every minimum that is as good as the best."""
    return [
        f"two-minima: as good a fit is at {known[0].name} = {shown(one.x)} {known[0].unit}, "
        f"{known[1].name} = {shown(one.y)} {known[1].unit}"
        for one in minima[1:]
        if one.rise < EQUAL
    ]
