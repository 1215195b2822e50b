"""Published rates: Billard 2017 and the Standard Model counts of CONUS+ (section 4 of the page)."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from model_arrays import expected_signal
from scipy.integrate import quad
from scipy.special import ndtr

from sim.experiment import Experiment, parse_experiment
from sim.folding.rates import recoil_rates
from sim.folding.reactor_flux import full_flux
from sim.instruments import assembly
from sim.model_assembly import build_model
from sim.physics import physics_of

TEXT = """
name = "public"

[reactor]
{reactor}

[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 0.16
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.048
fano_factor = 0.11

[detector.quenching]
k = 0.162

[exposure]
on_days = 327.0
off_days = 60.0

[analysis]
window_kev = [0.16, 1.0]
bin_width_kev = 0.01
channels = ["nucleus"]
"""

CHOOZ = """thermal_power_gw = 8.54
baseline_m = 400.0
fission_fractions = { u235 = 0.556, u238 = 0.071, pu239 = 0.326, pu241 = 0.047 }
"""
LEIBSTADT = "thermal_power_gw = 3.6\nbaseline_m = 20.7\n"


def experiment(reactor: str, *overrides: str) -> Experiment:
    return parse_experiment(TEXT.format(reactor=reactor), "public", overrides=overrides)


def rate(given: Experiment, recoil_kev: float) -> float:
    """Coherent scattering of the Standard Model per kg, day and keV."""
    moments = full_flux(given).moments()
    interaction = physics_of(given.config)
    target = assembly.target(given.layout.detectors[0])
    found = recoil_rates("nucleus", moments, target, interaction, np.array([recoil_kev]))
    return float(found[0, 0])


# Billard et al., J. Phys. G 44, 105101 (2017), Table 1: per kg and day above 50, 100, 200 eVnr

BILLARD = {0.05: 0.76, 0.1: 0.51, 0.2: 0.26}


def above(thresholds: list[float], *overrides: str) -> list[float]:
    """Rate above each threshold, Gauss-Legendre in the logarithm of the recoil energy."""
    given = experiment(CHOOZ, *overrides)
    moments = full_flux(given).moments()
    interaction = physics_of(given.config)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.log([*thresholds, 0.5, 1.0, 2.0, 4.7])
    pieces = []
    for low, high in pairwise(edges):
        recoils = np.exp((high + low) / 2 + (high - low) / 2 * nodes)
        target = assembly.target(given.layout.detectors[0])
        rates = recoil_rates("nucleus", moments, target, interaction, recoils)[0]
        pieces.append(float(np.sum(rates * recoils * weights) * (high - low) / 2))
    return [sum(pieces[i:]) for i in range(len(thresholds))]


@pytest.mark.parametrize(
    "spectrum", ["bestiole-2023", "huber-mueller", "mueller", "kopeikin-2012", "vogel-engel"]
)
def test_billard_2017(spectrum: str) -> None:
    """Within 8 % with every flux model: Huber-Mueller is 1 to 3 % below, BESTIOLE 4 to 6 %."""
    found = above(list(BILLARD), f"reactor.spectrum={spectrum}")
    np.testing.assert_allclose(found, list(BILLARD.values()), rtol=0.08, atol=0)


def test_billard_2017_huber_mueller() -> None:
    """The page's own 0.743, 0.499, 0.2585 with Vogel-Engel and Huber-Mueller: to 1 %."""
    found = above(list(BILLARD), "reactor.spectrum=huber-mueller")
    np.testing.assert_allclose(found, [0.743, 0.499, 0.2585], rtol=0.01, atol=0)


def test_billard_needs_neither_captures_nor_oscillation() -> None:
    """Captures end below the energies that matter; 400 m of oscillation take 1 %."""
    default = above(list(BILLARD))
    none = above(list(BILLARD), "reactor.neutron_captures_per_fission=0.0")
    np.testing.assert_allclose(none, default, rtol=1e-9, atol=0)
    gone = np.array(above(list(BILLARD), "reactor.oscillation=true")) / default
    assert np.all((gone > 0.98) & (gone < 0.995))


# CONUS+, arXiv:2501.05206: 347 +- 59 expected in 327 kg d with three detectors

THRESHOLDS = (0.160, 0.170, 0.180)


def counts(*overrides: str) -> float:
    """Mean over the three detectors of the counts in 327 kg d."""
    found = [
        expected_signal(
            build_model(experiment(LEIBSTADT, f"detector.threshold_kev={threshold}", *overrides))
        )[0].sum()
        for threshold in THRESHOLDS
    ]
    return float(np.mean(found))


@pytest.mark.parametrize(
    ("spectrum", "expected"),
    [("bestiole-2023", 300), ("huber-mueller", 295), ("kopeikin-2012", 286)],
)
def test_conus_plus_standard_model(spectrum: str, expected: float) -> None:
    """Within 20 % of 347 and 3 % of the page's own numbers.

    What the 12 to 18 % may be: the collaboration's flux (1.5e13 against 1.46e13), fuel, energy
    scale (each 10 eV of threshold is 22 %), k, and the trigger near threshold are theirs.
    """
    found = counts(f"reactor.spectrum={spectrum}")
    assert found == pytest.approx(347, rel=0.20)
    assert found == pytest.approx(expected, rel=0.03)


def test_conus_plus_flux() -> None:
    flux = full_flux(experiment(LEIBSTADT)).total_cm2_s
    assert flux == pytest.approx(1.46e13, rel=0.01)


@pytest.mark.parametrize("spectrum", ["bestiole-2023", "huber-mueller", "kopeikin-2012"])
def test_conus_plus_depends_on_quenching(spectrum: str) -> None:
    """4.3 % less k (0.155) is 13 to 14 % fewer counts, 255 with Huber-Mueller; +-0.004 is 8 %."""
    flux = f"reactor.spectrum={spectrum}"
    nominal = counts(flux)
    low = counts(flux, "detector.quenching.k=0.155")
    high = counts(flux, "detector.quenching.k=0.166")
    assert low / nominal - 1 == pytest.approx(-0.136, abs=0.01)
    assert high / nominal - 1 == pytest.approx(0.082, abs=0.01)
    if spectrum == "huber-mueller":
        assert low == pytest.approx(255, rel=0.01)


def test_conus_plus_depends_on_the_threshold() -> None:
    """10 eV are 22 % of the counts: the reason that the energy scale dominates their errors."""
    counts_at = [
        expected_signal(build_model(experiment(LEIBSTADT, f"detector.threshold_kev={threshold}")))[
            0
        ].sum()
        for threshold in THRESHOLDS
    ]
    ratios = [counts_at[1] / counts_at[0], counts_at[2] / counts_at[1]]
    assert ratios == pytest.approx([0.783, 0.784], abs=0.01)


def test_conus_plus_form_factor_is_two_per_cent() -> None:
    gain = counts("physics.form_factor=unity") / counts() - 1
    assert 0.005 < gain < 0.03


def test_conus_plus_by_hand() -> None:
    """One adaptive integral over recoil energy: rate, Lindhard's curve, Gaussian resolution."""
    given = experiment(LEIBSTADT)

    def seen(recoil: float) -> float:
        epsilon = 11.5 * 32 ** (-7 / 3) * recoil
        g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
        energy = recoil * 0.162 * g / (1 + 0.162 * g)
        sigma = math.sqrt((0.048 / 2.3548200) ** 2 + 2.96e-3 * 0.11 * energy)
        window = ndtr((1.0 - energy) / sigma) - ndtr((0.16 - energy) / sigma)
        return rate(given, recoil) * float(window)

    nodes = (0.1, 0.5, 0.9, 1.3, 2.0, 4.65)
    expected = 327 * sum(quad(seen, a, b, epsrel=1e-5)[0] for a, b in pairwise(nodes))
    found = expected_signal(build_model(given))[0].sum()
    assert found == pytest.approx(expected, rel=1e-4)
