"""Generalized oscillator strengths: hydrogen's closed form, sum rules, photoabsorption."""

import math

import numpy as np
import pytest

from detectors.matter.atoms import atom
from detectors.matter.photoabsorption import photoabsorption_cm2
from sim.cross_sections.atomic.constants import SPEED_OF_LIGHT
from sim.cross_sections.atomic.momentum_quadrature import momentum_nodes
from sim.cross_sections.atomic.oscillator_strengths import OscillatorStrengths
from sim.cross_sections.atomic.self_consistent_field import self_consistent_field

HARTREE_KEV = 27.211386245981e-3
BOHR_CM = 5.29177210544e-9
# T in Hartree, then I_w, I_mu and I_q of hydrogen from Q = T / c on, by an exact quadrature.
HYDROGEN = (
    (0.6, 0.96814, 0.96813, 6.910),
    (1.0, 0.98744, 0.98743, 3.6174),
    (2.0, 0.99681, 0.99680, 1.8602),
    (5.0, 0.99953, 0.99953, 1.2172),
)
# Subshell, T and binding in keV, then S at four Q and the three integrals, from a prototype.
GERMANIUM = (
    ("K", 12.0, 11.103, (2.9698, 14.849, 29.698, 44.547),
     (2.1334e-5, 4.5780e-4, 7.4512e-4, 4.0905e-4), (0.9564, 0.9313, 3.848)),
    ("L3", 2.0, 1.217, (1.2124, 6.0621, 12.124, 18.186),
     (9.4883e-5, 2.8189e-3, 4.8853e-3, 2.3459e-3), (0.9919, 0.9639, 4.671)),
    ("M5", 0.2, 0.0292, (0.3834, 1.917, 3.834, 5.751),
     (9.534e-4, 0.026208, 0.037997, 0.019050), (0.9429, 0.8532, 6.066)),
)  # fmt: skip


def strengths(symbol: str, speed_of_light: float = SPEED_OF_LIGHT) -> OscillatorStrengths:
    return OscillatorStrengths(self_consistent_field(atom(symbol), speed_of_light=speed_of_light))


@pytest.fixture(scope="module")
def hydrogen() -> OscillatorStrengths:
    return strengths("H")


@pytest.fixture(scope="module")
def germanium() -> OscillatorStrengths:
    return strengths("Ge")


def hydrogen_s(transfer: float, q: np.ndarray) -> np.ndarray:
    """S per Hartree of 1s: Bethe, Ann. Phys. 397, 325 (1930); Inokuti, RMP 43, 297 (1971)."""
    e, k = 2 * transfer, math.sqrt(2 * transfer - 1)
    fall = np.exp(-2 / k * np.arctan2(2 * k, q**2 - k**2 + 1)) / (1 - math.exp(-2 * math.pi / k))
    strength = 2**8 * e * (q**2 + e / 3) / ((q**2 - k**2 + 1) ** 2 + 4 * k**2) ** 3 * fall
    return strength * q**2 / e


@pytest.mark.parametrize("transfer", [0.6, 1.0, 5.0])
def test_hydrogen_is_its_closed_form(transfer: float) -> None:
    """Without relativity to 4e-5; Q = 0.1, where the orbital's far end counts, to 2e-3."""
    q = np.array([0.1, 0.5, 1.0, 2.0, 4.0])
    found = strengths("H", speed_of_light=1e4).response("K", transfer, 0.5, q)
    np.testing.assert_allclose(found[1:], hydrogen_s(transfer, q)[1:], rtol=4e-5)
    assert found[0] == pytest.approx(hydrogen_s(transfer, q)[0], rel=2e-3)


@pytest.mark.parametrize(("transfer", "weak", "magnetic", "charge"), HYDROGEN)
def test_integrals_of_hydrogen(
    hydrogen: OscillatorStrengths, transfer: float, weak: float, magnetic: float, charge: float
) -> None:
    found = hydrogen.integrals("K", transfer, 0.5)
    np.testing.assert_allclose(found[:2], [weak, magnetic], rtol=1e-4)
    assert found[2] == pytest.approx(charge, rel=1e-3)


def test_integrals_are_those_of_the_response(hydrogen: OscillatorStrengths) -> None:
    """The closed form under the same weights, by Simpson's rule in ln Q."""
    from scipy.integrate import simpson

    q = np.geomspace(1.0 / SPEED_OF_LIGHT, 60, 4001)
    s = hydrogen_s(1.0, q)
    weights = (q * q, 2.0 * np.ones_like(q), 4.0 / q**2)
    expected = [simpson(s * w, x=np.log(q)) for w in weights]
    np.testing.assert_allclose(hydrogen.integrals("K", 1.0, 0.5), expected, rtol=8e-4)


