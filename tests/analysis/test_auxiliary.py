"""Auxiliary measurements and Gaussian bins of toys fluctuate about the truth by their widths."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.fits.batch import toys_at
from analysis.fits.toy_preparation import ToyFits
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.blocks import Blocks
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model_assembly import build_model


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


def test_gaussian_bins_may_expect_less_than_nothing() -> None:
    """Where OFF is subtracted, a bin can expect a negative difference."""
    model = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"]))
    poisson = joint_likelihood(model, model.asimov())
    variances = np.full(poisson.counts.size, 4.0)
    blocks = [replace(block, weights=-block.weights) for block in poisson.blocks.blocks]
    below = replace(poisson, blocks=Blocks.of(blocks), variances=variances)
    expected = below.expected(below.centers)
    counts = toys_at(below, below.centers, 4000, 3).counts
    assert np.all(expected < 0)
    np.testing.assert_allclose(counts.mean(axis=0), expected, rtol=0, atol=5 * 2 / 4000**0.5)
