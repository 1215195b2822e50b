"""Fission spectra against the numbers of the papers written down a second time."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pytest

from fluxes.fission_spectra import (
    FISSILE_ISOTOPES,
    bestiole_2023,
    fission_spectrum,
    vogel_engel_low_energy,
)
from fluxes.moments import FluxMoments

ENERGIES = np.random.default_rng(5).uniform(1e-3, 12.6, 300)


@pytest.mark.parametrize("isotope", FISSILE_ISOTOPES)
def test_bestiole_density(isotope: str, reference: Any) -> None:
    found = fission_spectrum("bestiole-2023", isotope).density(ENERGIES)
    np.testing.assert_array_equal(found, [reference.bestiole(isotope, e) for e in ENERGIES])


@pytest.mark.parametrize(
    ("isotope", "total"),
    [("u235", 6.078), ("u238", 7.163), ("pu239", 5.503), ("pu241", 6.261)],
)
def test_bestiole_totals(isotope: str, total: float, reference: Any) -> None:
    """Section 2.7 of the physics page, to its digits; the plain sum over the bins to 1e-13."""
    found = fission_spectrum("bestiole-2023", isotope).integral()
    assert found == pytest.approx(total, rel=0, abs=5e-4)
    assert found == pytest.approx(0.025 * sum(reference.bins(isotope)), rel=1e-13)


@pytest.mark.parametrize("isotope", FISSILE_ISOTOPES)
def test_huber_mueller_density(isotope: str, reference: Any) -> None:
    """Straight lines below 2 MeV, the polynomial from 2 MeV to 9 MeV, nothing from 10 MeV on."""
    spectrum = fission_spectrum("huber-mueller", isotope)
    energy = ENERGIES[(ENERGIES < 9) | (ENERGIES >= 10)]
    expected = [reference.huber_mueller(isotope, e) for e in energy]
    np.testing.assert_allclose(spectrum.density(energy), expected, rtol=1e-9, atol=0)


@pytest.mark.parametrize("isotope", FISSILE_ISOTOPES)
def test_huber_mueller_density_near_the_end(isotope: str, reference: Any) -> None:
    """The cells of 5 keV resolve the fall of the polynomials up to 10 MeV to 2e-8."""
    energy = np.random.default_rng(6).uniform(9, 10, 300)
    expected = [reference.huber_mueller(isotope, e) for e in energy]
    found = fission_spectrum("huber-mueller", isotope).density(energy)
    np.testing.assert_allclose(found, expected, rtol=2e-8, atol=0)


@pytest.mark.parametrize(
    ("isotope", "value"),
    [("u235", 0.6557662), ("u238", 0.8760555), ("pu239", 0.5034615), ("pu241", 0.6419326)],
)
def test_check_point_21(isotope: str, value: float) -> None:
    assert fission_spectrum("huber-mueller", isotope).density(3.0)[0] == pytest.approx(
        value, rel=1e-6
    )


@pytest.mark.parametrize(
    ("isotope", "below_2", "above_2"),
    [
        ("u235", 4.022450, 1.687648),
        ("u238", 4.523082, 2.246450),
        ("pu239", 3.846638, 1.262502),
        ("pu241", 4.304714, 1.614904),
    ],
)
def test_check_points_19_and_20(isotope: str, below_2: float, above_2: float) -> None:
    """Antineutrinos per fission below and above 2 MeV."""
    spectrum = fission_spectrum("huber-mueller", isotope)
    above = FluxMoments.of(spectrum).above(np.array([2.0]))[0, 0]
    assert above == pytest.approx(above_2, rel=1e-6)
    assert spectrum.integral() - above == pytest.approx(below_2, rel=1e-6)
    assert vogel_engel_low_energy(isotope).integral() == pytest.approx(below_2, rel=1e-6)


@pytest.mark.parametrize("isotope", ["u235", "pu239", "pu241"])
def test_polynomials_follow_hubers_bins(isotope: str) -> None:
    """Huber's own table, 2 to 5.5 MeV: the fit scatters by up to 5 % about a mean within 1 %."""
    path = resources.files("fluxes.data").joinpath(f"huber_2011_{isotope}.dat")
    rows = np.loadtxt(path.read_text(encoding="utf-8").splitlines())
    rows = rows[rows[:, 0] <= 5.5]
    assert rows.shape[0] == 15
    ratio = fission_spectrum("huber-mueller", isotope).density(rows[:, 0]) / rows[:, 1]
    np.testing.assert_allclose(ratio, 1.0, rtol=0.05)
    assert np.mean(ratio) == pytest.approx(1.0, rel=0.01)


def test_unknown_model() -> None:
    message = r"spectrum 'mueller': allowed are bestiole-2023, huber-mueller"
    with pytest.raises(ValueError, match=message):
        fission_spectrum("mueller", "u235")


def test_unknown_isotope() -> None:
    with pytest.raises(ValueError, match=r"isotope 'u239': allowed are u235, u238, pu239, pu241"):
        fission_spectrum("bestiole-2023", "u239")


def test_bestiole_bins_must_be_25_kev(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "energy_mev,density_per_mev\n0.0125,1\n0.0376,1\n"
    monkeypatch.setattr("fluxes.fission_spectra.shipped_text", lambda name: table)
    message = r"bestiole_2023_u235\.csv: the first column must hold the centres of 25 keV bins"
    with pytest.raises(ValueError, match=message):
        bestiole_2023("u235")
