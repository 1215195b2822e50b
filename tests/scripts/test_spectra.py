"""``nuem spectra``, and ``nuem validate`` and ``nuem spectrum`` of several spectra."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from sim.store import read_spectra

EXAMPLES = Path(__file__).parent.parent / "data" / "examples"
EXPECTED = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))["c"]
CORES = EXAMPLES / "c-two-cores.toml"


def test_the_table_of_counts(nuem: Any) -> None:
    rows = list(csv.DictReader(nuem("spectra", CORES, "--csv").text().splitlines()))
    assert len(rows) == 48
    by_name = {f"{row['detector']}/{row['period']}": row for row in rows}
    for name, expected in EXPECTED["counts"].items():
        row = by_name[name]
        assert float(row["total"]) == pytest.approx(expected["total"], rel=1e-6)
        signal = expected["signal_electron"] + expected["signal_nucleus"]
        assert float(row["standard-model"]) == pytest.approx(signal, rel=1e-6)
        excess = float(row["background:low-energy-excess"])
        assert excess == pytest.approx(expected["background:low-energy-excess"], rel=1e-6)
        fraction = EXPECTED["flux_over_flux_at_full_power"].get(row["period"])
        assert fraction is None or float(row["flux_fraction"]) == pytest.approx(fraction, rel=1e-6)
    table = nuem("spectra", CORES).text().splitlines()
    assert len(table) == 49
    assert table[0].split()[:4] == ["detector", "period", "kg", "d"]
    found = nuem("spectra", CORES, "--json").json()["spectra"]
    assert sum(row["total_counts"] for row in found) == pytest.approx(EXPECTED["total"], rel=1e-6)


def test_a_label_is_no_formula(nuem: Any) -> None:
    """For a spreadsheet, to which +lab/detector would be a sum."""
    text = nuem("spectra", "+lab=gemma-2012", "b=gemma-2012", "--csv").text()
    assert [row.partition("/")[0] for row in text.splitlines()[1:]] == ["'+lab"] * 2 + ["b"] * 2


def test_what_is_beyond_the_standard_model(nuem: Any) -> None:
    file = EXAMPLES / "d-bubble-chamber.toml"
    plain = nuem("spectra", file, "--json").json()["spectra"]
    more = nuem("spectra", file, "--mu-nu", "1e-10", "--json").json()["spectra"]
    assert "beyond" not in plain[0]["counts"]
    assert more[0]["counts"]["beyond"] > 10
    assert more[2]["counts"]["beyond"] == 0
    assert more[0]["counts"]["standard-model"] == plain[0]["counts"]["standard-model"]


def test_validate_lists_spectra(nuem: Any) -> None:
    lines = nuem("validate", EXAMPLES / "b-germanium-runs.toml").out.splitlines()
    assert lines[1:3] == ["  C2/on-1: 49.4 kg d, power 0.98", "  C2/off: 19.95 kg d, power 0"]
    assert len(lines) == 10


def test_validate_says_what_off_does_not_bound(nuem: Any, tmp_path: Path) -> None:
    text = (EXAMPLES / "b-germanium-runs.toml").read_text("utf-8")
    head, _, rest = text.partition('name = "rise"')
    rest = rest.replace('norm_per = "detector"', 'norm_per = "detector+period"', 1)
    (tmp_path / "b3.toml").write_text(f'{head}name = "rise"{rest}', "utf-8")
    outcome = nuem("validate", tmp_path / "b3.toml")
    assert outcome.code == 0
    assert "background 'rise': norm_per = 'detector+period' leaves free norms" in outcome.err
    assert nuem("validate", EXAMPLES / "b-germanium-runs.toml").err == ""


def test_spectrum_of_several(nuem: Any, tmp_path: Path) -> None:
    """HDF5 and CSV hold the same; the CSV is what [data] file reads."""
    path = tmp_path / "c.h5"
    words = ("spectrum", CORES, "-o", path, "--csv", "--toys", "2", "--seed", "3")
    content = nuem(*words, "--json").json()
    assert content["written"] == [str(path), str(tmp_path / "c.csv")]
    stored = read_spectra(path)
    assert stored.toys.shape == (2, 2400)
    assert stored.spectra.infos[3].name == "tungstate/run-04"
    assert f"{stored.spectra.infos[3].start:%Y-%m-%d}" == "2026-04-01"
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text("utf-8").splitlines()))
    assert [float(row["counts"]) for row in rows] == stored.spectra.flat.tolist()
    toy = stored.toy(1)
    assert toy["sapphire", "run-24"].contents.tolist() == stored.toys[1, -50:].tolist()
