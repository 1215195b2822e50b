"""Ionization model pai: folded rates, floors, positivity, and what it makes of an experiment."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from germanium_experiment import EXPERIMENT
from model_arrays import monomials, signal_of

from detectors.matter.materials import material
from fluxes.moments import FluxMoments
from fluxes.spectra.bestiole_2023 import bestiole_2023
from fluxes.spectra.kopeikin_2012 import kopeikin_2012
from fluxes.spectrum import PiecewiseSpectrum
from sim.cross_sections.couplings import couplings
from sim.cross_sections.dielectric.energy_loss import energy_loss
from sim.cross_sections.dielectric.media import medium, units_per_kg
from sim.cross_sections.ionization.pai import Matter
from sim.experiment import ConfigurationError, parse_experiment
from sim.folding.rates import electron_recoil_rates
from sim.model_assembly import build_model
from sim.physics import Physics, physics

ALPHA, M_E, HBARC2 = 7.2973525693e-3, 0.51099895, 3.893794e-22
STEPPING, PAI = (physics(couplings(), ionization=name) for name in ("stepping", "pai"))
INTERFERENCE, OTHERS = [2, 6], [0, 1, 4, 5]


@pytest.fixture(scope="module")
def moments() -> FluxMoments:
    return FluxMoments.of(kopeikin_2012())


def rates(
    moments: FluxMoments, formula: str, interaction: Physics, recoils: np.ndarray
) -> np.ndarray:
    return electron_recoil_rates(moments, material(formula), interaction, recoils)[:7]


@pytest.mark.parametrize(("formula", "recoil"), [("Ge", 0.2), ("Ge", 12.0), ("CsI", 60.0)])
@pytest.mark.parametrize("flux", [kopeikin_2012(), bestiole_2023("u235")])
def test_folded_against_quadrature(formula: str, recoil: float, flux: PiecewiseSpectrum) -> None:
    """Flux times (L + Tr) + c D [1 + (1 - T/E)^2 - m T / E^2] / 2, above the least energy."""
    t = recoil / 1e3
    target = material(formula)
    loss = energy_loss(medium(target))
    at = np.array([recoil * 1e3])
    distant, close = float(loss.distant_at(at)[0]), float(loss.close_at(at)[0])
    low = (t + math.sqrt(t * t + 2 * M_E * t)) / 2
    kinks = np.unique(np.concatenate([[low], flux.edges_mev[flux.edges_mev > low]]))
    nodes, weights = np.polynomial.legendre.leggauss(8)
    total = 0.0
    for a, b in pairwise(kinks):
        e = (a + b) / 2 + (b - a) / 2 * nodes
        factor = distant + close * (1 + (1 - t / e) ** 2 - M_E * t / e**2) / 2
        total += (b - a) / 2 * float(np.sum(weights * flux.density(e) * factor))
    one = 2 * math.pi * ALPHA**2 * 1e-24 * HBARC2 / (M_E * t * t) / 1e3
    expected = units_per_kg(target) * one * total * 86400
    found = rates(FluxMoments.of(flux), formula, PAI, np.array([recoil]))[3, 0]
    assert found == pytest.approx(expected, rel=1e-6, abs=0)


@pytest.mark.parametrize("formula", ["Ge", "Si", "CaWO4"])
def test_all_other_terms_are_stepping(formula: str, moments: FluxMoments) -> None:
    recoils = np.concatenate([np.geomspace(0.02, 99, 80), [300.0]])
    found, stepping = (rates(moments, formula, i, recoils) for i in (PAI, STEPPING))
    np.testing.assert_allclose(found[OTHERS], stepping[OTHERS], rtol=1e-12, atol=0)
    np.testing.assert_allclose(found[INTERFERENCE], stepping[INTERFERENCE], rtol=1e-12, atol=0)
    assert np.all(found[3] > 0)


@pytest.mark.parametrize(("formula", "low", "high"), [("Ge", 3.0, 9.9), ("Si", 8.2, 9.5)])
def test_interference_is_lowered_where_q2_is_below_stepping(
    formula: str, low: float, high: float, moments: FluxMoments
) -> None:
    """From 3 to 9.9 eV in germanium and 8.2 to 9.5 eV in silicon: by the root of the ratio."""
    recoils = np.geomspace(1.2e-3, 0.1, 2000)
    found, stepping = (rates(moments, formula, i, recoils) for i in (PAI, STEPPING))
    bound = stepping[3] > 0
    ratio = found[3][bound] / stepping[3][bound]
    below = recoils[bound][ratio < 1] * 1e3
    assert below.min() == pytest.approx(low, abs=0.1)
    assert below.max() == pytest.approx(high, abs=0.1)
    lowered = found[2][bound] / stepping[2][bound]
    np.testing.assert_allclose(lowered, np.sqrt(np.minimum(ratio, 1)), rtol=1e-12)


@pytest.mark.parametrize("formula", ["Ge", "Si", "Xe", "CsI"])
@pytest.mark.parametrize("close", ["shifted", "allison-cobb"])
def test_no_rate_is_negative(formula: str, close: str, moments: FluxMoments) -> None:
    recoils = np.geomspace(1e-3, 2e3, 3000)
    interaction = physics(couplings(), ionization="pai", matter=Matter(close))
    found = rates(moments, formula, interaction, recoils)
    rng = np.random.default_rng(1)
    for q in (*np.geomspace(1e-6, 1e4, 40), *-np.geomspace(1e-6, 1e4, 40)):
        for r in (0.0, *(rng.normal(size=3) * 10 ** rng.uniform(-2, 4, 3))):
            rate = monomials(0.0, q, r) @ found[:7]
            assert rate.min() >= -1e-9 * np.abs(found).max()


@pytest.mark.parametrize(
    ("formula", "floor"), [("Xe", 0.05), ("Ar", 0.05), ("CsI(Tl)", 0.1), ("NaI", 0.1)]
)
def test_stepping_below_the_floor(formula: str, floor: float, moments: FluxMoments) -> None:
    recoils = np.array([0.02, floor * 0.999, floor * 1.001])
    found, stepping = (rates(moments, formula, i, recoils)[3] for i in (PAI, STEPPING))
    np.testing.assert_allclose(found[:2], stepping[:2], rtol=1e-12, atol=0)
    assert found[2] != pytest.approx(stepping[2], rel=0.1)


def test_enriched_germanium_counts_atoms(moments: FluxMoments) -> None:
    """Per kg fewer atoms, and the same cross section of each."""
    enriched = material("Ge", {"Ge": {76: 0.87, 74: 0.13}})
    recoils = np.array([0.05, 1.0, 20.0])
    ratio = electron_recoil_rates(moments, enriched, PAI, recoils)[3]
    ratio /= rates(moments, "Ge", PAI, recoils)[3]
    np.testing.assert_allclose(ratio, 72.63 / 75.66, rtol=1e-3)


def test_in_an_experiment() -> None:
    """Counts of q^2 rise by the ratios at 0.5, 0.9 and 3.3 keV; those of the rest stay."""
    stepping, pai = (
        build_model(parse_experiment(EXPERIMENT, overrides=[f"physics.ionization={name}"]))
        for name in ("stepping", "pai")
    )
    others = [0, 1, 2, 4, 5, 6]
    np.testing.assert_allclose(
        signal_of(pai)[others], signal_of(stepping)[others], rtol=1e-6, atol=0
    )
    gain = signal_of(pai)[3, 0] / signal_of(stepping)[3, 0]
    for place, expected in ((0, 4.13), (1, 2.48), (7, 2.56)):
        assert gain[place] == pytest.approx(expected, rel=0.15)


def test_converged_on_its_grid() -> None:
    experiment = parse_experiment(EXPERIMENT, overrides=["physics.ionization=pai"])
    once, twice = (signal_of(build_model(experiment, refinement)) for refinement in (1, 2))
    np.testing.assert_allclose(once, twice, rtol=2e-3, atol=0)


def test_options_reach_the_rate() -> None:
    def squares(*overrides: str) -> np.ndarray:
        base = ["physics.ionization=pai"]
        model = build_model(parse_experiment(EXPERIMENT, overrides=[*base, *overrides]))
        return np.asarray(signal_of(model)[3, 0])

    usual = squares()
    np.testing.assert_array_equal(squares("physics.density_g_cm3=5.3234"), usual)
    thin = squares("physics.density_g_cm3=0.53234")
    assert np.all((thin > 1.05 * usual) & (thin < 1.5 * usual))
    other = squares("physics.pai_close=allison-cobb")
    assert np.max(np.abs(other / usual - 1)) == pytest.approx(0.1, abs=0.05)


def test_what_does_not_go_together(one_line: Any) -> None:
    def message(*overrides: str, text: str = EXPERIMENT) -> str:
        with pytest.raises(ConfigurationError) as caught:
            build_model(parse_experiment(text, overrides=["physics.ionization=pai", *overrides]))
        return str(one_line(caught.value))

    assert "whatever the mass" in message("physics.epa_neutrino_mass_ev=0.1")
    sapphire = EXPERIMENT.replace('"Ge"', '"Al2O3"')
    assert "no density is known for material 'Al2O3'" in message(text=sapphire)
    given = ["physics.ionization=pai", "physics.density_g_cm3=3980 kg/m3"]
    assert signal_of(build_model(parse_experiment(sapphire, overrides=given)))[3, 0].min() > 0
    assert "density_g_cm3" in message("physics.density_g_cm3=0")
    assert "shifted" in message("physics.pai_close=mermin")
