"""Inverse beta decay: Strumia and Vissani's formula written again, and yields by quadrature."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest

from fluxes.reactor.inverse_beta_decay import THRESHOLD_MEV, ibd_cross_section_cm2, ibd_yield_cm2
from fluxes.spectra.fission import fission_spectrum
from fluxes.spectra.model import FISSILE_ISOTOPES
from fluxes.spectrum import PiecewiseSpectrum, from_bin_averages, from_function

THRESHOLD = 1.806066


def strumia_vissani(energy: float) -> float:
    """Eq. (25) of astro-ph/0302055 with CODATA 2018 masses, in multiple precision."""
    e = mpmath.mpf(energy)
    positron = e - (mpmath.mpf("939.56542052") - mpmath.mpf("938.27208816"))
    momentum = mpmath.sqrt(positron**2 - mpmath.mpf("0.51099895") ** 2)
    log = mpmath.log(e)
    exponent = -0.07056 + 0.02018 * log - 0.001953 * log**3
    return float(mpmath.mpf("1e-43") * momentum * positron * e**exponent)


@pytest.mark.parametrize(
    ("energy", "sigma"), [(3.0, 2.627720e-43), (5.0, 1.263257e-42), (8.0, 4.074411e-42)]
)
def test_check_point_17(energy: float, sigma: float) -> None:
    assert ibd_cross_section_cm2(energy)[0] == pytest.approx(sigma, rel=1e-6, abs=0)


def test_cross_section_against_a_second_implementation() -> None:
    energy = np.array([2.0, 2.5, 4.0, 7.3, 12.0, 60.0])
    expected = [strumia_vissani(e) for e in energy]
    np.testing.assert_allclose(ibd_cross_section_cm2(energy), expected, rtol=1e-6, atol=0)


def test_threshold() -> None:
    assert pytest.approx(THRESHOLD, rel=0, abs=5e-7) == THRESHOLD_MEV
    below, above = ibd_cross_section_cm2(np.array([THRESHOLD_MEV, THRESHOLD_MEV + 1e-6]))
    assert below == 0.0
    assert above > 0.0
    assert np.array_equal(ibd_cross_section_cm2(np.array([0.0, -1.0, 1.5])), np.zeros(3))


@pytest.mark.parametrize(
    ("isotope", "expected"),
    [
        ("u235", 6.640524e-43),
        ("u238", 1.009442e-42),
        ("pu239", 4.347107e-43),
        ("pu241", 6.006244e-43),
    ],
)
def test_check_point_18(isotope: str, expected: float, reference: Any) -> None:
    """The polynomial alone, from the threshold to 10 MeV."""
    polynomial = np.vectorize(lambda e: reference.polynomial(isotope, e))
    edges = np.linspace(THRESHOLD_MEV, 10.0, 801)
    found = ibd_yield_cm2(from_function(polynomial, edges))
    assert found == pytest.approx(expected, rel=1e-6, abs=0)


@pytest.mark.parametrize(
    ("isotope", "printed"), [("u235", 6.19), ("u238", 9.90), ("pu239", 4.43), ("pu241", 6.51)]
)
def test_bestiole_yields(isotope: str, printed: float) -> None:
    """Section 2.7 of the physics page: up to 10 MeV, 1e-43 cm^2 per fission, to its digits."""
    whole = fission_spectrum("bestiole-2023", isotope)
    to_10_mev = PiecewiseSpectrum(whole.edges_mev[:401], whole.coefficients[:400])
    assert ibd_yield_cm2(to_10_mev) * 1e43 == pytest.approx(printed, rel=0, abs=0.005)
    assert 1.0 < ibd_yield_cm2(whole) / ibd_yield_cm2(to_10_mev) < 1.002


@pytest.mark.parametrize("model", ["bestiole-2023", "huber-mueller"])
@pytest.mark.parametrize("isotope", FISSILE_ISOTOPES)
def test_yield_against_quadrature(model: str, isotope: str, reference: Any) -> None:
    spectrum_of = reference.bestiole if model == "bestiole-2023" else reference.huber_mueller
    breaks = [1.81, 1.82, 1.85, 1.9, *reference.breaks(model)]

    def integrand(energy: float) -> float:
        return float(spectrum_of(isotope, energy) * strumia_vissani(energy) * 1e43)

    expected = reference.moment(integrand, breaks, 0, THRESHOLD_MEV) * 1e-43
    found = ibd_yield_cm2(fission_spectrum(model, isotope))
    assert found == pytest.approx(expected, rel=1e-6, abs=0)


def test_yield_of_spectra_beside_the_threshold() -> None:
    """Nothing below it; a window above it is integrated as it stands."""
    below = from_bin_averages(np.array([0.0, 1.0, 1.8]), np.array([3.0, 4.0]))
    assert ibd_yield_cm2(below) == 0.0
    above = from_bin_averages(np.array([4.999, 5.001]), np.array([1.0]))
    assert ibd_yield_cm2(above) == pytest.approx(0.002 * 1.263257e-42, rel=1e-6, abs=0)
