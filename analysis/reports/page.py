"""The page of a report: one HTML file that needs nothing else, and asks for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.extras import missing_extra
from analysis.fits.fitted_spectra import FittedSpectra
from analysis.plots.limits import (
    plot_correlation,
    plot_expected_limits,
    plot_impacts,
    plot_profile,
)
from analysis.plots.physics import plot_flux, plot_quenching, plot_recoil_rate, plot_response
from analysis.plots.spectrum import VIEW_TITLES, matrix_shape
from analysis.reports.content import Report
from analysis.reports.figures import PageFigure, inline_svg, page_figure
from analysis.reports.references import bibtex, references
from analysis.reports.studies import StudyPart, study_part
from analysis.reports.tables import (
    counts_table,
    fit_table,
    intervals_table,
    limits_table,
    methods_table,
    published_table,
    settings,
)
from analysis.reports.text import interval, number, symbol_and_words, typeset
from analysis.reports.verdict import verdict
from sim.cross_sections.interactions.parameter_table import named_parameter
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.model import Model
from sim.store import provenance

if TYPE_CHECKING:
    from jinja2 import Environment

_MOST_PANELS, _MOST_LARGE, _MOST_CORRELATED = 24, 6, 30
"""Spectra that are drawn in one figure, and each large; parameters of a map of correlations."""
_CHANNELS = {"electron": "electrons", "nucleus": "nuclei"}
_KINDS = {
    "asimov": "Expected data of the Standard Model, without fluctuation: the limits are the "
    "experiment's expected sensitivity.",
    "toy": "A pseudo-experiment: counts that fluctuate about a known truth.",
    "observed": "Observed data.",
}


def report_page(report: Report) -> str:
    """HTML of a report: text, tables and figures in one file; names are escaped.

    Raises
    ------
    MissingExtraError
        without Jinja2 or matplotlib.
    StoreError
        if one of the studies cannot be read.
    """
    environment = _environment()
    made, experiments = provenance(), [source.experiment for source in report.model.sources]
    return environment.get_template("report.html").render(
        report=report,
        experiments=experiments,
        style=_template("report.css"),
        verdict=verdict(report),
        kind=" ".join(_KINDS[kind] for kind in report.spectra.kind.split("+")),
        headline=[(*symbol_and_words(f.parameter), f) for f in report.headline],
        limits=limits_table(report),
        published=published_table(report) if report.published else None,
        methods=methods_table(report),
        intervals=intervals_table(report) if report.intervals else None,
        counts=None if report.fitted is None else counts_table(report),
        fit=None if report.result is None else fit_table(report),
        settings=settings(report.model),
        figures=_figures(report),
        studies=_studies(report),
        references=references(experiments),
        bibtex=bibtex(experiments),
        made=made,
        libraries=", ".join(f"{k} {v}" for k, v in json.loads(str(made["versions"])).items()),
    )


def check_packages() -> None:
    """MissingExtraError without a package that a page needs, before anything is computed for it."""
    if find_spec("jinja2") is None:
        raise missing_extra("reports need Jinja2", "report")
    if find_spec("matplotlib") is None:
        raise missing_extra("figures need matplotlib", "plots")


def _environment() -> Environment:
    check_packages()
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.DictLoader({"report.html": _template("report.html")}),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "interval": interval, "typeset": typeset}
    return environment


def _template(name: str) -> str:
    return resources.files("analysis.reports.templates").joinpath(name).read_text(encoding="utf-8")


def _figures(report: Report) -> dict[str, list[PageFigure]]:
    """Figures by the section that shows them."""
    return {
        "profiles": _profiles(report),
        "bands": _bands(report),
        "spectra": spectra_figures(report),
        "impacts": [*_impacts(report), *_correlation(report)],
        "inputs": input_figures(report),
    }


def _profiles(report: Report) -> list[PageFigure]:
    return [
        page_figure(
            f"profile-{curve.parameter}",
            partial(_drawn, plot_profile, curve),
            f"Profile of minus two log likelihood along {named_parameter(curve.parameter).words}.",
            f"{named_parameter(curve.parameter).words.capitalize()}: {interval(curve.limit)} at "
            f"{100 * report.cl:g} % CL ({curve.limit.method}). Diamond: best fit.",
        )
        for curve in report.curves
    ]


def _bands(report: Report) -> list[PageFigure]:
    if not report.bands:
        return []
    limits = (report.headline[0], *report.other_limits)
    found = {one.method: one.upper for one in limits if one.method in report.bands}
    draw = partial(_drawn, plot_expected_limits, report.bands, found)
    caption = f"Upper limit on µν at {100 * report.cl:g} % CL and the expected ones, by method."
    return [page_figure("bands", draw, caption, caption)]


def spectra_figures(report: Report) -> list[PageFigure]:
    """All spectra in one figure and their rates in time where they are many; views large."""
    from analysis.plots.figures import matrix_figure, spectrum_figure, time_figure

    fitted = report.fitted
    if fitted is None:
        return []
    figures = []
    shape = matrix_shape(fitted.infos)
    if 2 < shape[0] * shape[1] <= _MOST_PANELS:
        svg = inline_svg(matrix_figure(fitted, "svg"), "matrix")
        caption = "Every spectrum, a row for each detector: data, best fit of µν and components."
        figures.append(PageFigure("matrix", svg, "All spectra with their fit.", caption))
    if shape[1] > 2:
        svg = inline_svg(time_figure(fitted, file_format="svg"), "time")
        caption = (
            "Rate of each detector in its periods with the fit, dashed without what µν adds; "
            "below, flux over that at full power."
        )
        figures.append(PageFigure("time", svg, "Rates and power against time.", caption))
    return figures + [
        PageFigure(
            mark,
            inline_svg(spectrum_figure(fitted, view, "svg"), mark),
            f"Spectrum, {title}, with the best fit by origin, and pulls below.",
            f"{title}: data, best fit of µν and its components; below, the pull of each point.",
        )
        for view, mark, title in (
            (view, f"spectrum-{view.replace('/', '-')}", VIEW_TITLES.get(view, view))
            for view in _shown_large(fitted)
        )
    ]


def _shown_large(fitted: FittedSpectra) -> list[str]:
    """All views, or of many spectra those of whole detectors."""
    single = [fitted.view_of(info) for info in fitted.infos]
    if len(single) <= _MOST_LARGE:
        return list(fitted.views)
    together = [view for view in fitted.views if view not in single]
    return together or list(fitted.views)[:_MOST_LARGE]


def _correlation(report: Report) -> list[PageFigure]:
    covariance = None if report.result is None else report.result.covariance
    if covariance is None or not 1 < len(covariance.names) <= _MOST_CORRELATED:
        return []
    draw = partial(_drawn, plot_correlation, covariance)
    caption = "Correlations of all that the fit leaves free."
    height = max(4.4, 1.6 + 0.36 * len(covariance.names))
    return [page_figure("correlation", draw, caption, caption, height)]


def _impacts(report: Report) -> list[PageFigure]:
    if not report.ranked:
        return []
    height = 2.4 + 0.32 * min(len(report.ranked), 15)
    caption = (
        "Shift of the fitted µν² when a nuisance is held one standard error up or down, in errors "
        "of µν²; points: pulls of the constrained nuisances."
    )
    draw = partial(_drawn, plot_impacts, report.ranked)
    return [page_figure("impacts", draw, caption, caption, height)]


def input_figures(report: Report) -> list[PageFigure]:
    """Flux, recoil spectra of each channel, and the detector's response, of each source."""
    model, points = report.model, _points(report)
    figures: list[PageFigure] = []
    for source in model.sources:
        own = model.at([i for i, at in enumerate(model.spectra) if at.source == source.label])
        figures += _inputs_of(own, source.label, points)
    return figures


