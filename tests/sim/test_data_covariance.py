"""A user's covariance of the counts: what is refused, and the chi-square against numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.fits.batch import toys_at
from analysis.fits.minimum import minimise
from analysis.likelihood.assembly import joint_likelihood
from sim.experiment import ConfigurationError, load_experiment
from sim.folding.data_covariance import covariance_matrix, directions
from sim.model_assembly import build_model

TEXT = """
name = "covariance"

[reactor]
thermal_power_gw = 3.6
baseline_m = 20.7

[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 1.0
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.06
fano_factor = 0.11

[detector.quenching]
k = 0.162

[exposure]
on_days = 1.0
off_days = 0.0

[analysis]
window_kev = [2.0, 5.0]
bin_width_kev = 1.0
channels = ["electron"]

[templates]
terms = "terms.csv"

[data]
on = "on.csv"
covariance = "covariance.csv"
"""
LOW = np.array([2.0, 3.0, 4.0])
COUNTS, EXPECTED = np.array([100.0, 110.0, 95.0]), np.array([90.0, 100.0, 100.0])


def written(folder: Path, matrix: np.ndarray, error: str = "10") -> Path:
    data = [f"{a},{a + 1},{n},{error}" for a, n in zip(LOW, COUNTS, strict=True)]
    terms = [f"detector,on,,{a},{a + 1},{n}" for a, n in zip(LOW, EXPECTED, strict=True)]
    (folder / "on.csv").write_text("\n".join(["low_kev,high_kev,counts,error", *data]), "utf-8")
    if not error:
        text = "\n".join(line.rstrip(",") for line in ["low_kev,high_kev,counts", *data])
        (folder / "on.csv").write_text(text, "utf-8")
    heads = "detector,period,factors,low_kev,high_kev,counts"
    (folder / "terms.csv").write_text("\n".join([heads, *terms]), "utf-8")
    rows = [",".join(repr(float(v)) for v in row) for row in matrix]
    (folder / "covariance.csv").write_text("\n".join(rows) + "\n", "utf-8")
    (folder / "a.toml").write_text(TEXT, "utf-8")
    return folder / "a.toml"


def test_chi_square_of_gaussian_bins(tmp_path: Path) -> None:
    """r^T (diag(100) + e e^T)^-1 r = 1.928571 for e = (5, 5, 5)."""
    model = build_model(load_experiment(written(tmp_path, np.full((3, 3), 25.0))))
    assert [n.name for n in model.nuisances] == ["data:1"]
    likelihood = joint_likelihood(model, model.data())
    best = minimise(likelihood, likelihood.others())
    assert best.value == pytest.approx(1.928571, rel=1e-6)


def test_chi_square_of_a_full_matrix(tmp_path: Path) -> None:
    random = np.random.default_rng(3).normal(size=(3, 3))
    matrix = 20 * random @ random.T
    model = build_model(load_experiment(written(tmp_path, matrix)))
    likelihood = joint_likelihood(model, model.data())
    residual = COUNTS - EXPECTED
    wanted = residual @ np.linalg.solve(np.diag([100.0] * 3) + matrix, residual)
    best = minimise(likelihood, likelihood.others())
    assert best.value == pytest.approx(float(wanted), rel=1e-8)


def test_toys_of_poisson_counts_move_together(tmp_path: Path) -> None:
    """Centres of the directions fluctuate: the sum of the residuals has the variance of both."""
    path = written(tmp_path, np.full((3, 3), 25.0), error="")
    model = build_model(load_experiment(path))
    likelihood = joint_likelihood(model, model.asimov())
    toys = toys_at(likelihood, likelihood.centers, 4000, 5)
    place = likelihood.index("data:1")
    assert toys.centers[:, place].std() == pytest.approx(1.0, rel=0.05)
    np.testing.assert_allclose(likelihood.along("data:1")[0], [5.0, 5.0, 5.0], rtol=1e-12)


def test_directions_make_the_matrix() -> None:
    rows = np.array([[4.0, 1.0, 2.0], [0.0, 3.0, 3.0]])
    found = directions(rows.T @ rows)
    assert len(found) == 2
    np.testing.assert_allclose(found.T @ found, rows.T @ rows, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,0\n0,1\n", r"v.csv: 3 rows and columns expected, .*; found 2 rows of 2$"),
        ("1,0,0\n0,1,x\n0,0,1\n", r"v.csv, line 2: 'x' is not a number$"),
        ("1,0,0\n0,1,.5\n0,.4,1\n", r"not symmetric: bins 2 and 3 have 0.5 and 0.4$"),
        ("1,0,0\n0,1,3\n0,3,1\n", r"not positive semidefinite, eigenvalue -2: look at bins [23]"),
    ],
)
def test_refused_matrices(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        covariance_matrix(text, "v.csv", 3)


def test_a_refusal_is_one_of_the_experiment(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"covariance\.csv: 3 rows and columns expected"):
        build_model(load_experiment(written(tmp_path, np.eye(2))))
