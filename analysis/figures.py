"""Whole figures, drawn with matplotlib and returned as the bytes of a PNG or PDF file."""

from __future__ import annotations

import io
from collections.abc import Sequence

from analysis.plots_limits import plot_limit_distribution
from analysis.plots_spectrum import plot_rates
from analysis.reproduction import ReproducedLimit
from sim.model import Model
from sim.parameters import MU_SCALE, NeutrinoParameters


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
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise PlottingUnavailableError(
            "figures need matplotlib: pip install 'nuem[plots]'"
        ) from None
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    moments = [row for row in rows if row.asimov.parameter == "mu_nu"]
    first = next(row for row in moments if row.asimov.found)
    upper = first.asimov.upper or 0.0
    label = (
        rf"$\mu_\nu = {upper / MU_SCALE:.2f} \times 10^{{-11}}\,\mu_B$ (median, {first.treatment})"
    )
    plot_rates(left, model, NeutrinoParameters(mu_nu=upper), label)
    left.set_title(model.experiment.config.description or model.experiment.name, fontsize="medium")
    if any(row.toy_limits.size for row in moments):
        plot_limit_distribution(right, moments, MU_SCALE)
        right.set_xlabel(
            rf"{100 * first.asimov.cl:.0f} % CL limit on $\mu_\nu$ [$10^{{-11}} \mu_B$]"
        )
    else:
        right.set_axis_off()
    stream = io.BytesIO()
    figure.savefig(stream, format=file_format, dpi=150)
    return stream.getvalue()
