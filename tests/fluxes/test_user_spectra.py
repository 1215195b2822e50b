"""Tables of the user: what they become and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from fluxes.spectra.model import FISSILE_ISOTOPES
from fluxes.spectra.user import spectrum_model_from_table

ISOTOPES = "# mine\nenergy_mev,u235,u238,pu239,pu241\n0.5,1,2,3,4\n1.5,3,2,1,0\n4,0,0,0,0\n"
TOTAL = "energy_mev,total\n0,0\n2,6\n"


def test_isotopes() -> None:
    model = spectrum_model_from_table(ISOTOPES, "mine.csv", converted=True)
    assert (model.name, model.total, model.converted) == ("mine.csv", None, True)
    energy = np.array([0.4, 0.5, 1.0, 2.75, 4.0])
    expected = {
        "u235": [0, 1, 2, 1.5, 0],
        "u238": [0, 2, 2, 1, 0],
        "pu239": [0, 3, 2, 0.5, 0],
        "pu241": [0, 4, 2, 0, 0],
    }
    for isotope in FISSILE_ISOTOPES:
        found = model.isotope(isotope).density(energy)
        np.testing.assert_allclose(found, expected[isotope], rtol=0, atol=1e-15)


def test_total() -> None:
    model = spectrum_model_from_table(TOTAL, "mine.csv")
    assert model.total is not None
    assert model.total.integral() == pytest.approx(6.0, rel=1e-15)
    assert not model.by_isotope
    assert not model.converted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("energy_mev,u235\n1,2\n2,2\n", "column 'u238' is missing: total, or u235, u238, pu239, "),
        ("energy_mev,flux\n1,2\n2,2\n", "column 'u235' is missing: .*; found energy_mev, flux"),
        ("energy,total\n1,2\n2,2\n", "column 'energy_mev' is missing; found energy, total"),
        ("energy_mev,total,u235\n1,2,2\n2,2,2\n", "give total or the isotopes, not both; found"),
        ("energy_mev,total\n1,2\n", "at least two rows expected, found 1"),
        ("energy_mev,total\n-1,2\n2,2\n", r"energy_mev must be >= 0: energy_mev\[0\] = -1"),
        (
            "energy_mev,total\n1,2\n3,2\n2.8,1\n",
            r"energy_mev must increase, or stand twice for a step: energy_mev\[2\] = 2.8 after 3.0",
        ),
        (
            "energy_mev,total\n1,2\n2,2\n2,3\n2,4\n",
            r"energy_mev must increase, or stand twice .* energy_mev\[3\] = 2.0 after 2.0",
        ),
        (
            "energy_mev,u235,u238,pu239,pu241\n1,1,1,1,1\n2,1,1,-0.5,1\n",
            r"pu239 must be >= 0: pu239\[1\] = -0.5",
        ),
        ("energy_mev,total\n1,2\n2,two\n", "line 3: a number expected, found 'two'"),
    ],
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^mine\.csv.*{message}"):
        spectrum_model_from_table(text, "mine.csv")
