"""Beta decay: the Fermi function in mpmath, analytic phase space, mean energies of ENSDF."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

from fluxes.beta_decay import (
    BetaBranch,
    BetaEmitter,
    antineutrino_spectrum,
    branch_shape,
    fermi_function,
)
from fluxes.reactor.spent_fuel import emitter

M_E = 0.51099895


def mean_energy(beta: BetaEmitter) -> float:
    """Mean antineutrino energy [MeV] of the fitted spectrum."""
    spectrum = antineutrino_spectrum(beta)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    half = np.diff(spectrum.edges_mev)[:, None] / 2
    energy = (spectrum.edges_mev[1:] + spectrum.edges_mev[:-1])[:, None] / 2 + half * nodes
    return float(np.sum(half * weights * energy * spectrum.density(energy)))


def textbook_fermi_function(z: int, a: int, kinetic: float, k: int) -> float:
    """F_(k-1) L_(k-1) in multiple precision, with alpha = 1 / 137.035999."""
    with mpmath.workdps(30):
        total = 1 + mpmath.mpf(kinetic) / M_E
        p = mpmath.sqrt(total**2 - 1)
        alpha_z = z / mpmath.mpf("137.035999")
        g = mpmath.sqrt(k**2 - alpha_z**2)
        cube_root = mpmath.cbrt(a)
        radius = 0.0029 * cube_root + 0.0063 / cube_root - mpmath.mpf("0.017") / a
        factor = {1: 4, 2: 576}[k] * (k + g) / (2 * k) * (2 * p * radius) ** (2 * (g - k))
        gamma = mpmath.gamma(g + 1j * alpha_z * total / p)
        wave = mpmath.exp(mpmath.pi * alpha_z * total / p) * abs(gamma) ** 2
        return float(factor * wave / mpmath.gamma(2 * g + 1) ** 2)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize(("z", "a"), [(39, 90), (60, 144), (94, 239)])
def test_fermi_function(z: int, a: int, k: int) -> None:
    kinetic = [1e-5, 1e-3, 0.05, 0.5, 3.0, 10.0]
    expected = [textbook_fermi_function(z, a, t, k) for t in kinetic]
    found = fermi_function(z, a, np.array(kinetic), k)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


@pytest.mark.parametrize("k", [1, 2])
def test_no_charge_no_enhancement(k: int) -> None:
    found = fermi_function(0, 90, np.array([1e-4, 0.3, 5.0]), k)
    np.testing.assert_allclose(found, 1.0, rtol=1e-12)


def test_slow_electrons_at_a_light_nucleus() -> None:
    """Sommerfeld's 2 pi y / (1 - exp(-2 pi y)), y = alpha Z / velocity."""
    kinetic = 1e-3
    total = 1 + kinetic / M_E
    y = total / np.sqrt(total**2 - 1) / 137.036
    expected = 2 * np.pi * y / (1 - np.exp(-2 * np.pi * y))
    assert fermi_function(1, 3, kinetic) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("endpoint", "share"), [(1e-5, 2 / 3), (2000.0, 1 / 2)])
def test_mean_energy_without_charge(endpoint: float, share: float) -> None:
    """sqrt(T) E^2 gives the neutrino 2/3 of Q, T^2 E^2 one half."""
    free = BetaEmitter(0, 100, (BetaBranch(endpoint, 1.0),))
    grid = np.linspace(0, endpoint, 20001)[1:-1]
    shape = branch_shape(free, free.branches[0], grid)
    assert np.sum(grid * shape) / np.sum(shape) == pytest.approx(share * endpoint, rel=1e-3)


# End point and mean energy of the electron [keV] in ENSDF (calculated there by LOGFT).
@pytest.mark.parametrize(
    ("daughter_z", "mass_number", "endpoint", "unique", "mean", "rel"),
    [
        (59, 144, 318.7, False, 91.1, 6e-3),
        (59, 144, 185.18, False, 50.2, 6e-3),
        (60, 144, 2997.5, False, 1222.0, 6e-3),
        (60, 144, 2300.99, True, 895.0, 6e-3),
        (60, 144, 811.83, False, 267.19, 6e-3),
        (45, 106, 39.4, False, 10.03, 6e-3),
        (46, 106, 3541.0, False, 1508.0, 6e-3),
        (46, 106, 3029.14, False, 1267.0, 6e-3),
        (46, 106, 2407.25, False, 976.0, 6e-3),
        (39, 90, 545.9, True, 195.7, 1.5e-3),
        (40, 90, 2278.5, True, 932.4, 1.5e-3),
    ],
)
def test_mean_energies_of_ensdf(
    daughter_z: int, mass_number: int, endpoint: float, unique: bool, mean: float, rel: float
) -> None:
    """The fast electrons of heavy emitters lack the finite size of the nucleus: half a percent."""
    beta = BetaEmitter(daughter_z, mass_number, (BetaBranch(endpoint / 1e3, 1.0, unique),))
    assert endpoint - 1e3 * mean_energy(beta) == pytest.approx(mean, rel=rel)


def test_the_shape_of_unique_decays_matters() -> None:
    """Y-90 with an allowed shape would miss the mean energy by more than the test above allows."""
    allowed = BetaEmitter(40, 90, (BetaBranch(2.2785, 1.0, False),))
    assert abs(2278.5 - 1e3 * mean_energy(allowed) - 932.4) > 0.004 * 932.4


@pytest.mark.parametrize("name", ["ce144", "pr144", "ru106", "rh106", "sr90", "y90"])
def test_fitted_spectrum(name: str) -> None:
    """One antineutrino a decay; the cells hold the sum of the branches to 1e-6 of its maximum."""
    beta = emitter(name)
    spectrum = antineutrino_spectrum(beta)
    assert spectrum.integral() == pytest.approx(1.0, rel=1e-12)
    shares = sum(branch.share for branch in beta.branches)
    energy = np.random.default_rng(9).uniform(0, spectrum.edges_mev[-1], 1500)
    expected = np.zeros_like(energy)
    for branch in beta.branches:

        def shape(x: float, branch: BetaBranch = branch) -> float:
            return float(branch_shape(beta, branch, np.array([x]))[0])

        norm = quad(shape, 0, branch.endpoint_mev, epsrel=1e-10, limit=200)[0]
        expected += branch.share / shares * branch_shape(beta, branch, energy) / norm
    error = np.abs(spectrum.density(energy) - expected)
    assert np.max(error) < 1e-6 * np.max(expected)


def test_nothing_from_the_end_point_on() -> None:
    spectrum = antineutrino_spectrum(emitter("y90"))
    density = spectrum.density(np.array([2.2784, 2.2785, 3.0]))
    assert density[0] > 0.01
    assert np.array_equal(density[1:], [0.0, 0.0])
