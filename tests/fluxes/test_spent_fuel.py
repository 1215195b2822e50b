"""Spent fuel: chains, activities and the share of the flux."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fluxes.moments import FluxMoments
from fluxes.reactor.flux import spectrum_per_fission
from fluxes.reactor.inverse_beta_decay import THRESHOLD_MEV, ibd_yield_cm2
from fluxes.reactor.spent_fuel import (
    CHAINS,
    chain_spectrum,
    decays_per_fission,
    emitter,
    spent_fuel_spectrum,
    with_spent_fuel,
)

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
DECAYS = {"ce144": 3.0, "ru106": 1.5, "sr90": 0.5}


@pytest.mark.parametrize(
    ("chain", "end_mev"), [("ce144", 2.9975), ("ru106", 3.5410), ("sr90", 2.2785)]
)
def test_two_antineutrinos_per_decay_of_a_chain(chain: str, end_mev: float) -> None:
    spectrum = chain_spectrum(chain)
    assert spectrum.integral() == pytest.approx(2.0, rel=1e-12)
    assert spectrum.edges_mev[-1] == pytest.approx(end_mev, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "share"),
    [("ce144", 100.0), ("pr144", 99.99), ("ru106", 100), ("rh106", 99.965), ("sr90", 100.0)],
)
def test_shares_of_the_branches(name: str, share: float) -> None:
    """The table leaves out less than 0.04 % of the decays."""
    assert sum(b.share for b in emitter(name).branches) == pytest.approx(share, rel=0, abs=0.03)


def test_activities_add_up() -> None:
    energy = np.linspace(0.01, 3.6, 80)
    expected = sum(d * chain_spectrum(chain).density(energy) for chain, d in DECAYS.items())
    spectrum = spent_fuel_spectrum(DECAYS)
    np.testing.assert_allclose(spectrum.density(energy), expected, rtol=1e-12)
    assert spectrum.integral() == pytest.approx(2 * 5.0, rel=1e-12)


@pytest.mark.parametrize("above_mev", [0.0, THRESHOLD_MEV])
def test_share_of_the_flux(above_mev: float) -> None:
    """0.3 % of the antineutrinos, of all energies or above the threshold, with the same shape."""
    reactor = spectrum_per_fission("bestiole-2023", FRACTIONS, 0.6)
    both = with_spent_fuel(reactor, 0.003, DECAYS, above_mev=above_mev)
    low = np.array([max(above_mev, 1e-9)])
    numbers = [FluxMoments.of(s).above(low)[0, 0] for s in (both, reactor)]
    assert numbers[0] / numbers[1] == pytest.approx(1.003, rel=1e-8)
    energy = np.array([0.5, 1.9, 2.6, 3.3, 5.0])
    added = both.density(energy) - reactor.density(energy)
    shape = spent_fuel_spectrum(DECAYS).density(energy)
    np.testing.assert_allclose(added * shape[0], added[0] * shape, rtol=0, atol=1e-12)
    assert added[0] > 0
    assert added[-1] == 0.0


def test_size_at_an_inverse_beta_decay_detector() -> None:
    """Daya Bay (data release, pool R1): 0.66 % of the number above 1.8 MeV, 0.18 % of the yield.

    At 2 MeV it has 1.3 %: its fuel holds shorter-lived emitters that end near there.
    """
    reactor = spectrum_per_fission("huber-mueller", FRACTIONS, 0.6)
    decays = decays_per_fission(FRACTIONS, 900.0, 100.0)
    both = with_spent_fuel(reactor, 0.0066, decays, above_mev=THRESHOLD_MEV)
    at_2_mev = both.density(2.0)[0] / reactor.density(2.0)[0] - 1
    assert 0.009 < at_2_mev < 0.013
    assert 1.0015 < ibd_yield_cm2(both) / ibd_yield_cm2(reactor) < 1.0025


HALF_LIVES_D = {"ce144": 284.91, "ru106": 371.8, "sr90": 28.91 * 365}
YIELDS_PERCENT = {
    "ce144": (5.50, 4.55, 3.74, 4.18),
    "ru106": (0.402, 2.49, 4.35, 6.2),
    "sr90": (5.78, 3.2, 2.10, 1.54),
}


def test_decays_per_fission_against_the_differential_equation() -> None:
    """dN/dt = Y - l N for 700 days, then dN/dt = -l N for 200 days; the activity is l N."""
    found = decays_per_fission(FRACTIONS, 700.0, 200.0)
    assert list(found) == list(CHAINS)
    for chain, half_life in HALF_LIVES_D.items():
        rate = log(2) / half_life
        source = sum(
            f * y / 100 for f, y in zip(FRACTIONS.values(), YIELDS_PERCENT[chain], strict=True)
        )
        grown = solve_ivp(
            lambda t, n, y=source, rate=rate: y - rate * n, (0, 700), [0.0], rtol=1e-9, atol=1e-12
        )
        activity = rate * grown.y[0, -1] * exp(-rate * 200)
        assert found[chain] == pytest.approx(activity, rel=2e-3)


def test_limits_of_decays_per_fission() -> None:
    """In equilibrium the yield itself; nothing without irradiation; half after a half-life."""
    pure = {"u235": 2.0, "u238": 0.0, "pu239": 0.0, "pu241": 0.0}
    assert decays_per_fission(pure, 1e7, 0.0)["ru106"] == pytest.approx(0.00402, rel=1e-12)
    assert decays_per_fission(pure, 0.0, 0.0) == dict.fromkeys(CHAINS, 0.0)
    later = decays_per_fission(pure, 1e7, 371.8)["ru106"]
    assert later == pytest.approx(0.00201, rel=1e-12)


def test_refused() -> None:
    reactor = spectrum_per_fission("bestiole-2023", FRACTIONS, 0.0)
    with pytest.raises(ValueError, match=r"chain 'cs137': allowed are ce144, ru106, sr90"):
        chain_spectrum("cs137")
    with pytest.raises(ValueError, match=r"beta emitter 'cs137': allowed are ce144, pr144"):
        emitter("cs137")
    with pytest.raises(ValueError, match=r"decays of at least one chain are needed: ce144"):
        spent_fuel_spectrum({})
    with pytest.raises(ValueError, match=r"fraction must be >= 0, found -0\.1"):
        with_spent_fuel(reactor, -0.1, DECAYS)
    with pytest.raises(ValueError, match=r"this spent fuel emits nothing above 3 MeV"):
        with_spent_fuel(reactor, 0.1, {"sr90": 1.0}, above_mev=3.0)
    with pytest.raises(ValueError, match=r"cooling_d must be >= 0, found -1"):
        decays_per_fission(FRACTIONS, 1.0, -1.0)
