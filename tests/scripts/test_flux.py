"""nuem flux and nuem rate: the numbers of the physics page through the command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]

STANDARD = [
    "--set", "reactor.spectrum=huber-mueller",
    "--set", "reactor.neutron_captures_per_fission=0",
]  # fmt: skip
CONUS_PLUS = [
    *STANDARD,
    "--set",
    "reactor.thermal_power_gw=3.6",
    "--set",
    "reactor.baseline_m=20.7",
]


def test_flux_of_the_preset(nuem: Run) -> None:
    """The published 2.7e13 is the cross-check of power and baseline."""
    content = nuem("flux", "gemma-2012", "--json").json()
    assert content["total_cm2_s"] == pytest.approx(2.70e13, rel=5e-3, abs=0)
    assert content["cross_check_cm2_s"] == 2.7e13
    assert content["normalisation"] == "power"
    assert content["neutrinos_per_fission"] == pytest.approx(7.19, abs=5e-3)
    assert 5.8e-43 < content["ibd_yield_cm2"] < 6.1e-43
    assert content["energy_mev"] == []
    assert content["density_cm2_s_mev"] == []


def test_check_points_of_the_flux(nuem: Run) -> None:
    """18, 20 and 22: yields, antineutrinos per fission, flux at 13.9 m, density at 3 MeV.

    The yields of the page are those of the polynomials from the threshold on, ours have the
    table below 2 MeV: 0.03 % less.
    """
    content = nuem("flux", "gemma-2012", *STANDARD, "--energy-mev", "3", "--json").json()
    assert content["total_cm2_s"] == pytest.approx(2.103559e13, rel=1e-5, abs=0)
    assert content["neutrinos_per_fission"] == pytest.approx(5.614447, rel=1e-5, abs=0)
    assert content["density_cm2_s_mev"] == pytest.approx([2.340944e12], rel=1e-5, abs=0)
    shares = {0.58: 6.640524, 0.07: 10.09442, 0.30: 4.347107, 0.05: 6.006244}
    yields = 1e-43 * sum(f * y for f, y in shares.items())
    assert content["ibd_yield_cm2"] == pytest.approx(yields, rel=5e-4, abs=0)


def test_arrays_beside_their_inputs(nuem: Run) -> None:
    words = ["--energy-mev", "0", "--energy-mev=3:4:2", "--energy-mev", "30"]
    content = nuem("flux", "gemma-2012", *words, "--json").json()
    assert content["energy_mev"] == [0, 3, 4, 30]
    density = content["density_cm2_s_mev"]
    assert len(density) == 4
    assert density[1] > density[2] > 0
    assert density[3] == 0


def test_stated_flux(nuem: Run) -> None:
    """Normalised to the published flux, power and baseline become the cross-check."""
    words = ["--set", "reactor.normalisation=flux", "--set", "reactor.flux_cm2_s=2.7e13"]
    content = nuem("flux", "gemma-2012", *words, "--json").json()
    assert content["normalisation"] == "flux"
    assert content["total_cm2_s"] == pytest.approx(2.7e13, rel=1e-12, abs=0)
    assert content["cross_check_cm2_s"] == pytest.approx(2.694e13, rel=1e-3, abs=0)


def test_both_normalisations_are_an_error(nuem: Run) -> None:
    line = nuem("flux", "gemma-2012", "--set", "reactor.flux_cm2_s=2.7e13").error(3)
    assert "normalisation" in line


def test_flux_falls_with_distance(nuem: Run) -> None:
    near = nuem("flux", "gemma-2012", "--json").json()["total_cm2_s"]
    far = nuem("flux", "gemma-2012", "--set", "reactor.baseline_m=27.8", "--json").json()
    assert far["total_cm2_s"] == pytest.approx(near / 4, rel=1e-12, abs=0)


def test_flux_for_people(nuem: Run) -> None:
    text = nuem("flux", "gemma-2012", "--energy-mev", "3").text()
    for word in ("total_cm2_s", "cross_check_cm2_s", "2.694e+13", "2.7e+13", "density_cm2_s_mev"):
        assert word in text


def test_negative_energy(nuem: Run) -> None:
    assert "--energy-mev" in nuem("flux", "gemma-2012", "--energy-mev", "-1").error(2)


def test_rates_of_electrons(nuem: Run) -> None:
    """Check points 23 and 24: the Standard Model and mu = 2.9e-11 at 3, 10, 30 keV."""
    words = ["rate", "gemma-2012", "--channel", "electron", *STANDARD, "--json"]
    recoils = ["--recoil-kev", "3", "--recoil-kev", "10:30:2"]
    content = nuem(*words, *recoils).json()
    assert content["recoil_kev"] == [3, 10, 30]
    standard = content["rate_per_kg_day_kev"]
    assert standard == pytest.approx([4.422262e-3, 4.313094e-3, 4.323627e-3], rel=1e-5, abs=0)
    more = nuem(*words, *recoils, "--mu-nu", "2.9e-11").json()["rate_per_kg_day_kev"]
    added = [a - b for a, b in zip(more, standard, strict=True)]
    assert added == pytest.approx([3.141966e-2, 9.297964e-3, 3.196015e-3], rel=1e-5, abs=0)


def test_rates_of_nuclei(nuem: Run) -> None:
    """Check point 26: CONUS+ at 0.2, 0.5 and 1 keV of nuclear recoil."""
    content = nuem(
        "rate", "gemma-2012", "--channel", "nucleus", *CONUS_PLUS,
        "--recoil-kev", "0.2", "--recoil-kev", "0.5", "--recoil-kev", "1", "--json",
    ).json()  # fmt: skip
    assert content["rate_per_kg_day_kev"] == pytest.approx(
        [252.4484, 39.78389, 3.402151], rel=1e-5, abs=0
    )
    assert content["channel"] == "nucleus"


def test_signs_of_charge_and_radius(nuem: Run) -> None:
    """+q lowers and +r2 raises the rate near the Standard Model, on both targets."""
    for channel, recoil, charge in (("electron", "10", "1e-13"), ("nucleus", "0.5", "1e-10")):
        words = ["rate", "gemma-2012", "--channel", channel, "--recoil-kev", recoil, "--json"]

        def rate(*more: str, words: list[str] = words) -> float:
            return float(nuem(*words, *more).json()["rate_per_kg_day_kev"][0])

        standard = rate()
        assert rate("--q-nu", charge) < standard < rate("--q-nu", f"-{charge}")
        assert rate("--r2-nu", "-1.8e-32") < standard < rate("--r2-nu", "2e-33")
        assert rate("--r2-nu", "-8.275112172688196e-33") == pytest.approx(standard, rel=1e-9, abs=0)
        flipped = rate("--q-nu", charge, "--set", "physics.charge_sign=-1")
        assert flipped == pytest.approx(rate("--q-nu", f"-{charge}"), rel=1e-12, abs=0)


def test_rate_above_the_end_point(nuem: Run) -> None:
    words = ["rate", "gemma-2012", "--channel", "nucleus", "--recoil-kev", "100", "--json"]
    assert nuem(*words).json()["rate_per_kg_day_kev"] == [0]


@pytest.mark.parametrize("recoil", ["0", "-1", "1:-1:3"])
def test_recoil_must_be_positive(nuem: Run, recoil: str) -> None:
    outcome = nuem("rate", "gemma-2012", "--channel", "electron", f"--recoil-kev={recoil}")
    assert outcome.code in (2, 3)
    outcome.error(outcome.code)


def test_rate_for_people(nuem: Run) -> None:
    text = nuem("rate", "gemma-2012", "--channel", "electron", "--recoil-kev", "3").text()
    assert text.splitlines()[0].split() == ["recoil_kev", "rate_per_kg_day_kev"]
    assert len(text.splitlines()) == 2
