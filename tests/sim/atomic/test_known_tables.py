"""Ionization tables: those shipped against the page and the code, their text, the user's cache."""

from pathlib import Path

import numpy as np
import pytest

from detectors.matter.atoms import atom
from sim.cross_sections.atomic import table_building
from sim.cross_sections.atomic.ionization_table import IonizationTable
from sim.cross_sections.atomic.known_tables import (
    cached_file,
    computed_table,
    ionization_table,
    shipped_text,
)
from sim.cross_sections.atomic.oscillator_strengths import OscillatorStrengths
from sim.cross_sections.atomic.self_consistent_field import self_consistent_field
from sim.cross_sections.atomic.table_building import built_table
from sim.cross_sections.atomic.table_files import table_from_text, table_text

HARTREE_KEV = 27.211386245981e-3
SHIPPED = ("He", "C", "O", "F", "Na", "Al", "Si", "Ar", "Ca", "Ge", "Kr", "I", "Xe", "Cs", "W")
# T in keV, ratio to stepping of weak, magnetic and charge, from a prototype (None: not given).
GERMANIUM = (
    (0.05, 0.779, 0.417, 1.453), (0.1, 0.859, 0.649, 4.216), (0.15, 0.839, 0.665, 3.831),
    (0.2, 0.866, 0.738, 3.750), (0.3, 0.939, 0.875, 3.458), (0.5, 0.986, 0.956, 2.650),
    (1.0, 0.997, 0.985, 1.788), (1.3, 0.996, 0.979, 2.873), (1.5, 0.993, 0.977, 2.668),
    (2.0, 0.995, 0.983, 2.170), (3.0, 0.998, 0.990, 1.705), (5.0, 1.000, 0.995, 1.372),
    (10.0, 1.000, 0.998, 1.161), (12.0, 0.998, 0.995, 1.300), (20.0, 1.000, 0.997, 1.161),
    (55.0, 1.001, 0.999, 1.048),
)  # fmt: skip
XENON = (
    (0.3, 0.948, 0.850, 2.16), (0.5, 0.976, 0.939, 2.19), (1.0, 0.993, 0.972, 3.57),
    (2.0, 0.996, 0.985, 2.22), (5.0, 0.999, 0.993, 1.72), (10.0, 1.000, 0.995, 1.40),
    (20.0, 1.001, 0.998, 1.18),
)  # fmt: skip
HELIUM = (
    (0.0247, 0.830, 0.776, 9.42), (0.03, 0.871, 0.842, 8.14), (0.05, 0.940, 0.943, 5.10),
    (0.1, 0.983, 0.993, 2.69), (0.2, 0.997, 1.003, 1.64),
)  # fmt: skip
SILICON = (
    (0.1, 0.753, 0.586, None), (0.15, 0.865, 0.776, None), (0.2, 0.952, 0.893, None),
    (0.5, 0.994, 0.975, None), (2.0, 0.991, 0.988, None),
)  # fmt: skip
ARGON = (
    (0.05, 0.965, 0.777, None), (0.3, 0.970, 0.941, None), (0.5, 0.986, 0.972, None),
    (1.0, 0.997, 0.992, None), (5.0, 0.996, 0.996, None),
)  # fmt: skip
PAGE = [
    (symbol, *row)
    for symbol, rows in (
        ("Ge", GERMANIUM), ("Xe", XENON), ("He", HELIUM), ("Si", SILICON), ("Ar", ARGON)
    )
    for row in rows
]  # fmt: skip


@pytest.mark.parametrize(("symbol", "t_kev", "weak", "magnetic", "charge"), PAGE)
def test_ratios_of_the_prototype(
    symbol: str, t_kev: float, weak: float, magnetic: float, charge: float | None
) -> None:
    recoil = np.array([t_kev])
    found = ionization_table(symbol).effective_electrons(recoil) / atom(symbol).active_electrons(
        recoil
    )
    np.testing.assert_allclose(found[:2, 0], [weak, magnetic], rtol=1e-2)
    if charge is not None:
        assert found[2, 0] == pytest.approx(charge, rel=3e-2)


