"""nuem kinematics, crossing and moment; the mass basis beside a limit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
M_E = 0.51099895  # MeV
GE74 = 73.92117776 * 931.49410372 - 32 * M_E  # nucleus, AME


def test_kinematics_of_electrons(nuem: Run) -> None:
    """T_max and E_min invert each other; the angle by energy and momentum conservation."""
    found = nuem(
        "kinematics", "electron", "--energy-mev", 3, "--recoil-kev", 10, "--recoil-kev", 2764,
        "--recoil-kev", 5000, "--json",
    ).json()  # fmt: skip
    assert found["max_recoil_kev"] == pytest.approx([2e3 * 9 / (M_E + 6)] * 3, rel=1e-9)
    assert found["recoil_angle_deg"][2] is None
    assert found["min_energy_mev"][2] > 3
    energy, recoil = 3.0, 0.01
    momentum = math.sqrt(recoil * (recoil + 2 * M_E))
    outgoing = energy - recoil
    cosine = (energy**2 + momentum**2 - outgoing**2) / (2 * energy * momentum)
    assert found["recoil_angle_deg"][0] == pytest.approx(math.degrees(math.acos(cosine)), rel=1e-9)
    assert found["recoil_angle_deg"][1] < 2


def test_kinematics_of_one_quantity(nuem: Run) -> None:
    table = nuem("kinematics", "nucleus", "--energy-mev", 6).out
    assert table.split() == ["energy_mev", "max_recoil_kev", "6", "1.046"]
    found = nuem("kinematics", "nucleus", "--recoil-kev", 1.0456, "--json").json()
    assert found["min_energy_mev"][0] == pytest.approx(6, rel=1e-3)
    assert found["mass_mev"] == pytest.approx(GE74, rel=1e-6)
    assert found["energy_mev"] == [None]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["electron"], "--energy-mev, --recoil-kev or both must be given"),
        (["electron", "--energy-mev", 0], "energy_mev must be a positive number"),
        (["nucleus", "--isotope", "Ge-71", "--energy-mev", 1], "Ge-71"),
    ],
)
def test_kinematics_refuses(nuem: Run, words: list[object], message: str) -> None:
    assert message in nuem("kinematics", *words).error(2)


def test_crossings(nuem: Run) -> None:
    """Section 1.8 of the physics page: 0.058 eV on germanium, 2.895 keV / (g_V^2 + g_A^2)."""
    nucleus = nuem("crossing", "nucleus", "--couplings", "tree", "--json").json()
    assert nucleus["crossing_kev"][0] == pytest.approx(5.4e-5, rel=0.02)
    electron = nuem(
        "crossing", "electron", "--mu-nu", 1e-11, "--mu-nu", 3e-11, "--json"
    ).json()  # fmt: skip
    one, three = electron["crossing_kev"]
    assert one == pytest.approx(2.8953 / (0.9521**2 + 0.4938**2), rel=1e-3)
    assert three == pytest.approx(9 * one, rel=1e-12)
    assert "--mu-nu must be >= 0" in nuem("crossing", "electron", "--mu-nu=-1").error(2)


def test_moment(nuem: Run) -> None:
    found = nuem(
        "moment", "--magnetic", "12=1e-11", "--electric", "13=2e-12", "--energy-mev", "2:4:3",
        "--baseline-m", 15, "--json",
    ).json()  # fmt: skip
    assert found["magnetic"] == {"12": 1e-11}
    assert len(found["effective_mu_nu"]) == 3
    assert 9.5e-12 < found["effective_mu_nu"][0] < 1.02e-11
    dirac = nuem("moment", "--kind", "dirac", "--magnetic", "12=1e-11+2e-12j", "--json").json()
    assert dirac["magnetic"] == {"12": [1e-11, 2e-12]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--magnetic or --electric is needed"),
        (["--magnetic", "11=1e-11"], "moment '11' of a majorana neutrino"),
        (["--magnetic", "12=inf"], "ELEMENT=NUMBER expected"),
        (["--magnetic", "12"], "ELEMENT=NUMBER expected"),
        (["--magnetic", "12=1", "--energy-mev", 0], "energy_mev must be > 0"),
    ],
)
def test_moment_refuses(nuem: Run, words: list[object], message: str) -> None:
    assert message in nuem("moment", *words).error(2)


def test_a_limit_is_read_in_the_mass_basis(nuem: Run) -> None:
    words = (
        "limit", "gemma-2012", "--set", "analysis.bin_width_kev=0.9",
        "--set", "physics.moments={magnetic={12=1e-11}}",
    )  # fmt: skip
    content = nuem(*words, "--json").json()
    basis = content["mass_basis"]
    assert basis["scale"] * basis["effective_mu_b"] == pytest.approx(content["upper"], rel=1e-9)
    assert basis["magnetic"]["12"] == pytest.approx(basis["scale"] * 1e-11, rel=1e-9)
    assert "mass basis: magnetic 12 alone below" in nuem(*words).out
