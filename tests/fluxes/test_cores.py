"""Several cores: sums of what each would give alone."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest

from fluxes.reactor.core import Core
from fluxes.reactor.cores import flux_of_cores, mean_fission_fractions
from fluxes.reactor.flux import ReactorFlux, fission_rate_per_s, spectrum_per_fission
from fluxes.reactor.oscillation import mixing_parameters, oscillated, three_flavour

FRESH = {"u235": 0.70, "u238": 0.07, "pu239": 0.20, "pu241": 0.03}
BURNT = {"u235": 0.45, "u238": 0.08, "pu239": 0.38, "pu241": 0.09}
NEAR, FAR = Core(4.25, 72.0, FRESH), Core(4.10, 102.0, BURNT)
ENERGY = np.array([0.02, 0.4, 1.1, 2.0, 3.7, 6.0, 9.0])


def alone(core: Core, model: str, captures: float) -> np.ndarray:
    """R sum_i f_i S_i / (4 pi L^2) of one core, from the parts."""
    rate = fission_rate_per_s(core.thermal_power_gw, core.fission_fractions)
    density = spectrum_per_fission(model, core.fission_fractions, captures).density(ENERGY)
    return rate * density / (4 * pi * (100 * core.baseline_m) ** 2)


@pytest.mark.parametrize("model", ["bestiole-2023", "huber-mueller"])
def test_two_cores_add_up(model: str) -> None:
    flux = flux_of_cores([NEAR, FAR], model, 0.6)
    expected = alone(NEAR, model, 0.6) + alone(FAR, model, 0.6)
    np.testing.assert_allclose(flux.density_cm2_s_mev(ENERGY), expected, rtol=1e-11)
    assert flux.spectrum().integral() == pytest.approx(flux.total_cm2_s, rel=1e-12)


def test_one_core_is_from_power() -> None:
    per_fission = spectrum_per_fission("bestiole-2023", FRESH, 0.6)
    single = ReactorFlux.from_power(per_fission, fission_rate_per_s(4.25, FRESH), 72.0)
    flux = flux_of_cores([NEAR], "bestiole-2023", 0.6)
    assert flux.total_cm2_s == pytest.approx(single.total_cm2_s, rel=1e-14)
    np.testing.assert_allclose(
        flux.density_cm2_s_mev(ENERGY), single.density_cm2_s_mev(ENERGY), rtol=1e-13
    )


def test_a_core_that_is_off_gives_nothing() -> None:
    off = Core(0.0, 72.0, FRESH)
    flux = flux_of_cores([off, FAR], "bestiole-2023", 0.6)
    np.testing.assert_allclose(
        flux.density_cm2_s_mev(ENERGY), alone(FAR, "bestiole-2023", 0.6), rtol=1e-12
    )
    dark = flux_of_cores([off, Core(0.0, 102.0, BURNT)], "bestiole-2023", 0.6)
    assert dark.total_cm2_s == 0.0
    assert np.array_equal(dark.density_cm2_s_mev(ENERGY), np.zeros(ENERGY.size))
    assert not np.any(dark.moments().above(ENERGY))
    assert dark.neutrinos_per_fission > 5


def test_options_reach_every_core() -> None:
    evaluation = flux_of_cores([NEAR, FAR], "huber-mueller", 0.6, evaluation="james-1969")
    default = flux_of_cores([NEAR, FAR], "huber-mueller", 0.6)
    assert 1.001 < evaluation.total_cm2_s / default.total_cm2_s < 1.01
    corrected = flux_of_cores([NEAR, FAR], "huber-mueller", 0.6, off_equilibrium=True)
    ratio = corrected.density_cm2_s_mev(2.1) / default.density_cm2_s_mev(2.1)
    assert 1.03 < ratio[0] < 1.05


def test_each_core_oscillates_over_its_own_baseline() -> None:
    cores = [Core(4.25, 400.0, FRESH), Core(4.25, 1800.0, FRESH)]
    oscillation = three_flavour(mixing_parameters())
    flux = flux_of_cores(cores, "huber-mueller", 0.0, oscillation=oscillation)
    per_fission = spectrum_per_fission("huber-mueller", FRESH, 0.0)
    rate = fission_rate_per_s(4.25, FRESH)
    energy = np.array([1.1, 2.3, 3.7, 6.0])
    expected = sum(
        rate
        / (4 * pi * (100 * core.baseline_m) ** 2)
        * oscillated(per_fission, oscillation, core.baseline_m).density(energy)
        for core in cores
    )
    np.testing.assert_allclose(flux.density_cm2_s_mev(energy), expected, rtol=1e-9)


def test_mean_fission_fractions() -> None:
    """The spectrum per fission of the sum is that of the mean fractions; off cores do not count."""
    cores = [NEAR, FAR, Core(0.0, 10.0, {"u235": 1.0, "u238": 0.0, "pu239": 0.0, "pu241": 0.0})]
    mean = mean_fission_fractions(cores)
    assert sum(mean.values()) == pytest.approx(1.0, rel=1e-14)
    assert BURNT["u235"] < mean["u235"] < FRESH["u235"]
    per_fission = spectrum_per_fission("bestiole-2023", mean, 0.6)
    flux = flux_of_cores(cores, "bestiole-2023", 0.6)
    np.testing.assert_allclose(
        flux.per_fission.density(ENERGY), per_fission.density(ENERGY), rtol=1e-12
    )
    with pytest.raises(ValueError, match="at least one core must have power"):
        mean_fission_fractions(cores[2:])


def test_refused() -> None:
    with pytest.raises(ValueError, match=r"thermal_power_gw must be >= 0, found -1"):
        Core(-1.0, 10.0, FRESH)
    with pytest.raises(ValueError, match=r"baseline_m must be > 0, found 0"):
        Core(1.0, 0.0, FRESH)
    with pytest.raises(ValueError, match="at least one source is needed, found none"):
        flux_of_cores([], "bestiole-2023", 0.6)
