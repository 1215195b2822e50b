"""Resolution: check point 29, and the counting statistics behind the Fano term."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from detectors.resolution import FWHM_PER_SIGMA, Resolution


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
