"""Backgrounds in spectra: where each component is, how strong, and which norm is its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from detectors.backgrounds import mean_decay_factor
from sim.config.backgrounds.registry import BackgroundConfig
from sim.layout.calendar import days_between
from sim.layout.layout import Layout, Spectrum
from sim.layout.problem import LayoutError
from sim.syntax.spelling import nearest

RATES = ("rate_per_kev_kg_day", "rate_per_kg_day")


@dataclass(frozen=True, slots=True)
class Placement:
    """A component in one spectrum: counts are size * (rate / reference rate) * shape.

    size is mass times live time, weighted with power or decay; rate is None for numbers of counts
    (size is then the number) and tables; norm is the name of what multiplies it.
    """

    component: int
    spectrum: int
    norm: str
    size: float
    rate: float | None


def norm_name(layout: Layout, component: BackgroundConfig, spectrum: Spectrum) -> str:
    """Name of a component's norm in a spectrum, without ``norm:``."""
    detector, period = spectrum.place
    match component.norms_per:
        case "all":
            return component.name
        case "detector":
            marks = [detector]
        case "period":
            marks = [period]
        case _:
            marks = [detector, period]
    if layout.is_plain:
        # one detector, periods on and off
        return component.name if marks == [detector] else f"{component.name}_{period}"
    return f"{component.name}[{','.join(marks)}]"


def placements(layout: Layout, components: Sequence[BackgroundConfig]) -> list[Placement]:
    """Where each component is, by component and then by spectrum.

    Raises
    ------
    LayoutError
        for names that are not there, or a table of rates that misses a spectrum.
    """
    found = []
    for i, component in enumerate(components):
        path = ("background", str(i))
        try:
            places = layout.matching(component.detectors, component.periods)
        except ValueError as error:
            raise LayoutError(path, str(error)) from None
        if not places:
            raise LayoutError(path, f"{component.name!r} is in no spectrum")
        for place in places:
            spectrum = layout.spectra[place]
            rate = _rate(layout, component, spectrum, path)
            found.append(
                Placement(
                    i,
                    place,
                    norm_name(layout, component, spectrum),
                    _size(layout, component, spectrum, path),
                    rate,
                )
            )
    return found


def _rate(
    layout: Layout, component: BackgroundConfig, spectrum: Spectrum, path: tuple[str, str]
) -> float | None:
    for key in RATES:
        stated = getattr(component, key, None)
        if isinstance(stated, dict):
            return _of_spectrum(layout, stated, spectrum, (*path, key))
        if stated is not None:
            return float(stated)
    return None


def _of_spectrum(
    layout: Layout, stated: float | dict[str, float], spectrum: Spectrum, path: tuple[str, ...]
) -> float:
    """A number as it is, or that of the spectrum in a table by detector or by period."""
    if not isinstance(stated, dict):
        return stated
    detectors = [detector.name for detector in layout.detectors]
    periods = [period.name for period in layout.periods]
    for name in stated:
        if name not in (*detectors, *periods):
            hint = nearest(name, [*detectors, *periods])
            raise LayoutError((*path, name), f"{name!r} is no detector and no period{hint}")
    if any(name in detectors for name in stated) and any(name in periods for name in stated):
        raise LayoutError(path, "a table by detector or by period expected, found both")
    own = next((name for name in spectrum.place if name in stated), None)
    if own is None:
        raise LayoutError(path, f"the table misses {'/'.join(spectrum.place)}")
    return stated[own]


def _size(
    layout: Layout, component: BackgroundConfig, spectrum: Spectrum, path: tuple[str, str]
) -> float:
    counts = getattr(component, "counts", None)
    if counts is not None:
        return _of_spectrum(layout, counts, spectrum, (*path, "counts"))
    if component.scaling == "reactor":
        return spectrum.kg_days * _power_share(layout, component, spectrum, path)
    if component.half_life_days is None:
        return spectrum.kg_days
    factor = decay_factor(layout, component, spectrum, path)
    if spectrum.live_days is None or spectrum.detector.mass_kg is None:
        return spectrum.kg_days * factor
    return spectrum.detector.mass_kg * (spectrum.live_days * factor)


def decay_factor(
    layout: Layout, component: BackgroundConfig, spectrum: Spectrum, path: tuple[str, str]
) -> float:
    """Mean activity in the calendar time of a period over that at the reference."""
    span = spectrum.period.span
    if span is None or component.half_life_days is None:
        raise LayoutError(
            (*path, "half_life_days"),
            f"a decay needs start and stop of {spectrum.period.name!r}",
        )
    reference = component.reference_day
    if component.reference_date is not None:
        if spectrum.period.start is None:
            raise LayoutError(
                (*path, "reference_date"), "the periods have no dates: give reference_day"
            )
        later = days_between(spectrum.period.start, component.reference_date)
        reference = span.start_day + later
    if reference is None:
        reference = min(p.span.start_day for p in layout.periods if p.span is not None)
    return mean_decay_factor(component.half_life_days, span.start_day - reference, span.days)


def _power_share(
    layout: Layout, component: BackgroundConfig, spectrum: Spectrum, path: tuple[str, str]
) -> float:
    share = spectrum.period.power_share
    if component.cores is None:
        return share[""]
    names = [name for name in share if name]
    for name in component.cores:
        if name not in names:
            raise LayoutError((*path, "cores"), f"{name!r} is no core{nearest(name, names)}")
    full = spectrum.period.full
    weights = {
        name: full[name].thermal_power_gw / full[name].baseline_m ** 2 for name in component.cores
    }
    total = sum(weights.values())
    return sum(weights[name] * share[name] for name in weights) / total if total else 0.0
