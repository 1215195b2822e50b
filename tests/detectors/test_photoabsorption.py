"""Photoabsorption against the physics page, its sources, other compilations and the sum rule."""

from __future__ import annotations

import importlib

import numpy as np
import pytest
from scipy import constants
from scipy.integrate import trapezoid

from detectors.matter.atoms import atom
from detectors.matter.photoabsorption import (
    photoabsorption_cm2,
    photoabsorption_edges_kev,
    photoabsorption_range_kev,
)
from detectors.tables import shipped_elements

ALL_ELEMENTS = list(shipped_elements("photoabsorption.csv"))
ELEMENTS = ["He", "C", "O", "F", "Na", "Al", "Si", "Ar", "Ca", "Zn", "Ge", "I", "Xe", "Cs", "W"]
RADIUS_CM = 1e2 * constants.value("classical electron radius")
HC_KEV_CM = constants.h * constants.c / constants.e * 1e-3 * 1e2

# Section 3 of the physics page, germanium in barn: Elam, Chantler, EPDL97, Henke.
GERMANIUM = {
    0.1: (6.53e6, 7.78e6, 7.86e6, 6.85e6),
    0.3: (2.488e6, 2.493e6, 2.861e6, 3.241e6),
    0.5: (9.527e5, 9.784e5, 1.067e6, 1.214e6),
    1.0: (2.276e5, 2.127e5, 2.276e5, 2.265e5),
    3.0: (1.155e5, 1.128e5, 1.154e5, 1.169e5),
    10.0: (4308, 4117, 4286, 4345),
    12.0: (1.945e4, 1.931e4, 1.947e4, 2.015e4),
}


def barn(element: str, energy_kev: float | np.ndarray) -> np.ndarray:
    return photoabsorption_cm2(element, energy_kev) / 1e-24


@pytest.mark.parametrize(("energy", "compilations"), GERMANIUM.items())
def test_germanium_of_the_physics_page(energy: float, compilations: tuple[float, ...]) -> None:
    """Henke's value to 0.6 %, and inside the spread of the four."""
    found = barn("Ge", energy)[0]
    assert found == pytest.approx(compilations[-1], rel=6e-3)
    assert 0.994 * min(compilations) <= found <= 1.006 * max(compilations)


def test_check_point_16() -> None:
    """sigma(1 keV) of the equivalent-photon check point, 2.276e5 b, to 0.5 %."""
    assert photoabsorption_cm2("Ge", 1.0)[0] == pytest.approx(2.276e-19, rel=5e-3, abs=0)


def test_germanium_at_30_ev() -> None:
    assert barn("Ge", 0.03)[0] == pytest.approx(3.09e6, rel=6e-3)


@pytest.mark.parametrize("element", ELEMENTS)
def test_reproduces_henke(element: str) -> None:
    """2 r_e lambda f2 at 400 energies of its own grid up to 30 keV, away from edges: to 0.6 %."""
    table = getattr(importlib.import_module("periodictable"), element)
    energy, _, f2 = table.xray.sftable
    low, _ = photoabsorption_range_kev(element)
    near_edge = np.any(np.abs(energy[:, None] - photoabsorption_edges_kev(element)) < 3e-4, axis=1)
    kept = (energy > 1.001 * low) & (energy < 30.0) & ~near_edge & np.isfinite(f2)
    assert np.count_nonzero(kept) > 300
    expected = 2 * RADIUS_CM * HC_KEV_CM / energy[kept] * f2[kept]
    np.testing.assert_allclose(photoabsorption_cm2(element, energy[kept]), expected, rtol=6e-3)


@pytest.mark.parametrize("element", ELEMENTS)
def test_against_xraydb(element: str) -> None:
    """Elam from 30 keV on to 0.6 %; Elam and Chantler from 1 to 30 keV to 22 % where above 10 b.

    5 % around every edge is left out: the compilations resolve different ones.
    """
    xraydb = importlib.import_module("xraydb")
    atoms_per_gram = constants.N_A / xraydb.atomic_mass(element)
    edges = np.array([1e-3 * e.energy for e in xraydb.xray_edges(element).values()])

    def away_from_edges(energy: np.ndarray) -> np.ndarray:
        return np.asarray(energy[np.all(np.abs(energy[:, None] / edges - 1) > 0.05, axis=1)])

    high = away_from_edges(np.geomspace(30.5, 99.5, 60))
    elam = xraydb.mu_elam(element, 1e3 * high, kind="photo") / atoms_per_gram
    np.testing.assert_allclose(photoabsorption_cm2(element, high), elam, rtol=6e-3)

    energy = away_from_edges(np.geomspace(1.05, 29.5, 60))
    found = photoabsorption_cm2(element, energy)
    strong = found > 1e-23
    assert np.count_nonzero(strong) > 10
    elam = xraydb.mu_elam(element, 1e3 * energy, kind="photo") / atoms_per_gram
    chantler = xraydb.mu_chantler(element, 1e3 * energy, photo=True) / atoms_per_gram
    np.testing.assert_allclose(found[strong], elam[strong], rtol=0.22)
    np.testing.assert_allclose(found[strong], chantler[strong], rtol=0.22)


