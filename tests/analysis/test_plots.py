"""Plot functions: they draw on the axes given or on new ones, what they say, with units."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch

from analysis.extras import MissingExtraError
from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import BEYOND, FittedSpectra, fitted_spectra
from analysis.fits.impacts import Impact, impacts
from analysis.limits.contours.contour import Contour, contour
from analysis.limits.expected import expected_mu_nu_limits
from analysis.limits.profiles import ProfileCurve, profile_curve
from analysis.plots.figures import one_panel, spectrum_figure, two_panels
from analysis.plots.limits import (
    plot_contour,
    plot_expected_limits,
    plot_impacts,
    plot_profile,
)
from analysis.plots.physics import (
    plot_electron_cross_section,
    plot_flux,
    plot_quenching,
    plot_recoil_rate,
    plot_response,
)
from analysis.plots.spectrum import plot_rates, plot_spectrum, plot_spectrum_pulls
from analysis.plots.style import (
    CYCLE,
    INK,
    axes_for,
    energy_scale,
    figure_style,
    line,
)
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.pseudo import toys

Plot = Callable[..., Axes]


@pytest.fixture(scope="module")
def fitted(coarse: Model) -> FittedSpectra:
    toy = next(iter(toys(coarse, 1, 2, NeutrinoParameters(mu_nu=1e-10))))
    return fitted_spectra(coarse, toy, fit(coarse, toy))


@pytest.fixture(scope="module")
def curve(coarse: Model) -> ProfileCurve:
    return profile_curve(coarse, coarse.asimov(), "q_nu", n_points=21)


@pytest.fixture(scope="module")
def plane(coarse: Model) -> Contour:
    return contour(coarse, coarse.asimov(), ("mu_nu", "q_nu"), 9)


@pytest.fixture(scope="module")
def ranked(coarse: Model) -> list[Impact]:
    return impacts(coarse, coarse.asimov())


@pytest.fixture(scope="module")
def drawings(
    coarse: Model,
    fitted: FittedSpectra,
    curve: ProfileCurve,
    plane: Contour,
    ranked: list[Impact],
) -> dict[str, tuple[Plot, tuple[Any, ...]]]:
    points = {"Standard Model": NeutrinoParameters(), "q": NeutrinoParameters(q_nu=1e-12)}
    bands = {"qtilde": expected_mu_nu_limits(coarse)}
    return {
        "cross section": (plot_electron_cross_section, (3.0, points, coarse.couplings)),
        "flux": (plot_flux, (coarse.experiment,)),
        "recoil": (plot_recoil_rate, (coarse.experiment, "nucleus", points)),
        "response": (plot_response, (coarse, np.array([10.0, 30.0]))),
        "quenching": (plot_quenching, (coarse.experiment,)),
        "rates": (plot_rates, (coarse, NeutrinoParameters(mu_nu=3e-11), "mu")),
        "spectrum": (plot_spectrum, (fitted,)),
        "pulls": (plot_spectrum_pulls, (fitted,)),
        "profile": (plot_profile, (curve,)),
        "expected": (plot_expected_limits, (bands, {"qtilde": 4e-11})),
        "contour": (plot_contour, (plane,)),
        "impacts": (plot_impacts, (ranked,)),
    }


def test_each_draws_on_what_it_is_given_or_on_its_own(
    drawings: dict[str, tuple[Plot, tuple[Any, ...]]],
) -> None:
    """The axes come back, both are named, an energy or rate has its unit in brackets."""
    for name, (draw, arguments) in drawings.items():
        given = Figure().subplots()
        assert draw(*arguments, ax=given) is given, name
        pyplot.close("all")
        own = draw(*arguments)
        assert len(pyplot.get_fignums()) == 1, name
        for axes in (given, own):
            assert axes.get_xlabel(), name
            if name not in ("expected", "impacts"):
                assert axes.get_ylabel(), name
            if "energy" in axes.get_xlabel():
                assert axes.get_xlabel().endswith("eV]"), name
            if "rate" in axes.get_ylabel() or "density" in axes.get_ylabel():
                assert "[" in axes.get_ylabel(), name
    pyplot.close("all")


def test_style_of_the_user_is_kept(drawings: dict[str, tuple[Plot, tuple[Any, ...]]]) -> None:
    """On a dark style's axes, what is drawn in ink takes the colour of the labels."""
    with matplotlib.rc_context({"axes.labelcolor": "#ffffff", "legend.frameon": True}):
        axes = Figure().subplots()
        draw, arguments = drawings["profile"]
        draw(*arguments, ax=axes)
    markers = [entry for entry in axes.lines if entry.get_marker() == "D"]
    assert [entry.get_color() for entry in markers] == ["#ffffff"]


