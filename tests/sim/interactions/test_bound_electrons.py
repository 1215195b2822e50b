"""Interactions under ionization models: which integral of the atom each of them takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.experiment import load_experiment
from sim.instruments.assembly import remarks

Rate = Callable[..., np.ndarray]
RECOILS = [1.5, 4.0, 12.0]
TABLES: dict[str, dict[str, Any]] = {
    "eps_e_v": {"model": "nsi"},
    "g_zp": {"model": "vector-mediator", "mass_mev": 1e-3, "charges": "le-lmu"},
    "mu_n": {"model": "dipole-portal", "sterile_mass_mev": 0.05},
    "g_phi": {"model": "scalar-mediator", "mass_mev": 0.1},
}
SIZES = {"eps_e_v": 1.0, "g_zp": 1e-6, "mu_n": 1e-10, "g_phi": 1e-5, "sin2_theta_w": 0.7}


@pytest.fixture
def effect(rate: Rate) -> Callable[[str, str], np.ndarray]:
    """What a value adds to the rate of germanium's electrons under an ionization model."""

    def call(ionization: str, name: str) -> np.ndarray:
        tables = [TABLES[name]] if name in TABLES else []
        with_it, without = (
            rate("GM", RECOILS, values, *tables, ionization=ionization)
            for values in ({name: SIZES[name]}, {})
        )
        return np.asarray(with_it - without)

    return call


@pytest.mark.parametrize("name", ["eps_e_v", "sin2_theta_w"])
def test_contact_terms_take_the_weak_integral(
    rate: Rate, effect: Callable[[str, str], np.ndarray], name: str
) -> None:
    """They change with the model as the Standard Model does."""
    standard = [rate("GM", RECOILS, {}, ionization=m) for m in ("orbital", "stepping")]
    ratio = effect("orbital", name) / effect("stepping", name)
    np.testing.assert_allclose(ratio, standard[0] / standard[1], rtol=1e-10)
    assert np.max(np.abs(ratio - 1)) > 1e-3


@pytest.mark.parametrize("name", ["g_zp", "mu_n", "g_phi"])
@pytest.mark.parametrize("ionization", ["orbital", "pai", "epa-max", "best"])
def test_mediators_stay_with_stepping(
    effect: Callable[[str, str], np.ndarray], ionization: str, name: str
) -> None:
    np.testing.assert_allclose(effect(ionization, name), effect("stepping", name), rtol=1e-8)


def test_the_output_says_what_stays_with_stepping() -> None:
    table = 'interaction=[{model="vector-mediator", mass_mev=1.0}, {model="nsi"}]'
    lines = {
        name: remarks(load_experiment("gemma-2012", (f"physics.ionization={name}", table)))
        for name in ("orbital", "free")
    }
    assert "ionization orbital: g_zp by stepping" in lines["orbital"]
    assert not any("by stepping" in line for line in lines["free"])


@pytest.mark.parametrize(
    ("name", "table", "value", "same", "other"),
    [
        ("g_zp", {"model": "vector-mediator", "mass_mev": 0.0}, 3e-7, "q_nu", -9.814480e-13),
        ("mu_n", {"model": "dipole-portal", "sterile_mass_mev": 0.0}, 3e-11, "mu_nu", 3e-11),
    ],
)
def test_massless_is_electromagnetic_under_stepping(
    rate: Rate, name: str, table: dict[str, Any], value: float, same: str, other: float
) -> None:
    """On bound electrons too, above and below edges of germanium."""
    mediated = rate("GM", RECOILS, {name: value}, table)
    np.testing.assert_allclose(mediated, rate("GM", RECOILS, {same: other}), rtol=1e-6)


def test_heavy_is_contact_under_stepping(rate: Rate) -> None:
    """eps_e^V = g^2 Q_nu Q_e / (sqrt2 G_F m^2), off by 2 m_e T / m^2 of the shift."""
    mass, strength = 100.0, 0.05
    g = (strength * mass**2 / 6.062411e10) ** 0.5
    heavy = rate("GM", RECOILS, {"g_zp": g}, {"model": "vector-mediator", "mass_mev": mass})
    contact = rate("GM", RECOILS, {"eps_e_v": strength}, {"model": "nsi"})
    np.testing.assert_allclose(heavy, contact, rtol=3e-6)
