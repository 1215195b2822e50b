"""The unified interval without toys: against the Gaussian estimate, and against toys."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.limits.limit import limit
from analysis.statistics.asymptotics import unified_interval
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model

WITHOUT_TOYS = ToyBudget(0)
METHOD = "feldman-cousins"


@pytest.fixture(scope="module")
def model() -> Model:
    """Known backgrounds and flux: with Gaussian bins mu^2 is measured as by a Gaussian."""
    flat = '[{name="flat", shape="flat", rate_per_kev_kg_day=2.0, norm=0.0}]'
    changes = ["analysis.bin_width_kev=1.8", "systematics.flux_norm=0", f"background={flat}"]
    return build_model(load_experiment("gemma-2012", changes))


@pytest.mark.parametrize("x", [-1.0, 0.0, 0.7, 2.5])
def test_a_gaussian_estimate(model: Model, x: float) -> None:
    """An estimate of mu^2 of x standard errors has the interval of Feldman and Cousins' IV A."""
    asimov = model.asimov()
    slope = model.expected_flat(NeutrinoParameters(mu_nu=1e-11)) - asimov.flat
    error = np.sum(slope**2 / asimov.flat) ** -0.5
    data = asimov.with_errors(np.sqrt(asimov.flat)).with_counts(asimov.flat + x * error * slope)
    found = limit(model, data, "mu_nu", 0.9, METHOD, budget=WITHOUT_TOYS)
    expected = [1e-11 * (error * end) ** 0.5 for end in unified_interval(0.9, x)]
    assert [found.lower, found.upper] == pytest.approx(expected, rel=2e-3, abs=1e-16)
    assert (found.calibration, found.toys, found.status) == ("asymptotic", None, "ok")


def test_as_toys_where_counts_are_many(model: Model) -> None:
    budget = ToyBudget(4_000)
    by_toys, asymptotic = (
        limit(model, model.asimov(), "mu_nu", 0.9, METHOD, budget=b) for b in (budget, WITHOUT_TOYS)
    )
    assert by_toys.upper == pytest.approx(asymptotic.upper, rel=0.03)
    assert by_toys.calibration == "toys"


def test_without_a_bound_it_is_delta_chi2(model: Model) -> None:
    data = model.asimov()
    found = limit(model, data, "q_nu", 0.9, METHOD, budget=WITHOUT_TOYS)
    assert found.intervals == limit(model, data, "q_nu", 0.9, "delta-chi2").intervals


def test_few_counts_are_told(model: Model) -> None:
    """What is asymptotic for want of toys is not believed where fewer than ten counts decide."""
    few = build_model(model.experiment.changed(["exposure.on_days=0.01", "exposure.off_days=0.01"]))
    found = limit(few, few.asimov(), "mu_nu", 0.9, METHOD, budget=WITHOUT_TOYS)
    assert found.status == "few-counts"
    assert "feldman-cousins was asymptotic, no toys were allowed" in found.warnings[-1]