@pytest.mark.parametrize("element", [e for e in ALL_ELEMENTS if e not in ("H", "Li", "Be", "B")])
def test_sum_rule(element: str) -> None:
    """Thomas, Reiche, Kuhn: int sigma dE = 2 pi^2 r_e hbar c Z, here from 10 eV to 100 keV.

    0.79 to 1.06 of it: oscillators of valence electrons below 10 eV and discrete lines are
    missing, which is too much of the lightest atoms to test them.
    """
    z = int(shipped_elements("isotopes.csv")[element][0]["z"])
    low, high = photoabsorption_range_kev(element)
    energy = np.geomspace(low, high, 40_001)
    energy[0], energy[-1] = low, high
    integral = trapezoid(photoabsorption_cm2(element, energy), energy)
    strength = integral / (np.pi * RADIUS_CM * HC_KEV_CM)
    assert 0.79 < strength / z < 1.06


@pytest.mark.parametrize("element", [e for e in ELEMENTS if e not in ("He", "C", "O", "F")])
def test_k_edges_match_the_binding_energies(element: str) -> None:
    """Where the K shell opens (1 to 100 keV), the table has an edge within 0.1 %, and it rises."""
    k_edge = atom(element).binding_kev[0]
    edges = photoabsorption_edges_kev(element)
    nearest = edges[np.argmin(np.abs(edges - k_edge))]
    assert nearest == pytest.approx(k_edge, rel=1e-3)
    below, at, above = barn(element, nearest * np.array([1 - 1e-9, 1.0, 1 + 1e-9]))
    assert at == pytest.approx(above, rel=1e-6)
    assert at > 4.5 * below


def test_interpolation_never_crosses_an_edge() -> None:
    """Just below germanium's K edge sigma still falls like the segment before it."""
    edge = float(photoabsorption_edges_kev("Ge")[1])
    assert edge == pytest.approx(11.103, rel=0, abs=2e-4)
    far, near, last = barn("Ge", np.array([0.90 * edge, 0.999 * edge, np.nextafter(edge, 0)]))
    assert far > near > last
    slope = np.log(last / near) / np.log(1 / 0.999)
    assert -3.5 < slope < -2.0


def test_points_of_the_table_are_exact() -> None:
    """The lower and the upper value of an edge, and every other point."""
    rows = shipped_elements("photoabsorption.csv")["Xe"]
    energy = np.array([float(row["energy_kev"]) for row in rows])
    value = np.array([float(row["barn_per_atom"]) for row in rows])
    assert np.all(np.diff(energy) >= 0)
    lower = np.append(np.diff(energy) == 0, False)
    np.testing.assert_allclose(barn("Xe", energy[~lower]), value[~lower], rtol=1e-12)
    just_below = np.nextafter(energy[lower], 0)
    np.testing.assert_allclose(barn("Xe", just_below), value[lower], rtol=1e-9)
    edges = photoabsorption_edges_kev("Xe")
    np.testing.assert_array_equal(edges, energy[lower])
    known = [0.6764, 4.7872, 5.1072, 5.4528, 30.0, 34.561]
    np.testing.assert_allclose(edges, known, rtol=0, atol=1e-4)


def test_straight_in_log_log() -> None:
    """Half-way between two neighbouring points the geometric mean of their values."""
    rows = shipped_elements("photoabsorption.csv")["Ge"]
    (x0, y0), (x1, y1) = (
        (float(row["energy_kev"]), float(row["barn_per_atom"])) for row in rows[20:22]
    )
    assert x1 > x0
    assert barn("Ge", np.sqrt(x0 * x1))[0] == pytest.approx(np.sqrt(y0 * y1), rel=1e-12)


@pytest.mark.parametrize("element", ALL_ELEMENTS)
def test_tables_are_sound(element: str) -> None:
    """From 10 eV (or the threshold of a gas) to 100 keV, positive, at most two values a point."""
    rows = shipped_elements("photoabsorption.csv")[element]
    energy = np.array([float(row["energy_kev"]) for row in rows])
    gases = {"H": 16.71, "He": 24.7, "Ne": 21.7, "Ar": 15.9, "Kr": 14.2, "Xe": 12.32}
    assert 1e3 * energy[0] == pytest.approx(gases.get(element, 10.0), rel=1e-3)
    assert energy[-1] == 100.0
    assert np.all(np.diff(energy) >= 0)
    assert np.all(energy[2:] > energy[:-2])
    assert all(float(row["barn_per_atom"]) > 0 for row in rows)


@pytest.mark.parametrize("energy", [0.00999, 100.01, 0.0, -1.0, float("nan")])
def test_outside_the_table(energy: float) -> None:
    """An error by default, 0 for those who ask for it."""
    message = rf"photoabsorption of Ge is tabulated from 0\.01 to 100 keV, asked for {energy:g}"
    with pytest.raises(ValueError, match=message):
        photoabsorption_cm2("Ge", np.array([1.0, energy]))
    found = photoabsorption_cm2("Ge", np.array([1.0, energy]), outside="zero")
    assert found[0] == photoabsorption_cm2("Ge", 1.0)[0]
    assert found[1] == 0.0


def test_both_ends_belong_to_the_table() -> None:
    assert np.all(barn("Ge", np.array(photoabsorption_range_kev("Ge"))) > 0)


def test_unknown_element() -> None:
    with pytest.raises(ValueError, match=r"'Tc': photoabsorption is shipped for H, He, .*, U$"):
        photoabsorption_cm2("Tc", 1.0)