@pytest.mark.parametrize(
    ("shell", "t_kev", "weak", "magnetic"),
    [
        ("K", 12.0, 0.956, 0.931),
        ("L1", 1.5, 0.958, 0.911),
        ("L3", 1.3, 0.988, 0.949),
        ("M1", 0.2, 0.651, 0.389),
        ("M3", 0.15, 0.646, 0.355),
        ("M5", 0.05, 0.670, 0.231),
    ],
)
def test_subshells_just_above_their_edges(
    shell: str, t_kev: float, weak: float, magnetic: float
) -> None:
    found = ionization_table("Ge").subshells[shell].integrals(np.array([t_kev]))
    np.testing.assert_allclose(found[0, :2], [weak, magnetic], rtol=1e-2)


@pytest.mark.parametrize("symbol", SHIPPED)
def test_shipped_tables_are_made_by_this_code(symbol: str) -> None:
    """A node in the middle of the innermost and of an outer subshell, computed anew."""
    strengths = OscillatorStrengths(self_consistent_field(atom(symbol)))
    table = ionization_table(symbol)
    for name in (next(iter(table.subshells)), list(table.subshells)[-1]):
        subshell = table.subshells[name]
        middle = subshell.excess.size // 2
        threshold = subshell.binding_kev / HARTREE_KEV
        found = strengths.integrals(name, threshold * (1 + subshell.excess[middle]), threshold)
        np.testing.assert_allclose(found, subshell.values[middle], rtol=2e-5)


@pytest.mark.parametrize("symbol", SHIPPED)
def test_no_rate_can_be_negative(symbol: str) -> None:
    """I_mu^2 <= I_w I_q of the sum over the subshells, at energies between the nodes as well."""
    lowest = float(atom(symbol).binding_kev.min())
    weak, magnetic, charge = ionization_table(symbol).effective_electrons(
        np.geomspace(1.0001 * lowest, 500, 4000)
    )
    assert np.all(magnetic**2 <= weak * charge * (1 + 1e-12))


@pytest.mark.parametrize("symbol", SHIPPED)
def test_the_table_has_every_subshell_up_to_100_kev(symbol: str) -> None:
    known = atom(symbol)
    bound = [n for n, e in zip(known.shells, known.binding_kev, strict=True) if e < 99]
    assert list(ionization_table(symbol).subshells) == bound
    assert shipped_text(symbol) is not None


def test_between_the_nodes_the_table_is_the_calculation() -> None:
    strengths = OscillatorStrengths(self_consistent_field(atom("Ge")))
    table = ionization_table("Ge")
    for name, t_kev in (("M5", 0.0313), ("M1", 0.2222), ("L2", 1.7), ("N1", 0.01)):
        threshold = table.subshells[name].binding_kev / HARTREE_KEV
        expected = strengths.integrals(name, t_kev / HARTREE_KEV, threshold)
        found = table.subshells[name].integrals(np.array([t_kev]))[0]
        np.testing.assert_allclose(found[:2], expected[:2], rtol=2e-3)
        assert found[2] == pytest.approx(expected[2], rel=5e-3)


@pytest.mark.parametrize("symbol", ["C", "Ge", "Cs", "W"])
def test_electrons_are_the_sum_over_the_subshells(symbol: str) -> None:
    table = ionization_table(symbol)
    recoil = np.random.default_rng(3).permutation(np.geomspace(0.01, 3e3, 5000))
    total = np.zeros((3, recoil.size))
    for name, n in zip(table.atom.shells, table.atom.occupancy, strict=True):
        total += n * table.subshells[name].integrals(recoil).T
    np.testing.assert_allclose(table.effective_electrons(recoil), total, rtol=2e-3)


def test_only_shape_resonances_are_called_so() -> None:
    """The f barrier of iodine, xenon and caesium, a few eV to 12 eV above each edge."""
    for symbol in SHIPPED:
        found = ionization_table(symbol).resonances_kev
        assert (found.size > 20) == (symbol in ("I", "Xe", "Cs"))
    edge, table = 0.6764, ionization_table("Xe")
    above = table.resonances_kev[(table.resonances_kev > edge) & (table.resonances_kev < 0.689)]
    assert above.size > 1
    magnetic = table.subshells["M5"].integrals(np.linspace(edge, 0.689, 200))[:, 1]
    assert magnetic.max() > 3


