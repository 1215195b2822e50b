"""The likelihood as a grid: written, read back, and equal to fits that share nothing with it."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest

from analysis.exports.likelihood_grid import (
    LikelihoodGrid,
    grid_image,
    grid_table,
    likelihood_grid,
)
from analysis.fits.minimum import minimise, treated_likelihood
from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

NAMES = ("mu_nu", "q_nu", "r2_nu")


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"]))


@pytest.fixture(scope="module")
def grid(model: Model) -> LikelihoodGrid:
    ranges = {"mu_nu": (0.0, 8e-11, 5), "q_nu": (-4e-12, 4e-12, 5), "r2_nu": (-2e-30, 1e-30, 4)}
    return likelihood_grid(model, model.asimov(), ranges)


def test_written_and_read_back(model: Model, grid: LikelihoodGrid, tmp_path: Path) -> None:
    """Every number of both files, and every point again by MIGRAD from the nominal nuisances."""
    path = tmp_path / "grid.h5"
    path.write_bytes(grid_image(grid))
    lines = grid_table(grid).splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert rows[0] == [*NAMES, "rise"]
    table = np.array(rows[1:], dtype=np.float64)
    with h5py.File(path, "r") as file:
        stored = file["likelihood"]
        assert stored.attrs["signal"] == "rise"
        assert tuple(stored.attrs["axes"]) == NAMES
        rise = stored["rise"][()]
        values = [stored[name][()] for name in NAMES]
        units = [stored[name].attrs["units"] for name in NAMES]
        lowest = dict(file["minimum"].attrs)
        assert file["experiment"].attrs["sha256"] == model.experiment.sha256()
        assert file.attrs["treatment"] == "off-joint"
    assert units == ["mu_B", "e", "cm^2"]
    assert rise.shape == (5, 5, 4)
    np.testing.assert_array_equal(table[:, -1], rise.ravel())
    np.testing.assert_array_equal(
        table[:, :-1].T, [v.ravel() for v in np.meshgrid(*values, indexing="ij")]
    )
    likelihood = treated_likelihood(model, model.asimov())
    known = [model.signal_table.parameter(name) for name in NAMES]
    for place in ((0, 0, 0), (4, 1, 3), (2, 2, 2), (1, 4, 0)):
        held = {
            p.fitted: p.inverse(float(v[i])) for p, v, i in zip(known, values, place, strict=True)
        }
        alone = minimise(likelihood, {**likelihood.others(), **held})
        wanted = alone.value - lowest["minus_two_log_likelihood"]
        assert rise[place] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert lowest["minus_two_log_likelihood"] == pytest.approx(0.0, abs=1e-9)
    assert lowest["n_bins"] == likelihood.counts.size
    assert [lowest[name] for name in ("mu_nu", "q_nu")] == pytest.approx([0.0, 0.0], abs=1e-16)
    assert any(model.experiment.sha256() in line for line in lines[:4])


def test_squares_are_equidistant(grid: LikelihoodGrid) -> None:
    moment = grid.axes[0]
    np.testing.assert_allclose(np.diff(moment.values**2), (8e-11) ** 2 / 4, rtol=1e-12)


def test_ranges_of_its_own(model: Model) -> None:
    """Alone a parameter goes to where 16 is reached: 4 sigma of the asymptotic limit."""
    found = likelihood_grid(model, model.asimov(), {"mu_nu": None})
    assert found.rise[-1] == pytest.approx(16.0, rel=1e-6)
    four_sigma = 0.99996832875816688
    end = limit(model, model.asimov(), "mu_nu", four_sigma, "qtilde").upper
    assert found.axes[0].values[-1] == pytest.approx(end, rel=1e-6)


@pytest.mark.parametrize(
    ("ranges", "words"),
    [
        ({"mu_nu": (0.0, 1e-10, 400), "q_nu": (-1e-12, 1e-12, 700)}, "at most 250000 points"),
        ({"mu_nu": (-1e-11, 1e-10, 4)}, "mu_nu is not below 0"),
        ({"q_nu": (1e-12, 1e-12, 4)}, "to a higher one"),
        ({"spin": None}, "parameter 'spin'"),
        ({"r2_nu": None, "sin2_theta_w": None}, "sin2_theta_w"),
        ({}, "at least one"),
    ],
)
def test_refusals(model: Model, ranges: dict[str, None], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        likelihood_grid(model, model.asimov(), ranges)
