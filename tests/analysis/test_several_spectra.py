"""Limits, errors and fits of several detectors and periods against an independent program.

``tests/data/examples/expected.json``, to 1e-4 of each number (correlations: 1e-4).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.fits.minimum import minimise
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.limit import answer, limit
from analysis.limits.question import asked
from analysis.limits.significance import significance
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

Array = np.ndarray[Any, np.dtype[np.float64]]
EXAMPLES = Path(__file__).parents[1] / "data" / "examples"
EXPECTED = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))
CLOSE = 1e-4
NEGLIGIBLE = 1e-300


def example(file: str, *overrides: str) -> Model:
    return build_model(load_experiment(EXAMPLES / file, list(overrides)))


@pytest.fixture(scope="module")
def model() -> Callable[[str], Model]:
    """The model of an example, by its letter, built once."""
    made: dict[str, Model] = {}

    def of(letter: str) -> Model:
        if letter not in made:
            made[letter] = example(EXPECTED[letter]["file"])
        return made[letter]

    return of


def covariance(likelihood: Likelihood, name: str) -> tuple[list[str], Array]:
    """Inverse Fisher matrix at the Standard Model with one signal parameter free, and names."""
    held = likelihood.with_fixed(likelihood.others(name))
    free = np.flatnonzero(~held.fixed)
    information = held.fisher(held.centers)[np.ix_(free, free)]
    return [held.names[place] for place in free], np.linalg.inv(information)


def error(model: Model, name: str) -> float:
    names, matrix = covariance(joint_likelihood(model, model.asimov()), name)
    place = names.index(name)
    return float(matrix[place, place] ** 0.5)


def ends(model: Model, wanted: str, *, observed: bool = False) -> list[float]:
    """All ends of the intervals, or the upper limit alone."""
    parameter, method = wanted.split(":")
    data = model.data() if observed else model.asimov()
    found = answer(asked(model, parameter, 0.90, method), model, data)
    assert found.status == "ok"
    if parameter == "mu_nu":
        assert found.upper is not None
        return [found.upper]
    return [end for interval in found.intervals for end in interval]


def compare(model: Model, rows: dict[str, Any], *, observed: bool = False) -> int:
    """Check the limits and errors of a table; how many."""
    checked = 0
    for key, value in rows.items():
        if ":" in key:
            found, wanted = ends(model, key, observed=observed), np.atleast_1d(value)
            assert found == pytest.approx(wanted.tolist(), rel=CLOSE, abs=0), key
        elif key.endswith("_fisher_error"):
            name = key.removesuffix("_fisher_error")
            assert error(model, name) == pytest.approx(value, rel=CLOSE, abs=0), key
        elif key == "cevns_significance":
            z = significance(model, model.asimov(), "cevns").z
            assert z == pytest.approx(value, rel=CLOSE, abs=0)
        else:
            continue
        checked += 1
    return checked


@pytest.mark.parametrize("letter", "bcde")
def test_limits_and_errors(letter: str, model: Callable[[str], Model]) -> None:
    rows = EXPECTED[letter]["limits"]
    assert compare(model(letter), rows) == len(rows)


@pytest.mark.parametrize("letter", "bcde")
@pytest.mark.parametrize(("key", "name"), [("mu2", "mu2"), ("kappa", "cevns")])
def test_errors_and_correlations_of_nuisances(
    letter: str, key: str, name: str, model: Callable[[str], Model]
) -> None:
    """Norms in the nominal one, others in standard deviations of their priors."""
    built, rows = model(letter), EXPECTED[letter]
    names, matrix = covariance(joint_likelihood(built, built.asimov()), name)
    errors = dict(zip(names, np.sqrt(np.diag(matrix)), strict=True))
    row = matrix[names.index(name)] / np.sqrt(np.diag(matrix)) / errors[name]
    correlations = dict(zip(names, row, strict=True))
    wanted = rows[f"postfit_error_with_{key}_free"]
    assert {n: errors[n] for n in wanted} == pytest.approx(wanted, rel=CLOSE, abs=NEGLIGIBLE)
    wanted = rows[f"correlation_with_{key}"]
    assert {n: correlations[n] for n in wanted} == pytest.approx(wanted, rel=0, abs=CLOSE)


VARIANTS = {
    "b1": ("systematics.energy_scale={sigma=0.05, per='all'}",),
    "b3": ("background.rise.norm_per='detector+period'",),
    "b4": (
        "systematics.flux_norm=0",
        "systematics.quenching=0",
        "systematics.energy_scale=0",
    ),
    "b8": ("systematics.quenching={sigma=0.10, per='detector'}",),
    "c3": ("systematics.energy_scale={sigma=0.10, per='detector'}",),
    "c4": ("background.low-energy-excess.norm=free",),
    "d1": (
        "systematics.flux_norm=0",
        "systematics.efficiency=0",
        "systematics.threshold=0",
    ),
    "e3": ("exposure.off_residual_flux=0.2",),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(name: str) -> None:
    row = EXPECTED["variants"][name]
    assert compare(example(row["file"], *VARIANTS[name]), row) == 4


@pytest.mark.parametrize(("name", "detector"), [("b6", "C3"), ("e1", "si")])
def test_one_detector(name: str, detector: str, model: Callable[[str], Model]) -> None:
    row = EXPECTED["variants"][name]
    assert compare(model(name[0]).select(detector=[detector]), row) == 4


def test_a_run_without_split(tmp_path: Path) -> None:
    text = (EXAMPLES / "c-two-cores.toml").read_text("utf-8").replace('split = "month"', "")
    (tmp_path / "c.toml").write_text(text, "utf-8")
    (tmp_path / "c-power.csv").write_text((EXAMPLES / "c-power.csv").read_text("utf-8"), "utf-8")
    built = build_model(load_experiment(tmp_path / "c.toml"))
    assert compare(built, EXPECTED["variants"]["c1"]) == 4


def test_on_that_can_no_longer_be_told_from_off() -> None:
    row = EXPECTED["variants"]["d3"]
    built = example(row["file"], "background.neutrons.norm_per='period'")
    found = limit(built, built.asimov(), "mu_nu")
    assert found.status == row["status"]


DATA = {
    "b": ("data.file=b-data.csv",),
    "c": ("data.file=c-data.csv",),
    "d": ("data.counts={on-100=441, on-300=78, off-100=12, off-300=2}",),
}


@pytest.mark.parametrize("letter", DATA)
def test_observed_spectra(letter: str) -> None:
    """Minima at and beyond the Standard Model, the nuisances there, and limits."""
    row = EXPECTED["observed"][letter]
    built = example(EXPECTED[letter]["file"], *DATA[letter])
    assert built.observed is not None
    assert built.observed.flat.sum() == row["sum_of_counts"]
    likelihood = joint_likelihood(built, built.observed)
    null = minimise(likelihood, likelihood.others())
    wanted = row["minus_two_log_likelihood_at_SM"]
    assert null.value == pytest.approx(wanted, rel=1e-6, abs=0)
    nuisances = {n: float(null.x[likelihood.index(n)]) for n in row["nuisances_at_SM"]}
    assert nuisances == pytest.approx(row["nuisances_at_SM"], rel=CLOSE, abs=CLOSE)
    for name, best, value in (
        ("mu2", "mu2_best_unbounded", "mu2_best_value"),
        ("cevns", "cevns_best", "cevns_value"),
    ):
        found = minimise(likelihood, likelihood.others(name))
        if value in row:
            assert found.value == pytest.approx(row[value], rel=1e-6, abs=0)
        if best in row:
            x = float(found.x[likelihood.index(name)]) + (name == "cevns")
            size = float(found.errors[likelihood.index(name)])
            assert x == pytest.approx(row[best], rel=0, abs=CLOSE * size)
    assert compare(built, row, observed=True) >= 1


@pytest.mark.parametrize("file", ["a-gemma-2012.toml", "a-gemma-2012-periods.toml"])
def test_both_forms_of_a_file_of_today(file: str) -> None:
    row = {key: value for key, value in EXPECTED["observed"]["a"].items() if ":" in key}
    assert compare(example(file), row) == 3
