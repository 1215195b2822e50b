"""Resolution: check point 29, and the counting statistics behind the Fano term."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from detectors.resolution import (
    FWHM_PER_SIGMA,
    PhononResolution,
    Resolution,
    silicon_ccd_resolution,
)


def test_check_point_29() -> None:
    """FWHM of the noise 48 eV, F = 0.11, eps = 2.96 eV, at 0.3 keVee."""
    resolution = Resolution(0.048 / FWHM_PER_SIGMA, 0.11, 2.96e-3)
    assert 1e3 * resolution.sigma_kev(0.3)[0] == pytest.approx(22.65339, rel=3e-7)


def test_full_width_at_half_maximum() -> None:
    assert pytest.approx(2.35482, rel=1e-6) == FWHM_PER_SIGMA
    assert norm.pdf(FWHM_PER_SIGMA / 2) / norm.pdf(0) == pytest.approx(0.5, rel=1e-14)


def test_noise_alone_and_carriers_alone() -> None:
    """Without carriers sigma is the noise; without noise F times Poisson's E / eps pairs."""
    energy = np.array([0.0, 0.5, 10.0])
    np.testing.assert_allclose(Resolution(0.02, 0.0, 2.96e-3).sigma_kev(energy), 0.02, rtol=1e-15)
    pairs = energy / 2.96e-3
    expected = np.sqrt(0.11 * pairs) * 2.96e-3
    found = Resolution(0.0, 0.11, 2.96e-3).sigma_kev(energy)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    both = Resolution(0.02, 0.11, 2.96e-3).sigma_kev(energy)
    np.testing.assert_allclose(both**2, 0.02**2 + found**2, rtol=1e-14)


def test_silicon_ccd() -> None:
    """Manganese K alpha in a skipper CCD: 5.9 keV are 1574 electrons, 13.7 of them fluctuate."""
    silent = silicon_ccd_resolution(noise_electrons=0.0)
    electrons = 5.9 / 3.749e-3
    assert electrons == pytest.approx(1574, rel=1e-3)
    found = silent.sigma_kev(5.9)[0] / 3.749e-3
    assert found == pytest.approx(np.sqrt(0.119 * electrons), rel=1e-12)
    assert found == pytest.approx(13.7, rel=0, abs=0.05)
    noisy = silicon_ccd_resolution(noise_electrons=2.0).sigma_kev(np.array([0.0, 5.9]))
    assert noisy[0] == pytest.approx(2 * 3.749e-3, rel=1e-14)
    assert noisy[1] == pytest.approx(np.hypot(2 * 3.749e-3, silent.sigma_kev(5.9)[0]), rel=1e-14)


def test_other_silicon_constants() -> None:
    found = silicon_ccd_resolution(1.8, fano_factor=0.13, pair_energy_kev=3.77e-3)
    assert found == Resolution(pytest.approx(1.8 * 3.77e-3, rel=1e-15), 0.13, 3.77e-3)


def test_phonon_detector() -> None:
    """Each term alone, all three together, and the limits: flat at 0, proportional far up."""
    energy = np.array([0.0, 0.1, 10.0])
    np.testing.assert_allclose(PhononResolution(0.005).sigma_kev(energy), 0.005, rtol=1e-15)
    np.testing.assert_allclose(PhononResolution(0.0, 0.02).sigma_kev(energy), 0.02 * energy)
    root = PhononResolution(0.0, 0.0, 1e-3).sigma_kev(energy)
    np.testing.assert_allclose(root, np.sqrt(1e-3 * energy))
    found = PhononResolution(0.005, 0.02, 1e-3).sigma_kev(energy)
    np.testing.assert_allclose(found**2, 0.005**2 + (0.02 * energy) ** 2 + root**2, rtol=1e-14)
    assert PhononResolution(0.005, 0.02, 1e-3).sigma_kev(1e6)[0] == pytest.approx(2e4, rel=1e-4)


def test_phonon_and_ionization_agree_where_they_should() -> None:
    """The square-root term is eps F."""
    energy = np.geomspace(1e-3, 50.0, 20)
    ionization = Resolution(0.02, 0.11, 2.96e-3).sigma_kev(energy)
    phonon = PhononResolution(0.02, 0.0, 0.11 * 2.96e-3).sigma_kev(energy)
    np.testing.assert_allclose(phonon, ionization, rtol=1e-14)


@pytest.mark.parametrize("terms", [(-0.1, 0.0, 0.0), (0.1, -0.1, 0.0), (0.1, 0.0, -1e-9)])
def test_refused_terms(terms: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=r"every term of the resolution must be >= 0, found"):
        PhononResolution(*terms)
