"""Digitised spectra: what is shipped, and what it is used for."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from model_arrays import expected_signal

from analysis.limits.limit import limit
from detectors.efficiency import TabulatedEfficiency
from sim.experiment import load_experiment
from sim.model_assembly import build_model

FOLDER = Path(__file__).parents[2] / "sim" / "experiments"


def columns(name: str) -> dict[str, np.ndarray]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def test_excess_of_conus_plus_is_that_of_the_figure() -> None:
    """Sums of the figure over its contributing mass: 293 +- 131 to 350 eV, 332 +- 103 to 270."""
    table = columns("conus-plus-excess.csv")
    assert table["counts"].size == 19
    for end, events, error in ((0.35, 293, 131), (0.27, 332, 103)):
        below = table["high_kev"] < end + 1e-6
        assert table["counts"][below].sum() == pytest.approx(events, abs=1)
        assert np.sqrt(np.sum(table["error"][below] ** 2)) == pytest.approx(error, abs=1)


def test_strength_of_the_excess() -> None:
    """3.7 sigma, as the paper; the limit's best fit is a weighted mean over the bins by hand."""
    model = build_model(load_experiment("conus-plus-excess", ["analysis.channels=['nucleus']"]))
    table = columns("conus-plus-excess.csv")
    expected = expected_signal(model)[0]
    weight = expected / table["error"] ** 2
    strength = float(weight @ table["counts"] / (weight @ expected))
    error = float((weight @ expected) ** -0.5)
    assert strength == pytest.approx(1.2, abs=0.05)
    assert strength / error == pytest.approx(3.7, abs=0.1)
    whole = build_model(load_experiment("conus-plus-excess"))
    found = limit(whole, whole.data(), "cevns")
    assert found.best_fit == pytest.approx(strength, rel=0.01)
    assert found.upper == pytest.approx(strength + error * 2.70554345**0.5, rel=0.01)


def test_its_exposure_is_that_of_the_detectors() -> None:
    """103.4, 215.3 and 326.4 kg day from 160, 170 and 180 eV on."""
    table = columns("conus-plus-exposure.csv")
    curve = TabulatedEfficiency(table["energy_kev"], table["efficiency"])
    exposure = 326.4 * curve.at(np.array([0.155, 0.165, 0.175, 0.185, 0.3]))
    assert exposure == pytest.approx([0, 103.4, 215.26, 326.4, 326.4], abs=0.01)


def test_a_caution_goes_with_every_limit() -> None:
    assert "read off" in load_experiment("conus-plus-excess").config.published.caution
