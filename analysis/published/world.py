"""The world together: real spectra and published limits combined, each parameter alone.

A real spectrum enters with the profile of its likelihood.  A published limit enters as an
approximate likelihood, which is all that can be made of one number: in mu_nu a parabola in mu^2
about 0, as wide as the paper's construction would have it at a best fit of 0; in q_nu, r2_nu and
sin^2 theta_W the parabola through the ends of the interval (of a value with two errors, one on
either side).  The combination is the range in which the sum rises by the square of the normal
quantile above its lowest physical value (2.71 at 90 %), everything else at the Standard Model.

Of publications on the same exposure the latest enters; the others are listed as left out.
Digitised spectra stand in a row of their own and never in the combination.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize_scalar

from analysis.fits.minimum import treated_likelihood
from analysis.limits.constructions.registry import construction
from analysis.limits.profiles import profile_curve
from analysis.published.values import MEASURED, MeasuredValue
from sim.config.published import PublishedLimit
from sim.cross_sections.interactions.parameter_table import leading_parameters, named_parameter
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment, load_experiment, preset_names
from sim.model import Model
from sim.model_assembly import build_model

_GRID = 2001
_PROFILE = 41

Rise = Callable[[float], float]
"""Rise of -2 ln L at x: mu^2, q, r2 or sin^2 theta_W in units of their scales, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class WorldEntry:
    """One experiment's word on a parameter: ends of its interval alone, in physical units.

    kind: ``spectrum`` (a fit of released data), ``digitised`` (a fit of a figure) or ``published``
    (a number of a paper); likelihood says in words what stands for it.  exposure is the same for
    publications that share data; left_out says why an entry is not combined.
    """

    name: str
    year: int
    parameter: str
    kind: str
    likelihood: str
    exposure: str
    source: str
    provenance: str
    lower: float
    upper: float
    left_out: str = ""
    rise: Rise = field(repr=False, default=lambda x: 0.0)


@dataclass(frozen=True, slots=True)
class WorldLimit:
    """A combination: the entries in it, the best value and the ends of the interval."""

    parameter: str
    unit: str
    cl: float
    entries: tuple[str, ...]
    best: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class WorldResult:
    """Entries on a parameter (left-out ones last), combinations by year, and all together.

    with_digitised has digitised spectra in place of what is published on the same exposure, as a
    check; None without any.
    """

    parameter: str
    entries: tuple[WorldEntry, ...]
    by_year: tuple[tuple[int, WorldLimit], ...]
    together: WorldLimit
    with_digitised: WorldLimit | None


def spectra_of_the_world() -> list[Model]:
    """The presets that have observed spectra, built."""
    experiments = [load_experiment(name) for name in preset_names()]
    return [
        build_model(experiment)
        for experiment in experiments
        if experiment.config.data is not None and experiment.config.published.year is not None
    ]


def world_limits(parameter: str, spectra: Sequence[Model], cl: float = 0.90) -> WorldResult:
    """What spectra, the presets' published limits and the list of others say on a parameter.

    Raises
    ------
    ValueError
        for a parameter that is not in ``world_parameters``.
    """
    if parameter not in world_parameters():
        raise ValueError(f"parameter {parameter!r}: allowed are {', '.join(world_parameters())}")
    found = [_of_spectrum(model, parameter, cl) for model in spectra if _sees(model, parameter)]
    found += _published_entries(parameter, cl)
    entries = sorted(found, key=lambda entry: (entry.year, entry.name))
    free = [entry for entry in entries if not entry.left_out and entry.kind != "digitised"]
    latest = {entry.exposure: entry for entry in free}  # the last of each exposure stays
    entries = [_superseded(entry, latest) if entry in free else entry for entry in entries]
    used = [entry for entry in entries if not entry.left_out and entry.kind != "digitised"]
    digitised = [entry for entry in entries if entry.kind == "digitised"]
    years = sorted({entry.year for entry in free})
    by_year = []
    for year in years:
        known = {entry.exposure: entry for entry in free if entry.year <= year}
        by_year.append((year, combined(list(known.values()), parameter, cl)))
    return WorldResult(
        parameter=parameter,
        entries=tuple(sorted(entries, key=lambda entry: bool(entry.left_out))),
        by_year=tuple(by_year),
        together=combined(used, parameter, cl),
        with_digitised=_with_digitised(used, digitised, parameter, cl),
    )


