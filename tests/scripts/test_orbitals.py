"""nuem orbitals: the table of an element as text, as JSON and as a file, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.matter.atoms import atom
from sim.cross_sections.atomic.known_tables import cached_file, ionization_table
from sim.cross_sections.atomic.table_files import table_from_text

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_helium_comes_out_as_shipped(nuem: Run, tmp_path: Path) -> None:
    text = nuem("orbitals", "He", "--recoil-kev", "0.05", "-o", tmp_path / "He.csv").text()
    assert "K         2          0.0246" in text
    (line,) = [line.split() for line in text.splitlines() if line.startswith("0.05")]
    assert line[1] == "2"
    assert float(line[2]) == pytest.approx(0.940, abs=0.01)
    assert float(line[3]) == pytest.approx(0.943, abs=0.01)
    assert float(line[4]) == pytest.approx(5.10, rel=0.03)
    assert float(text.split("as shipped to ")[1].split()[0]) < 1e-4
    assert text.endswith(f"wrote {tmp_path / 'He.csv'}\n")
    written = table_from_text((tmp_path / "He.csv").read_text(), atom("He"))
    np.testing.assert_allclose(
        written.subshells["K"].values, ionization_table("He").subshells["K"].values, rtol=1e-4
    )
    assert not cached_file("He").exists()


def test_an_element_that_is_not_shipped_is_kept(nuem: Run) -> None:
    content = nuem("orbitals", "H", "--recoil-kev", "0.001:1:2", "--json").json()
    assert content["difference_to_shipped"] is None
    assert content["electrons"]["stepping"] == [0, 1]
    assert content["electrons"]["weak"][1] == pytest.approx(1, rel=1e-3)
    (k,) = content["subshells"]
    assert k["binding_kev"] == 0.0136
    assert cached_file("H").read_text().count("\n") == k["n_energies"] + 2


def test_a_known_table_is_shown_at_once(nuem: Run) -> None:
    content = nuem("orbitals", "Ge", "--known", "--recoil-kev", "1", "--json").json()
    electrons = content["electrons"]
    assert electrons["stepping"] == [22]
    assert electrons["magnetic"][0] / 22 == pytest.approx(0.985, abs=2e-3)
    assert content["difference_to_shipped"] is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("Tc",), "element 'Tc': shells are shipped for H, He"),
        (("N", "--known"), "no table of N is kept: leave out --known"),
        (("He", "--recoil-kev", "0"), "--recoil-kev must be > 0"),
        (("He", "-o", "He.txt"), "must end in .csv"),
    ],
)
def test_what_is_wrong_is_named(nuem: Run, words: tuple[str, ...], message: str) -> None:
    assert message in nuem("orbitals", *words).error(2)


def test_a_file_that_is_there_is_kept(nuem: Run, tmp_path: Path) -> None:
    (tmp_path / "He.csv").write_text("mine")
    assert "--force" in nuem("orbitals", "He", "-o", tmp_path / "He.csv").error(5)
    assert (tmp_path / "He.csv").read_text() == "mine"
