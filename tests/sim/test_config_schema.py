"""The JSON Schema agrees with the validation; every key is explained and has its unit."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema
import pytest

from sim.config import keys as config_keys
from sim.config import schema as config_schema
from sim.config.file import ExperimentConfig, PhysicsConfig
from sim.config.keys import Key, all_keys, in_first_elements, keys_in, keys_named
from sim.config.schema import experiment_schema, meanings
from sim.experiment import ConfigurationError, parse_experiment, preset_names, preset_text
from sim.section import Section
from sim.syntax.units import UNITS, unit_of

Errors = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def errors() -> Errors:
    """Messages of the schema about a TOML text."""
    schema = experiment_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda text: [error.message for error in validator.iter_errors(tomllib.loads(text))]


@pytest.fixture(scope="module")
def keys() -> list[Key]:
    return all_keys()


def bare_text() -> str:
    return resources.files("scripts").joinpath("bare.toml").read_text(encoding="utf-8")


def test_what_is_valid_passes(errors: Errors, texts: Any) -> None:
    assert len(preset_names()) >= 1
    for text in (*map(preset_text, preset_names()), texts.small, texts.cevns, bare_text()):
        assert errors(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mass_kg = 2.0", 'mass_kg = "2 kg"'),
        ("mass_kg = 2.0", "mass_kg = 2"),
        ("threshold_kev = 3.0", 'threshold_kev = "3000 eVee"'),
        ("window_kev = [3.0, 7.0]", 'window_kev = ["3 keV", 7]'),
        ("noise_fwhm_kev = 1.0", 'model = "ccd"\nnoise_electrons = "2 e-"'),
        ("[exposure]", "[detector.quenching]\nk = 0.16\n[exposure]"),
        ("[exposure]", '[detector.quenching_by_element.Ge]\nmodel = "sarkis"\n[exposure]'),
        ("[exposure]", "[physics]\ncharge_sign = -1\n[exposure]"),
        ("[exposure]", '[[background]]\nname="b"\nshape="flat"\nrate_per_kev_kg_day=1\n[exposure]'),
    ],
)
def test_what_both_allow(old: str, new: str, errors: Errors, texts: Any) -> None:
    assert texts.small.count(old) == 1
    text = texts.small.replace(old, new)
    parse_experiment(text)
    assert errors(text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mass_kg = 2.0", "mas_kg = 2.0"),
        ("mass_kg = 2.0", "mass_kg = -2.0"),
        ("mass_kg = 2.0", 'mass_kg = "2 pounds"'),
        ("mass_kg = 2.0", 'mass_kg = "2"'),
        ("mass_kg = 2.0", ""),
        ("threshold_kev = 3.0", 'threshold_kev = "3 keVnr"'),
        ("window_kev = [3.0, 7.0]", "window_kev = [3.0]"),
        ("window_kev = [3.0, 7.0]", 'window_kev = ["3 kg", 7.0]'),
        ('channels = ["electron"]', 'channels = ["muon"]'),
        ("noise_fwhm_kev = 1.0", 'model = "ccd"'),
        ("noise_fwhm_kev = 1.0", 'model = "cdd"\nnoise_electrons = 2'),
        ("[exposure]", '[physics]\ncouplings = "loop"\n[exposure]'),
        ("[exposure]", "[exposures]"),
    ],
)
def test_what_both_refuse(old: str, new: str, errors: Errors, texts: Any) -> None:
    assert texts.small.count(old) == 1
    text = texts.small.replace(old, new)
    with pytest.raises(ConfigurationError):
        parse_experiment(text)
    assert errors(text) != []


def test_every_key_is_explained() -> None:
    """Below each key of each section stands what it means: write it when you add one."""
    seen = 0
    waiting: list[type[Section]] = [Section]
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        texts = meanings(model)
        seen += len(texts)
        for key in model.model_fields:
            assert texts.get(key, "").endswith("."), f"{model.__name__}.{key}"
    assert seen > 120


def test_meanings_are_the_strings_below_the_keys() -> None:
    assert meanings(PhysicsConfig)["form_factor"] == "Nuclear form factor."
    assert "additionalProperties" in experiment_schema()
    properties = experiment_schema()["$defs"]["DetectorConfig"]["properties"]
    description = properties["material"]["description"]
    assert description == "Chemical formula: Ge, CaWO4, CsI(Tl); required."
    assert not any("title" in entry for entry in properties.values())


def test_every_number_with_a_physical_unit_has_a_table_of_units(keys: list[Key]) -> None:
    """A number key whose name has the words of a unit is one of ``sim.syntax.units``."""
    words = {"kev", "mev", "ev", "gw", "m", "kg", "cm3", "day", "days", "s", "electrons"}
    numbers = [key for key in keys if "number" in key.type]
    assert len(numbers) > 60
    for key in numbers:
        name = key.path.rpartition(".")[2]
        has_words = bool(words & set(name.split("_")))
        assert (unit_of(name) is not None) == has_words, key.path
        assert (key.unit != "") == has_words


def test_arrays_of_numbers_take_units_too() -> None:
    entry = {"type": "array", "items": {"type": "number", "minimum": 0}}
    described = config_schema._with_unit(entry, UNITS["_kev"])
    validator = jsonschema.Draft202012Validator(described)
    for good in ([1.0, 2], ["1 keV", 2.0], []):
        assert validator.is_valid(good), good
    for bad in ([-1.0], ["1 kg"], "1 keV", 1.0):
        assert not validator.is_valid(bad), bad
    assert config_keys._type(described, False) == "array of numbers"


# Keys one by one


def one(keys: list[Key], name: str) -> Key:
    (key,) = keys_named(name, keys)
    return key


def test_a_key(keys: list[Key]) -> None:
    key = one(keys, "detector.threshold_kev")
    assert (key.section, key.type, key.unit) == ("detector", "number", "keV")
    assert (key.default, key.allowed) == ("required", ">= 0")
    assert key.units == ("eV", "keV", "MeV", "eVee", "keVee", "MeVee")
    assert key.meaning == "Cut on the reconstructed energy; required."
    assert key.variant == ""


@pytest.mark.parametrize(
    ("name", "type_", "default", "allowed"),
    [
        ("name", "text", "required", ""),
        ("data", "table", "none", ""),
        ("physics", "table", "defaults", ""),
        ("background", "array of tables", "none", ""),
        ("sin2_theta_w", "number", "0.23857", "> 0 and < 1"),
        ("charge_sign", "whole number", "1", "1, -1"),
        ("background.index", "number", "required", ">= -100 and <= 100"),
        ("plateau", "number", "1.0", "> 0 and <= 1"),
        ("axial", "true or false", "false", ""),
        ("analysis.window_kev", "array of 2 numbers", "required", ">= 0 or > 0"),
        ("analysis.regions_kev", "array of arrays of 3 numbers", "none", ""),
        ("exposure.period.start", "date", "none", ""),
        ("exposure.period.live_days", "number or table", "none", ">= 0"),
        ("systematics.quenching", "number or table", "0.0", ">= 0 and <= 0.5"),
        ("channels", "array of texts", '["electron", "nucleus"]', '"electron", "nucleus"'),
        ("background.norm", "text or number", '"free"', '"free" or >= 0'),
        ("analysis.background", "text", '"off-joint"', '"off-joint", "off-fixed"'),
        ("resolution.model", "text", '"ionization"',
         '"ionization", "ccd", "electrons", "none", "phonon", "photo-electrons"'),
        ("irradiation_days", "number", "1000.0", "> 0"),
        ("normalisation", "text", "none", '"power", "flux"'),
    ],
)  # fmt: skip
def test_what_is_said_of_keys(
    name: str, type_: str, default: str, allowed: str, keys: list[Key]
) -> None:
    key = one(keys, name)
    assert (key.type, key.default, key.allowed) == (type_, default, allowed)


def test_names_that_are_understood(keys: list[Key]) -> None:
    by_index = keys_named("background.0.half_life_days", keys)
    assert by_index == keys_named("background.half_life_days", keys) != []
    assert one(keys, "detector.quenching_by_element.Na.factor").path == (
        "detector.quenching_by_element.*.factor"
    )
    assert {key.path for key in keys_named("efficiency", keys)} == {
        "detector.efficiency",
        "systematics.efficiency",
    }
    assert keys_named("nothing", keys) == []
    assert [key.path for key in keys_named("[exposure]", keys)] == ["exposure"]


def test_variants(keys: list[Key]) -> None:
    """A key tells with which choice it is there, unless it always is."""
    assert one(keys, "light_per_electron").variant == 'model = "electrons"'
    assert [key.variant for key in keys_named("resolution.fano_factor", keys)] == [
        'model = "ionization"',
        'model = "ccd"',
        'model = "electrons"',
    ]
    assert one(keys, "background.scaling").variant == ""
    rates = keys_named("background.rate_per_kev_kg_day", keys)
    assert rates[0].variant == 'shape = "exponential" or "power-law"'


def test_every_key_of_the_configuration_is_there(keys: list[Key]) -> None:
    assert [key.path for key in keys_in("", keys)] == list(ExperimentConfig.model_fields)
    assert len(keys) == len(set(keys)) > 100
    for key in keys:
        assert key in keys_named(key.path, keys)


def test_paths_for_set(keys: list[Key]) -> None:
    assert in_first_elements("background.norm", keys) == "background.0.norm"
    assert in_first_elements("published.limits.cl", keys) == "published.limits.0.cl"
    assert in_first_elements("detector.mass_kg", keys) == "detector.mass_kg"
