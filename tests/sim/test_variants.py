"""Sections that are one of several classes: each kind has a folder, each class a file."""

from __future__ import annotations

from types import ModuleType
from typing import get_args

import pytest

from sim.config import backgrounds, efficiency, quenching, resolution
from sim.config.backgrounds.component import BackgroundComponent
from sim.config.efficiency.section import EfficiencySection
from sim.config.quenching.section import QuenchingSection
from sim.config.resolution.section import ResolutionSection
from sim.config.schema import experiment_schema, meanings
from sim.syntax.variants import Variant, variants_in

KINDS = [
    (quenching, QuenchingSection, "model", 8),
    (resolution, ResolutionSection, "model", 5),
    (efficiency, EfficiencySection, "model", 2),
    (backgrounds, BackgroundComponent, "shape", 6),
]


def tag(kind: type[Variant], key: str) -> str:
    (found,) = get_args(kind.model_fields[key].annotation)
    return str(found)


@pytest.mark.parametrize(("folder", "section", "key", "fewest"), KINDS)
def test_a_file_holds_the_class_that_its_name_says(
    folder: ModuleType, section: type[Variant], key: str, fewest: int
) -> None:
    found = variants_in(folder, section)
    assert len(found) >= fewest
    for kind in found:
        file = kind.__module__.rpartition(".")[2]
        assert tag(kind, key) == file.replace("_", "-")


@pytest.mark.parametrize(("folder", "section", "key", "fewest"), KINDS)
def test_every_class_is_a_choice_with_a_meaning(
    folder: ModuleType, section: type[Variant], key: str, fewest: int
) -> None:
    known = experiment_schema()["$defs"]
    for kind in variants_in(folder, section):
        assert known[kind.__name__]["properties"][key]["const"] == tag(kind, key)
        assert set(meanings(kind)) == set(kind.model_fields)


def test_what_a_choice_is_when_its_key_is_left_out_comes_first() -> None:
    keys = experiment_schema()["$defs"]["DetectorConfig"]["properties"]
    first = {name: keys[name]["oneOf"][0]["$ref"].rpartition("/")[2] for name in names()}
    assert first == {
        "quenching": "LindhardQuenching",
        "resolution": "IonizationResolution",
        "efficiency": "ErfEfficiency",
    }


def names() -> list[str]:
    return ["quenching", "resolution", "efficiency"]
