"""--interaction and --value of nuem cross-section, rate and plot; [[interaction]] in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
VECTOR = '{ model = "vector-mediator", mass_mev = 1.0, charges = "universal" }'
POINT = ("--form-factor", "unity", "--energy-mev", 6, "--recoil-kev", 0.5)


def test_a_cross_section_with_a_mediator(nuem: Run) -> None:
    """Check point Z1 of the interactions page."""
    found = nuem(
        "cross-section", "nucleus", *POINT, "--interaction", VECTOR, "--value", "g_zp=5e-6",
        "--json",
    ).json()  # fmt: skip
    (value,) = found["cross_section_cm2_per_kev"]
    assert value == pytest.approx(1.446223e-40, rel=1e-5, abs=0)
    assert (found["g_zp"], found["units"]["g_zp"]) == (5e-6, "1")
    assert found["interactions"][0]["mass_mev"] == 1.0


def test_values_of_parameters_that_are_always_there(nuem: Run) -> None:
    by_value, by_option = (
        nuem("cross-section", "electron", "--energy-mev", 3, "--recoil-kev", 10, *words).text()
        for words in (("--value", "mu_nu=1e-11"), ("--mu-nu", 1e-11))
    )
    assert by_value == by_option
    angle = nuem(
        "cross-section", "electron", "--energy-mev", 3, "--recoil-kev", 10,
        "--value", "sin2_theta_w=0.24857", "--json",
    ).json()  # fmt: skip
    assert angle["cross_section_cm2_per_kev"][0] == pytest.approx(1.017991e-47, rel=1e-5, abs=0)


def test_the_running_radius(nuem: Run) -> None:
    found = nuem("cross-section", "nucleus", *POINT, "--running-charge-radius", "--json").json()
    assert found["cross_section_cm2_per_kev"][0] == pytest.approx(2.512616e-40, rel=1e-5, abs=0)


def test_a_rate_adds_to_the_sections_of_the_file(nuem: Run) -> None:
    nsi = ("--set", 'interaction=[{model="nsi"}]')
    words = ("rate", "conus-plus-2025", "--channel", "nucleus", "--recoil-kev", 0.5, "--json")
    standard = nuem(*words).json()["rate_per_kg_day_kev"][0]
    file = nuem(*words, *nsi, "--value", "eps_u=0.1").json()["rate_per_kg_day_kev"][0]
    both = nuem(
        *words, *nsi, "--interaction", VECTOR, "--value", "eps_u=0.1", "--value", "g_zp=1e-7"
    ).json()["rate_per_kg_day_kev"][0]  # fmt: skip
    assert both < file < standard
    assert both == pytest.approx(file, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--value", "g_zp=1e-6"], "parameter 'g_zp': allowed are mu_nu, q_nu"),
        (["--value", "g_zp"], "NAME=VALUE expected"),
        (["--value", "eps_u=inf"], "'inf' is not a finite number"),
        (["--mu-nu", "1e-11", "--value", "mu_nu=1e-11"], "'mu_nu' is given twice"),
        (["--interaction", "vector-mediator"], "a TOML table expected"),
        (["--interaction", '{ model = "zprime" }'], "interaction.0: unknown variant 'zprime'"),
        (
            ["--interaction", '{ model = "vector-mediator" }'],
            "interaction.0.mass_mev: this key is required",
        ),
        (
            ["--interaction", '{ model = "nsi", mas = 1 }'],
            "interaction.0.mas: unknown key",
        ),
        (["--interaction", VECTOR] * 2, "sections of 'vector-mediator' need names of their own"),
        (
            ["--interaction", VECTOR.replace("1.0", '"1 km"')],
            "interaction.0.mass_mev: unknown unit 'km'",
        ),
    ],
)
def test_what_is_refused(nuem: Run, words: list[str], message: str) -> None:
    assert message in nuem("cross-section", "nucleus", *POINT, *words).error(2)


def test_a_file_with_a_wrong_section_names_its_line(nuem: Run, tmp_path: Path) -> None:
    text = nuem("init", "gemma-2012").text()
    path = tmp_path / "zprime.toml"
    path.write_text(f'{text}\n[[interaction]]\nmodel = "vector-mediator"\nmass_mv = 1.0\n')
    done = nuem("validate", str(path))
    line = len(path.read_text().splitlines())
    assert done.code == 3
    assert f"{path}, line {line}: interaction.0.mass_mv: unknown key" in done.err
    assert "nearest valid name: mass_mev" in done.err


def test_figures_show_every_value(nuem: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "a.svg"
    done = nuem(
        "plot", "cross-section", "--interaction", VECTOR, "--value", "g_zp=1e-6",
        "--value", "sin2_theta_w=0.24", "-o", out,
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert out.stat().st_size > 1e4
    unknown = nuem("plot", "rate", "gemma-2012", "--value", "g_zp=1", "-o", tmp_path / "b.svg")
    assert "parameter 'g_zp': allowed are" in unknown.error(2)


def test_an_interaction_is_cited(nuem: Run) -> None:
    table = 'interaction=[{model="scalar-mediator", mass_mev=1.0}]'
    assert "Cerdeno2016" in nuem("cite", "gemma-2012", "--set", table).text()
    assert "Cerdeno2016" not in nuem("cite", "gemma-2012").text()
    running = nuem("cite", "gemma-2012", "--set", "physics.running_charge_radius=true").text()
    assert "AtzoriCorona2024Radius" in running


def test_fits_and_limits_name_degeneracies(nuem: Run) -> None:
    nsi = ("conus-plus-2025", "--set", 'interaction=[{model="nsi"}]')
    fitted = nuem("fit", *nsi, "--free", "eps_u", "--free", "eps_d").text()
    assert fitted.count("note: on one target only (2 Z + N) eps_u + (Z + 2 N) eps_d") == 1
    angle = nuem("limit", "conus-plus-2025", "--parameter", "sin2_theta_w").text()
    assert "note: the same as a change of r2_nu" in angle
    content = nuem("limit", *nsi, "--parameter", "eps_d", "--json").json()
    assert "second solution" in content["remark"]
    assert content["disjoint"]
