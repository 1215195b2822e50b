"""Fission spectra against the numbers of the papers written down a second time."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from fluxes.moments import FluxMoments
from fluxes.reactor.inverse_beta_decay import THRESHOLD_MEV, ibd_cross_section_cm2, ibd_yield_cm2
from fluxes.spectra.bestiole_2023 import bestiole_2023
from fluxes.spectra.fission import fission_spectrum, spectrum_model, spectrum_model_names
from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectra.polynomial import vogel_engel_low_energy
from fluxes.spectrum import multiplied_in_bins

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


# Mueller 2011, Table VI, and Vogel & Engel 1989, Table I, as printed.
MUELLER = {
    "u235": (3.217, -3.111, 1.395, -0.3690, 0.04445, -0.002053),
    "u238": (0.4833, 0.1927, -0.1283, -0.006762, 0.002233, -0.0001536),
    "pu239": (6.413, -7.432, 3.535, -0.8820, 0.1025, -0.004550),
    "pu241": (3.251, -3.204, 1.428, -0.3675, 0.04254, -0.001896),
}
VOGEL_ENGEL = {
    "u235": (0.870, -0.160, -0.0910),
    "u238": (0.976, -0.162, -0.0790),
    "pu239": (0.896, -0.239, -0.0981),
    "pu241": (0.793, -0.080, -0.1085),
}


def exponential(coefficients: tuple[float, ...], energy: np.ndarray) -> np.ndarray:
    return np.exp(sum(a * energy**k for k, a in enumerate(coefficients)))


@pytest.mark.parametrize(
    ("model", "coefficients", "end", "rtol"),
    [("mueller", MUELLER, 10.0, 3e-8), ("vogel-engel", VOGEL_ENGEL, 8.0, 1e-9)],
)
@pytest.mark.parametrize("isotope", FISSILE_ISOTOPES)
def test_exponentials_over_the_vogel_engel_table(
    model: str, coefficients: dict[str, tuple[float, ...]], end: float, rtol: float, isotope: str
) -> None:
    spectrum = fission_spectrum(model, isotope)
    above = ENERGIES[(ENERGIES >= 2) & (end > ENERGIES)]
    expected = exponential(coefficients[isotope], above)
    np.testing.assert_allclose(spectrum.density(above), expected, rtol=rtol, atol=0)
    below = ENERGIES[ENERGIES < 2]
    table = vogel_engel_low_energy(isotope).density(below)
    np.testing.assert_array_equal(spectrum.density(below), table)
    assert spectrum.edges_mev[-1] == end
    assert spectrum.density(np.array([end]))[0] == 0.0


@pytest.mark.parametrize(
    ("coefficients", "isotope", "printed"),
    [
        (MUELLER, "u235", 6.557),
        (VOGEL_ENGEL, "u235", 6.52),
        (VOGEL_ENGEL, "u238", 9.22),
        (VOGEL_ENGEL, "pu239", 4.23),
        (VOGEL_ENGEL, "pu241", 6.04),
    ],
)
def test_yields_of_section_2_7(
    coefficients: dict[str, tuple[float, ...]], isotope: str, printed: float
) -> None:
    """1e-43 cm^2 per fission; the page carries the exponentials from the threshold to 10 MeV."""
    model, end = ("mueller", 10.0) if coefficients is MUELLER else ("vogel-engel", 8.0)
    spectrum = fission_spectrum(model, isotope)
    ours = ibd_yield_cm2(multiplied_in_bins(spectrum, np.array([2.0, end]), np.array([1.0])))

    def integrand(energy: float) -> float:
        sigma = ibd_cross_section_cm2(energy)[0] * 1e43
        return float(exponential(coefficients[isotope], np.array(energy)) * sigma)

    pieces = [(THRESHOLD_MEV, 2.0), (2.0, 5.0), (5.0, 8.0), (8.0, 10.0)]
    parts = [quad(integrand, *piece, epsrel=1e-10)[0] for piece in pieces]
    assert sum(parts) == pytest.approx(printed, rel=0, abs=0.01)
    kept = parts[1:] if end == 10.0 else parts[1:3]
    assert ours * 1e43 == pytest.approx(sum(kept), rel=1e-8)


def test_what_vogel_engel_lacks_above_8_mev() -> None:
    """The limits that its docstring states."""
    window = np.array([8.0, 10.0])
    for isotope, coefficients in VOGEL_ENGEL.items():
        energy = np.linspace(8, 10, 2001)[:-1] + 0.0005
        cross_section = ibd_cross_section_cm2(energy)
        more = 0.001 * np.sum(exponential(coefficients, energy) * cross_section)
        assert 0.0035 < more / ibd_yield_cm2(fission_spectrum("vogel-engel", isotope)) < 0.016
        huber = fission_spectrum("huber-mueller", isotope)
        lacking = ibd_yield_cm2(multiplied_in_bins(huber, window, np.array([1.0])))
        assert 0.001 < lacking / ibd_yield_cm2(huber) < 0.0095


# Kopeikin 2012, Table 3: some of its points.
KOPEIKIN = {
    0.010: 0.0774,
    0.160: 3.85,
    0.165: 3.26,
    0.330: 5.97,
    1.0: 3.11,
    3.0: 0.611,
    8.5: 2.99e-4,
}


def test_kopeikin_points_and_lines() -> None:
    total = spectrum_model("kopeikin-2012").total
    assert total is not None
    points = np.array(list(KOPEIKIN))
    np.testing.assert_allclose(total.density(points), list(KOPEIKIN.values()), rtol=1e-12)
    between = total.density(np.array([0.005, 0.1625, 2.875]))
    expected = [0.0774 / 2, (3.85 + 3.26) / 2, (0.733 + 0.611) / 2]
    np.testing.assert_allclose(between, expected, rtol=1e-12)
    assert total.integral() == pytest.approx(6.67, rel=0, abs=5e-3)
    assert np.array_equal(total.density(np.array([9.0, 10.0])), [0.0, 0.0])


def test_names() -> None:
    names = ("bestiole-2023", "huber-mueller", "mueller", "vogel-engel", "kopeikin-2012")
    assert spectrum_model_names() == names
    converted = [name for name in names if spectrum_model(name).converted]
    assert converted == ["huber-mueller", "mueller"]
    totals = [name for name in names if spectrum_model(name).total is not None]
    assert totals == ["kopeikin-2012"]


def test_unknown_model() -> None:
    message = (
        r"spectrum 'huber': allowed are bestiole-2023, huber-mueller, mueller, vogel-engel, "
        r"kopeikin-2012"
    )
    with pytest.raises(ValueError, match=message):
        fission_spectrum("huber", "u235")


def test_unknown_isotope() -> None:
    with pytest.raises(ValueError, match=r"isotope 'u239': allowed are u235, u238, pu239, pu241"):
        fission_spectrum("bestiole-2023", "u239")


def test_a_total_has_no_isotopes() -> None:
    message = r"spectrum 'kopeikin-2012' is the total of a reactor: it has no part of one isotope"
    with pytest.raises(ValueError, match=message):
        fission_spectrum("kopeikin-2012", "u235")


@pytest.mark.parametrize(
    ("isotopes", "with_total", "found"),
    [((), False, "none"), (("u235", "u238"), False, "u235, u238"), (("u235",), True, "u235")],
)
def test_a_model_has_all_isotopes_or_a_total(
    isotopes: tuple[str, ...], with_total: bool, found: str
) -> None:
    spectrum = fission_spectrum("mueller", "u235")
    message = rf"spectrum 'x': a total, or the isotopes u235, .*; found {found}$"
    with pytest.raises(ValueError, match=message):
        SpectrumModel("x", dict.fromkeys(isotopes, spectrum), spectrum if with_total else None)


def test_bestiole_bins_must_be_25_kev(monkeypatch: pytest.MonkeyPatch) -> None:
    table = "energy_mev,density_per_mev\n0.0125,1\n0.0376,1\n"
    monkeypatch.setattr("fluxes.spectra.bestiole_2023.shipped_text", lambda name: table)
    message = r"bestiole_2023_u235\.csv: the first column must hold the centres of 25 keV bins"
    with pytest.raises(ValueError, match=message):
        bestiole_2023("u235")
