"""Periods: when data were taken, with which power of each core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from fluxes.reactor.core import Core
from sim.config.exposure import ExposureConfig, PeriodConfig
from sim.config.reactor import FissionFractions, ReactorConfig
from sim.layout.calendar import Span, days_between, moment, part_name, split_span
from sim.layout.power_history import PowerHistory, read_power_history
from sim.layout.problem import LayoutError

ON, OFF = "on", "off"
"""Periods of a file that states on_days and off_days."""
PLAIN_CORE = ReactorConfig(flux_cm2_s=1.0).core_names[0]


@dataclass(frozen=True, slots=True)
class Period:
    """A period, or one part of a period that is split.

    span is None where no time is stated.  cores holds the mean power of each core, several times
    if its fission fractions change, full the cores at full power; power_share is what backgrounds
    of the reactor follow: mean power over full power, of all cores (by an empty name) weighted with
    1/L^2, and of each.  residual_flux comes on top, as a fraction of the flux at full power.  part
    is the share of the calendar time of the section that stated it.
    """

    name: str
    span: Span | None
    start: datetime | None
    stop: datetime | None
    cores: tuple[tuple[str, Core], ...]
    full: Mapping[str, Core]
    power_share: Mapping[str, float]
    residual_flux: float
    is_off: bool
    section: PeriodConfig | None = None
    part: float = 1.0


def full_cores(reactor: ReactorConfig) -> dict[str, Core]:
    """Cores at the powers that are stated; a flux that is only stated has one of unknown size."""
    if not reactor.core:
        power, baseline = reactor.thermal_power_gw or 1.0, reactor.baseline_m or 1.0
        own = Core(power, baseline, reactor.fission_fractions.model_dump())
        return {reactor.core_names[0]: own}
    return {
        name: Core(
            core.thermal_power_gw,
            core.baseline_m,
            (core.fission_fractions or reactor.fission_fractions).model_dump(),
        )
        for name, core in zip(reactor.core_names, reactor.core, strict=True)
    }


def periods_of(
    exposure: ExposureConfig, reactor: ReactorConfig, files: Mapping[str, str]
) -> tuple[Period, ...]:
    """Periods of an experiment, split ones as their parts.

    Raises
    ------
    LayoutError
        for names that are not cores, a history that does not cover a period, and the like.
    """
    if not exposure.period:
        return _on_and_off(exposure, reactor)
    for i, core in enumerate(reactor.core):
        if core.off_thermal_power_gw or core.off_fission_fractions:
            raise LayoutError(
                ("reactor", "core", i),
                "off_thermal_power_gw and off_fission_fractions go with exposure.off_days; a "
                "period states power_fraction and fission_fractions",
            )
    origin = min((p.start for p in exposure.period if p.start is not None), default=None)
    for i, period in enumerate(exposure.period):
        if origin is not None and period.start_day is not None:
            raise LayoutError(
                ("exposure", "period", i), "start_day beside periods with dates: one or the other"
            )
    history = _history(reactor, files, origin)
    found: list[Period] = []
    for i, section in enumerate(exposure.period):
        path = ("exposure", "period", i)
        try:
            found += _parts(section, origin, reactor, history)
        except LayoutError as error:
            raise LayoutError((*path, *error.path), str(error)) from None
        except ValueError as error:
            raise LayoutError(path, str(error)) from None
    return tuple(found)


def _on_and_off(exposure: ExposureConfig, reactor: ReactorConfig) -> tuple[Period, ...]:
    on_days, off_days = exposure.on_days or 0.0, exposure.off_days or 0.0
    off_start = on_days if exposure.off_start_day is None else exposure.off_start_day
    on_cores, off_cores = full_cores(reactor), {}
    for name, core in on_cores.items():
        off_cores[name] = replace(core, thermal_power_gw=0.0)
    for name, section in zip(reactor.core_names, reactor.core, strict=False):
        fractions = section.off_fission_fractions or section.fission_fractions
        off_cores[name] = Core(
            section.off_thermal_power_gw,
            section.baseline_m,
            (fractions or reactor.fission_fractions).model_dump(),
        )
    running, stopped = dict.fromkeys(("", *on_cores), 1.0), dict.fromkeys(("", *on_cores), 0.0)
    on = Period(
        name=ON,
        span=Span(0.0, on_days),
        start=None,
        stop=None,
        cores=tuple(on_cores.items()),
        full=on_cores,
        power_share=running,
        residual_flux=0.0,
        is_off=False,
    )
    off = replace(
        on,
        name=OFF,
        span=Span(off_start, off_days),
        cores=tuple(off_cores.items()),
        power_share=stopped,
        residual_flux=exposure.off_residual_flux,
        is_off=True,
    )
    return on, off


def _history(
    reactor: ReactorConfig, files: Mapping[str, str], origin: datetime | None
) -> PowerHistory | None:
    name = reactor.power_history
    if name is None:
        return None
    full = {core: known.thermal_power_gw for core, known in full_cores(reactor).items()}
    try:
        return read_power_history(files[name], name, full, origin)
    except ValueError as error:
        raise LayoutError(("reactor", "power_history"), str(error)) from None


def _parts(
    section: PeriodConfig,
    origin: datetime | None,
    reactor: ReactorConfig,
    history: PowerHistory | None,
) -> list[Period]:
    span, start = _span(section, origin)
    if span is None or section.split is None:
        return [_period(section.name, span, start, section, reactor, history)]
    parts = split_span(span, section.split, start)
    return [
        replace(
            _period(
                part_name(section.name, i, len(parts)),
                part,
                moment(start, part.start_day - span.start_day),
                section,
                reactor,
                history,
            ),
            stop=moment(start, part.stop_day - span.start_day),
            part=part.days / span.days,
        )
        for i, part in enumerate(parts, start=1)
    ]


def _span(section: PeriodConfig, origin: datetime | None) -> tuple[Span | None, datetime | None]:
    if section.start is not None and section.stop is not None and origin is not None:
        span = Span(days_between(origin, section.start), days_between(section.start, section.stop))
        return span, section.start
    if section.start_day is not None and section.days is not None:
        return Span(section.start_day, section.days), moment(origin, section.start_day)
    return None, None


def _period(
    name: str,
    span: Span | None,
    start: datetime | None,
    section: PeriodConfig,
    reactor: ReactorConfig,
    history: PowerHistory | None,
) -> Period:
    full = full_cores(reactor)
    running = _running(section, span, full, history)
    cores = tuple(
        (core, _with_fractions(state, core, section.fission_fractions)) for core, state in running
    )
    share = {
        core: sum(state.thermal_power_gw for own, state in cores if own == core)
        / (known.thermal_power_gw or 1.0)
        for core, known in full.items()
    }
    weights = {core: c.thermal_power_gw / c.baseline_m**2 for core, c in full.items()}
    total = sum(weights.values())
    whole = sum(weights[core] * share[core] for core in full) / total if total else 0.0
    if len(full) == 1:
        whole = share[next(iter(full))]
    return Period(
        name=name,
        span=span,
        start=start,
        stop=None if span is None else moment(start, span.days),
        cores=cores,
        full={
            core: _with_fractions(known, core, section.fission_fractions)
            for core, known in full.items()
        },
        power_share={"": whole, **share},
        residual_flux=section.residual_flux,
        is_off=whole == 0,
        section=section,
    )


def _running(
    section: PeriodConfig,
    span: Span | None,
    full: Mapping[str, Core],
    history: PowerHistory | None,
) -> list[tuple[str, Core]]:
    """Cores with their mean power in a period, as stated, else from the history, else in full."""
    stated = section.power_fraction
    if isinstance(stated, dict):
        check_names(stated, list(full), ("power_fraction",), "core")
    fractions = stated if isinstance(stated, dict) else dict.fromkeys(full, stated)
    states: list[tuple[str, Core]] = []
    for name, core in full.items():
        fraction = fractions.get(name)
        if fraction is not None or history is None:
            power = core.thermal_power_gw * (1.0 if fraction is None else fraction)
            states.append((name, replace(core, thermal_power_gw=power)))
        else:
            states += [(name, state) for state in _from_history(name, core, span, history)]
    return states


def _from_history(name: str, core: Core, span: Span | None, history: PowerHistory) -> list[Core]:
    if span is None:
        raise ValueError("a power history needs start and stop, or start_day and days")
    rows = history.within(span)
    if all(row.fractions is None for _, row in rows):
        power = sum(share * row.powers_gw[name] for share, row in rows)
        return [replace(core, thermal_power_gw=power)]
    return [
        Core(share * row.powers_gw[name], core.baseline_m, row.fractions or core.fission_fractions)
        for share, row in rows
    ]


def _with_fractions(
    core: Core, name: str, stated: FissionFractions | dict[str, FissionFractions] | None
) -> Core:
    own = stated.get(name) if isinstance(stated, dict) else stated
    return core if own is None else replace(core, fission_fractions=own.model_dump())


def check_names(
    table: Mapping[str, object], allowed: list[str], path: tuple[str, ...], what: str
) -> None:
    """Raise LayoutError for a name in a table that is not among those allowed."""
    from sim.syntax.spelling import nearest

    for name in table:
        if name not in allowed:
            raise LayoutError((*path, name), f"{name!r} is no {what}{nearest(name, allowed)}")
