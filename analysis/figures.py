"""Whole figures, drawn with matplotlib and returned as the bytes of a PNG or PDF file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from analysis.plots_field import compared_rows, plot_comparison, plot_world
from analysis.plots_limits import plot_limit_distribution
from analysis.plots_spectrum import plot_rates
from analysis.plots_study import plot_pulls, plot_statistic
from analysis.published import published_values
from analysis.reproduction import ReproducedLimit
from analysis.study_summary import StudyResults
from sim.model import Model
from sim.parameters import MU_SCALE, NeutrinoParameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class PlottingUnavailableError(RuntimeError):
    """matplotlib is not installed."""


def reproduction_figure(
    model: Model, rows: Sequence[ReproducedLimit], file_format: str = "png"
) -> bytes:
    """Rates with mu_nu at its limit, and where the published limit lies among the toys.

    Raises
    ------
    PlottingUnavailableError
        without matplotlib.
    """
    figure = _figure()
    left, right = figure.subplots(1, 2)
    moments = [row for row in rows if row.asimov.parameter == "mu_nu"]
    first = next((row for row in moments if row.asimov.found), moments[0])
    upper = first.asimov.upper or 0.0
    value = rf"{upper / MU_SCALE:.2f} \times 10^{{-11}}\,\mu_B"
    label = rf"$\mu_\nu = {value}$ (median, {first.treatment})"
    plot_rates(left, model, NeutrinoParameters(mu_nu=upper), label)
    left.set_title(model.experiment.config.description or model.experiment.name, fontsize="medium")
    if any(row.toy_limits.size for row in moments):
        plot_limit_distribution(right, moments, MU_SCALE)
        right.set_xlabel(
            rf"{100 * first.asimov.cl:.0f} % CL limit on $\mu_\nu$ [$10^{{-11}} \mu_B$]"
        )
    else:
        right.set_axis_off()
    return _drawn(figure, file_format)


def field_figure(rows: Sequence[ReproducedLimit], file_format: str = "png") -> bytes:
    """Our limits over the published ones, an experiment and parameter a line.

    Raises
    ------
    PlottingUnavailableError
        without matplotlib.
    """
    figure = _figure(width=8.0, height=1.5 + 0.24 * len(compared_rows(rows)))
    plot_comparison(figure.subplots(), rows)
    return _drawn(figure, file_format)


def world_figure(rows: Sequence[ReproducedLimit], file_format: str = "png") -> bytes:
    """Published limits and ours by year: magnetic moment and millicharge.

    Raises
    ------
    PlottingUnavailableError
        without matplotlib.
    """
    figure = _figure(width=13.0, height=6.0)
    values = published_values()
    for axes, parameter in zip(figure.subplots(1, 2), ("mu_nu", "q_nu"), strict=True):
        plot_world(axes, parameter, values, rows)
    return _drawn(figure, file_format)


def study_figure(results: StudyResults, file_format: str = "png") -> bytes:
    """Pulls of the best fits, and the test statistic beside its asymptotic distribution.

    Raises
    ------
    PlottingUnavailableError
        without matplotlib.
    """
    figure = _figure()
    left, right = figure.subplots(1, 2)
    plot_pulls(left, results)
    plot_statistic(right, results)
    figure.suptitle(f"{results.plan.experiment.name}: {results.best_fit.size} toys", size="medium")
    return _drawn(figure, file_format)


def one_panel(draw: Callable[[Axes], Axes], file_format: str = "png") -> bytes:
    """A figure of one panel, drawn by a plot function.

    Raises
    ------
    PlottingUnavailableError
        without matplotlib.
    """
    figure = _figure(width=6.4)
    draw(figure.subplots())
    return _drawn(figure, file_format)


def two_panels(
    left: Callable[[Axes], Axes], right: Callable[[Axes], Axes], file_format: str = "png"
) -> bytes:
    """A figure of two panels side by side; errors as ``one_panel``."""
    figure = _figure()
    axes = figure.subplots(1, 2)
    left(axes[0])
    right(axes[1])
    return _drawn(figure, file_format)


def _figure(width: float = 11.0, height: float = 4.4) -> Figure:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise PlottingUnavailableError(
            "figures need matplotlib: pip install 'nuem[plots]'"
        ) from None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _drawn(figure: Figure, file_format: str) -> bytes:
    allowed = ("png", "pdf", "svg")
    if file_format not in allowed:
        raise ValueError(f"figure format {file_format!r}: allowed are {', '.join(allowed)}")
    stream = io.BytesIO()
    figure.savefig(stream, format=file_format, dpi=150)
    return stream.getvalue()
