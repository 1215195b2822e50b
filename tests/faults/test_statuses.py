"""Limits that cannot be had, through the command: a named status, its reason and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nuem = Callable[..., Any]
Change = dict[tuple[str | int, ...], Any]

ALONE: Change = {("data",): ..., ("exposure", "off_days"): 0.0, ("systematics",): {}}
ONE_BIN: Change = {("analysis", "window_kev"): [0.3, 0.4]}
FREE: Change = {("background",): [{"name": "b", "shape": "flat", "rate_per_kev_kg_day": 9.0}]}
KNOWN: Change = {
    ("background",): [{"name": "b", "shape": "flat", "rate_per_kev_kg_day": 90.0, "norm": 0.0}]
}

CASES: dict[str, tuple[str, str, str, Change]] = {
    "one bin and a free background": (
        *("unidentifiable", "mu_nu", "qtilde"),
        {**ALONE, **ONE_BIN, **FREE},
    ),
    "one bin, a free background, a charge": (
        *("unidentifiable", "q_nu", "delta-chi2"),
        {**ALONE, **ONE_BIN, **FREE},
    ),
    "no flux": (
        *("no-sensitivity", "mu_nu", "qtilde"),
        {
            ("reactor", "thermal_power_gw"): ...,
            ("reactor", "baseline_m"): ...,
            ("reactor", "normalisation"): ...,
            ("reactor", "spent_fuel"): ...,
            ("reactor", "flux_cm2_s"): ...,
            ("reactor", "core"): [{"thermal_power_gw": 0.0, "baseline_m": 15.0}],
        },
    ),
    "an Earth of germanium": (
        *("fit-failed", "mu_nu", "qtilde"),
        {("detector", "mass_kg"): 1e20},
    ),
    "a deficit that excludes every moment": (
        *("empty", "mu_nu", "clsb"),
        {**KNOWN, ("exposure", "off_days"): 0.0, ("data", "off"): ..., ("systematics",): {}},
    ),
    "no coherent scattering": (
        *("no-sensitivity", "cevns", "delta-chi2"),
        {**ALONE, ("analysis", "channels"): ["electron"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_limit(
    name: str, nuem: Nuem, tmp_path: Path, inputs: Any, tally: Callable[..., None]
) -> None:
    status, parameter, method, changes = CASES[name]
    tree = inputs.EXPERIMENT
    for path, value in changes.items():
        tree = inputs.changed(path, value, tree)
    for table, text in inputs.TABLES.items():
        (tmp_path / table).write_text(text, encoding="utf-8")
    path = tmp_path / "a.toml"
    path.write_text(inputs.toml(tree), encoding="utf-8")
    words = ("limit", path, "--parameter", parameter, "--method", method)
    outcome = nuem(*words, "--json")
    assert (outcome.code, outcome.err) == (0 if status == "empty" else 4, ""), outcome
    found = json.loads(outcome.out)
    assert found["status"] == status
    assert found["reason"]
    assert [found[key] for key in ("best_fit", "lower", "upper")] == [None] * 3
    assert found["intervals"] == []
    line = nuem(*words).err
    assert f"{status}: {found['reason']}" in line
    tally("limits that cannot be had", injected=1)