def _with_digitised(
    used: Sequence[WorldEntry], digitised: Sequence[WorldEntry], parameter: str, cl: float
) -> WorldLimit | None:
    """The combination with digitised spectra in place of what is published on their exposures."""
    replaced = {entry.exposure for entry in digitised}
    rest = [entry for entry in used if entry.exposure not in replaced]
    return combined([*rest, *digitised], parameter, cl) if digitised else None


def world_parameters() -> list[str]:
    """Parameters with published values: those that every fit reports, and the measured ones."""
    return list(dict.fromkeys([*leading_parameters(), *(v.parameter for v in MEASURED)]))


def combined(entries: Sequence[WorldEntry], parameter: str, cl: float) -> WorldLimit:
    """The range about the best value in which the sum of the rises stays below the level of cl.

    A second range, such as that of the other sign of a coupling, is not part of it.
    """
    reach = 2 * max(_x_of(parameter, max(abs(e.lower), abs(e.upper))) for e in entries)
    lowest = 0.0 if named_parameter(parameter).bounded else -reach

    def total(x: float) -> float:
        return sum(entry.rise(x) for entry in entries)

    grid = np.linspace(lowest, reach, _GRID)
    values = np.array([total(float(x)) for x in grid])
    at = int(np.argmin(values))
    around = (float(grid[max(at - 1, 0)]), float(grid[min(at + 1, _GRID - 1)]))
    found = minimize_scalar(total, bounds=around, method="bounded", options={"xatol": 1e-10})
    candidates = [(float(found.x), float(found.fun)), (around[0], total(around[0]))]
    best, least = min(candidates, key=lambda pair: pair[1])
    level = least + _rise_at(cl)
    outside = np.flatnonzero(values > level)
    above, below = outside[grid[outside] > best], outside[grid[outside] < best]
    upper = _crossing(total, level, best, float(grid[above[0]]))
    lower = _crossing(total, level, best, float(grid[below[-1]])) if below.size else lowest
    values_of = [_value_of(parameter, x) for x in (best, lower, upper)]
    names = tuple(entry.name for entry in entries)
    return WorldLimit(parameter, named_parameter(parameter).unit, cl, names, *values_of)


def _crossing(total: Rise, level: float, inside: float, outside: float) -> float:
    return float(brentq(lambda x: total(x) - level, inside, outside, xtol=1e-12))


def _superseded(entry: WorldEntry, latest: dict[str, WorldEntry]) -> WorldEntry:
    last = latest[entry.exposure]
    if last is entry:
        return entry
    content = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    return WorldEntry(**{**content, "left_out": f"the data are in {last.name} ({last.year})"})


def _published_entries(parameter: str, cl: float) -> Iterator[WorldEntry]:
    for name in preset_names():
        experiment = load_experiment(name)
        if experiment.config.published.year is not None:
            for entry in experiment.config.published.limits:
                if entry.parameter == parameter:
                    yield _of_limit(experiment, entry, cl)
    for measured in MEASURED:
        if measured.parameter == parameter:
            yield _of_measurement(measured, cl)


def _sees(model: Model, parameter: str) -> bool:
    """False for spectra whose expectation does not depend on a parameter."""
    fitted = model.signal_table.parameter(parameter).fitted
    return treated_likelihood(model, model.data()).is_sensitive_to(fitted)


