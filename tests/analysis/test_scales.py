"""Signal parameters: the mixing angle means the same physics as a charge radius."""

from __future__ import annotations

import numpy as np
from model_arrays import signal_of

from sim.model import Model
from sim.model_assembly import build_model


def test_weak_angle_is_a_charge_radius(coarse: Model) -> None:
    """The rate folded with another sin^2 theta_W is the one at the charge radius of that value."""
    value = coarse.experiment.config.physics.sin2_theta_w + 0.02
    folded = signal_of(build_model(coarse.experiment.replaced("physics", sin2_theta_w=value)))[0]
    angle = coarse.signal_table.parameter("sin2_theta_w").inverse(value)
    weights = coarse.signal_table.weights({"sin2": angle})[: len(signal_of(coarse))]
    by_radius = np.tensordot(weights, signal_of(coarse), axes=1)
    np.testing.assert_allclose(by_radius, folded, rtol=1e-9, atol=0)
    assert np.max(folded[0] / signal_of(coarse)[0, 0]) > 1.01
