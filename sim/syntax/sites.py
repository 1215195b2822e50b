"""`[reactor] site = "leibstadt"`: what a reactor's name fills in an experiment file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fluxes.reactor.sites import ReactorSite, reactor_sites
from sim.syntax.spelling import nearest


def with_site(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data of an experiment file in which the reactor's name has filled what is not stated."""
    filled = dict(data)
    for path, value in site_values(data).items():
        _set(filled, path, value)
    return filled


def site_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Keys that the names of reactors fill, with their values; what the file states stays.

    The power of a core, unless the flux alone is stated; of highly enriched fuel the fission
    fractions (U-235 alone) and no capture on U-238.  Baselines are never filled.
    """
    reactor = data.get("reactor")
    return dict(_values(reactor)) if isinstance(reactor, Mapping) else {}


def checked_site(name: str) -> str:
    """The name of a shipped reactor.

    Raises
    ------
    ValueError
        for another name, with the nearest.
    """
    if name not in reactor_sites():
        raise ValueError(f"site {name!r} is not shipped{nearest(name, list(reactor_sites()))}")
    return name


def refuse_late_site(keys: Iterable[str]) -> None:
    """Raise ValueError if the name of a reactor is among keys that change in a read experiment.

    What the first name filled can then no longer be told from what the file states.
    """
    late = next((key for key in keys if key.endswith(".site")), None)
    if late is not None:
        raise ValueError(f"{late} is read with the file: set thermal_power_gw here")


def _values(reactor: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    site = _known(reactor)
    cores = reactor.get("core", ())
    cores = cores if isinstance(cores, list | tuple) else ()
    both = "normalisation" in reactor and "baseline_m" in reactor
    if site is not None and not cores and (both or "flux_cm2_s" not in reactor):
        yield from _power("reactor", reactor, site)
    for index, core in enumerate(cores):
        if isinstance(core, Mapping):
            own = _known(core) or site
            if own is not None:
                yield from _power(f"reactor.core.{index}", core, own)
    if site is not None and site.is_highly_enriched:
        if "fission_fractions" not in reactor:
            only_u235 = {"u235": 1.0, "u238": 0.0, "pu239": 0.0, "pu241": 0.0}
            yield "reactor.fission_fractions", only_u235
        if "neutron_captures_per_fission" not in reactor:
            yield "reactor.neutron_captures_per_fission", 0.0


def _power(path: str, section: Mapping[str, Any], site: ReactorSite) -> Iterator[tuple[str, float]]:
    if "thermal_power_gw" not in section and site.thermal_power_gw is not None:
        yield f"{path}.thermal_power_gw", site.thermal_power_gw


def _known(section: Mapping[str, Any]) -> ReactorSite | None:
    """The shipped reactor of a section; a wrong name is left to the check of the section."""
    return reactor_sites().get(str(section.get("site")))


def _set(data: dict[str, Any], path: str, value: Any) -> None:
    """Set a value below copies of the tables and arrays on its way."""
    first, *rest = path.split(".")
    if not rest:
        data[first] = value
        return
    below = data[first]
    if isinstance(below, Mapping):
        data[first] = dict(below)
        _set(data[first], ".".join(rest), value)
    else:
        entries = [dict(entry) for entry in below]
        _set(entries[int(rest[0])], ".".join(rest[1:]), value)
        data[first] = entries
