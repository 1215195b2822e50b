"""Reactors by name: the table, distances against haversines and landmarks, fluxes of neighbours."""

from __future__ import annotations

from math import asin, cos, pi, radians, sin, sqrt

import pytest

from fluxes.reactor.flux import fission_rate_per_s, spectrum_per_fission
from fluxes.reactor.neighbours import LOW_ENRICHED, PlacedCore, neighbours
from fluxes.reactor.sites import distance_m, reactor_sites
from sim.config.reactor import DEFAULT_NEUTRON_CAPTURES, FissionFractions


def haversine_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """On a sphere of the mean radius."""
    (p, q), (r, s) = ((radians(x), radians(y)) for x, y in (a, b))
    half = sin((r - p) / 2) ** 2 + cos(p) * cos(r) * sin((s - q) / 2) ** 2
    return 2 * 6371008.8 * asin(sqrt(half))


def test_every_reactor_is_sane_and_says_where_it_comes_from() -> None:
    sites = reactor_sites()
    assert len(sites) == 34
    for name, site in sites.items():
        assert name == site.name == name.lower()
        assert -90 < site.latitude < 90
        assert -180 < site.longitude < 180
        assert site.thermal_power_gw is None or 1e-4 < site.thermal_power_gw < 5
        assert site.position_from
        assert site.power_from or site.thermal_power_gw is None
    unknown = {name for name, site in sites.items() if site.thermal_power_gw is None}
    assert unknown == {"krasnoyarsk", "br2", "sm-3"}
    enriched = {name for name, site in sites.items() if site.is_highly_enriched}
    assert enriched == {"ill", "hfir", "br2", "sm-3"}


def test_short_distances_are_those_on_a_sphere() -> None:
    """To the half per cent by which the Earth is no sphere; the two cores of Chooz: 162 m."""
    sites = reactor_sites()
    for one, other, about in (("chooz-b1", "chooz-b2", 162), ("kalinin-3", "kalinin-4", 158)):
        a, b = ((sites[name].latitude, sites[name].longitude) for name in (one, other))
        found = distance_m(*a, *b)
        assert found == pytest.approx(haversine_m(a, b), rel=5e-3)
        assert found == pytest.approx(about, abs=1)


def test_chords_through_the_earth() -> None:
    """From pole to pole the axis of WGS 84, between antipodes on the equator its diameter."""
    assert distance_m(90, 0, -90, 0) == pytest.approx(2 * 6356752.314, abs=1e-2)
    assert distance_m(0, 0, 0, 180) == pytest.approx(2 * 6378137.0, abs=1e-6)
    assert distance_m(0, 10, 0, 11) == pytest.approx(2 * 6378137 * sin(pi / 360), rel=1e-12)


def test_flux_of_a_neighbour_by_hand() -> None:
    near, far = PlacedCore("near", 0.0, 0.0, 3.0), PlacedCore("far", 0.0, 1.0, 3.0)
    found = neighbours(0.0, 0.001, [far, near], 1e6)
    assert [one.core.name for one in found] == ["near", "far"]
    per_fission = spectrum_per_fission("bestiole-2023", LOW_ENRICHED, 0.6).integral()
    rate = fission_rate_per_s(3.0, LOW_ENRICHED)
    distance = 2 * 6378137 * sin(radians(0.001) / 2)
    expected = rate * per_fission / (4 * pi * (100 * distance) ** 2)
    assert found[0].flux_cm2_s == pytest.approx(expected, rel=1e-9)
    assert found[0].share == pytest.approx(1 / (1 + 1 / 999**2), rel=1e-6)
    assert [one.core.name for one in neighbours(0.0, 0.001, [far, near], 1e3)] == ["near"]
    assert neighbours(10.0, 0.0, [near], 1e3) == []


def test_highly_enriched_fuel_has_no_captures() -> None:
    per_fission = spectrum_per_fission(
        "bestiole-2023", {"u235": 1, "u238": 0, "pu239": 0, "pu241": 0}, 0.0
    ).integral()
    (one,) = neighbours(0.0, 0.01, [PlacedCore("r", 0.0, 0.0, 0.06, True)], 1e5)
    rate = fission_rate_per_s(0.06, {"u235": 1, "u238": 0, "pu239": 0, "pu241": 0})
    expected = rate * per_fission / (4 * pi * (100 * one.distance_m) ** 2)
    assert one.flux_cm2_s == pytest.approx(expected, rel=1e-9)


def test_defaults_are_those_of_an_experiment() -> None:
    assert dict(LOW_ENRICHED) == FissionFractions().model_dump()
    assert DEFAULT_NEUTRON_CAPTURES == 0.6


@pytest.mark.parametrize(
    ("place", "message"), [((91.0, 0.0), "found 91 0"), ((0.0, 0.0), "lies on near")]
)
def test_places_that_are_refused(place: tuple[float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        neighbours(*place, [PlacedCore("near", 0.0, 0.0, 3.0)], 1e3)
