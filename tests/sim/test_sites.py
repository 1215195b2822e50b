"""[reactor] site: what a name fills, what stays as stated, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sim.experiment import ConfigurationError, Experiment, load_experiment, parse_experiment
from sim.folding.reactor_flux import full_flux
from sim.syntax.sites import site_values
from sim.variation import varied

REST = """
[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 0.3
min_ionization_kev = 0.003
[detector.resolution]
noise_fwhm_kev = 0.1
[exposure]
on_days = 100.0
off_days = 20.0
[analysis]
window_kev = [0.3, 2.0]
bin_width_kev = 0.1
"""


def experiment(reactor: str, *overrides: str) -> Experiment:
    return parse_experiment(f'name = "named"\n[reactor]\n{reactor}\n{REST}', overrides=overrides)


def total(given: Experiment) -> float:
    return full_flux(given).total_cm2_s


def test_power_of_a_reactor_by_name() -> None:
    named = experiment('site = "leibstadt"\nbaseline_m = 20.7')
    stated = experiment("thermal_power_gw = 3.6\nbaseline_m = 20.7")
    assert named.config.reactor.thermal_power_gw == 3.6
    assert total(named) == pytest.approx(total(stated), rel=1e-14)
    assert named.sha256() != stated.sha256()


def test_what_the_file_states_stays() -> None:
    named = experiment('site = "angra-2"\nbaseline_m = 30.0\nthermal_power_gw = 3.95')
    assert named.config.reactor.thermal_power_gw == 3.95
    by_flux = experiment('site = "angra-2"\nflux_cm2_s = 7.8e12')
    assert by_flux.config.reactor.thermal_power_gw is None
    assert by_flux.config.reactor.active_normalisation == "flux"
    both = 'site = "angra-2"\nflux_cm2_s = 7.8e12\nbaseline_m = 30.0\nnormalisation = "flux"'
    assert experiment(both).config.reactor.thermal_power_gw == 3.764


def test_highly_enriched_fuel() -> None:
    reactor = experiment('site = "ill"\nbaseline_m = 8.8').config.reactor
    assert reactor.thermal_power_gw == pytest.approx(0.0583)
    assert reactor.fission_fractions.u235 == 1.0
    assert reactor.neutron_captures_per_fission == 0.0
    own = "fission_fractions = { u235 = 0.93, u238 = 0.0, pu239 = 0.07, pu241 = 0.0 }"
    stated = experiment(f'site = "ill"\nbaseline_m = 8.8\n{own}').config.reactor
    assert stated.fission_fractions.pu239 == 0.07


def test_cores_take_their_own_name_or_that_of_the_reactor() -> None:
    cores = """
site = "chooz-b1"
core = [{ baseline_m = 72.0 }, { site = "rovno-2", baseline_m = 102.0 }]
"""
    found = experiment(cores).config.reactor
    assert found.thermal_power_gw is None
    assert [core.thermal_power_gw for core in found.core] == [4.27, 1.375]


def test_set_takes_a_site() -> None:
    reactor = experiment('site = "leibstadt"\nbaseline_m = 20.7', "reactor.site=brokdorf")
    assert reactor.config.reactor.thermal_power_gw == 3.9


def test_data_that_are_no_experiment_are_left_alone() -> None:
    bad: list[dict[str, Any]] = [{}, {"reactor": 3}, {"reactor": {"site": 1, "core": 2}}]
    assert [site_values(data) for data in bad] == [{}, {}, {}]


def test_a_name_that_is_not_there(one_line: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        experiment('site = "leibstat"\nbaseline_m = 20.7')
    assert "line 3: reactor.site: site 'leibstat' is not shipped" in one_line(caught.value)
    assert "leibstadt" in one_line(caught.value)


def test_a_power_that_is_not_known_as_one_number() -> None:
    with pytest.raises(ConfigurationError, match="go together: one is missing"):
        experiment('site = "krasnoyarsk"\nbaseline_m = 34.0')


def test_a_name_comes_with_the_file_not_after_it() -> None:
    """What the first name has filled can no longer be told from what was stated."""
    named = experiment('site = "leibstadt"\nbaseline_m = 20.7')
    with pytest.raises(ConfigurationError, match=r"reactor\.site is read with the file"):
        varied(named, {"reactor.site": "brokdorf"})
    with pytest.raises(ConfigurationError, match=r"reactor\.site is read with the file"):
        named.changed(["reactor.site=brokdorf"])


def test_presets_do_not_change() -> None:
    assert load_experiment("gemma-2012").config.reactor.site is None
