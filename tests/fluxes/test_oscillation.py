"""Oscillation: the mixing matrix itself, known minima, and folded spectra against quadrature."""

from __future__ import annotations

from itertools import pairwise
from math import asin, cos, pi, sin, sqrt

import numpy as np
import pytest
from scipy.integrate import quad

from fluxes.moments import FluxMoments
from fluxes.reactor.oscillation import (
    PHASE_PER_EV2_M_MEV,
    MixingParameters,
    Oscillation,
    factor_at,
    mixing_parameters,
    oscillated,
    three_flavour,
    two_flavour,
)
from fluxes.spectra.fission import fission_spectrum
from fluxes.spectrum import from_bin_averages

DAYA_BAY = MixingParameters(0.851, 0.0856, 7.53e-5, 2.471e-3)
# Delta m^2 L / (2 E) with hbar c = 197.3269804 MeV fm.
HBARC_MEV_M = 197.3269804e-15


def test_phase() -> None:
    """The usual 1.267 of the half phase."""
    assert pytest.approx(1.266933, rel=1e-6) == PHASE_PER_EV2_M_MEV / 2


def from_the_mixing_matrix(energy: float, baseline_m: float, p: MixingParameters) -> float:
    """|sum_k |U_ek|^2 exp(-i m_k^2 L / 2 E)|^2."""
    theta12, theta13 = asin(sqrt(p.sin2_2theta12)) / 2, asin(sqrt(p.sin2_2theta13)) / 2
    weights = np.array(
        [(cos(theta12) * cos(theta13)) ** 2, (sin(theta12) * cos(theta13)) ** 2, sin(theta13) ** 2]
    )
    masses = np.array([0.0, p.splitting21_ev2, p.splitting21_ev2 + p.splitting32_ev2]) * 1e-12
    phases = masses * baseline_m / (2 * energy * HBARC_MEV_M)
    return float(abs(np.sum(weights * np.exp(-1j * phases))) ** 2)


@pytest.mark.parametrize("fit", ["daya-bay-2018-normal", "daya-bay-2018-inverted"])
@pytest.mark.parametrize("baseline_m", [100.0, 1650.0, 52_500.0])
def test_three_flavours(fit: str, baseline_m: float) -> None:
    parameters = mixing_parameters(fit)
    energy = np.array([0.7, 1.8, 3.0, 4.4, 8.0])
    found = factor_at(three_flavour(parameters), energy, baseline_m)
    expected = [from_the_mixing_matrix(e, baseline_m, parameters) for e in energy]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_default_parameters() -> None:
    assert mixing_parameters() == DAYA_BAY


def test_first_minimum_of_two_flavours() -> None:
    """1 - sin^2(2 theta) where the half phase is 90 degrees, 1 at twice that energy's phase."""
    oscillation = two_flavour(0.0856, 2.471e-3)
    energy = 2.471e-15 * 1650.0 / (2 * pi * HBARC_MEV_M)
    found = factor_at(oscillation, np.array([energy, energy / 2, 1e9]), 1650.0)
    np.testing.assert_allclose(found, [1 - 0.0856, 1.0, 1.0], rtol=1e-6)


def test_limits() -> None:
    """No baseline, no effect; without theta13 the solar pair is left alone."""
    energy = np.array([0.5, 2.0, 7.0])
    found = factor_at(three_flavour(DAYA_BAY), energy, 1e-6)
    np.testing.assert_allclose(found, 1.0, rtol=1e-12)
    solar = three_flavour(MixingParameters(0.851, 0.0, 7.53e-5, 2.471e-3))
    pair = two_flavour(0.851, 7.53e-5)
    np.testing.assert_allclose(
        factor_at(solar, energy, 6e4), factor_at(pair, energy, 6e4), rtol=1e-12
    )


