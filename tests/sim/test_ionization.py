"""Ionization models: electrons that take part, and the rates that come of them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from model_arrays import signal_of
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import erf

from detectors.matter.atoms import atom, known_elements
from detectors.matter.materials import material
from detectors.matter.nuclei import natural_isotopes
from fluxes.moments import FluxMoments
from fluxes.spectra.kopeikin_2012 import kopeikin_2012
from sim.cross_sections.couplings import couplings
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.ionization.stepping import (
    COUNTS,
    atomic_recoil_scale_kev,
    electrons_per_atom,
)
from sim.experiment import ConfigurationError, parse_experiment
from sim.folding.rates import electron_recoil_rates
from sim.model_assembly import build_model
from sim.physics import physics, theory_of

GE = atom("Ge")
# Binding energy in eV and electrons, section 3 of the physics page.
GE_STEPS = (
    (11103.0, 2),
    (1414.6, 2),
    (1248.1, 2),
    (1217.0, 4),
    (180.1, 2),
    (124.9, 2),
    (120.8, 4),
    (29.8, 4),
    (29.2, 6),
)
XE_RATIO = ((0.5, 1.13), (1.0, 1.13), (2.0, 1.11), (5.0, 1.13), (10.0, 1.18), (20.0, 1.26))

EXPERIMENT = """
name = "electrons"

[reactor]
thermal_power_gw = 3.0
baseline_m = 14.0