def _inputs_of(
    model: Model, label: str, points: dict[str, NeutrinoParameters]
) -> Iterator[PageFigure]:
    experiment = model.experiment
    prefix, of = (f"{label}-", f" {label}.") if label else ("", "")
    draw = partial(_drawn, plot_flux, experiment)
    caption = f"Antineutrino flux density.{of}"
    yield page_figure(f"{prefix}flux", draw, "Antineutrino flux.", caption)
    channels = experiment.config.analysis.channels
    for channel in channels:
        caption = f"Rates on {_CHANNELS[channel]} before the detector's response.{of}"
        draw = partial(_drawn, plot_recoil_rate, experiment, channel, points)
        yield page_figure(f"{prefix}recoil-{channel}", draw, caption, caption)
    if all(one.resolution.measures_energy for one in experiment.layout.detectors):
        draw = partial(_drawn, plot_response, model, _deposits_kev(model))
        caption = f"Response to deposits of one energy: resolution, efficiency and threshold.{of}"
        yield page_figure(f"{prefix}response", draw, caption, caption)
    if "nucleus" in channels and _is_quenched(model):
        caption = f"Quenching: ionization, or what is seen, over nuclear recoil energy.{of}"
        draw = partial(_drawn, plot_quenching, experiment)
        yield page_figure(f"{prefix}quenching", draw, caption, caption)


def _is_quenched(model: Model) -> bool:
    """False where all nuclear recoils are seen with one constant factor."""
    return any(
        detector.quenching.model != "constant" or bool(detector.quenching_by_element)
        for detector in model.experiment.layout.detectors
    )


def _points(report: Report) -> dict[str, NeutrinoParameters]:
    """The Standard Model, and each parameter at the upper end of its limit."""
    points = {"Standard Model": NeutrinoParameters()}
    for found in report.headline:
        if found.upper is not None:
            label = f"{named_parameter(found.parameter).text} at its limit"
            points[label] = NeutrinoParameters.of({found.parameter: found.upper})
    return points


def _deposits_kev(model: Model) -> FloatArray:
    """Energies of the figure of the response: inside the window, a constant factor apart."""
    edges = model.spectra[0].edges_kev
    low, high = float(edges[0]), float(edges[-1])
    return np.geomspace(max(low, high / 1000), high, 6)[:-1] * 1.1


def _studies(report: Report) -> list[StudyPart]:
    return [study_part(path, index) for index, path in enumerate(report.studies)]


def _drawn(draw: Callable[..., Any], *arguments: Any) -> Any:
    *content, ax = arguments
    return draw(*content, ax=ax)
