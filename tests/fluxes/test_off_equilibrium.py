"""Off-equilibrium correction: its table, its product with the spectra, its limits."""

from __future__ import annotations

import numpy as np
import pytest

from fluxes.reactor.flux import spectrum_per_fission
from fluxes.spectra.fission import fission_spectrum
from fluxes.spectra.off_equilibrium import in_equilibrium, off_equilibrium_correction

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
ENERGIES = np.array([2.0, 2.5, 3.0, 3.5, 4.0])
# Mueller 2011, Table VII, 450 days, percent; "< 0.1" as 0.05.
PERCENT = {
    "u235": (5.7, 4.4, 1.5, 0.7, 0.1),
    "u238": (0.0, 0.0, 0.0, 0.0, 0.0),
    "pu239": (2.1, 1.7, 0.5, 0.1, 0.05),
    "pu241": (1.9, 1.5, 0.5, 0.1, 0.05),
}


@pytest.mark.parametrize("isotope", PERCENT)
def test_the_table_and_its_lines(isotope: str) -> None:
    percent = np.array(PERCENT[isotope])
    found = off_equilibrium_correction(isotope, ENERGIES)
    np.testing.assert_allclose(100 * found, percent, rtol=1e-12)
    between = off_equilibrium_correction(isotope, ENERGIES[:-1] + 0.1)
    expected = 0.8 * percent[:-1] + 0.2 * percent[1:]
    np.testing.assert_allclose(100 * between, expected, rtol=1e-12, atol=1e-15)
    outside = off_equilibrium_correction(isotope, np.array([0.0, 1.99, 4.6, 9.0]))
    assert np.array_equal(outside, np.zeros(4))


@pytest.mark.parametrize("model", ["huber-mueller", "mueller"])
@pytest.mark.parametrize("isotope", PERCENT)
def test_product(model: str, isotope: str) -> None:
    """Cubic cells hold the product to 1e-10 of the density, on its kinks and edges too."""
    spectrum = fission_spectrum(model, isotope)
    kinks = [*ENERGIES, 4.5]
    energy = np.concatenate([np.random.default_rng(7).uniform(0.01, 9, 3000), kinks])
    expected = spectrum.density(energy) * (
        1 + np.interp(energy, kinks, [*PERCENT[isotope], 0], left=0, right=0) / 100
    )
    found = in_equilibrium(spectrum, isotope).density(energy)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=0)


def test_below_2_mev_and_for_u238_nothing_changes() -> None:
    spectrum = fission_spectrum("huber-mueller", "u235")
    energy = np.linspace(0.01, 1.999, 200)
    found = in_equilibrium(spectrum, "u235").density(energy)
    np.testing.assert_allclose(found, spectrum.density(energy), rtol=1e-12)
    u238 = fission_spectrum("huber-mueller", "u238")
    assert in_equilibrium(u238, "u238").integral() == pytest.approx(u238.integral(), rel=1e-13)


def test_spectrum_per_fission_adds_the_correction_of_each_isotope() -> None:
    energy = np.array([0.5, 2.1, 2.6, 3.3, 4.2, 5.0])
    corrected = spectrum_per_fission("huber-mueller", FRACTIONS, 0.6, off_equilibrium=True)
    plain = spectrum_per_fission("huber-mueller", FRACTIONS, 0.6)
    increase = sum(
        fraction
        * fission_spectrum("huber-mueller", isotope).density(energy)
        * off_equilibrium_correction(isotope, energy)
        for isotope, fraction in FRACTIONS.items()
    )
    found = corrected.density(energy) - plain.density(energy)
    np.testing.assert_allclose(found, increase, rtol=1e-8, atol=1e-11)
    assert found[1] / plain.density(2.1)[0] == pytest.approx(0.040, abs=0.003)
