"""Export of the likelihood as a grid of -2 Delta ln L in parameters of the signal, for global fits.

Nuisances are at their fit at every point, other parameters of the signal at the Standard Model.
Where rates go with the square of a parameter its values are equidistant in the square, in which
the expectation is linear.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import h5py
import numpy as np

from analysis.fits.intervals import Profile, bounded_upper_limit, two_sided_intervals
from analysis.fits.joint_minima import EQUAL, joint_minima
from analysis.fits.minimum import FitError, Minimum, treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.question import known_parameter
from sim import hdf5
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table, shown
from sim.model import Model
from sim.sources.sources import Sources
from sim.spectra.spectra import Spectra
from sim.store import provenance, write_sources

FORMAT = "nuem-likelihood-grid"
SCHEMA_VERSION = 1
N_POINTS = 25
_RISE = 16.0
"""-2 Delta ln L of one parameter, the other ones fitted, up to which a grid goes by default."""
_MOST_POINTS = 250_000

Range = tuple[float, float, int]


@dataclass(frozen=True, slots=True, eq=False)
class GridAxis:
    """Values of a parameter: x (n,) as fits see it, from the Standard Model."""

    parameter: SignalParameter
    x: FloatArray

    @property
    def values(self) -> FloatArray:
        """The same in the parameter's unit (n,)."""
        return np.array([self.parameter.physical(float(x)) for x in self.x])


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodGrid:
    """rise (n_1, n_2, ...) is -2 Delta ln L at the points of the axes, from the joint minimum.

    minimum is that of the likelihood, with its value relative to the saturated model, bounds kept;
    names are those of all its parameters.  kind is that of the spectra.
    """

    axes: tuple[GridAxis, ...]
    rise: FloatArray
    minimum: Minimum
    names: tuple[str, ...]
    n_bins: int
    treatment: str
    kind: str
    sources: Sources

    def __repr__(self) -> str:
        shape = " x ".join(f"{a.parameter.name}: {a.x.size}" for a in self.axes)
        return f"<LikelihoodGrid {shape}, {self.kind} spectra, {self.treatment}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            (
                a.parameter.name,
                f"{a.x.size} values, {shown(a.values[0])} to {shown(a.values[-1])} "
                f"{a.parameter.unit}, best {shown(self.best(a.parameter))}",
            )
            for a in self.axes
        ]
        return html_table("-2 Delta ln L", [*rows, ("spectra", self.kind), ("n_bins", self.n_bins)])

    def best(self, parameter: SignalParameter) -> float:
        """A parameter at the minimum, in its unit."""
        return parameter.physical(float(self.minimum.x[self.names.index(parameter.fitted)]))


def likelihood_grid(
    model: Model,
    spectra: Spectra,
    ranges: Mapping[str, Range | None],
    treatment: str | None = None,
) -> LikelihoodGrid:
    """The grid of parameters by name, each from low to high in its unit with n points.

    Without a range it is that in which -2 Delta ln L of the parameter stays below 16 with the
    others of the grid fitted, or held where it then has no end; 25 points.

    Raises
    ------
    ValueError
        for unknown or exclusive parameters, a range without a width or below a bound, or more than
        250000 points.
    FitError
        if nothing depends on a parameter, or a fit fails.
    """
    known = grid_parameters(model, ranges)
    likelihood = treated_likelihood(model, spectra, treatment)
    names = [parameter.fitted for parameter in known]
    for parameter in known:
        if not likelihood.is_sensitive_to(parameter.fitted):
            raise FitError(f"no bin's expectation depends on {parameter.name}")
    axes = tuple(_axis(likelihood, parameter, names, ranges[parameter.name]) for parameter in known)
    best = joint_minima(likelihood.with_fixed(likelihood.others(*names)))[0]
    heights = _heights(likelihood, axes, best)
    if float(heights.min()) < best.value - EQUAL:
        raise FitError("a point of the grid fits better than the best fit that was found")
    return LikelihoodGrid(
        axes=axes,
        rise=heights - best.value,
        minimum=best,
        names=likelihood.names,
        n_bins=likelihood.counts.size,
        treatment=treatment or model.treatment,
        kind=spectra.kind,
        sources=Sources(tuple((source.label, source.experiment) for source in model.sources)),
    )


def grid_image(grid: LikelihoodGrid) -> bytes:
    """The bytes of an HDF5 file: ``likelihood`` (NXdata), ``minimum``, and the experiments."""

    def fill(file: h5py.File) -> None:
        write_sources(file, grid.sources)
        group = file.create_group("likelihood")
        names = [axis.parameter.name for axis in grid.axes]
        group.attrs.update({"NX_class": "NXdata", "signal": "rise", "axes": names})
        what = "-2 Delta ln L, nuisances at their fit"
        hdf5.write_array(group, "rise", grid.rise, "1", long_name=what)
        for axis in grid.axes:
            own = axis.parameter
            hdf5.write_array(group, own.name, axis.values, own.unit, long_name=own.words)
            hdf5.write_array(
                group.require_group("x"), own.fitted, axis.x, own.fitted_unit, of=own.fitted_label
            )
        lowest = file.create_group("minimum")
        lowest.attrs["minus_two_log_likelihood"] = grid.minimum.value
        lowest.attrs["n_bins"] = grid.n_bins
        lowest.attrs.update({a.parameter.name: grid.best(a.parameter) for a in grid.axes})
        lowest.create_dataset("names", data=list(grid.names), dtype=h5py.string_dtype())
        hdf5.write_array(lowest, "x", grid.minimum.x, "as fits see them")

    header = {
        "NX_class": "NXroot",
        "default": "likelihood",
        "format": FORMAT,
        "schema_version": SCHEMA_VERSION,
        "kind": grid.kind,
        "treatment": grid.treatment,
        **provenance(),
    }
    return hdf5.image(header, fill)


