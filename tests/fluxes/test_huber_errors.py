"""Huber's errors against his own columns, and the signs of the correlated ones."""

from __future__ import annotations

from importlib import resources

import numpy as np
import pytest

from fluxes.uncertainty.huber_errors import (
    HUBER_ISOTOPES,
    correlated_shift,
    huber_errors,
    symmetrised,
)


def columns(isotope: str) -> np.ndarray:
    """The official table: rows of 250 keV, column 13 and 14 the total errors."""
    path = resources.files("fluxes.data").joinpath(f"huber_2011_{isotope}.dat")
    return np.loadtxt(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("isotope", HUBER_ISOTOPES)
def test_total_errors(isotope: str) -> None:
    """The parts, squared and added, are columns 13 and 14, squared and averaged."""
    e = huber_errors(isotope)
    parts = (e.uncorrelated, e.charge, e.weak_magnetism, e.norm)
    total = np.sqrt(sum(part**2 for part in parts))
    lower, upper = columns(isotope)[:, 12:14].T
    np.testing.assert_allclose(total, np.sqrt((lower**2 + upper**2) / 2), rtol=1e-4)
    assert np.all(total >= np.minimum(-lower, upper) * (1 - 1e-4))
    assert np.all(total <= np.maximum(-lower, upper) * (1 + 1e-4))


@pytest.mark.parametrize("isotope", HUBER_ISOTOPES)
def test_each_part(isotope: str) -> None:
    rows, e = columns(isotope), huber_errors(isotope)
    np.testing.assert_allclose(e.uncorrelated, np.hypot(rows[:, 3], rows[:, 5]), rtol=1e-12)
    np.testing.assert_allclose(e.norm, rows[:, 11], rtol=1e-12)
    np.testing.assert_allclose(np.abs(e.charge), symmetrised(rows[:, 6:8]), rtol=1e-12)
    np.testing.assert_allclose(np.abs(e.weak_magnetism), symmetrised(rows[:, 8:10]), rtol=1e-12)


def test_bins() -> None:
    """Around each energy of the table, from 2 to 10 MeV."""
    for isotope in HUBER_ISOTOPES:
        edges, energies = huber_errors(isotope).edges_mev, columns(isotope)[:, 0]
        assert edges.size == energies.size + 1 == 26
        assert np.all((edges[:-1] <= energies) & (energies < edges[1:]))
        np.testing.assert_allclose(edges[[0, 1, 2, 24, 25]], [2, 2.125, 2.375, 7.875, 10])


@pytest.mark.parametrize(
    ("isotope", "charge", "weak_magnetism"),
    [("u235", (-3, 1), 2), ("pu239", (-2, 0), 1), ("pu241", (-4, 0), 1)],
)
def test_signs(isotope: str, charge: tuple[int, int], weak_magnetism: int) -> None:
    """Weak magnetism turns the spectrum about 2.3 MeV, Z about 2.9 MeV.

    A continuous course: neighbouring bins never jump by more than two of the usual steps.
    """
    e = huber_errors(isotope)
    assert np.sum(e.weak_magnetism < 0) == weak_magnetism
    assert np.all(e.weak_magnetism[weak_magnetism:] > 0)
    assert np.all(e.charge[4:] > 0)
    assert np.any(e.charge[:4] < 0)
    for course in (e.weak_magnetism, e.charge):
        steps = np.diff(course)
        assert np.max(np.abs(steps)) < 2 * np.max(np.abs(steps[5:]))


def test_courses_that_change_places() -> None:
    """A straight and a parabolic course, sorted by sign as Huber does, are found again."""
    energy = np.linspace(2, 8, 25)
    up, down = 0.01 * (energy - 2.8), -0.012 * (energy - 2.8)
    sides = np.stack([np.minimum(up, down), np.maximum(up, down)], axis=1)
    expected = np.sign(energy - 2.8) * np.sqrt((up**2 + down**2) / 2)
    np.testing.assert_allclose(correlated_shift(sides), expected, rtol=1e-12)
    one = -0.001 * (energy - 2.3) * (energy - 3.3)
    sides = np.stack([np.minimum(one, 0), np.maximum(one, 0)], axis=1)
    np.testing.assert_allclose(correlated_shift(sides), -one / np.sqrt(2), rtol=1e-9, atol=1e-12)


def test_other_isotopes() -> None:
    with pytest.raises(ValueError, match=r"isotope 'u238': Huber's errors are of u235, pu239"):
        huber_errors("u238")