def test_figure_style_ends_with_its_block() -> None:
    before = matplotlib.rcParams["text.color"]
    with figure_style():
        assert matplotlib.rcParams["text.color"] == INK
    assert matplotlib.rcParams["text.color"] == before


def test_no_matplotlib(monkeypatch: pytest.MonkeyPatch, curve: ProfileCurve) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    message = r"^figures need matplotlib: pip install 'nuem\[plots\]'$"
    for draw in (lambda: plot_profile(curve), lambda: one_panel(lambda ax: ax), figure_style):
        with pytest.raises(MissingExtraError, match=message):
            draw()


def test_neighbouring_lines_differ_in_colour_and_stroke() -> None:
    lines = [line(i) for i in range(12)]
    for first, second in pairwise(lines):
        assert first["color"] != second["color"]
        assert first["linestyle"] != second["linestyle"]
    assert len({tuple(entry.values()) for entry in lines}) == 12
    assert {entry["color"] for entry in lines} == set(CYCLE)


def steps_of(axes: Axes) -> dict[str, StepPatch]:
    return {str(p.get_label()): p for p in axes.patches if isinstance(p, StepPatch)}


def test_spectrum(fitted: FittedSpectra) -> None:
    """Every component and their sum as steps, the data as points with errors."""
    axes = plot_spectrum(fitted, "on", ax=Figure().subplots())
    steps = steps_of(axes)
    assert set(steps) == {*fitted.components, "fit"}
    np.testing.assert_allclose(
        steps["fit"].get_data().values, fitted.rate(fitted.expected, "on"), rtol=1e-12
    )
    np.testing.assert_allclose(
        steps[BEYOND].get_data().values, fitted.rate(fitted.components[BEYOND], "on")
    )
    points = next(c for c in axes.containers if isinstance(c, ErrorbarContainer))
    assert points.get_label() == "toy data"
    height = np.asarray(points.lines[0].get_ydata())
    np.testing.assert_allclose(height, fitted.rate(fitted.spectra.flat, "on"))
    assert axes.get_yscale() == "log"
    difference = plot_spectrum(fitted, "difference", ax=Figure().subplots())
    assert difference.get_yscale() == "linear"
    assert axes.get_legend() is not None


def test_many_bins_and_many_backgrounds(coarse: Model, gemma: Model) -> None:
    fine = fitted_spectra(gemma, gemma.asimov(), fit(gemma, gemma.asimov()))
    axes = plot_spectrum(fine, ax=Figure().subplots())
    points = next(c for c in axes.containers if isinstance(c, ErrorbarContainer))
    assert points.get_label() == "Asimov data (6 bins each)"
    assert np.asarray(points.lines[0].get_xdata()).size == 87
    more = {**fine.components, "fifth": fine.components["flat"]}
    together = steps_of(plot_spectrum(replace(fine, components=more), ax=Figure().subplots()))
    assert set(together) == {"Standard Model", "all backgrounds", "fit"}
    backgrounds = sum(more[name] for name in list(more)[2:])
    np.testing.assert_allclose(
        together["all backgrounds"].get_data().values, fine.rate(np.asarray(backgrounds), "on")
    )