def _of_spectrum(model: Model, parameter: str, cl: float) -> WorldEntry:
    """The profile of observed spectra, in the treatment of the experiment."""
    experiment = model.experiment
    curve = profile_curve(model, model.data(), parameter, cl, "delta-chi2", n_points=_PROFILE)
    published = experiment.config.published
    x = np.array([_x_of(parameter, float(value)) for value in curve.values])
    return WorldEntry(
        name=experiment.name,
        year=published.year or 0,
        parameter=parameter,
        kind="digitised" if published.caution else "spectrum",
        likelihood="profile of the spectrum, digitised" if published.caution else "profile",
        exposure=published.exposure or experiment.name,
        source=experiment.config.reference,
        provenance="seen",
        lower=float(curve.limit.lower or 0.0),
        upper=float(curve.limit.upper or 0.0),
        rise=_interpolated(x, curve.rise),
    )


def _interpolated(x: FloatArray, rise: FloatArray) -> Rise:
    """A cubic spline through a profile, and beyond its ends straight on."""
    spline = CubicSpline(x, rise, bc_type="natural")
    slope = spline.derivative()

    def at(value: float) -> float:
        inside = min(max(value, float(x[0])), float(x[-1]))
        return float(spline(inside) + slope(inside) * (value - inside))

    return at


def _of_limit(experiment: Experiment, entry: PublishedLimit, cl: float) -> WorldEntry:
    published = experiment.config.published
    low = entry.lower
    if named_parameter(entry.parameter).bounded:
        sigmas = _upper_sigmas(entry.method or "qtilde", entry.cl)
        end = _x_of(entry.parameter, entry.upper) / sigmas * _rise_at(cl) ** 0.5
        rise, words = _parabola(0.0, end, end, cl), f"parabola in mu^2, {sigmas:.3g} sigma"
        low, high = 0.0, _value_of(entry.parameter, end)
    else:
        low = -entry.upper if low is None else low
        rise, low, high = _interval(entry.parameter, low, entry.upper, entry.cl, cl)
        words = "parabola through the ends"
    return WorldEntry(
        name=experiment.name,
        year=published.year or 0,
        parameter=entry.parameter,
        kind="published",
        likelihood=words,
        exposure=published.exposure or experiment.name,
        source=entry.source,
        provenance=entry.provenance,
        lower=low,
        upper=high,
        left_out=entry.left_out,
        rise=rise,
    )


def _upper_sigmas(method: str, cl: float) -> float:
    """Upper limit of an estimate of 0, in standard errors."""
    return float(construction(method).upper_limits_of_estimates(cl, np.zeros(1))[0])


def _of_measurement(measured: MeasuredValue, cl: float) -> WorldEntry:
    quantile = _rise_at(cl) ** 0.5
    low, high = (
        measured.value - measured.minus * quantile,
        measured.value + measured.plus * quantile,
    )
    x, down, up = (_x_of(measured.parameter, v) for v in (measured.value, low, high))
    return WorldEntry(
        measured.name, measured.year, measured.parameter, "published",
        "parabola of either error", measured.exposure or measured.name, measured.source,
        measured.provenance, low, high, rise=_parabola(x, x - down, up - x, cl),
    )  # fmt: skip


def _interval(
    parameter: str, low: float, high: float, stated_cl: float, cl: float
) -> tuple[Rise, float, float]:
    """Parabola through the ends of an interval, and its ends at another confidence level."""
    centre, half = (high + low) / 2, (high - low) / 2
    half *= (_rise_at(cl) / _rise_at(stated_cl)) ** 0.5
    x, width = _x_of(parameter, centre), _x_of(parameter, half)
    return _parabola(x, width, width, cl), centre - half, centre + half


def _parabola(centre: float, below: float, above: float, cl: float) -> Rise:
    """Rises by the level of cl at ``below`` under and ``above`` over the centre."""
    level = _rise_at(cl)
    return lambda x: level * ((x - centre) / (above if x > centre else below)) ** 2


def _rise_at(cl: float) -> float:
    """2.71 at 90 %: of -2 ln L at the ends of a central interval of one parameter."""
    return NormalDist().inv_cdf((1 + cl) / 2) ** 2


def _x_of(parameter: str, value: float) -> float:
    known = named_parameter(parameter)
    return float((value / known.scale) ** (1 / known.power))


def _value_of(parameter: str, x: float) -> float:
    known = named_parameter(parameter)
    return float(known.scale * (max(x, 0.0) if known.bounded else x) ** known.power)