def test_nothing_up_to_the_threshold(hydrogen: OscillatorStrengths) -> None:
    np.testing.assert_array_equal(hydrogen.integrals("K", 0.5, 0.5), 0)


@pytest.mark.parametrize(
    ("symbol", "q", "expected"),
    [("H", 0.5, 0.62136), ("H", 1.0, 0.88222), ("H", 2.0, 0.99532), ("He", 4.0, 0.9996)],
)
def test_bethe_sum(symbol: str, q: float, expected: float) -> None:
    """Sum rule: the integral of 2 T S / Q^2 is 1, in the continuum nearly so at a large Q."""
    atomic = strengths(symbol, speed_of_light=1e4)
    threshold = -atomic.atomic_field.orbitals["K"].energy
    x, w = np.polynomial.legendre.leggauss(100)
    low, high = math.log(1e-5), math.log(100 * q)
    energies = np.exp((high - low) / 2 * x + (high + low) / 2)
    weights = (high - low) / 2 * w * energies
    total = sum(
        weight * 2 * t / q**2 * atomic.response("K", t, threshold, np.array([q]))[0]
        for t, weight in zip(threshold + energies, weights, strict=True)
    )
    assert total == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("shell", "t_kev", "binding_kev", "momenta", "response", "integrals"), GERMANIUM
)
def test_germanium_at_single_points(
    germanium: OscillatorStrengths,
    shell: str,
    t_kev: float,
    binding_kev: float,
    momenta: tuple[float, ...],
    response: tuple[float, ...],
    integrals: tuple[float, float, float],
) -> None:
    t, binding = t_kev / HARTREE_KEV, binding_kev / HARTREE_KEV
    found = germanium.response(shell, t, binding, np.array(momenta))
    np.testing.assert_allclose(found, response, rtol=1.2e-3)
    np.testing.assert_allclose(germanium.integrals(shell, t, binding), integrals, rtol=6e-4)


@pytest.mark.parametrize("energy_kev", [0.1, 1.0, 5.0, 20.0])
def test_dipole_limit_is_photoabsorption(germanium: OscillatorStrengths, energy_kev: float) -> None:
    """At Q -> 0 sigma_gamma = 2 pi^2 alpha df/dT (atomic units), df/dT = 2 T S / Q^2.

    The compilations of measured cross sections differ among themselves by 5 to 30 %.
    """
    t, q = energy_kev / HARTREE_KEV, energy_kev / HARTREE_KEV / SPEED_OF_LIGHT
    shells = atom("Ge")
    strength = sum(
        n * germanium.response(name, t, float(binding) / HARTREE_KEV, np.array([q]))[0]
        for name, n, binding in zip(
            shells.shells, shells.occupancy, shells.binding_kev, strict=True
        )
        if binding < energy_kev
    )
    sigma = 2 * math.pi**2 / SPEED_OF_LIGHT * 2 * t / q**2 * strength * BOHR_CM**2
    assert sigma == pytest.approx(float(photoabsorption_cm2("Ge", energy_kev)[0]), rel=0.1)


def test_far_above_the_edge_the_electron_is_free(germanium: OscillatorStrengths) -> None:
    found = germanium.integrals("N3", 2.0 / HARTREE_KEV, 6.3e-3 / HARTREE_KEV)
    np.testing.assert_allclose(found[:2], 1, rtol=2e-3)
    assert 1 < found[2] < 1.1


def test_measures_are_ordered(germanium: OscillatorStrengths) -> None:
    """I_mu^2 <= I_w I_q, Cauchy and Schwarz: a rate is not negative whatever the parameters."""
    for shell, binding in (("M5", 0.0292), ("L1", 1.4146)):
        for factor in (1.001, 1.3, 5.0):
            t = binding / HARTREE_KEV
            weak, magnetic, charge = germanium.integrals(shell, factor * t, t)
            assert magnetic**2 <= weak * charge


def test_momenta_integrate_powers() -> None:
    q, weights = momentum_nodes(40.0, 10.0, 3.0, SPEED_OF_LIGHT)
    low, high = 40.0 / SPEED_OF_LIGHT, 5 * (math.sqrt(80.0) + 18.0)
    assert np.all(np.diff(q) > 0)
    assert low < q[0] < q[-1] < high
    for power, expected in ((1, (high**2 - low**2) / 2), (-1, math.log(high / low))):
        assert np.sum(weights * q**power) == pytest.approx(expected, rel=1e-6)
    assert np.sum(weights / q**3) == pytest.approx((low**-2 - high**-2) / 2, rel=1e-6)
