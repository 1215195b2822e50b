"""Whole figures, drawn with matplotlib and returned as the bytes of a PNG, PDF or SVG file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import FittedSpectra, fitted_spectra
from analysis.plots.field import compared_rows, plot_comparison, plot_world
from analysis.plots.ionization_limits import compared_millicharges, plot_limits_by_model
from analysis.plots.limits import plot_limit_distribution
from analysis.plots.parameters import parameter_axis
from analysis.plots.spectrum import (
    ENERGY_LABEL,
    RATE_LABEL,
    matrix_shape,
    plot_rates,
    plot_spectra,
    plot_spectrum,
    plot_spectrum_pulls,
)
from analysis.plots.study import plot_toy_coverage, plot_toy_pulls, plot_toy_statistic
from analysis.plots.style import figure_style
from analysis.plots.time import plot_power, plot_rate
from analysis.plots.world import plot_world_together
from analysis.published.ionization_limits import LimitsByModel
from analysis.published.reproduction import ReproducedLimit
from analysis.published.values import published_values
from analysis.studies.toy_summary import ToyOutcomes
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT, MILLICHARGE
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from analysis.published.world import WorldResult

FORMATS = ("png", "pdf", "svg")


def reproduction_figure(
    model: Model, rows: Sequence[ReproducedLimit], file_format: str = "png"
) -> bytes:
    """Rates with a parameter at its limit, and where the published limit lies among the toys.

    The parameter is mu_nu, or the first of the others that the experiment sees.

    Where spectra were observed, these and their fit in place of the rates.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        first = next((row for row in rows if row.asimov.found), rows[0])
        parameter, size = first.asimov.parameter, first.median or 0.0
        axis = parameter_axis(parameter)
        times = rf" $\times$ {axis.name}" if axis.name else ""
        label = f"{axis.symbol} = {size / axis.unit:.3g}{times} (median, {first.treatment})"
        if model.observed is None:
            plot_rates(model, NeutrinoParameters.of({parameter: size}), label, ax=left)
        else:
            best = fit(model, model.observed, (parameter,))
            plot_spectrum(fitted_spectra(model, model.observed, best), ax=left)
        title = model.experiment.config.description or model.experiment.name
        figure.suptitle(title, parse_math=False)
        own = [row for row in rows if row.asimov.parameter == parameter]
        if any(row.toy_limits.size for row in own):
            one_each = {row.treatment: row for row in reversed(own)}
            plot_limit_distribution([*reversed(one_each.values())], axis.unit, ax=right)
            right.set_xlabel(f"{100 * first.asimov.cl:.0f} % CL limit on {axis.label}")
        else:
            right.set_axis_off()

    return _drawn(draw, file_format, width=11.0)


def field_figure(rows: Sequence[ReproducedLimit], file_format: str = "png") -> bytes:
    """Our limits over the published ones by parameter, a line for each treatment.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        plot_comparison(rows, ax=figure.subplots())

    compared = compared_rows(rows)
    n_lines = len(compared) + len({row.asimov.parameter for row in compared})
    return _drawn(draw, file_format, width=10.0, height=1.8 + 0.27 * n_lines)


def world_figure(rows: Sequence[ReproducedLimit], file_format: str = "png") -> bytes:
    """Published limits and ours by year: magnetic moment and millicharge.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        values = published_values()
        left, right = figure.subplots(1, 2)
        plot_world(MAGNETIC_MOMENT, values, rows, ax=left)
        plot_world(MILLICHARGE, values, rows, ax=right)

    return _drawn(draw, file_format, width=15.0, height=6.5)


