"""nuem limit SOURCE..."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scripts.completion import SignalParameterType
from scripts.options import (
    METHODS,
    background_option,
    cl_option,
    json_option,
    parameter_option,
    usage_errors,
)
from scripts.output import number, print_json, print_table
from scripts.sources import Given, source_options

if TYPE_CHECKING:
    from analysis.limits.atomic_models import ModelLimit
    from analysis.limits.expected import ExpectedLimit
    from analysis.limits.limit_result import Limit
    from analysis.limits.quenching_curves import CurveLimit
    from sim.model import Model
    from sim.neutrinos.mass_basis import MassBasisLimit
    from sim.spectra.spectra import Spectra


@click.command("limit")
@source_options
@parameter_option
@cl_option
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Construction: by default qtilde of what is bounded at 0, as mu_nu, and delta-chi2 of "
    "the others.",
)
@click.option(
    "--free",
    multiple=True,
    type=SignalParameterType(),
    help="Another parameter that is fitted at every value, with qtilde and delta-chi2; repeat for "
    "several.",
)
@background_option
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Use this toy of FILE.h5.")
@click.option(
    "--expected",
    is_flag=True,
    help="Also the limits that the Standard Model lets expect: median, 1 and 2 sigma bands; of "
    "several intervals the hull.",
)
@click.option(
    "--toys",
    "n_toys",
    type=click.IntRange(min=20),
    default=None,
    help="--expected from this many toys in place of Asimov data; with feldman-cousins, and cls "
    "and clsb of few counts, the most that one value may take.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of --toys.")
@click.option(
    "--check-lowest-ionization",
    "check_lowest",
    is_flag=True,
    help="Also the change of the limit under three times detector.min_ionization_kev.",
)
@click.option("--all-models", is_flag=True, help="The limit under every ionization model.")
@click.option(
    "--all-quenching",
    is_flag=True,
    help="The limit under every shipped quenching curve (ionization in Ge and Si).",
)
@json_option
def command(
    given: Given,
    parameter: str,
    cl: float,
    method: str | None,
    free: tuple[str, ...],
    treatment: str | None,
    toy: int | None,
    expected: bool,
    n_toys: int | None,
    seed: int,
    check_lowest: bool,
    all_models: bool,
    all_quenching: bool,
    as_json: bool,
) -> int:
    """Limit from the observed spectra if there are any, else from the Asimov ones.

    Several sources are combined into one limit.
    """
    from analysis.limits.limit import limit
    from analysis.limits.question import asked
    from analysis.statistics.tested import ToyBudget

    if n_toys is not None and not expected and method not in ("feldman-cousins", "cls", "clsb"):
        raise click.UsageError(
            "--toys goes with --expected, or with --method feldman-cousins, cls or clsb"
        )
    if free and (all_models or all_quenching or expected or check_lowest):
        raise click.UsageError("--free goes with one limit: no tables, bands or checks")
    if all_models and all_quenching:
        raise click.UsageError("--all-models and --all-quenching are two tables: one at a time")
    model, spectra = given.data(toy)
    stored = spectra if given.stored else None
    with usage_errors():
        asked(model, parameter, cl, method, treatment, None, free)
    if all_models:
        from analysis.limits.atomic_models import limits_by_ionization

        rows = limits_by_ionization(model, parameter, cl, method, treatment, stored)
        return _print_models(model.name, rows, as_json)
    if all_quenching:
        from analysis.limits.quenching_curves import limits_by_quenching

        curves = limits_by_quenching(model, parameter, cl, method, treatment, stored)
        return _print_curves(model.name, curves, as_json)
    budget = ToyBudget(ToyBudget().most_toys if n_toys is None else n_toys, seed)
    found = limit(model, spectra, parameter, cl, method, treatment, budget, free)
    change = _lowest_ionization(model, found, stored) if check_lowest else None
    band, made_by = None, ""
    if expected and found.found:
        how = (cl, method, treatment)
        if n_toys is None or method == "feldman-cousins":
            band, made_by = _expected(model, parameter, *how), "asymptotic, of Asimov data"
        else:
            band = _expected_of_toys(model, parameter, n_toys, seed, *how)
            made_by = f"of {n_toys} toys{_limits_of_toys(found.method)}"
    basis = _mass_basis(model, found) if len(model.sources) == 1 else None
    if as_json:
        content = {"experiment": model.name, "data": spectra.kind, **found.content()}
        if basis is not None:
            units = dict.fromkeys(("magnetic", "electric"), "mu_B")
            content["mass_basis"] = {**asdict(basis), "units": units}
        if band is not None:
            content["expected"] = {e.n_sigma: {"lower": e.lower, "upper": e.upper} for e in band}
            content["expected_toys"] = n_toys
            content["expected_how"] = made_by
        print_json(content | ({"lowest_ionization_change": change} if check_lowest else {}))
    elif found.found:
        _print(model.name, spectra.kind, found)
        if basis is not None:
            _print_mass_basis(basis)
        for entry in band or ():
            ends = f"[{number(entry.lower)}, {number(entry.upper)}]"
            click.echo(f"expected at {entry.n_sigma:+d} sigma: {ends} {found.unit} ({made_by})")
    else:
        click.echo(f"nuem: no limit on {parameter}: {found.status}: {found.reason}", err=True)
    return exit_code(found)


def _limits_of_toys(method: str) -> str:
    """What is to be said of the limits of the toys of a band."""
    from analysis.limits.constructions.registry import construction

    return ", each limit asymptotic" if construction(method).asymptotic else ""


def exit_code(found: Limit) -> int:
    """What the status of a limit says to the shell."""
    from scripts.cli import EXIT_FIT, EXIT_OK, EXIT_PARTIAL

    if found.status in ("toys-failed", "not-enough-toys"):
        return EXIT_PARTIAL
    return EXIT_OK if found.found or found.status == "empty" else EXIT_FIT


def _mass_basis(model: Model, found: Limit) -> MassBasisLimit | None:
    """The limit on the moments that the experiment states, if it states any."""
    from sim.neutrinos.mass_basis import mass_basis_limit

    config = model.experiment.config
    moments, reactor = config.physics.moments, config.reactor
    if moments is None or found.parameter != "mu_nu" or not found.found:
        return None
    baselines = [core.baseline_m for core in reactor.core] or [reactor.baseline_m or 0.0]
    upper, distance = found.intervals[-1][1], sum(baselines) / len(baselines)
    return mass_basis_limit(moments.matrix(), upper, distance, math.radians(moments.delta_cp_deg))


def _print_mass_basis(basis: MassBasisLimit) -> None:
    click.echo(
        f"mass basis: moments up to {number(basis.scale)} times the stated ones, whose mu_nu is "
        f"{number(basis.effective_mu_b)} mu_B"
    )
    for what, elements in (("magnetic", basis.magnetic), ("electric", basis.electric)):
        for element, most in elements.items():
            click.echo(f"mass basis: {what} {element} alone below {number(most)} mu_B")


def _lowest_ionization(model: Model, found: Limit, spectra: Spectra | None) -> float | None:
    from analysis.limits.lowest_ionization import TOLERABLE_CHANGE, change_with_lowest_ionization

    change = change_with_lowest_ionization(model, found, spectra)
    if change is not None:
        click.echo(
            f"nuem: three times the lowest ionization moves the limit by {change:+.2%}", err=True
        )
        if abs(change) > TOLERABLE_CHANGE:
            click.echo("nuem: warning: the limit hangs on detector.min_ionization_kev", err=True)
    return change


def _expected(
    model: Model, parameter: str, cl: float, method: str | None, treatment: str | None
) -> tuple[ExpectedLimit, ...]:
    from analysis.limits.expected import expected_limits

    return expected_limits(model, parameter, cl, method, treatment)


def _expected_of_toys(
    model: Model,
    parameter: str,
    n_toys: int,
    seed: int,
    cl: float,
    method: str | None,
    treatment: str | None,
) -> tuple[ExpectedLimit, ...]:
    from analysis.limits.expected import expected_limits_of_toys

    try:
        return expected_limits_of_toys(model, parameter, n_toys, seed, cl, method, treatment)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _print(name: str, kind: str, found: Limit) -> None:
    click.echo(f"{name}: {kind} spectra, background {found.treatment}, method {found.method}")
    ranges = " or ".join(f"[{number(low)}, {number(high)}]" for low, high in found.intervals)
    click.echo(f"{found.parameter} in {ranges} {found.unit} at {100 * found.cl:.12g} % CL")
    if found.shared:
        click.echo(f"shared: {', '.join(found.shared)}")
    if found.free:
        click.echo(f"fitted at every value: {', '.join(found.free)}")
    click.echo(f"best fit {number(found.best_fit)}, status {found.status}")
    if found.quality is not None:
        click.echo(f"goodness of fit: {found.quality.words()}")
    if found.toys is not None:
        toys = found.toys
        click.echo(
            f"{toys.n_toys} toys of seed {toys.seed}, {toys.n_failed} failed; error of the ends "
            f"{number(toys.lower_error)} and {number(toys.upper_error)} {found.unit}"
        )
    elif found.calibration == "summed":
        click.echo("probabilities of all outcomes summed")
    for text in found.warnings:
        click.echo(f"warning: {text}")
    if found.remark:
        click.echo(f"note: {found.remark}")


def _print_models(name: str, rows: list[ModelLimit], as_json: bool) -> int:
    from scripts.cli import EXIT_FIT, EXIT_OK

    applicable = [row.limit for row in rows if row.limit is not None]
    if as_json:
        models = [
            {
                "ionization": row.ionization,
                **(
                    {"status": "not-available", "reason": row.reason}
                    if row.limit is None
                    else row.limit.content()
                ),
            }
            for row in rows
        ]
        print_json({"experiment": name, "models": models})
    else:
        table = [
            (row.ionization, "-", "-", "", f"not-available: {row.reason}")
            if row.limit is None
            else (row.ionization, *_cells(row.limit))
            for row in rows
        ]
        print_table(("ionization", "lower", "upper", "unit", "status"), table)
    return EXIT_OK if all(found.found for found in applicable) else EXIT_FIT


def _cells(found: Limit) -> tuple[str, str, str, str]:
    """Ends, unit and status of a limit in a table."""
    status = found.status if found.found else f"{found.status}: {found.reason}"
    return number(found.lower), number(found.upper), found.unit, status


def _print_curves(name: str, rows: list[CurveLimit], as_json: bool) -> int:
    from scripts.cli import EXIT_FIT, EXIT_OK

    if as_json:
        curves = [
            {
                "curve": row.curve,
                "quenching": dict(row.quenching),
                "units": {"k": "1", "q": "1", "factor": "1", "intercept": "1"},
                **asdict(row.limit),
                "disjoint": row.limit.disjoint,
            }
            for row in rows
        ]
        print_json({"experiment": name, "curves": curves})
    else:
        print_table(
            ("quenching", "lower", "upper", "unit", "status"),
            [(row.curve, *_cells(row.limit)) for row in rows],
        )
    return EXIT_OK if all(row.limit.found for row in rows) else EXIT_FIT
