"""Figures: a picture that shows something, and axes that hold what the model says."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import colors, image
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from model_arrays import expected_background, expected_signal, signal_of

from analysis.extras import MissingExtraError
from analysis.plots.figures import reproduction_figure
from analysis.plots.limits import plot_limit_distribution
from analysis.plots.spectrum import plot_rates
from analysis.plots.style import COLOURS
from analysis.published.reproduction import ReproducedLimit, reproduce_limits
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model


@pytest.fixture(scope="module")
def rows(coarse: Model) -> list[ReproducedLimit]:
    return reproduce_limits(coarse.experiment, 3, coarse, 12)


def share_of(picture: np.ndarray, colour: str) -> float:
    """Share of the pixels that have a colour."""
    distance = np.abs(picture[..., :3] - np.array(colors.to_rgb(colour))).max(axis=-1)
    return float(np.mean(distance < 0.02))


def test_reproduction_figure(coarse: Model, rows: list[ReproducedLimit]) -> None:
    content = reproduction_figure(coarse, rows)
    assert content.startswith(b"\x89PNG\r\n")
    picture = image.imread(io.BytesIO(content))
    height, width = picture.shape[:2]
    assert (width, height) == (1650, 660)
    left, right = picture[:, : width // 2], picture[:, width // 2 :]
    for name in ("background", "sm", "signal"):
        assert share_of(left, COLOURS[name]) > 5e-4, name
    assert share_of(right, COLOURS["published"]) > 5e-4
    assert share_of(left, COLOURS["published"]) < 1e-5
    white = np.mean(picture[..., :3].min(axis=-1) > 0.99)
    assert 0.5 < white < 0.98


def test_without_toys_the_right_side_is_empty(coarse: Model, rows: list[ReproducedLimit]) -> None:
    bare = [replace(row, toy_limits=np.array([])) for row in rows]
    picture = image.imread(io.BytesIO(reproduction_figure(coarse, bare)))
    middle = picture.shape[1] // 2
    assert np.mean(picture[:, middle + 60 :, :3] < 0.99) < 0.02
    assert share_of(picture[:, :middle], COLOURS["sm"]) > 5e-4


def test_other_formats(coarse: Model, rows: list[ReproducedLimit]) -> None:
    assert reproduction_figure(coarse, rows, "pdf").startswith(b"%PDF")


def test_no_matplotlib(
    coarse: Model, rows: list[ReproducedLimit], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'nuem\[plots\]'"):
        reproduction_figure(coarse, rows)


def test_without_any_limit(coarse: Model, rows: list[ReproducedLimit]) -> None:
    failed = [
        replace(row, asimov=replace(row.asimov, status="fit-failed", lower=None, upper=None))
        for row in rows
    ]
    assert reproduction_figure(coarse, failed).startswith(b"\x89PNG")


def test_rates(coarse: Model) -> None:
    """Three steps: background, Standard Model, and what mu_nu adds, per keV, kg and day."""
    axes = Figure().subplots()
    parameters = NeutrinoParameters(mu_nu=4e-11)
    assert plot_rates(coarse, parameters, "mu", ax=axes) is axes
    steps = {p.get_label(): p for p in axes.patches if isinstance(p, StepPatch)}
    assert set(steps) == {"background", "Standard Model", "mu"}
    standard = expected_signal(coarse)[0]
    wanted = {
        "background": expected_background(coarse)[0],
        "Standard Model": standard,
        "mu": 16 * signal_of(coarse)[1, 0],
    }
    for label, counts in wanted.items():
        values, edges, _ = steps[label].get_data()
        np.testing.assert_allclose(values, counts / (1.8 * 1.5 * 755.6), rtol=1e-9)
        np.testing.assert_array_equal(edges, coarse.edges_kev)
    assert axes.get_yscale() == "log"
    assert axes.get_xlim() == (2.8, 55.0)
    assert axes.get_legend() is not None


def test_rates_of_several_detectors() -> None:
    """Spectra in the same bins are one curve: counts over exposures, added up; others their own."""
    experiment = load_experiment("conus-2026")
    model = build_model(experiment)
    axes = plot_rates(model, NeutrinoParameters(), "none", ax=Figure().subplots())
    steps = [p for p in axes.patches if isinstance(p, StepPatch)]
    assert len(steps) == 3 * 5
    assert axes.get_xlim() == (0.16, 8.0)
    plus = build_model(load_experiment("conus-plus-2025"))
    (on,) = (p for p in plot_rates(plus, NeutrinoParameters(), "none").patches
             if isinstance(p, StepPatch) and p.get_label() == "Standard Model")  # fmt: skip
    powered = [info for info in plus.spectra if info.powered]
    counts = plus.expected(by="sample")
    total = sum(counts[info.detector, info.period]["standard-model"] for info in powered)
    widths = np.diff(powered[0].edges_kev) * 326.41
    np.testing.assert_allclose(on.get_data()[0], total / widths, rtol=1e-9)


def test_figure_of_what_an_experiment_sees() -> None:
    """Of nuclei alone: the strength in place of the magnetic moment."""
    experiment = load_experiment("red-100-residual")
    model = build_model(experiment)
    found = reproduce_limits(experiment, 1, model)
    assert [row.asimov.parameter for row in found if row.asimov.found] == ["cevns"]
    assert reproduction_figure(model, found).startswith(b"\x89PNG")


def test_distribution_of_limits(rows: list[ReproducedLimit]) -> None:
    """Shares that sum to 1 for each treatment, lines at the medians and the published value."""
    axes = Figure().subplots()
    moments = [row for row in rows if row.asimov.parameter == "mu_nu"]
    plot_limit_distribution(moments, 1e-11, ax=axes)
    steps = [p for p in axes.patches if isinstance(p, StepPatch)]
    assert [p.get_label() for p in steps] == ["off-joint", "off-fixed"]
    for patch in steps:
        assert np.sum(patch.get_data()[0]) == pytest.approx(1)
    at = sorted(float(np.asarray(line.get_xdata())[0]) for line in axes.lines)
    medians = [row.median for row in moments]
    assert at == pytest.approx(sorted([2.9, *(m / 1e-11 for m in medians if m)]))


def test_no_toys_no_distribution(rows: list[ReproducedLimit]) -> None:
    with pytest.raises(ValueError, match="toys"):
        plot_limit_distribution([replace(rows[0], toy_limits=np.array([]))], 1)