def ionization_figure(rows: Sequence[LimitsByModel], file_format: str = "png") -> bytes:
    """Limits on the millicharge under models of ionization, an experiment a line.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        plot_limits_by_model(rows, ax=figure.subplots())

    height = 1.5 + 0.28 * len(compared_millicharges(rows))
    return _drawn(draw, file_format, width=9.0, height=height)


def world_together_figure(results: Sequence[WorldResult], file_format: str = "png") -> bytes:
    """Entries and combinations of every parameter, in panels, two in a row.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        rows = (len(results) + 1) // 2
        axes = figure.subplots(rows, 2, squeeze=False).ravel()
        for ax, result in zip(axes, results, strict=False):
            plot_world_together(result, ax=ax)
        for ax in axes[len(results) :]:
            ax.set_axis_off()

    most = max(len(result.entries) for result in results)
    height = (1.7 + 0.24 * most) * ((len(results) + 1) // 2)
    return _drawn(draw, file_format, width=14.0, height=height)


def study_figure(outcomes: ToyOutcomes, file_format: str = "png") -> bytes:
    """Pulls, the test statistic, and the coverage of a toy study, beside the asymptotic ones.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        pulls, statistic, coverage = figure.subplots(1, 3)
        plot_toy_pulls(outcomes, ax=pulls)
        plot_toy_statistic(outcomes, ax=statistic)
        plot_toy_coverage(outcomes, ax=coverage)
        name, n_toys = outcomes.plan.experiment.name, outcomes.best_fit.size
        figure.suptitle(f"{name}: {n_toys} toys", parse_math=False)

    return _drawn(draw, file_format, width=15.0)


def spectrum_figure(fitted: FittedSpectra, view: str = "on", file_format: str = "png") -> bytes:
    """Data with the fit and its components in a view, and the pulls below.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        plot_spectrum(fitted, view, ax=upper)
        plot_spectrum_pulls(fitted, view, ax=lower)
        upper.set_xlabel("")

    return _drawn(draw, file_format, height=5.4)


def matrix_figure(fitted: FittedSpectra, file_format: str = "png") -> bytes:
    """Every spectrum with its fit, a row for each detector, a column for each of its periods.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """
    rows, columns = matrix_shape(fitted.infos)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(rows, columns, squeeze=False)
        plot_spectra(fitted, axes.tolist())
        named = {
            label: handle
            for ax in axes.flat
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        figure.legend(
            named.values(), named.keys(), ncols=4, loc="outside upper center", fontsize="small"
        )
        figure.supxlabel(ENERGY_LABEL, fontsize="medium")
        figure.supylabel(RATE_LABEL, fontsize="medium")

    width, height = 1.0 + 3.0 * max(columns, 2), 1.4 + 2.2 * rows
    return _drawn(draw, file_format, width=width, height=height)


def time_figure(
    fitted: FittedSpectra,
    low_kev: float | None = None,
    high_kev: float | None = None,
    file_format: str = "png",
) -> bytes:
    """Rate and fit of each detector against time, and the reactors' power below.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        plot_rate(fitted, low_kev, high_kev, ax=upper)
        plot_power(fitted.infos, ax=lower)

    return _drawn(draw, file_format, width=8.0, height=5.4)


def one_panel(draw: Callable[[Axes], Axes], file_format: str = "png", height: float = 4.4) -> bytes:
    """A figure of one panel, drawn by a plot function.

    Raises
    ------
    MissingExtraError
        without matplotlib.
    """
    return _drawn(lambda figure: draw(figure.subplots()), file_format, height=height)


def two_panels(
    left: Callable[[Axes], Axes],
    right: Callable[[Axes], Axes],
    file_format: str = "png",
    title: str = "",
) -> bytes:
    """A figure of two panels side by side; errors as ``one_panel``."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, 2)
        left(axes[0])
        right(axes[1])
        if title:
            figure.suptitle(title, size="medium", parse_math=False)

    return _drawn(draw, file_format, width=11.0)


def _drawn(
    draw: Callable[[Figure], object], file_format: str, width: float = 6.4, height: float = 4.4
) -> bytes:
    if file_format not in FORMATS:
        raise ValueError(f"figure format {file_format!r}: allowed are {', '.join(FORMATS)}")
    with figure_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure)
        stream = io.BytesIO()
        metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(file_format)
        figure.savefig(stream, format=file_format, metadata=metadata)
    return stream.getvalue()
