"""--json of every command: one object, with the unit of each number in its name or beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from scripts.cli import COMMANDS, cli

Run = Callable[..., Any]
COARSE = ("--set", "analysis.bin_width_kev=5.8")
PRESET = "gemma-2012"
STUDY = ("-o", "{new}/study", "--workers", "1", "--quiet", *COARSE)

EXAMPLES: dict[str, tuple[str, ...]] = {
    "experiments": (),
    "init": (PRESET,),
    "init -o": (PRESET, "-o", "{new}/a.toml"),
    "validate": (PRESET,),
    "explain": ("threshold_kev",),
    "schema": ("-o", "{new}/a.json"),
    "cross-section": ("electron", "--energy-mev", "3", "--recoil-kev", "1"),
    "kinematics": ("electron", "--energy-mev", "3"),
    "crossing": ("electron",),
    "moment": ("--magnetic", "12=1e-11"),
    "site": (),
    "site NAME": ("leibstadt",),
    "site LAT LON": ("47.6", "8.2"),
    "flux": (PRESET, "--energy-mev", "3"),
    "quenching": ("Ge", "--at-kev", "0.5", "-o", "{new}/a.png"),
    "quenching --list": ("Si", "--list"),
    "orbitals": ("He", "-o", "{new}/He.csv"),
    "rate": (PRESET, "--channel", "electron", "--recoil-kev", "3"),
    "spectra": (PRESET, *COARSE),
    "spectrum": (PRESET, "-o", "{new}/a.h5", "--toys", "2", "--seed", "1", "--csv", *COARSE),
    "fit": ("{stored}", "--free", "mu_nu", "--free", "q_nu", "--gof", "10"),
    "fit --by": (f"near={PRESET}", f"far={PRESET}", "--by", "detector", *COARSE),
    "fit cevns": ("{stored}", "--free", "cevns"),
    "limit": ("{stored}", "--parameter", "q_nu", "--expected"),
    "limit --all-models": ("{stored}", "--parameter", "q_nu", "--all-models"),
    "limit --all-quenching": ("conus-plus-2025", "--parameter", "cevns", "--all-quenching"),
    "contour": ("{stored}", "--parameters", "mu_nu,q_nu", "--points", "5", "-o", "{new}/a.png"),
    "impacts": ("{stored}",),
    "significance": ("{stored}", "--signal", "cevns"),
    "significance mu_nu": ("{stored}", "--signal", "mu_nu"),
    "toys": (PRESET, "-n", "20", "--seed", "1", *STUDY),
    "scan": (PRESET, "--vary", "exposure.on_days=100:200:2", *STUDY),
    "coverage": (PRESET, "-n", "20", "--sigmas", "0", "--methods", "qtilde", *STUDY),
    "study": ("{study}", "-o", "{new}/a.png"),
    "merge": ("{study}", "-o", "{new}/a.h5"),
    "report": ("{stored}", "-o", "{new}/a.html"),
    "explore": (PRESET, "-o", "{new}/a.html", *COARSE),
    "export": ("{stored}", "--format", "csv", "-o", "{new}/a.csv"),
    "reproduce": (PRESET, "-o", "{new}", *COARSE),
    "reproduce conus": ("conus-2022", *COARSE, "--set", "analysis.bin_width_kev=0.5"),
    "prospects": ("--background-factors", "1", "-o", "{new}/a.png"),
    "import": ("hs3", "{workspace}", "-o", "{new}/a.toml"),
    "cite": (PRESET,),
    "doctor": (),
    "completion": ("bash",),
    "plot cross-section": ("-o", "{new}/a.png",),
    "plot ionization": ("He", "-o", "{new}/a.png"),
    "plot flux": (PRESET, "-o", "{new}/a.png"),
    "plot rate": (PRESET, "-o", "{new}/a.png"),
    "plot response": (PRESET, "-o", "{new}/a.png", *COARSE),
    "plot spectrum": ("{stored}", "-o", "{new}/a.png"),
    "plot time": ("{stored}", "-o", "{new}/a.png"),
    "plot profile": ("{stored}", "-o", "{new}/a.png"),
    "plot expected": ("{stored}", "-o", "{new}/a.png"),
    "plot impacts": ("{stored}", "-o", "{new}/a.png"),
    "plot exclusion": ("{curve}", "-o", "{new}/a.png"),
}  # fmt: skip

PURE = {
    "background_factor", "chi2", "cl", "common_relative_error", "counts", "coverage",
    "coverage_error",
    "difference_to_shipped", "dof", "electrons", "expected_toys", "failed", "failed_fraction",
    "flux_fraction",
    "goodness_of_fit", "independent_points", "levels", "minus_two_log_likelihood", "n_bins",
    "n_degrees", "n_done", "n_energies", "n_free", "n_points", "n_refitted", "n_toys",
    "neutrinos_per_fission", "nucleus_counts", "p_value", "predicted",
    "probability", "published_cl", "pull", "pull_mean", "pull_std", "q0", "quantile",
    "quenching_factor", "quenching_factor_error", "ratio", "refit_difference",
    "relative_errors", "rise",
    "scale_factor", "seed", "statuses", "total_counts", "toys", "width", "z",
}  # fmt: skip
"""Numbers without a unit, or whose name is what they count."""

UNIT_ENDS = (
    "_cm2", "_cm2_per_kev", "_cm2_s", "_cm2_s_mev", "_deg", "_kev", "_kg_day", "_m", "_mev",
    "_per_kg_day_kev",
)  # fmt: skip


def leaf_commands(
    group: click.Group = cli, prefix: str = ""
) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaf_commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def test_every_command_takes_it_and_has_an_example() -> None:
    commands = dict(leaf_commands())
    assert {name.partition(" ")[0] for name in commands} == set(COMMANDS)
    for name, command in commands.items():
        assert any("--json" in option.opts for option in command.params), name
        assert name in EXAMPLES


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scripts.cli import run

    folder = tmp_path_factory.mktemp("json") / "study"
    words = ["toys", PRESET, "-n", "8", "--seed", "1", "--workers", "1", "--quiet", *COARSE]
    assert run([*words, "-o", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan of a mediator's coupling against its mass."""
    from scripts.cli import run

    folder = tmp_path_factory.mktemp("json") / "curve"
    mediator = 'interaction=[{model="vector-mediator", mass_mev=1.0}]'
    words = ["scan", PRESET, "--set", "analysis.bin_width_kev=5.8", "--set", mediator]
    words += ["--vary", "interaction.vector-mediator.mass_mev=0.1,1", "--parameter", "g_zp"]
    assert run([*words, "--workers", "1", "--quiet", "-o", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scripts.cli import run

    path = tmp_path_factory.mktemp("json") / "hs3.json"
    assert run(["export", PRESET, *COARSE, "--format", "hs3", "-o", str(path)]) == 0
    return path


@pytest.mark.parametrize("name", EXAMPLES)
def test_one_object_and_its_units(
    name: str,
    nuem: Run,
    stored: Path,
    study: Path,
    curve: Path,
    workspace: Path,
    tmp_path: Path,
) -> None:
    places = {"stored": stored, "study": study, "curve": curve, "new": tmp_path}
    places["workspace"] = workspace
    options = [word.format(**places) for word in EXAMPLES[name]]
    commands = dict(leaf_commands())
    words = max((c for c in commands if f"{name} ".startswith(f"{c} ")), key=len).split()
    content = nuem(*words, *options, "--json").json()
    assert unitless(content, {}) == []
    written = [Path(path) for path in content.get("written", [])]
    assert all(path.is_file() for path in written)
    if "-o" in options and name != "toys":
        assert written


def unitless(value: Any, around: Mapping[str, Any], name: str = "") -> list[str]:
    """Names of the numbers in JSON whose unit is not known; around has the units known here."""
    match value:
        case dict():
            inner = {**around, **units_in(value)}
            if name in PURE:
                return []
            if name in around:
                inner["*"] = around[name]
            return [found for key, part in value.items() for found in unitless(part, inner, key)]
        case list():
            return sorted({found for part in value for found in unitless(part, around, name)})
        case bool() | str() | None:
            return []
    known = name in PURE or name.endswith(UNIT_ENDS) or name in around or "*" in around
    return [] if known else [name]


def units_in(content: Mapping[str, Any]) -> dict[str, Any]:
    """What an object says of units: one for all of its numbers, by name, or of its two axes."""
    units = content.get("units", {})
    if isinstance(units, list):
        units = dict(zip(("x", "y"), units, strict=True)) if "x" in content else {}
    assert all(isinstance(unit, str) for unit in units.values())
    return {**units, **({"*": content["unit"]} if content.get("unit") else {})}


@pytest.mark.parametrize(
    "content",
    [
        {"best": 1.0},
        {"a": {"unit": "keV", "value": 1.0}, "value": 2.0},
        {"rows": [{"value": [1.0]}]},
        {"units": {"x": "keV"}, "y": 1},
    ],
)
def test_a_number_without_a_unit_is_found(content: dict[str, Any]) -> None:
    assert unitless(content, {})
