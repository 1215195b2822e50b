"""The tables of an experiment: what they become, and that refusals name file and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detectors.resolution import Resolution
from sim.experiment import Experiment, parse_experiment
from sim.instruments.checks import check_tables
from sim.instruments.target import target

OVERRIDES = {
    "quenching": ["detector.quenching={model='table', file='t.txt'}"],
    "element": ["detector.quenching_by_element={Ge={model='table', file='t.txt'}}"],
    "efficiency": ["detector.efficiency={model='table', file='t.txt'}"],
    "background": ["background=[{name='b', shape='table', file='t.txt'}]"],
    "spectrum": ["reactor.spectrum=table", "reactor.spectrum_table='t.txt'"],
    "data": ["data.on='t.txt'", "exposure.off_days=0"],
}


@pytest.fixture
def using(texts: Any, tmp_path: Path) -> Callable[[str, str], Experiment]:
    """The small experiment with a table of the given text in the given place."""

    def make(place: str, text: str) -> Experiment:
        (tmp_path / "t.txt").write_text(text)
        return parse_experiment(texts.small, "small", tmp_path, OVERRIDES[place])

    return make


def test_quenching(using: Callable[[str, str], Experiment]) -> None:
    experiment = using("quenching", "# mine\n0.2 0.3\n1 0.2\n")
    (detector,) = experiment.layout.detectors
    (element,) = target(detector).constituents
    table = detector.quenching.build(element, experiment.files)
    assert table.ionization_kev(0.6)[0] == pytest.approx(0.6 * 0.25, rel=1e-15)
    with pytest.raises(ValueError, match="tabulated up to a recoil of 1 keV"):
        table.ionization_kev(9.0)
    constant = detector.quenching.model_copy(update={"beyond": "constant"})
    assert constant.build(element, experiment.files).ionization_kev(9.0)[0] == 9.0 * 0.2


def test_efficiency(using: Callable[[str, str], Experiment]) -> None:
    experiment = using("efficiency", "efficiency\tenergy_kev\n0.0\t0.1\n0.8\t0.3\n")
    curve = experiment.layout.detectors[0].efficiency.build(experiment.files)
    assert curve.acts_on == "reconstructed"
    assert curve.at(0.2)[0] == pytest.approx(0.4, rel=1e-14)


def test_background(using: Callable[[str, str], Experiment]) -> None:
    experiment = using("background", "1,0.1\n9,0.5\n")
    (section,) = experiment.config.background
    (shape,) = section.build(1.0, {}, Resolution(0.1, 0.0, 1e-3), experiment.files)
    assert shape.rate_per_kg_day(np.array([4.0, 6.0]))[0] == pytest.approx(0.6, rel=1e-14)


GOOD = {
    "quenching": "recoil_kev,quenching_factor\n0,0.2\n9,0.2\n",
    "element": "recoil_kev quenching_factor\n0 0.2\n9 0.2\n",
    "efficiency": "0.1\t0.0\n0.3\t0.8\n",
    "background": "energy_kev rate_per_kev_kg_day\n0 1\n9 1\n",
    "spectrum": "energy_mev total\n1 1\n8 0\n",
    "data": "3 4 10\n4 5 11\n5 6 8\n6 7 12\n",
}


@pytest.mark.parametrize("place", list(OVERRIDES))
def test_every_place_is_read(place: str, using: Callable[[str, str], Experiment]) -> None:
    check_tables(using(place, GOOD[place]))
    for text in ("", "just words\n", "1 2 3 4 5 6 7\n"):
        with pytest.raises(ValueError, match=r"^t\.txt"):
            check_tables(using(place, text))


@pytest.mark.parametrize(
    ("place", "text", "message"),
    [
        ("quenching", "#\n0.2,0.3\n0.2,0.2", "t.txt, line 3: recoil_kev must increase strictly: "),
        ("quenching", "-0.2,0.3\n0.2,0.2", "t.txt: recoil_kev must be >= 0, found -0.2"),
        ("element", "0.1,0.3\n\n0.2,-0.2", "t.txt, line 3: quenching_factor must be >= 0 and "),
        ("quenching", "0.1,0.3\n0.2,x", "t.txt, line 2: a number expected, found 'x'"),
        ("quenching", "recoil_kev,factor\n1,1", "t.txt: column 'quenching_factor' is missing"),
        ("efficiency", "0.2,0.3\n0.1,0.4", "t.txt, line 2: energy_kev must increase strictly: "),
        ("efficiency", "0.1 0.3\n0.2 1.01", "t.txt, line 2: efficiency must lie from 0 to 1: "),
        ("efficiency", "0.1 0.3", "t.txt: efficiency: two or more values expected, "),
        ("efficiency", "0.1 0.3\n0.2", "t.txt, line 2: 2 values expected, found 1"),
        ("background", "2,1\n1,1", "t.txt, line 2: energy_kev must increase strictly: "),
        ("background", "#\n\n2,1\n9,-6", "t.txt, line 4: rate_per_kev_kg_day must be >= 0: "),
        ("spectrum", "1,1\n2,1", "t.txt, line 1: a header line with the names of the columns "),
        ("spectrum", "energy_mev,total\n1,1\n2,-1", "t.txt, line 3: total must be >= 0: total[1]"),
        ("data", "3 4 1\n4 5 -1", "t.txt: counts must be >= 0, found -1.0 in bin 1"),
    ],
)
def test_refusals_name_file_and_line(
    place: str, text: str, message: str, using: Callable[[str, str], Experiment]
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        check_tables(using(place, text))
    assert str(caught.value).startswith(message)