@pytest.mark.parametrize("baseline_m", [20.0, 400.0, 1800.0])
def test_density_of_an_oscillated_spectrum(baseline_m: float) -> None:
    """To 1e-7 wherever no wave has turned by 200 rad."""
    spectrum = fission_spectrum("huber-mueller", "u235")
    oscillation = three_flavour(DAYA_BAY)
    lowest = PHASE_PER_EV2_M_MEV * 2.6e-3 * baseline_m / 200
    energy = np.random.default_rng(11).uniform(lowest, 9.0, 4000)
    expected = spectrum.density(energy) * factor_at(oscillation, energy, baseline_m)
    found = oscillated(spectrum, oscillation, baseline_m).density(energy)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_fast_waves_are_averaged() -> None:
    """Below 25 keV at 800 m; all of them below 0.7 keV."""
    spectrum = from_bin_averages(np.array([0.0, 10.0]), np.array([1.0]))
    oscillation = three_flavour(DAYA_BAY)
    far = oscillated(spectrum, oscillation, 800.0)
    cos2_theta13 = (1 + sqrt(1 - 0.0856)) / 2
    solar = 1 - cos2_theta13**2 * 0.851 * np.sin(7.53e-17 * 800 / (4 * 0.01 * HBARC_MEV_M)) ** 2
    assert far.density(0.01)[0] == pytest.approx(solar - 0.0856 / 2, rel=1e-6)
    averaged = 1 - cos2_theta13**2 * 0.851 / 2 - 0.0856 / 2
    assert far.density(5e-4)[0] == pytest.approx(averaged, rel=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_moments_against_quadrature(order: int) -> None:
    spectrum = fission_spectrum("bestiole-2023", "u235")
    oscillation = three_flavour(DAYA_BAY)
    moments = FluxMoments.of(oscillated(spectrum, oscillation, 1000.0))

    def integrand(energy: float) -> float:
        survival = from_the_mixing_matrix(energy, 1000.0, DAYA_BAY)
        return float(spectrum.density(energy)[0] * survival * energy**-order)

    edges = spectrum.edges_mev[80:]
    expected = sum(quad(integrand, low, high, epsrel=1e-9)[0] for low, high in pairwise(edges))
    assert moments.above(np.array([2.0]))[order, 0] == pytest.approx(expected, rel=1e-6)


def test_an_effective_moment() -> None:
    """mu^2(L, E) = 2 |1 - exp(-i phi)|^2 + |1 - i exp(-i phi)|^2: constant, cosine and sine."""
    moment = Oscillation(6.0, (-4.0,), (-2.0,), (7.5e-5,))
    spectrum = from_bin_averages(np.array([1.0, 10.0]), np.array([2.0]))
    energy = np.linspace(1.01, 9.9, 300)
    phi = 7.5e-17 * 3e4 / (2 * energy * HBARC_MEV_M)
    expected = 2 * abs(1 - np.exp(-1j * phi)) ** 2 + abs(1 - 1j * np.exp(-1j * phi)) ** 2
    found = oscillated(spectrum, moment, 3e4).density(energy)
    np.testing.assert_allclose(found, 2 * expected, rtol=0, atol=1e-6)


def test_a_constant_factor_changes_nothing_else() -> None:
    spectrum = fission_spectrum("huber-mueller", "pu239")
    half = oscillated(spectrum, Oscillation(0.5, (), (), ()), 100.0)
    energy = np.linspace(0.01, 9.9, 200)
    np.testing.assert_allclose(half.density(energy), spectrum.density(energy) / 2, rtol=1e-9)


def test_refused() -> None:
    spectrum = from_bin_averages(np.array([1.0, 2.0]), np.array([1.0]))
    with pytest.raises(ValueError, match=r"baseline_m must be > 0, found 0"):
        oscillated(spectrum, two_flavour(0.1, 1e-3), 0.0)
    with pytest.raises(ValueError, match=r"same length, found 1, 0 and 1"):
        Oscillation(1.0, (0.1,), (), (1e-3,))
    message = r"mixing parameters 'pdg': allowed are daya-bay-2018-normal, daya-bay-2018-inverted"
    with pytest.raises(ValueError, match=message):
        mixing_parameters("pdg")
