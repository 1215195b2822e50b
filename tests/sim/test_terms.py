"""Terms of a spectrum: the strength of coherent scattering and the mixing angle among them."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import numpy as np
import pytest
from model_arrays import expected_background

from sim.cross_sections.parameters import FloatArray
from sim.experiment import load_experiment
from sim.folding.responses import _common_scale
from sim.folding.terms import SpectrumTerms
from sim.model import Model
from sim.model_assembly import build_model

SYSTEMATICS = (
    "systematics.flux_norm=0.02",
    "systematics.flux_shape=true",
    "systematics.exposure=0.01",
    "systematics.energy_scale=0.01",
    "systematics.quenching=0.1",
    "systematics.resolution=0.05",
)
WIDE = ("analysis.window_kev=[0.17, 0.97]", "analysis.bin_width_kev=0.1")


def built(channels: str, *overrides: str) -> Model:
    changes = (*SYSTEMATICS, *WIDE, f"analysis.channels={channels}", *overrides)
    return build_model(load_experiment("conus-plus-2025", changes))


def expected(terms: SpectrumTerms, point: Mapping[str, float]) -> FloatArray:
    """Counts of the bins, from nothing but the terms."""
    total = np.zeros(terms.shapes.shape[1])
    for shape, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True):
        total += weight * prod(point.get(name, 0.0) for name in factors) * terms.shapes[shape]
    return total


def nuisances(model: Model, seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    values = {n.name: n.center + random.normal(0, 0.7) for n in model.nuisances if n.sigma > 0}
    return {n.name: n.center for n in model.nuisances} | values


@pytest.fixture(scope="module")
def both() -> Model:
    return built('["electron","nucleus"]', "physics.axial=true")


@pytest.fixture(scope="module")
def electrons() -> Model:
    return built('["electron"]', "physics.axial=true")


@pytest.mark.parametrize("seed", [1, 2])
def test_no_coherent_scattering_is_the_experiment_without_nuclei(
    both: Model, electrons: Model, seed: int
) -> None:
    """At strength 0 the Standard Model and all its nuisances are those of electrons alone."""
    point = nuisances(both, seed)
    for whole, part in zip(both.terms(), electrons.terms(), strict=True):
        wanted = expected(part, point)
        found = expected(whole, point | {"cevns": -1.0})
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-11 * wanted.max())


def test_the_strength_is_linear_and_one_at_the_standard_model(
    both: Model, electrons: Model
) -> None:
    parameter = both.signal_table.parameter("cevns")
    assert parameter.physical(0.0) == 1.0
    point = nuisances(both, 3)
    whole, without = expected(both.terms()[0], point), expected(electrons.terms()[0], point)
    threefold = expected(both.terms()[0], point | {"cevns": parameter.inverse(3.0)})
    assert np.max((whole - without) / without) > 1e-3
    np.testing.assert_allclose(threefold, without + 3 * (whole - without), rtol=1e-11)


def test_nuclei_alone_vanish_with_the_strength() -> None:
    model = built('["nucleus"]')
    nominal = {nuisance.name: nuisance.center for nuisance in model.nuisances}
    for terms, counts in zip(model.terms(), expected_background(model), strict=True):
        np.testing.assert_allclose(expected(terms, nominal | {"cevns": -1.0}), counts, rtol=1e-12)


def test_the_mixing_angle_is_that_of_the_configuration(both: Model) -> None:
    """A shift of the fit parameter against a model with another sin^2 theta_W."""
    changed = built('["electron","nucleus"]', "physics.axial=true", "physics.sin2_theta_w=0.25")
    point = nuisances(both, 4)
    shift = both.signal_table.parameter("sin2_theta_w").inverse(0.25)
    for ours, theirs in zip(both.terms(), changed.terms(), strict=True):
        wanted = expected(theirs, point)
        np.testing.assert_allclose(expected(ours, point | {"sin2": shift}), wanted, rtol=1e-11)


def test_a_scale_is_exact_or_unknown() -> None:
    """A shape so small that its square is 0 has a scale too."""
    shape = np.array([1.0, 2.0, 3.0])
    assert _common_scale(0.3 * shape, shape) == pytest.approx(0.3, rel=1e-15, abs=0)
    assert _common_scale(0.3 * shape + [0, 1e-11, 0], shape) == 0.0
    assert _common_scale(1e-180 * shape, 1e-200 * shape) == pytest.approx(1e20, rel=1e-14, abs=0)