[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 2.0
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.5

[exposure]
on_days = 100.0
off_days = 0.0

[analysis]
window_kev = [2.0, 14.0]
bin_width_kev = 1.0
channels = ["electron"]
"""


def electrons(symbol: str, model: str, *recoils_kev: float) -> np.ndarray:
    return electrons_per_atom(atom(symbol), np.array(recoils_kev), model)


@pytest.fixture(scope="module")
def moments() -> FluxMoments:
    return FluxMoments.of(kopeikin_2012())


# free and stepping


@pytest.mark.parametrize("symbol", ["H", "He", "Si", "Ge", "Xe", "W"])
def test_free_is_the_atomic_number(symbol: str) -> None:
    z = {"H": 1, "He": 2, "Si": 14, "Ge": 32, "Xe": 54, "W": 74}[symbol]
    np.testing.assert_array_equal(electrons(symbol, "free", 1e-4, 0.3, 5.0, 500.0), z)


def test_stepping_is_free_above_the_k_edge() -> None:
    for symbol in known_elements():
        edge = float(atom(symbol).binding_kev.max())
        recoils = (edge, 1.001 * edge, 30 * edge)
        np.testing.assert_allclose(
            electrons(symbol, "stepping", *recoils),
            electrons(symbol, "free", *recoils),
            rtol=1e-12,
            atol=0,
        )
        assert electrons(symbol, "stepping", 0.999 * edge)[0] < atom(symbol).z
        lowest = float(atom(symbol).binding_kev.min())
        assert electrons(symbol, "stepping", 0.999 * lowest)[0] == 0


@pytest.mark.parametrize("symbol", ["H", "He", "Li", "C", "N", "O", "F"])
def test_light_atoms_are_free_at_a_kev(symbol: str) -> None:
    recoils = (1.0, 3.0, 50.0)
    for model in ("stepping", "stepping-smoothed"):
        np.testing.assert_allclose(
            electrons(symbol, model, *recoils), atom(symbol).z, rtol=1e-12, atol=0
        )


def test_steps_of_germanium() -> None:
    """Counted by hand between the edges, 4 valence electrons below 29 eV; an edge belongs above."""
    edges = sorted(energy / 1e3 for energy, _ in GE_STEPS)
    for low, high in pairwise([*edges, 50.0]):
        middle = (low + high) / 2
        expected = 4 + sum(n for energy, n in GE_STEPS if energy / 1e3 <= middle)
        for energy in (middle, low):
            found = electrons("Ge", "stepping", energy)[0]
            assert found == pytest.approx(expected, rel=1e-12)


def test_check_point_30() -> None:
    found = electrons("Ge", "stepping", 12, 5, 1.3, 1.23, 0.5, 0.15, 0.1, 0.02)
    np.testing.assert_allclose(found, [32, 30, 28, 26, 22, 20, 14, 4], rtol=1e-12, atol=0)


def test_unknown_model() -> None:
    with pytest.raises(ValueError, match=r"^ionization 'fermi-gas': allowed are stepping, free, "):
        electrons("Ge", "fermi-gas", 1.0)


# smoothed


def test_check_point_34() -> None:
    """0.0208806 eV for germanium: Z^(4/3) (m_e / M) E_H with the mean atomic mass."""
    mean_u = sum(i.abundance * i.atomic_mass_u for i in natural_isotopes("Ge"))
    found = atomic_recoil_scale_kev(GE, mean_u * 931.49410242)
    assert found * 1e3 == pytest.approx(0.0208806, rel=1e-5)
    expected = 32 ** (4 / 3) * 0.51099895 / (72.63 * 931.49410242) * 27.211386
    assert found * 1e3 == pytest.approx(expected, rel=1e-4)


def smoothing_width_kev(symbol: str) -> float:
    """Distance from the K edge to where 84.13 % of its electrons take part."""
    edge = float(atom(symbol).binding_kev.max())
    inner = float(atom(symbol).occupancy[np.argmax(atom(symbol).binding_kev)])
    wanted = atom(symbol).z - inner + inner * (1 + erf(math.sqrt(0.5))) / 2

    def missing(distance: float) -> float:
        return float(electrons(symbol, "stepping-smoothed", edge + distance)[0]) - wanted

    return float(brentq(missing, 0, 1e-3 * edge, xtol=1e-12))


@pytest.mark.parametrize(("symbol", "mean_u"), [("Si", 28.085), ("Ge", 72.63), ("Xe", 131.29)])
def test_width_of_the_smoothed_steps(symbol: str, mean_u: float) -> None:
    """The atomic recoil scale of the element itself, prefactor 1."""
    scale = atomic_recoil_scale_kev(atom(symbol), mean_u * 931.49410242)
    assert smoothing_width_kev(symbol) == pytest.approx(scale, rel=1e-4)


@pytest.mark.parametrize("symbol", ["Si", "Ge", "Xe"])
def test_smoothed_steps_keep_their_integral(symbol: str) -> None:
    width = smoothing_width_kev(symbol)
    edges = np.unique(atom(symbol).binding_kev)
    alone = [e for e in edges if np.sum(np.abs(edges - e) < 20 * width) == 1 and e > 20 * width]
    assert len(alone) >= 4
    for edge in alone:

        def excess(distance: float, edge: float = edge) -> float:
            smooth, step = (
                float(electrons(symbol, model, edge + distance)[0])
                for model in ("stepping-smoothed", "stepping")
            )
            return smooth - step

        below, above = (
            quad(excess, *ends, epsrel=1e-9)[0] for ends in ((-9 * width, 0), (0, 9 * width))
        )
        jump = float(atom(symbol).occupancy[atom(symbol).binding_kev == edge].sum())
        assert below == pytest.approx(jump * width / math.sqrt(2 * math.pi), rel=1e-5)
        assert below + above == pytest.approx(0, abs=1e-6 * below)
        assert excess(1e-9 * width) == pytest.approx(-jump / 2, rel=1e-5)


def test_smoothed_is_stepping_away_from_the_edges() -> None:
    recoils = np.array([0.05, 0.14, 0.5, 1.3, 3.0, 11.0, 11.2, 60.0])
    np.testing.assert_allclose(
        electrons_per_atom(GE, recoils, "stepping-smoothed"),
        electrons_per_atom(GE, recoils, "stepping"),
        rtol=1e-12,
        atol=0,
    )
    fine = electrons_per_atom(GE, np.geomspace(1e-3, 20, 4000), "stepping-smoothed")
    assert np.all(np.diff(fine) >= 0)


# rrpa


def test_rrpa_divides_by_the_tabulated_ratio() -> None:
    for energy, ratio in XE_RATIO:
        stepping, rrpa = (electrons("Xe", m, energy)[0] for m in ("stepping", "rrpa"))
        assert stepping / rrpa == pytest.approx(ratio, rel=1e-12)


def test_rrpa_between_and_beyond_the_table() -> None:
    for energy, ratio in ((0.1, 1.13), (1.5, 1.12), (7.5, 1.155), (15.0, 1.22), (40.0, 1.26)):
        stepping, rrpa = (electrons("Xe", m, energy)[0] for m in ("stepping", "rrpa"))
        assert stepping / rrpa == pytest.approx(ratio, rel=1e-12)


@pytest.mark.parametrize(("formula", "missing"), [("Ge", "Ge"), ("CsI", "Cs"), ("Si", "Si")])
def test_rrpa_says_where_it_has_no_table(formula: str, missing: str, one_line: Any) -> None:
    text = EXPERIMENT.replace('"Ge"', f'"{formula}"')
    with pytest.raises(ConfigurationError) as caught:
        build_model(parse_experiment(text, overrides=["physics.ionization=rrpa"]))
    message = one_line(caught.value)
    assert message.startswith("electrons: ionization 'rrpa': no ab-initio table is shipped for")
    assert f"for {missing}, only for Xe" in message


def test_rrpa_in_an_experiment_with_xenon() -> None:
    """Between 2 and 20 keV the counts fall by 1.11 to 1.26, later bins by more."""
    text = EXPERIMENT.replace('"Ge"', '"Xe"')
    stepping, rrpa = (
        signal_of(build_model(parse_experiment(text, overrides=[f"physics.ionization={model}"])))
        for model in ("stepping", "rrpa")
    )
    ratio = stepping[:, 0] / rrpa[:, 0]
    assert np.all((ratio > 1.10) & (ratio < 1.27))
    centres = np.arange(2.5, 14)
    expected = np.interp(centres, *zip(*XE_RATIO, strict=True))
    np.testing.assert_allclose(ratio[0], expected, rtol=3e-3, atol=0)


# Rates


@pytest.mark.parametrize("model", COUNTS)
def test_rates_are_electrons_times_free_electrons(model: str, moments: FluxMoments) -> None:
    """Per kg of a compound: N_A (Z_eff of each atom) / molar mass, and once Z_eff, not twice."""
    formula, grams = ("Xe", 131.293) if model == "rrpa" else ("NaI", 22.98977 + 126.90447)
    recoils = np.array([0.3, 0.9, 1.05, 4.0, 20.0, 200.0])
    target = material(formula)
    scheme = couplings()
    interaction = physics(scheme, ionization=model)
    found = electron_recoil_rates(moments, target, interaction, recoils)[:7]
    active = sum(
        electrons_per_atom(constituent.atom, recoils, model) for constituent in target.constituents
    )
    free = free_electron_templates(moments, recoils, theory_of(scheme))[:7]
    expected = free * active * 6.02214076e26 / grams * 86400
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=0)


def test_models_agree_above_the_k_edge(moments: FluxMoments) -> None:
    recoils = np.array([11.2, 30.0, 90.0])
    rates = [
        electron_recoil_rates(
            moments, material("Ge"), physics(couplings(), ionization=model), recoils
        )
        for model in ("free", "stepping", "stepping-smoothed")
    ]
    for other in rates[1:]:
        np.testing.assert_allclose(other, rates[0], rtol=1e-12, atol=0)
