"""nuem prospects: table, JSON, figure, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from matplotlib import image

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=0.5", "--set", "systematics.quenching=0")


def test_prospects(nuem: Run, tmp_path: Path) -> None:
    figure = tmp_path / "prospects.png"
    words = ("prospects", *COARSE, "--background-factors", "1,10")
    content = nuem(*words, "-o", figure, "--json").json()
    assert content["experiment"] == "germanium-prospect"
    assert [curve["background_factor"] for curve in content["by_time"]] == [1, 10]
    assert content["by_threshold"][0]["key"] == "detector.threshold_kev"
    assert len(content["by_threshold"][0]["limits"]) == 8
    assert image.imread(figure).shape[1] > image.imread(figure).shape[0]
    nuem(*words, "-o", figure).error(5)
    text = nuem(*words).text()
    assert "background x 10" in text
    assert "limits in mu_B" in text


def test_of_another_experiment_and_parameter(nuem: Run) -> None:
    words = ("prospects", "ricochet", "--parameter", "cevns", "--background-factors", "1")
    content = nuem(*words, "--json").json()
    limits = content["by_threshold"][0]["limits"]
    assert content["unit"] == "Standard Model"
    assert all(limit is None or limit > 1 for limit in limits)
    nuem("prospects", *COARSE, "--background-factors", "1,x").error(2)


def test_factors_of_no_background_are_a_usage_error(nuem: Run) -> None:
    message = "--background-factors must be above 0: found 0"
    assert message in nuem("prospects", "--background-factors", "0,1").error(2)