def test_all_electrons_are_free_far_above() -> None:
    found = ionization_table("Si").effective_electrons(np.array([90.0, 2000.0]))
    np.testing.assert_allclose(found[:2], 14, rtol=2e-3)
    np.testing.assert_allclose(found[2], 14, rtol=2e-2)
    assert 1e-9 < abs(found[2, 1] - 14) < abs(found[2, 0] - 14) / 15


def test_an_edge_above_the_table_is_a_step() -> None:
    """The K shell of tungsten, taken out, counts as free from 69.5 keV on."""
    table = ionization_table("W")
    others = {n: s for n, s in table.subshells.items() if n != "K"}
    bare = IonizationTable(table.atom, others)
    below, above = bare.effective_electrons(np.array([69.524, 69.526])).T
    np.testing.assert_allclose(above - below, 2, atol=1e-3)


# Text and cache


@pytest.fixture(scope="module")
def helium() -> IonizationTable:
    return built_table(atom("He"))


def test_what_is_written_is_read(helium: IonizationTable) -> None:
    again = table_from_text(table_text(helium), atom("He"))
    np.testing.assert_allclose(again.subshells["K"].values, helium.subshells["K"].values, rtol=5e-6)
    assert table_text(again) == table_text(helium)


def test_helium_is_computed_as_it_is_shipped(helium: IonizationTable) -> None:
    """Up to the last digit, which another processor may round elsewhere."""
    shipped = ionization_table("He").subshells["K"]
    np.testing.assert_allclose(helium.subshells["K"].excess, shipped.excess, rtol=1e-5)
    np.testing.assert_allclose(helium.subshells["K"].values, shipped.values, rtol=2e-5)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda text: text.replace("method 1", "method 0"), "expected, found"),
        (lambda text: text.replace("excess", "ratio"), "columns subshell"),
        (lambda text: text[: len(text) // 2], "columns subshell|could not convert|at least four"),
        (lambda text: text.replace("24.6", "24.7"), "bound by 24.6 eV, the table says 24.7"),
        (lambda text: text.replace("K,", "L1,"), "'L1' out of place"),
        (lambda text: text + text.splitlines()[-1], "increasing"),
        (lambda text: text.replace(",0.9", ",-0.9"), "above 0"),
        (lambda text: text.replace(",0.9", ",nan,0.9", 1), "columns subshell"),
        (lambda text: text.replace(",0.001,", ",nan,"), "above 0"),
        (lambda text: text.replace(",0.001,", ",?,"), "K: could not convert"),
        (lambda text: "", "expected, found ''"),
    ],
)
def test_a_damaged_table_is_refused(change: object, match: str) -> None:
    text = change(shipped_text("He"))  # type: ignore[operator]
    with pytest.raises(ValueError, match=match):
        table_from_text(text, atom("He"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache of its own, and no table in memory."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ionization_table.cache_clear()
    yield tmp_path
    ionization_table.cache_clear()


def test_an_element_not_shipped_is_computed_once_and_kept(
    cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = ionization_table("H")
    assert "computing the orbitals of H, once" in caplog.text
    assert cached_file("H").is_relative_to(cache)
    ionization_table.cache_clear()
    monkeypatch.setattr(table_building, "built_table", None)
    again = ionization_table("H")
    np.testing.assert_array_equal(first.subshells["K"].values, again.subshells["K"].values)
    recoil = np.array([1.0])
    np.testing.assert_allclose(again.effective_electrons(recoil)[:2], 1, rtol=1e-3)


def test_a_damaged_table_in_the_cache_is_made_anew(cache: Path) -> None:
    ionization_table("H")
    whole = cached_file("H").read_text()
    cached_file("H").write_text(whole[:200])
    ionization_table.cache_clear()
    ionization_table("H")
    assert cached_file("H").read_text() == whole


def test_without_a_cache_it_works(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = cache / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert ionization_table("H").subshells["K"].excess.size > 20


def test_progress_counts_the_subshells(cache: Path) -> None:
    done: list[int] = []
    computed_table("H", done.append)
    assert done == [1]


def test_an_unknown_element_is_refused() -> None:
    with pytest.raises(ValueError, match="element 'Tc'"):
        ionization_table("Tc")


def test_a_table_shows_itself() -> None:
    table = ionization_table("Si")
    assert repr(table) == "<IonizationTable of Si: K, L1, L2, L3, M1, M2, M3>"
    html = table._repr_html_()
    assert "ionization table of Si" in html
    assert "1839 eV" in html
