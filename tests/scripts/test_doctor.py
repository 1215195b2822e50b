"""nuem doctor: what is installed, and a self-test that notices a wrong number."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

import numpy as np
import pytest

from scripts import doctor, self_test
from sim.experiment import parse_experiment
from sim.model_assembly import build_model

Run = Callable[..., Any]


def test_all_is_well(nuem: Run) -> None:
    outcome = nuem("doctor")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == "all is well"
    assert outcome.out.count(" ok\n") == 7


def test_a_wrong_number_is_noticed(nuem: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(self_test.LIMITS, "mu_nu", 1.0001 * self_test.LIMITS["mu_nu"])
    monkeypatch.setattr(self_test, "FIRST_TOY", self_test.FIRST_TOY + 1)
    outcome = nuem("doctor", "--json")
    assert outcome.code == 6
    failed = [check["name"] for check in outcome.parsed()["checks"] if not check["passed"]]
    assert failed == ["counts of a toy", "limit on mu_nu"]


def test_versions_and_parts(nuem: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor._version
    monkeypatch.setattr(doctor, "_version", lambda name: None if name == "Jinja2" else real(name))
    content = nuem("doctor", "--quick", "--json").json()
    assert content["checks"] == []
    assert content["versions"]["numpy"] == np.__version__
    parts = {part["extra"]: part for part in content["optional"]}
    assert parts["report"]["missing"] == ["Jinja2"]
    assert parts["plots"]["missing"] == []
    assert not {"dev", "docs"} & parts.keys()
    assert "Jinja2: pip install 'nuem[report]'" in nuem("doctor", "--quick").out


def test_the_background_of_the_self_test_is_known_by_hand() -> None:
    """10 per keV, kg and day, in 2 keV of 1 kg, for 300 days; OFF a third of it."""
    text = resources.files("scripts").joinpath("self_test.toml").read_text(encoding="utf-8")
    on, off = build_model(parse_experiment(text)).expected(by="sample").values()
    assert on["norm:flat"].sum() == pytest.approx(6000, rel=1e-12)
    assert off["norm:flat"].sum() == pytest.approx(2000, rel=1e-12)
