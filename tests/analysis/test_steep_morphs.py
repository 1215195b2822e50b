"""Steep templates, quartic in a nuisance: fits with terms of six factors, against other routes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.fits.batch import Toys, batch_statistics, toys_at
from analysis.fits.minimum import minimise
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.experiment import parse_experiment
from sim.model_assembly import build_model

Array = np.ndarray[Any, np.dtype[np.float64]]

TEXT = """
name = "steep"

[reactor]
thermal_power_gw = 3.6
baseline_m = 20.7

[detector]
material = "Ge"
mass_kg = 10.0
threshold_kev = 0.15
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.06
fano_factor = 0.11

[detector.quenching]
k = 0.162

[exposure]
on_days = 300.0
off_days = 100.0

[analysis]
window_kev = [0.15, 0.40]
bin_width_kev = 0.05
channels = ["nucleus"]

[systematics]
quenching = 0.1
flux_norm = 0.03

[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 20.0
"""


@pytest.fixture(scope="module")
def steep() -> Likelihood:
    model = build_model(parse_experiment(TEXT, "steep"))
    return joint_likelihood(model, model.asimov())


def test_terms_have_six_factors(steep: Likelihood) -> None:
    """q q times the fourth power of the quenching is one of them."""
    q, quenching, one = steep.index("q"), steep.index("quenching"), len(steep.names)
    block = steep.blocks.blocks[0]
    assert np.any((block.powers(q) == 2) & (block.powers(quenching) == 4))
    assert np.any(block.factors[:, 5] != one)


def test_derivatives(steep: Likelihood) -> None:
    """Gradient and curvature are those of the value, far from the nominal point."""
    x = steep.centers + np.array([0.3 if kind == "signal" else -0.8 for kind in steep.kinds])
    x[steep.index("norm:flat")] = 1.1
    free = np.flatnonzero(~steep.fixed)
    curvature, gradient = steep.curvature(x), steep.gradient(x)
    for row, place in enumerate(free):
        step = np.zeros_like(x)
        step[place] = 1e-4
        slope = (steep.value(x + step) - steep.value(x - step)) / 2e-4
        assert gradient[place] == pytest.approx(slope, rel=1e-5, abs=1e-4)
        column = (steep.gradient(x + step) - steep.gradient(x - step))[free] / 4e-4
        np.testing.assert_allclose(curvature[row], column, rtol=1e-5, atol=1e-5 * curvature.max())


@pytest.mark.parametrize("name", ["mu2", "q", "cevns"])
def test_toys_in_step_end_where_iminuit_does(name: str, steep: Likelihood) -> None:
    """Best fits of toys two sigma of the quenching away, in both valleys of the charge."""
    truth = steep.centers.copy()
    truth[steep.index("quenching")] = -2.0
    toys = toys_at(steep, truth, 3, 11)
    toys = Toys(toys.counts, np.tile(steep.centers, (3, 1)))
    found = batch_statistics(steep, toys, name, 0.5)
    assert np.all(found.converged)
    for row in range(3):
        own = replace(steep, counts=np.ascontiguousarray(toys.counts[row]))
        held = {n: v for n, v in own.others(name).items() if n != name}
        start = own.centers.copy()
        start[own.index(name)] = found.best_fit[row]
        if name == "mu2" and found.best_fit[row] == 0:
            held[name] = 0.0
        best = minimise(own, held, start, newton_start=False)
        assert found.best_value[row] == pytest.approx(best.value, rel=0, abs=2e-5)
        tested = minimise(own, {**held, name: 0.5}, start, newton_start=False)
        assert found.statistic[row] == pytest.approx(tested.value - best.value, rel=0, abs=4e-5)
