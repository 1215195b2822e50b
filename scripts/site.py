"""nuem site [NAME | LATITUDE LONGITUDE]"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.options import json_option, usage_errors
from scripts.output import number, print_json, print_table

if TYPE_CHECKING:
    from fluxes.reactor.neighbours import Neighbour, PlacedCore
    from fluxes.reactor.sites import ReactorSite

_COLUMNS = ("name", "latitude", "longitude", "thermal_power_mw")


@click.command("site", context_settings={"ignore_unknown_options": True})
@click.argument("where", nargs=-1, metavar="[NAME | LATITUDE LONGITUDE]")
@click.option(
    "--within-km",
    type=click.FloatRange(min=0, min_open=True),
    default=1000.0,
    show_default=True,
    help="Distance up to which cores are listed.",
)
@click.option(
    "--table",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="CSV of cores in place of the shipped ones: name,latitude,longitude,thermal_power_mw.",
)
@json_option
def command(where: tuple[str, ...], within_km: float, table: Path | None, as_json: bool) -> None:
    """Reactors that host or hosted neutrino experiments, and what a place sees of them.

    Without an argument all of them; with a NAME what is known of one ([reactor] site = "NAME");
    with a place in degrees the running cores around it, the flux of each at full power and its
    share. The shipped list is no census: --table takes another.
    """
    from fluxes.reactor.sites import reactor_sites

    sites = reactor_sites()
    if not where:
        _print_all(list(sites.values()), as_json)
    elif len(where) == 1:
        with usage_errors():
            from sim.syntax.sites import checked_site

            _print_one(sites[checked_site(where[0])], as_json)
    elif len(where) == 2:
        with usage_errors():
            place = (_degrees(where[0]), _degrees(where[1]))
            cores = _running(list(sites.values())) if table is None else _cores_of(table)
            from fluxes.reactor.neighbours import neighbours

            found = neighbours(*place, cores, 1000 * within_km)
        _print_neighbours(place, within_km, found, as_json)
    else:
        raise click.UsageError(f"a NAME, or LATITUDE LONGITUDE, expected; found {len(where)} words")


def _degrees(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a number of degrees expected, found {text!r}") from None


def _running(sites: Sequence[ReactorSite]) -> list[PlacedCore]:
    from fluxes.reactor.neighbours import PlacedCore

    return [
        PlacedCore(s.name, s.latitude, s.longitude, s.thermal_power_gw, s.is_highly_enriched)
        for s in sites
        if s.is_running and s.thermal_power_gw is not None
    ]


def _cores_of(path: Path) -> list[PlacedCore]:
    """Cores of a table of the user's; a line that cannot be read is named."""
    from fluxes.reactor.neighbours import PlacedCore
    from sim.experiment import read_text

    lines = [line for line in read_text(path).splitlines() if line[:1] != "#"]
    rows = csv.DictReader(io.StringIO("\n".join(lines)))
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise ValueError(f"{path}: column {missing[0]!r} is missing; needed: {', '.join(_COLUMNS)}")
    cores = []
    for row in rows:
        try:
            latitude, longitude, power_mw = (float(row[name]) for name in _COLUMNS[1:])
        except (TypeError, ValueError):
            raise ValueError(f"{path}: three numbers expected of core {row['name']!r}") from None
        cores.append(PlacedCore(row["name"], latitude, longitude, power_mw / 1000))
    return cores


def _print_all(sites: Sequence[ReactorSite], as_json: bool) -> None:
    if as_json:
        print_json({"sites": [_content(site) for site in sites]})
        return
    rows = [
        (s.name, s.country, number(s.thermal_power_gw), s.kind, s.status, s.experiments)
        for s in sites
    ]
    print_table(("site", "country", "GW", "type", "status", "experiments (baseline in m)"), rows)


def _print_one(site: ReactorSite, as_json: bool) -> None:
    if as_json:
        print_json(_content(site))
        return
    for key, value in asdict(site).items():
        if value not in (None, ""):
            click.echo(f"{key:18}{value}")


def _content(site: ReactorSite) -> dict[str, Any]:
    degrees = dict.fromkeys(("latitude", "longitude"), "degrees")
    return {**asdict(site), "units": {**degrees, "thermal_power_gw": "GW", "cores_at_site": "1"}}


def _print_neighbours(
    place: tuple[float, float], within_km: float, found: Sequence[Neighbour], as_json: bool
) -> None:
    if as_json:
        cores = [
            {
                "name": one.core.name,
                "thermal_power_gw": one.core.thermal_power_gw,
                "distance_m": one.distance_m,
                "flux_cm2_s": one.flux_cm2_s,
                "share": one.share,
                "units": {"thermal_power_gw": "GW", "distance_m": "m", "share": "1"},
            }
            for one in found
        ]
        where = {"latitude": place[0], "longitude": place[1], "unit": "degrees"}
        print_json({"place": where, "within_km": within_km, "unit": "km", "cores": cores})
        return
    if not found:
        click.echo(f"no core of the list within {within_km:g} km")
        return
    rows = [
        (
            one.core.name,
            number(one.core.thermal_power_gw),
            number(one.distance_m / 1000),
            number(one.flux_cm2_s),
            f"{number(100 * one.share, 3)} %",
        )
        for one in found
    ]
    print_table(("core", "GW", "distance km", "flux /cm2/s", "share"), rows)
    click.echo(f"all {number(sum(one.flux_cm2_s for one in found))} /cm2/s at full power")
