"""CLs and CLs+b of few counts: textbook numbers through the method that users call."""

from __future__ import annotations

from pathlib import Path

import pytest
from counting_files import one_bin
from scipy.optimize import brentq
from scipy.stats import poisson

from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.statistics.tested import ToyBudget
from sim.experiment import load_experiment
from sim.model_assembly import build_model


def answered(path: Path, cl: float, method: str, budget: ToyBudget | None = None) -> Limit:
    model = build_model(load_experiment(str(path)))
    assert model.observed is not None
    return limit(model, model.observed, "mu_nu", cl, method, None, budget)


def counts(found: Limit) -> float:
    assert found.upper is not None
    return (found.upper / 1e-11) ** 2


@pytest.mark.parametrize(
    ("n", "background", "cl", "method", "known"),
    [
        (0, 0.0, 0.9, "cls", 2.3026),
        (0, 3.0, 0.9, "cls", 2.3026),
        (3, 3.0, 0.9, "cls", 4.3624),
        (2, 0.5, 0.95, "cls", 5.8156),
        (5, 3.0, 0.9, "clsb", 6.2747),
        (0, 0.0, 0.9, "clsb", 2.3026),
        (0, 0.0, 0.9, "bayes-flat", 2.3026),
        (0, 3.0, 0.9, "bayes-flat", 2.3026),
    ],
)
def test_one_count(
    tmp_path: Path, n: int, background: float, cl: float, method: str, known: float
) -> None:
    found = answered(one_bin(tmp_path, n, background), cl, method)
    assert counts(found) == pytest.approx(known, abs=1e-4)
    assert found.status == "ok"
    assert found.warnings == ()
    assert found.calibration == (None if method == "bayes-flat" else "summed")


def test_nothing_seen_where_three_are_expected_is_empty(tmp_path: Path) -> None:
    found = answered(one_bin(tmp_path, 0, 3.0), 0.9, "clsb")
    assert (found.status, found.upper) == ("empty", None)


@pytest.mark.parametrize("n", [0, 1, 4, 7])
@pytest.mark.parametrize("background", [0.5, 2.0])
def test_sums_against_scipy(tmp_path: Path, n: int, background: float) -> None:
    """P(<= n; s + b) / P(<= n; b) = 1 - CL."""

    def excess(s: float) -> float:
        return float(poisson.cdf(n, s + background) / poisson.cdf(n, background)) - 0.1

    found = answered(one_bin(tmp_path, n, background), 0.9, "cls")
    assert counts(found) == pytest.approx(brentq(excess, 0.0, 60.0), rel=1e-5)


def test_many_counts_stay_asymptotic(tmp_path: Path) -> None:
    found = answered(one_bin(tmp_path, 60_000, 6e4), 0.9, "cls")
    assert found.calibration is None
    assert found.status == "ok"


def test_toys_where_the_background_is_measured(tmp_path: Path) -> None:
    """b = 3.0 +- 0.003 is as good as known, but has to be thrown: 4.3624 within its error."""
    budget = ToyBudget(20_000, 3)
    found = answered(one_bin(tmp_path, 3, 3.0, norm="0.001"), 0.9, "cls", budget)
    assert found.calibration == "toys"
    assert found.toys is not None
    assert found.toys.n_failed == 0
    upper_error = 2 * counts(found) * found.toys.upper_error / (found.upper or 1.0)
    assert 0 < upper_error < 0.2
    assert counts(found) == pytest.approx(4.3624, abs=4 * upper_error)