def grid_table(grid: LikelihoodGrid) -> str:
    """A line a point: the parameters in their units, and -2 Delta ln L; # lines say what it is."""
    stream = io.StringIO()
    for line in _notes(grid):
        stream.write(f"# {line}\n")
    table = csv.writer(stream, lineterminator="\n")
    table.writerow([*(axis.parameter.name for axis in grid.axes), "rise"])
    values = np.meshgrid(*(axis.values for axis in grid.axes), indexing="ij")
    for row in zip(*(column.ravel().tolist() for column in (*values, grid.rise)), strict=True):
        table.writerow([repr(cell) for cell in row])
    return stream.getvalue()


def _notes(grid: LikelihoodGrid) -> list[str]:
    made = provenance()
    experiments = [experiment for _, experiment in grid.sources.experiments]
    names = ", ".join(experiment.name for experiment in experiments)
    hashes = ", ".join(experiment.sha256() for experiment in experiments)
    units = ", ".join(f"{a.parameter.name} in {a.parameter.unit}" for a in grid.axes)
    best = ", ".join(f"{a.parameter.name} = {grid.best(a.parameter)!r}" for a in grid.axes)
    return [
        f"{names}: rise is -2 Delta ln L from the joint minimum, nuisances at their fit",
        f"{grid.kind} spectra, background {grid.treatment}; {units}",
        f"minimum: {best}; -2 ln L = {grid.minimum.value!r} to the saturated model, "
        f"{grid.n_bins} bins",
        f"nuem {made['nuem_version']}, {made['created']}, experiment sha256 {hashes}",
    ]


def grid_parameters(
    model: Model, ranges: Mapping[str, Range | None]
) -> tuple[SignalParameter, ...]:
    """The parameters of a grid; ValueError for what cannot be one, as ``likelihood_grid`` says."""
    table = model.signal_table
    known = tuple(known_parameter(model, name) for name in ranges)
    if not known:
        raise ValueError("a grid needs at least one parameter")
    fitted = {parameter.fitted for parameter in known}
    for exclusive, reason in table.exclusive:
        if len(fitted & exclusive) > 1:
            raise ValueError(reason)
    for parameter in known:
        given = ranges[parameter.name]
        if given is not None:
            _check_range(parameter, *given)
    n_points = prod(N_POINTS if given is None else given[2] for given in ranges.values())
    if n_points > _MOST_POINTS:
        raise ValueError(f"a grid has at most {_MOST_POINTS} points: found {n_points}")
    return known


def _check_range(parameter: SignalParameter, low: float, high: float, n_points: int) -> None:
    if not (low < high and n_points >= 2):
        raise ValueError(
            f"{parameter.name}: from a low value to a higher one in 2 points or more expected, "
            f"found {low:g} to {high:g} in {n_points}"
        )
    if parameter.bounded and low < parameter.origin:
        raise ValueError(f"{parameter.name} is not below {parameter.origin:g}: found {low:g}")


def _axis(
    likelihood: Likelihood, parameter: SignalParameter, names: list[str], given: Range | None
) -> GridAxis:
    if given is not None:
        low, high = parameter.inverse(given[0]), parameter.inverse(given[1])
        return GridAxis(parameter, np.linspace(low, high, given[2]))
    others = [name for name in names if name != parameter.fitted]
    try:
        low, high = _extent(likelihood.with_freed(*others), parameter)
    except FitError:
        low, high = _extent(likelihood, parameter)
    return GridAxis(parameter, np.linspace(low, high, N_POINTS))


def _extent(likelihood: Likelihood, parameter: SignalParameter) -> tuple[float, float]:
    """The hull of the values x whose profile stays below the default rise."""
    name = parameter.fitted
    if parameter.one_sided:
        return 0.0, bounded_upper_limit(likelihood, name, _RISE)[1]
    found = two_sided_intervals(likelihood, name, _RISE, bounded=parameter.bounded).intervals
    return found[0][0], found[-1][1]


def _heights(likelihood: Likelihood, axes: tuple[GridAxis, ...], best: Minimum) -> FloatArray:
    """-2 ln L at every point, on a way on which each step leads to a neighbour."""
    profile = Profile(likelihood, [axis.parameter.fitted for axis in axes], best)
    out = np.empty([axis.x.size for axis in axes])
    for place in _way(out.shape):
        out[place] = profile(*(float(axis.x[i]) for axis, i in zip(axes, place, strict=True)))
    return out


def _way(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All places of an array, each the neighbour of the last: rows to and fro."""
    step = np.arange(prod(shape))
    digits, inner = [], step.size
    for size in shape:
        before, inner = step // inner, inner // size
        digit = step // inner % size
        digits.append(np.where(before % 2, size - 1 - digit, digit))
    return list(zip(*(digit.tolist() for digit in digits), strict=True))
