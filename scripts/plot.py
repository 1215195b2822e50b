"""nuem plot WHAT: figures of inputs, spectra and limits, one sub-command each"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import SignalParameterType
from scripts.interaction_options import interaction_option, interaction_sections
from scripts.options import (
    FIGURE,
    checked_parameters,
    cl_option,
    experiment_argument,
    finite_number,
    force_option,
    json_option,
    load,
    parameter_option,
    parameter_options,
    set_option,
    usage_errors,
)
from scripts.output import print_written
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.cross_sections.parameters import NeutrinoParameters
    from sim.cross_sections.theory import Theory


Draw = Callable[[str], bytes]
"""Makes the bytes of a figure in a format: png, pdf or svg."""


def _figure_options(command: Callable[..., Draw]) -> Callable[..., Any]:
    """-o, --force and --json of a command that returns what draws its figure."""

    @functools.wraps(command)
    def write(*, output: Path, force: bool, as_json: bool, **values: Any) -> None:
        from sim.files import check_free, write_atomically

        check_free(output, force=force)
        draw = command(**values)
        write_atomically(output, draw(output.suffix.lstrip(".")))
        print_written([output], as_json, figure=click.get_current_context().info_name)

    option = click.option(
        "-o", "--output", required=True, type=FIGURE, help="Figure to write: .png, .pdf or .svg."
    )
    return option(force_option(json_option(write)))


@click.group("plot", invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Draw inputs, spectra with their fit, profiles, expected limits and impacts."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@command.command("cross-section")
@click.option("--energy-mev", type=finite_number, default=3.0, show_default=True)
@click.option("--couplings", "scheme", type=click.Choice(["one-loop", "tree"]), default="one-loop")
@parameter_options
@interaction_option
@_figure_options
def cross_section(
    energy_mev: float,
    scheme: str,
    point: NeutrinoParameters,
    tables: tuple[dict[str, Any], ...],
) -> Draw:
    """Electron cross section: the Standard Model and each parameter that is given."""
    from analysis.plots.figures import one_panel
    from analysis.plots.physics import plot_electron_cross_section
    from sim.cross_sections.couplings import couplings
    from sim.physics import theory_of

    coupled, sections = couplings(scheme), interaction_sections(tables)
    points = _terms(point, theory_of(coupled, 1, sections))
    return functools.partial(
        one_panel,
        lambda ax: plot_electron_cross_section(
            energy_mev, points, coupled, sections=sections, ax=ax
        ),
    )


@command.command("ionization")
@click.argument("element")
@_figure_options
def ionization(element: str) -> Draw:
    """Electrons of ELEMENT that take part, and the three integrals over stepping with errors."""
    from analysis.plots.figures import two_panels
    from analysis.plots.ionization import plot_electrons, plot_ionization_ratios
    from scripts.options import usage_errors
    from sim.cross_sections.atomic.known_tables import ionization_table

    with usage_errors():
        table = ionization_table(element)
    return functools.partial(
        two_panels,
        lambda ax: plot_electrons(table, ax=ax),
        lambda ax: plot_ionization_ratios(table, ax=ax),
    )


@command.command("flux")
@experiment_argument
@set_option
@_figure_options
def flux(experiment: str, overrides: tuple[str, ...]) -> Draw:
    """Flux density of the ON and OFF periods."""
    from analysis.plots.figures import one_panel
    from analysis.plots.physics import plot_flux

    loaded = load(experiment, overrides)
    return functools.partial(one_panel, lambda ax: plot_flux(loaded, ax=ax))


@command.command("rate")
@experiment_argument
@click.option("--channel", type=click.Choice(["electron", "nucleus"]), default="electron")
@parameter_options
@set_option
@_figure_options
def rate(
    experiment: str, channel: str, point: NeutrinoParameters, overrides: tuple[str, ...]
) -> Draw:
    """Recoil spectrum: the Standard Model and each parameter that is given."""
    from analysis.plots.figures import one_panel
    from analysis.plots.physics import plot_recoil_rate
    from sim.physics import physics_of

    loaded = load(experiment, overrides)
    points = _terms(point, physics_of(loaded.config).theory)
    return functools.partial(one_panel, lambda ax: plot_recoil_rate(loaded, channel, points, ax=ax))


@command.command("response")
@source_options
@_figure_options
def response(given: Given) -> Draw:
    """Reconstructed spectra of monoenergetic deposits, and the quenching curves.

    Of the first detector, or of the first that is chosen.
    """
    import numpy as np

    from analysis.plots.figures import two_panels
    from analysis.plots.physics import plot_quenching, plot_response

    model, _ = given.data()
    edges = model.spectra[0].edges_kev
    low, high = float(edges[0]), float(edges[-1])
    energies = np.linspace(low, high, 7)[1:-1]
    return functools.partial(
        two_panels,
        lambda ax: plot_response(model, energies, ax=ax),
        lambda ax: plot_quenching(model, ax=ax),
    )


@command.command("spectrum")
@source_options
@click.option(
    "--view",
    default=None,
    help="on, off or difference; of several detectors or periods one as DETECTOR/PERIOD, or a "
    "DETECTOR with all its periods. By default the first.",
)
@click.option("--free", multiple=True, default=("mu_nu",), type=SignalParameterType())
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Draw this toy of FILE.h5.")
@_figure_options
def spectrum(given: Given, view: str | None, free: tuple[str, ...], toy: int | None) -> Draw:
    """Data, best fit and its components, with the pulls below."""
    from analysis.fits.fit import fit
    from analysis.fits.fitted_spectra import fitted_spectra
    from analysis.plots.figures import spectrum_figure

    model, spectra = given.data(toy)
    checked_parameters(model, *free)
    fitted = fitted_spectra(model, spectra, fit(model, spectra, tuple(dict.fromkeys(free))))
    chosen = fitted.views[0] if view is None else view
    with usage_errors():
        fitted.edges_kev(chosen)
    return functools.partial(spectrum_figure, fitted, chosen)


@command.command("time")
@source_options
@click.option("--free", multiple=True, default=("mu_nu",), type=SignalParameterType())
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Draw this toy of FILE.h5.")
@click.option("--low-kev", type=finite_number, default=None, help="Only bins from here on.")
@click.option("--high-kev", type=finite_number, default=None, help="Only bins up to here.")
@_figure_options
def time(
    given: Given,
    free: tuple[str, ...],
    toy: int | None,
    low_kev: float | None,
    high_kev: float | None,
) -> Draw:
    """Rate of each detector against time with the best fit, and the power of the reactor below.

    Dashes are the fit without what the free parameters add.
    """
    from analysis.fits.fit import fit
    from analysis.fits.fitted_spectra import fitted_spectra
    from analysis.plots.figures import time_figure

    model, spectra = given.data(toy)
    checked_parameters(model, *free)
    fitted = fitted_spectra(model, spectra, fit(model, spectra, tuple(dict.fromkeys(free))))
    return functools.partial(time_figure, fitted, low_kev, high_kev)


@command.command("profile")
@source_options
@parameter_option
@cl_option
@_figure_options
def profile(given: Given, parameter: str, cl: float) -> Draw:
    """Rise of -2 ln L along a parameter, with the interval read off it."""
    from analysis.limits.profiles import profile_curve
    from analysis.plots.figures import one_panel
    from analysis.plots.limits import plot_profile

    model, spectra = given.data()
    checked_parameters(model, parameter)
    curve = profile_curve(model, spectra, parameter, cl)
    return functools.partial(one_panel, lambda ax: plot_profile(curve, ax=ax))


@command.command("expected")
@source_options
@cl_option
@_figure_options
def expected(given: Given, cl: float) -> Draw:
    """Expected limits on mu_nu with their bands, and the limits found, by method."""
    from analysis.limits.constructions.registry import constructions
    from analysis.limits.expected import expected_mu_nu_limits
    from analysis.limits.limit import limit
    from analysis.plots.figures import one_panel
    from analysis.plots.limits import plot_expected_limits

    model, spectra = given.data()
    methods = [known.name for known in constructions() if known.band_of_toys]
    bands = {method: expected_mu_nu_limits(model, cl, method) for method in methods}
    found = {method: limit(model, spectra, "mu_nu", cl, method).upper for method in methods}
    return functools.partial(one_panel, lambda ax: plot_expected_limits(bands, found, ax=ax))


@command.command("exclusion")
@click.argument("studies", nargs=-1, required=True, type=click.Path(path_type=Path))
@_figure_options
def exclusion(studies: tuple[Path, ...]) -> Draw:
    """Coupling against mass, or another key, that scans of interactions exclude, together."""
    from analysis.plots.figures import one_panel
    from analysis.plots.scan import plot_exclusions
    from analysis.studies.scan_results import scan_results

    scans = {str(study): scan_results(study) for study in studies}
    names = [scan.plan.experiment.name for scan in scans.values()]
    if len(set(names)) == len(names):
        scans = dict(zip(names, scans.values(), strict=True))

    def draw(ax: Axes) -> Axes:
        with usage_errors():
            return plot_exclusions(scans, ax=ax)

    return functools.partial(one_panel, draw)


@command.command("impacts")
@source_options
@parameter_option
@_figure_options
def impacts_figure(given: Given, parameter: str) -> Draw:
    """Shift of the parameter by each nuisance, and the nuisances' pulls."""
    from analysis.fits.impacts import impacts
    from analysis.plots.figures import one_panel
    from analysis.plots.limits import plot_impacts

    model, spectra = given.data()
    checked_parameters(model, parameter)
    found = impacts(model, spectra, parameter)
    return functools.partial(one_panel, lambda ax: plot_impacts(found, ax=ax))


