"""Figures of bound electrons: what they draw, and the bands of the model's error."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from analysis.plots.ionization import plot_electrons, plot_ionization_ratios
from detectors.matter.atoms import atom
from sim.cross_sections.atomic.ionization_table import IonizationTable
from sim.cross_sections.atomic.known_tables import ionization_table
from sim.cross_sections.atomic.model_error import model_error


def test_electrons_over_energy() -> None:
    axes = plot_electrons(ionization_table("Ge"), ax=Figure().subplots())
    stepping, weak, magnetic = axes.get_lines()
    energies = np.asarray(stepping.get_xdata())
    np.testing.assert_array_equal(stepping.get_ydata(), atom("Ge").active_electrons(energies))
    expected = ionization_table("Ge").effective_electrons(energies)
    np.testing.assert_array_equal(weak.get_ydata(), expected[0])
    np.testing.assert_array_equal(magnetic.get_ydata(), expected[1])
    assert energies[0] == pytest.approx(0.003, rel=2e-3)
    assert axes.get_ylabel() == "electrons of Ge that take part"
    assert axes.get_xlabel() == "energy transfer [keV]"


def test_ratios_with_their_bands() -> None:
    axes = plot_ionization_ratios(ionization_table("Ge"), ax=Figure().subplots())
    bands = [c for c in axes.collections if isinstance(c, PolyCollection)]
    assert len(bands) == len(axes.get_lines()) == 3
    magnetic, band = axes.get_lines()[1], bands[1].get_paths()[0].vertices
    energies, ratios = np.asarray(magnetic.get_xdata()), np.asarray(magnetic.get_ydata())
    place = int(np.argmin(np.abs(energies - 0.1)))
    assert ratios[place] == pytest.approx(0.649, rel=0.01)
    error = model_error("Ge", energies[place : place + 1])[1, 0]
    here = band[band[:, 0] == energies[place], 1]
    np.testing.assert_allclose(
        [here.min(), here.max()], ratios[place] * np.array([1 - error, 1 + error])
    )


def test_an_element_without_errors_has_no_band() -> None:
    """The subshells of helium as those of an atom whose errors nobody shipped."""
    from dataclasses import replace

    table = IonizationTable(replace(atom("He"), symbol="Rn"), ionization_table("He").subshells)
    axes = plot_ionization_ratios(table, ax=Figure().subplots())
    assert len(axes.get_lines()) == 3
    assert len(axes.collections) == 0
