"""Auxiliary measurements of toys: they fluctuate with the width of their constraint."""

from __future__ import annotations

import numpy as np

from analysis.shards import ToyFits
from sim.experiment import load_experiment
from sim.model import build_model
from sim.parameters import NeutrinoParameters


def test_centres_follow_the_deviations() -> None:
    """A nuisance by its own width, a norm by its relative uncertainty; free norms do not move."""
    experiment = load_experiment(
        "gemma-2012", ["analysis.bin_width_kev=5.8", "background.0.norm=0.2"]
    )
    model = build_model(experiment)
    fits = ToyFits(model, NeutrinoParameters(), "mu_nu", "off-joint")
    assert fits.constrained == ["flux_norm", "norm:flat"]
    deviations = np.array([[1.5, -0.5], [0.0, 2.0]])
    counts = np.stack([model.asimov().counts] * 2)
    likelihood, toys = fits.prepared(counts, deviations)
    moved = toys.centers - likelihood.centers
    np.testing.assert_allclose(moved[:, likelihood.index("flux_norm")], deviations[:, 0])
    np.testing.assert_allclose(moved[:, likelihood.index("norm:flat")], 0.2 * deviations[:, 1])
    assert np.count_nonzero(moved) == 3