@command.command("correlation")
@source_options
@click.option("--free", multiple=True, default=("mu_nu",), type=SignalParameterType())
@_figure_options
def correlation(given: Given, free: tuple[str, ...]) -> Draw:
    """How the parameters of a fit, those that are free and the nuisances, are correlated."""
    from analysis.fits.fit import fit
    from analysis.fits.minimum import FitError
    from analysis.plots.figures import one_panel
    from analysis.plots.limits import plot_correlation

    model, spectra = given.data()
    checked_parameters(model, *free)
    found = fit(model, spectra, tuple(dict.fromkeys(free))).covariance
    if found is None:
        raise FitError("no covariance: -2 ln L has no curvature in some direction")
    return functools.partial(one_panel, lambda ax: plot_correlation(found, ax=ax))


def _terms(point: NeutrinoParameters, theory: Theory) -> dict[str, NeutrinoParameters]:
    """The Standard Model, and the Standard Model with each of the parameters that is given."""
    from sim.cross_sections.parameters import NeutrinoParameters

    terms = {"Standard Model": NeutrinoParameters()}
    with usage_errors():
        for name, value in point.given().items():
            parameter = theory.signal.parameter(name)
            if value or parameter.origin:
                unit = {"mu_B": r" $\mu_B$", "cm^2": " cm$^2$", "1": ""}
                text = unit.get(parameter.unit, f" {parameter.unit}")
                label = f"${parameter.symbol}$ = {value:g}{text}"
                terms[label] = NeutrinoParameters.of({name: value})
    return terms
