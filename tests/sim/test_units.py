"""Quantities with units: what a text means for a key, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from sim.experiment import ConfigurationError, load_experiment, parse_experiment, preset_text
from sim.syntax.units import UNITS, looks_like_a_quantity, unit_of
from sim.variation import varied


@pytest.mark.parametrize(
    ("key", "text", "number"),
    [
        ("threshold_kev", "180 eV", 0.18),
        ("threshold_kev", "180eVee", 0.18),
        ("threshold_kev", "0.0029 MeV", 2.9),
        ("threshold_kev", "1.5e-1 keVee", 0.15),
        ("plasmon_energy_ev", "0.037 keV", 37.0),
        ("recoil_kev", "20 eVnr", 0.02),
        ("recoil_kev", "20 eV", 0.02),
        ("thermal_power_gw", "3.6 GW", 3.6),
        ("thermal_power_gw", "85 MWth", 0.085),
        ("baseline_m", "20.7 m", 20.7),
        ("baseline_m", "0.16 km", 160.0),
        ("mass_kg", "+2 kg", 2.0),
        ("mass_kg", "700.5 g", 0.7005),
        ("on_days", "30 d", 30.0),
        ("on_days", "2 y", 730.5),
        ("off_start_day", "36 h", 1.5),
        ("half_life_days", "1.5 weeks", 10.5),
        ("rate_per_kev_kg_day", "100 /keV/kg/day", 100.0),
        ("rate_per_kev_kg_day", "15 mdru", 0.015),
        ("rate_per_kg_day", "5 cpd/kg", 5.0),
        ("flux_cm2_s", "2.7e13 /cm2/s", 2.7e13),
        ("flux_cm2_s", "1e17  /m2/s", 1e13),
        ("yield_per_kev", "20 PE/keV", 20.0),
        ("noise_electrons", "1.6 e-", 1.6),
    ],
)
def test_a_text_is_the_number_in_the_unit_of_the_key(key: str, text: str, number: float) -> None:
    """To the last bit: 180 eV is the 0.18 that one would have typed."""
    unit = unit_of(key)
    assert unit is not None
    assert unit.converted(text) == number


def test_every_factor_by_hand() -> None:
    """Of each table: what one of each unit is."""
    ones = {
        end: {name: unit.converted(f"1 {name}") for name in unit.factors}
        for end, unit in UNITS.items()
    }
    assert ones["_kev"] == {
        "eV": 1e-3,
        "keV": 1.0,
        "MeV": 1e3,
        "eVee": 1e-3,
        "keVee": 1.0,
        "MeVee": 1e3,
    }
    assert ones["recoil_kev"] == {
        "eV": 1e-3,
        "keV": 1.0,
        "MeV": 1e3,
        "eVnr": 1e-3,
        "keVnr": 1.0,
        "MeVnr": 1e3,
    }
    assert ones["_ev"] == {"eV": 1.0, "keV": 1e3, "MeV": 1e6}
    assert ones["_mev"] == {"eV": 1e-6, "keV": 1e-3, "MeV": 1.0}
    assert ones["_gw"] == {"GW": 1.0, "GWth": 1.0, "MW": 1e-3, "MWth": 1e-3, "kW": 1e-6}
    assert ones["_m"] == {"m": 1.0, "cm": 0.01, "km": 1000.0}
    assert ones["_kg"] == {"kg": 1.0, "g": 1e-3, "mg": 1e-6, "t": 1000.0}
    assert ones["days"] == {
        "d": 1.0,
        "day": 1.0,
        "days": 1.0,
        "h": 1 / 24,
        "hours": 1 / 24,
        "weeks": 7.0,
        "y": 365.25,
        "years": 365.25,
    }
    assert ones["_kg_day"] == {"kg day": 1.0, "kg d": 1.0, "kg days": 1.0, "t d": 1e3}
    assert ones["_cm2_s"] == {"/cm2/s": 1.0, "cm^-2 s^-1": 1.0, "/m2/s": 1e-4}
    assert ones["_per_kev"] == {"/keV": 1.0, "PE/keV": 1.0, "/MeV": 1e-3}
    assert ones["rate_per_kg_day"] == {"/kg/day": 1.0, "/kg/d": 1.0, "cpd/kg": 1.0}
    density = ones["rate_per_kev_kg_day"]
    assert density.pop("mdru") == density.pop("/keV/t/d") == 1e-3
    assert set(density.values()) == {1.0}


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("threshold_kev", "20 eVnr", "a nuclear-recoil energy, but this key is an electron-"),
        ("recoil_kev", "20 eVee", "an electron-equivalent energy, but this key is a nuclear-"),
        ("epa_neutrino_mass_ev", "1 eVee", "unknown unit 'eVee'"),
        (
            "threshold_kev",
            "20 KeV",
            "unknown unit 'KeV'; allowed: eV, keV, MeV, eVee, keVee, MeVee",
        ),
        ("threshold_kev", "20 meV", "unknown unit 'meV'; allowed: eV, keV"),
        ("mass_kg", "2 pounds", "unknown unit 'pounds'; allowed: kg, g, mg, t"),
        ("mass_kg", "2", "or a text with its unit, such as '1.5 kg', expected"),
        ("mass_kg", "kg", "a number (in kg) or a text with its unit"),
        ("mass_kg", "", "a number (in kg) or a text with its unit"),
        ("mass_kg", "2 kg of Ge", "unknown unit 'kg of Ge'"),
        ("mass_kg", "nan kg", "a number (in kg) or a text with its unit"),
        ("mass_kg", "1 2 kg", "a number (in kg) or a text with its unit"),
        ("mass_kg", "1_000 g", "unknown unit '_000 g'"),
        ("mass_kg", "٣ kg", "a number (in kg) or a text with its unit"),
        ("mass_kg", "1e99999999999999999999 kg", "out of range"),
    ],
)
def test_refused(key: str, text: str, message: str) -> None:
    unit = unit_of(key)
    assert unit is not None
    with pytest.raises(ValueError, match=re.escape(message)):
        unit.converted(text)


def test_keys_that_have_no_unit() -> None:
    for key in ("flux_norm", "norm", "k", "name", "sin2_theta_w", "fano_factor", "file", "acts_on"):
        assert unit_of(key) is None, key


def test_a_quantity_is_told_from_other_texts() -> None:
    for text in ("180 eV", "3.6GW", "5 /kg/d"):
        assert looks_like_a_quantity(text), text
    for text in ("180", "1 2", "2012-03-04", "eV", "1.5.2", ""):
        assert not looks_like_a_quantity(text), text


# In a file and in --set


def test_a_file_with_units_is_the_file_without(texts: Any) -> None:
    with_units = (
        texts.small.replace("= 3.0\nbaseline", '= "3000 MW"\nbaseline')
        .replace("baseline_m = 15.0", 'baseline_m = "15 m"')
        .replace("mass_kg = 2.0", 'mass_kg = "2 kg"')
        .replace("min_ionization_kev = 0.003", 'min_ionization_kev = "3 eV"')
        .replace("window_kev = [3.0, 7.0]", 'window_kev = ["3000 eV", 7]')
        .replace("on_days = 100.0", 'on_days = "100 d"')
    )
    assert with_units.count('"') == texts.small.count('"') + 12
    assert parse_experiment(with_units).sha256() == parse_experiment(texts.small).sha256()


@pytest.mark.parametrize("value", ["180 eV", "'180 eV'", '"0.18 keVee"', "180eV"])
def test_set(value: str) -> None:
    overrides = [f"detector.threshold_kev={value}"]
    assert load_experiment("gemma-2012", overrides).config.detector.threshold_kev == 0.18


def test_set_of_an_array() -> None:
    overrides = ["analysis.window_kev=['2.8 keV', '0.055 MeV']"]
    config = load_experiment("gemma-2012", overrides).config
    assert config.analysis.window_kev == (2.8, 55.0)


def test_the_refusal_of_a_file(texts: Any, one_line: Callable[[BaseException], str]) -> None:
    text = texts.small.replace("threshold_kev = 3.0", 'threshold_kev = "20 eVnr"')
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "mine.toml")
    number = text.splitlines().index('threshold_kev = "20 eVnr"') + 1
    assert one_line(caught.value) == (
        f"mine.toml, line {number}: detector.threshold_kev: a nuclear-recoil energy, but this key "
        "is an electron-equivalent one: give keVee or keV, found '20 eVnr'"
    )


def test_a_quantity_must_obey_the_limits_of_its_key(one_line: Any) -> None:
    for value, found in (("-2 kg", "greater than 0"), ("1e400 kg", "finite number")):
        with pytest.raises(ConfigurationError) as caught:
            load_experiment("gemma-2012", [f"detector.mass_kg='{value}'"])
        assert found in one_line(caught.value)


def test_words_stay_words(texts: Any) -> None:
    """A key without a unit never reads a number out of a text."""
    with pytest.raises(ConfigurationError, match=r"flux_norm: .*valid number"):
        parse_experiment(texts.small, overrides=["systematics.flux_norm='3 kg'"])
    assert parse_experiment(texts.small, overrides=["description='2 kg'"]).config.description


@pytest.mark.parametrize(
    ("resolution", "kev"),
    [
        ('{ model = "electrons", pair_energy_kev = "13.7 eV", extraction = 0.5 }', 4 * 0.0274),
        ('{ model = "ccd", noise_electrons = 2.0 }', 4 * 3.749e-3),
        ("{ noise_fwhm_kev = 0.1 }", None),
        ('{ model = "electrons" }', None),
    ],
)
def test_energies_in_electrons(resolution: str, kev: float | None) -> None:
    """What one is worth the resolution says; where it does not, a line says so."""
    text = preset_text("gemma-2012")
    overrides = (f"detector.resolution={resolution}", "detector.threshold_kev=4 e-")
    if kev is None:
        with pytest.raises(ConfigurationError, match=r"e-: the detector does not say"):
            parse_experiment(text, overrides=overrides)
        return
    overrides += ('analysis.window_kev=["4 electrons", "904 electrons"]',)
    overrides += ("analysis.bin_width_kev=9 e-",)
    config = parse_experiment(text, overrides=overrides).config
    assert config.detector.threshold_kev == pytest.approx(kev, rel=1e-15)
    assert config.analysis.window_kev == pytest.approx((kev, kev * 904 / 4), rel=1e-14)


def test_a_variation_in_electrons() -> None:
    preset = load_experiment("gemma-2012", ['detector.resolution={model="ccd", noise_electrons=2}'])
    found = varied(preset, {"detector.threshold_kev": "900 e-"})
    assert found.config.detector.threshold_kev == pytest.approx(900 * 3.749e-3, rel=1e-15)
