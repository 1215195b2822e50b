"""The error of the atomic model: shipped numbers, the spread they come from, and its size."""

import numpy as np
import pytest

from detectors.matter.atoms import atom
from sim.cross_sections.atomic.known_tables import ionization_table
from sim.cross_sections.atomic.model_error import (
    ENERGIES_KEV,
    has_model_error,
    model_error,
    model_error_rows,
    model_spread,
)

SHIPPED = ("He", "C", "O", "F", "Na", "Al", "Si", "Ar", "Ca", "Ge", "Kr", "I", "Xe", "Cs", "W")
# T in keV, then per cent of weak, magnetic and charge: half a spread of more variants.
GERMANIUM = (
    (0.05, 2.5, 7.5, 20.0),
    (0.1, 1.0, 4.5, 10.0),
    (0.2, 0.5, 3.0, 5.5),
    (0.5, 0.05, 1.5, 2.5),
    (2.0, 0.15, 1.0, 2.5),
)


@pytest.mark.parametrize(("t_kev", "weak", "magnetic", "charge"), GERMANIUM)
def test_germanium_is_as_uncertain_as_the_prototype_found(
    t_kev: float, weak: float, magnetic: float, charge: float
) -> None:
    """Within a factor of three and 0.2 %, which numerics have."""
    found = 100 * model_error("Ge", np.array([t_kev]))[:, 0]
    for error, expected in zip(found, (weak, magnetic, charge), strict=True):
        assert expected / 3 <= error <= 1.5 * expected + 0.2


@pytest.mark.parametrize("symbol", SHIPPED)
def test_every_shipped_table_has_its_errors(symbol: str) -> None:
    recoil = np.geomspace(1e-3, 1e3, 200)
    errors = model_error(symbol, recoil)
    assert errors.shape == (3, 200)
    assert np.all((errors >= 2e-3) & (errors <= 1))
    assert np.all(errors[:, recoil > 0.05] < 0.8)
    assert np.all(errors[:, recoil > 30] < 0.02)
    assert has_model_error(symbol)


def test_between_two_energies_in_the_logarithm() -> None:
    low, middle, high = model_error("Ge", np.array([0.05, np.sqrt(0.05 * 0.07), 0.07])).T
    np.testing.assert_allclose(middle, (low + high) / 2, rtol=1e-12)


def test_the_spread_of_helium_is_what_is_shipped() -> None:
    spread = model_spread(atom("He"), ionization_table("He"))
    energies = np.array(ENERGIES_KEV)
    known = np.any(spread > 0, axis=0)
    np.testing.assert_allclose(
        np.clip(spread, 2e-3, 1)[:, known], model_error("He", energies[known]), rtol=0.02
    )
    rows = model_error_rows("He", spread).splitlines()
    assert len(rows) == known.sum() == len(ENERGIES_KEV) - 1
    assert rows[0].startswith("He,0.03,0.0")


def test_an_element_that_is_not_shipped_is_refused() -> None:
    assert not has_model_error("N")
    with pytest.raises(ValueError, match="element 'N': the error of the atomic model is shipped"):
        model_error("N", np.array([1.0]))
