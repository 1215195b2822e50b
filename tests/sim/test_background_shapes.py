"""Shapes that float: their values, templates written down again, expansions, and what is fixed."""

from __future__ import annotations

import numpy as np
import pytest
from model_arrays import arrays_of, backgrounds_of, signal_of
from scipy.special import ndtr

from sim.experiment import ConfigurationError, load_experiment
from sim.folding.background_shapes import ShapeParameter
from sim.model import Model
from sim.model_assembly import build_model

EDGES = np.linspace(0.2, 1.5, 131)


@pytest.fixture(scope="module")
def dresden() -> Model:
    return build_model(load_experiment("dresden-ii"))


def test_values() -> None:
    scale = ShapeParameter("a", "scale_kev", 0.25, 0.1, np.inf)
    assert scale.name == "shape:a.scale_kev"
    assert scale.value(0.0) == 0.25
    assert scale.value(2.0) == pytest.approx(0.25 * np.exp(0.2))
    ratio = ShapeParameter("a", "satellite.0.ratio", 0.16, 0.03, 1.0, exponential=False)
    assert ratio.value(-2.0) == pytest.approx(0.16 * 0.94)


def test_the_parameters_are_those_of_the_preset(dresden: Model) -> None:
    found = {p.place: (p.nominal, p.sigma) for p in dresden.shapes.parameters}
    assert found == {
        "epithermal.scale_kev": (0.25, np.inf),
        "l1.center_kev": (1.297, np.inf),
        "l1.sigma_kev": (0.0714, np.inf),
        "l1.satellite.1.ratio": (0.16, 1.0),
    }
    assert [m.name for m in arrays_of(dresden).morphs[-4:]] == [
        p.name for p in dresden.shapes.parameters
    ]


def test_templates_are_the_shapes_written_down_again(dresden: Model) -> None:
    """An exponential, and three lines of which the second has the width of the first."""
    made = list(dresden.shapes.counts(np.array([1.5, -0.2, 0.7, 2.0]))[0].values())
    kg_days = 2.924 * 96.4
    scale = 0.25 * np.exp(0.15)
    integral = -scale * np.exp(-(EDGES - 0.2) / scale)
    np.testing.assert_allclose(made[1], kg_days * 2000 * np.diff(integral), rtol=1e-9)
    center, sigma = 1.297 * np.exp(-0.02), 0.0714 * np.exp(0.07)
    lines = ndtr((EDGES - center) / sigma) + 0.008 * ndtr((EDGES - 1.142) / sigma)
    lines += 0.16 * 1.06 * ndtr((EDGES - 0.158) / 0.0685)
    np.testing.assert_allclose(made[2], kg_days * 490 * np.diff(lines), rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(made[0], backgrounds_of(dresden)[0].counts[0])


def test_slopes_are_derivatives(dresden: Model) -> None:
    at = np.array([0.5, 0.1, -0.4, 1.0])
    slopes = dresden.shapes.slopes(at)
    step = 1e-4 * np.eye(4)
    for j in range(4):
        up, down = dresden.shapes.counts(at + step[j])[0], dresden.shapes.counts(at - step[j])[0]
        largest = max(np.abs(slope).max() for slope in slopes[j][0].values())
        for norm, slope in slopes[j][0].items():
            expected = (up[norm] - down[norm]) / 2e-4
            np.testing.assert_allclose(slope, expected, rtol=1e-3, atol=1e-4 * largest)


def test_the_morph_is_exact_one_step_away(dresden: Model) -> None:
    for j, morph in enumerate(arrays_of(dresden).morphs[-4:]):
        for eta in (-1.0, 1.0):
            expanded = arrays_of(dresden).samples + eta * morph.linear + eta**2 * morph.quadratic
            exact = list(dresden.shapes.counts(eta * np.eye(4)[j])[0].values())
            np.testing.assert_allclose(expanded[7:, 0], exact, rtol=1e-10, atol=1e-9)
            np.testing.assert_array_equal(expanded[:7], signal_of(dresden))


def test_fixed_shapes_have_no_parameters() -> None:
    gemma = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"]))
    assert gemma.shapes.parameters == ()
    constrained = load_experiment("dresden-ii", ["background.1.scale_uncertainty=0.2"])
    (first, *_) = build_model(constrained).shapes.parameters
    assert (first.step, first.sigma) == (0.2, 1.0)


def test_a_wrong_table_name() -> None:
    with pytest.raises(ConfigurationError, match=r"'nuem:on.csv' is not shipped; shipped are nuem"):
        load_experiment("dresden-ii", ['data.on="nuem:on.csv"'])