@pytest.mark.parametrize(("low", "scale"), [(0.0, "linear"), (0.1, "linear"), (0.05, "log")])
def test_wide_windows_are_logarithmic(low: float, scale: str) -> None:
    axes = Figure().subplots()
    energy_scale(axes, low, 2.0)
    assert axes.get_xscale() == scale
    assert axes.get_xlim() == (low, 2.0)
    if scale == "log":
        axes.figure.draw_without_rendering()
        shown = [text.get_text() for text in axes.get_xticklabels()]
        assert {"0.05", "0.1", "0.2", "0.5", "1", "2"} <= set(shown)


def test_pulls_are_the_fitted_ones(fitted: FittedSpectra) -> None:
    axes = plot_spectrum_pulls(fitted, "off", ax=Figure().subplots())
    drawn = next(entry for entry in axes.lines if entry.get_marker() == "o")
    np.testing.assert_allclose(np.asarray(drawn.get_ydata()), fitted.pulls("off"))


def test_profile(curve: ProfileCurve) -> None:
    axes = plot_profile(curve, ax=Figure().subplots())
    ends = [float(np.asarray(entry.get_xdata())[0]) for entry in axes.lines[:2]]
    assert sorted(ends) == pytest.approx([v * 1e12 for v in curve.limit.intervals[0]])
    legend = axes.get_legend()
    assert legend is not None
    assert legend.get_title().get_text().startswith(r"$q_\nu$ in [−")
    assert axes.get_xlabel() == r"$q_\nu$ [$10^{-12}\,e$]"


def test_expected_limits(coarse: Model) -> None:
    """Bars from -N to N sigma; one that is open below starts at 0."""
    bands = {"qtilde": {-2: None, -1: 2e-11, 0: 3e-11, 1: 4e-11, 2: 5e-11}}
    axes = plot_expected_limits(bands, {"qtilde": 3.5e-11}, ax=Figure().subplots())
    bars = [c.patches[0] for c in axes.containers if isinstance(c, BarContainer)]
    spans = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars]
    assert spans == [pytest.approx((0, 5)), pytest.approx((2, 4))]
    marks = {entry.get_label(): float(np.asarray(entry.get_xdata())[0]) for entry in axes.lines}
    assert marks == {"median": pytest.approx(3), "limit": pytest.approx(3.5)}


def test_impacts(ranked: list[Impact]) -> None:
    """Bars are the shifts, strongest on top; a pull has the width that the fit leaves."""
    axes = plot_impacts(ranked, most=3, ax=Figure().subplots())
    up = next(c for c in axes.containers if c.get_label() == "shift, nuisance up")
    assert isinstance(up, BarContainer)
    assert [bar.get_width() for bar in up] == pytest.approx([i.shift_up for i in ranked[:3]])
    low, high = axes.get_ylim()
    assert low > high
    flux = next(i for i in ranked if i.nuisance == "flux_norm")
    assert flux.pull == pytest.approx(0, abs=1e-3)
    assert flux.width == pytest.approx(1, abs=0.02)
    assert all(i.width == 0 for i in ranked if i.pull is None)


def test_figures_of_two_parts(fitted: FittedSpectra, curve: ProfileCurve) -> None:
    svg = spectrum_figure(fitted, "difference", "svg")
    assert svg.startswith(b"<?xml")
    assert spectrum_figure(fitted, "difference", "svg") == svg
    hostile = "<b>$x_{$ & co"
    both = two_panels(
        lambda ax: plot_profile(curve, ax=ax), lambda ax: plot_profile(curve, ax=ax), title=hostile
    )
    assert both.startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="figure format 'gif': allowed are png, pdf, svg"):
        one_panel(lambda ax: plot_profile(curve, ax=ax), "gif")


def test_new_axes_are_in_our_style() -> None:
    axes = axes_for(None)
    assert axes.xaxis.label.get_color() == INK
    pyplot.close(axes.figure)
