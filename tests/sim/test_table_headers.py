"""Headers of tables: units are converted or contradicted, never ignored."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.syntax.headers import TableHeaders
from sim.tables.curves import BACKGROUND, EFFICIENCY, QUENCHING

BACKGROUND_HEADERS = TableHeaders("energy_kev", "rate_per_kev_kg_day")


@pytest.mark.parametrize(
    ("cell", "column", "factor"),
    [
        ("energy_kev", "energy_kev", 1),
        ("energy [keV]", "energy_kev", 1),
        ("Energy (MeV)", "energy_kev", 1e3),
        ("E/eV", "energy_kev", 1e-3),
        ("energy_ev", "energy_kev", 1e-3),
        ("energy_kev [keV]", "energy_kev", 1),
        ("rate [counts/keV/kg/d]", "rate_per_kev_kg_day", 1),
        ("rate [1/(keV kg day)]", "rate_per_kev_kg_day", 1),
        ("rate [keV^-1 kg^-1 day^-1]", "rate_per_kev_kg_day", 1),
        ("rate [mdru]", "rate_per_kev_kg_day", 1e-3),
        ("rate [1/ton/yr/keV]", "rate_per_kev_kg_day", 1 / 365250),
        ("rate (events per MeV per kg per h)", "rate_per_kev_kg_day", 24e-3),
        ("energy", "energy", 1),
        ("something", "something", 1),
    ],
)
def test_names_with_units(cell: str, column: str, factor: float) -> None:
    name, found = BACKGROUND_HEADERS.column(cell)
    assert name == column
    assert float(found) == pytest.approx(factor, rel=1e-12)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("energy_kev [eV]", "'energy_kev' is in keV; 'energy [eV]' would be converted"),
        ("energy [keVnr]", "a nuclear-recoil energy, but this key is an electron-equivalent one"),
        ("rate [cps]", "unit 'cps': allowed are /keV/kg/day"),
        ("rate [1/keV/d]", "unit '1/keV/d': allowed are"),
        ("energy [parsec]", "unit 'parsec': allowed are eV, keV, MeV"),
    ],
)
def test_units_that_cannot_be(cell: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        BACKGROUND_HEADERS.column(cell)


def test_numbers_are_converted_correctly_rounded() -> None:
    table = EFFICIENCY.read("E/eV, efficiency [%]\n100,30\n700.1,91\n", "t.csv")
    np.testing.assert_array_equal(table["energy_kev"], [0.1, 0.7001])
    np.testing.assert_array_equal(table["efficiency"], [0.3, 0.91])


def test_a_named_column_stands_before_one_that_is_converted() -> None:
    """A column in other units beside that of the name was ignored, and is."""
    table = EFFICIENCY.read("energy_ev,energy_kev,efficiency\n1,2,0.5\n2,3,0.6\n", "t.csv")
    np.testing.assert_array_equal(table["energy_kev"], [2.0, 3.0])


@pytest.mark.parametrize(
    "comment",
    [
        "recoil energy (keV)  quenching (percent)",
        "recoil energy (keV)\tquenching [%]",
        "recoil [keV], quenching_factor [percent]",
    ],
)
def test_a_comment_that_is_a_header(comment: str) -> None:
    table = QUENCHING.read(f"# {comment}\n6.0 5.0\n12.0 10.0\n", "qf.dat")
    np.testing.assert_array_equal(table["quenching_factor"], [0.05, 0.1])


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("energies in eV", "line 2: the comment above says eV, the column is in keV"),
        ("E (MeV) and what was seen", "says MeV, the column is in keV"),
        ("1/ton/yr/keV", "says ton, the column is rate_per_kev_kg_day, in 1/(keV kg day)"),
        ("number of events", "says events"),
    ],
)
def test_comments_that_contradict(comment: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        BACKGROUND.read(f"# {comment}\n1 2\n3 4\n", "bkg.txt")
    with pytest.raises(ValueError, match="the comment above says percent"):
        QUENCHING.read("# all in percent\n1 2\n3 4\n", "qf.dat")


@pytest.mark.parametrize(
    "comment", ["a run of 250 eV threshold", "90 % of them", "counts/keV/kg/day", "keV, not eV"]
)
def test_comments_that_say_nothing_of_the_columns(comment: str) -> None:
    for text in ("1 2\n3 4\n", "energy_kev,rate_per_kev_kg_day\n1,2\n3,4\n"):
        table = BACKGROUND.read(f"# {comment}\n{text}", "bkg.txt")
        np.testing.assert_array_equal(table["energy_kev"], [1.0, 3.0])


def test_a_named_header_contradicts_a_comment_with_brackets() -> None:
    with pytest.raises(ValueError, match="line 2: the comment above says eV"):
        EFFICIENCY.read("# E [eV]\nenergy_kev,efficiency\n1,0.2\n3,0.4\n", "t.csv")
