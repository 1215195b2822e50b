"""The pages of the experiments: made from the presets, and true."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.reproduction_page import assumptions_table
from sim.experiment import load_experiment, preset_names

Run = Callable[..., Any]
FOLDER = Path(__file__).parents[2] / "docs" / "experiments"
NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:e[-+]?\d+)?")


def agree(one: str, other: str) -> bool:
    """The same text, with numbers that differ by less than half a per cent."""
    assert NUMBER.sub("#", one) == NUMBER.sub("#", other)
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(float(a) == pytest.approx(float(b), rel=5e-3, abs=1e-12) for a, b in pairs)


def test_assumptions_table() -> None:
    source = (
        'name = "x"\n[reactor]\nbaseline_m = 3.0  # [seen] a paper | page 2\n'
        "fractions = { u235 = 1.0 }\n# comment = 1\n"
        '[[background]]\nname = "flat"\nrate = 2 # [assumed]\n'
        "[[background.satellite]]\nratio = 0.1 # [remembered] M\n"
        "[published]\nyear = 2000\n"
    )
    assert assumptions_table(source).splitlines()[2:] == [
        "| `reactor.baseline_m` | `3.0` | [seen] a paper \\| page 2 |",
        "| `reactor.fractions` | `{ u235 = 1.0 }` |  |",
        "| `background.flat.rate` | `2` | [assumed] |",
        "| `background.satellite.ratio` | `0.1` | [remembered] M |",
    ]


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_has_a_page_that_shows_what_it_assumes(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    experiment = load_experiment(name)
    assert assumptions_table(experiment.source) in text
    assert experiment.config.published.discussion in text
    assert (FOLDER / f"{name}.png").exists()
    assert name in (FOLDER / "index.md").read_text("utf-8")
    if experiment.config.published.limits or experiment.config.published.counts:
        assert len(experiment.config.published.discussion) > 80


def test_pages_are_those_that_the_command_writes(
    nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them, numbers within half a per cent."""
    names = ["conus-2022", "rovno"]
    for module in ("sim.experiment", "analysis.published.values"):
        monkeypatch.setattr(f"{module}.preset_names", lambda: names)
    nuem("reproduce", "all", "--workers", 1, "--quiet", "--pages", tmp_path).text()
    for name in names:
        written = (tmp_path / f"{name}.md").read_text("utf-8")
        assert agree(written, (FOLDER / f"{name}.md").read_text("utf-8"))
        assert (tmp_path / f"{name}.png").exists()
    models = (tmp_path / "ionization.md").read_text("utf-8")
    rows = [
        line for line in models.splitlines() if line.startswith(tuple(f"| {n} " for n in names))
    ]
    shown = (FOLDER / "ionization.md").read_text("utf-8").splitlines()
    assert len(rows) == 8
    expected = [line for line in shown if line.startswith(tuple(f"| {n} " for n in names))]
    assert all(agree(*pair) for pair in zip(rows, expected, strict=True))
    assert (tmp_path / "ionization.png").exists()
    nuem("reproduce", "all", "--pages", tmp_path).error(5)
    nuem("reproduce", "rovno", "--pages", tmp_path).error(5)
    assert "wrote" in nuem("reproduce", "rovno", "--pages", tmp_path / "one").text()
    assert agree((tmp_path / "one" / "rovno.md").read_text("utf-8"), written)
