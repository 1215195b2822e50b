"""nuem limit FILE.h5|EXPERIMENT"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from scripts.completion import ExperimentType
from scripts.options import finite_number, json_option, load_data, set_option
from scripts.output import number, print_json, print_table

if TYPE_CHECKING:
    from analysis.atomic_models import ModelLimit
    from analysis.limits import Limit
    from sim.model import Model
    from sim.spectra import Spectra


METHODS = ("qtilde", "delta-chi2", "cls", "clsb", "bayes-flat", "feldman-cousins")
PARAMETERS = ("mu_nu", "q_nu", "r2_nu", "sin2_theta_w", "cevns")


@click.command("limit")
@click.argument(
    "sources", nargs=-1, required=True, metavar="FILE.h5|EXPERIMENT...", type=ExperimentType()
)
@click.option(
    "--parameter",
    required=True,
    type=click.Choice(["mu_nu", "q_nu", "r2_nu", "sin2_theta_w", "cevns"]),
    help="Parameter.",
)
@click.option("--cl", type=finite_number, default=0.90, show_default=True, help="Confidence level.")
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=None,
    help="Construction: qtilde (default for mu_nu), delta-chi2 (default for the others), ...",
)
@click.option(
    "--background",
    "treatment",
    type=click.Choice(["off-joint", "off-fixed"]),
    default=None,
    help="Treatment of the background in place of the configured one.",
)
@click.option("--toy", type=click.IntRange(min=0), default=None, help="Use this toy of FILE.h5.")
@click.option("--expected", is_flag=True, help="Also the expected limits at -2 to 2 sigma.")
@click.option(
    "--check-lowest-ionization",
    "check_lowest",
    is_flag=True,
    help="Also the change of the limit under three times detector.min_ionization_kev.",
)
@click.option("--all-models", is_flag=True, help="The limit under every ionization model.")
@set_option
@json_option
def command(
    sources: tuple[str, ...],
    parameter: str,
    cl: float,
    method: str | None,
    treatment: str | None,
    toy: int | None,
    expected: bool,
    check_lowest: bool,
    all_models: bool,
    overrides: tuple[str, ...],
    as_json: bool,
) -> int:
    """Limit from the observed spectra if there are any, else from the Asimov ones.

    Several sources are combined into one limit.
    """
    from analysis.limits import checked_method, combined_limit, limit
    from scripts.cli import EXIT_FIT, EXIT_OK

    if not 0.5 < cl < 1:
        raise click.UsageError(f"--cl must lie between 0.5 and 1: found {cl:g}")
    try:
        checked_method(parameter, method, cl)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if len(sources) > 1 and (toy is not None or all_models or expected or check_lowest):
        raise click.UsageError(
            "--toy, --expected, --check-lowest-ionization and --all-models go with one source"
        )
    loaded = {source: load_data(source, overrides, toy) for source in sources}
    model, spectra = loaded[sources[0]]
    if all_models:
        from analysis.atomic_models import limits_by_ionization

        stored = spectra if sources[0].endswith(".h5") else None
        rows = limits_by_ionization(model.experiment, parameter, cl, method, treatment, stored)
        return _print_models(model.experiment.name, rows, as_json)
    if len(loaded) < len(sources):
        raise click.UsageError("a source stands twice")
    if len(loaded) > 1:
        found = combined_limit(loaded, parameter, cl, method, treatment)
    else:
        found = limit(model, spectra, parameter, cl, method, treatment)
    name = " + ".join(m.experiment.name for m, _ in loaded.values())
    given = spectra if sources[0].endswith(".h5") else None
    change = _lowest_ionization(model, found, given) if check_lowest else None
    band = _expected(model, parameter, cl, method, treatment) if expected else None
    if as_json:
        content = {"experiment": name, "data": spectra.kind, **asdict(found)}
        content["disjoint"] = found.disjoint
        content |= {} if band is None else {"expected": band}
        print_json(content | ({"lowest_ionization_change": change} if check_lowest else {}))
    elif found.found:
        _print(name, spectra.kind, found)
        for n_sigma, value in (band or {}).items():
            click.echo(f"expected at {n_sigma:+d} sigma: {number(value)} {found.unit}")
    else:
        click.echo(f"nuem: no limit on {parameter}: {found.status}: {found.reason}", err=True)
    return EXIT_OK if found.found else EXIT_FIT


def _lowest_ionization(model: Model, found: Limit, spectra: Spectra | None) -> float | None:
    from analysis.lowest_ionization import TOLERABLE_CHANGE, change_with_lowest_ionization

    change = change_with_lowest_ionization(model.experiment, found, spectra)
    if change is not None:
        click.echo(
            f"nuem: three times the lowest ionization moves the limit by {change:+.2%}", err=True
        )
        if abs(change) > TOLERABLE_CHANGE:
            click.echo("nuem: warning: the limit hangs on detector.min_ionization_kev", err=True)
    return change


def _expected(
    model: Model, parameter: str, cl: float, method: str | None, treatment: str | None
) -> dict[int, float | None]:
    from analysis.expected import expected_mu_nu_limits

    if parameter != "mu_nu":
        raise click.UsageError("--expected is for mu_nu")
    return expected_mu_nu_limits(model, cl, method, treatment)


def _print(name: str, kind: str, found: Limit) -> None:
    click.echo(f"{name}: {kind} spectra, background {found.treatment}, method {found.method}")
    ranges = " or ".join(f"[{number(low)}, {number(high)}]" for low, high in found.intervals)
    click.echo(f"{found.parameter} in {ranges} {found.unit} at {100 * found.cl:g} % CL")
    click.echo(f"best fit {number(found.best_fit)}, status {found.status}")


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
                    else {**asdict(row.limit), "disjoint": row.limit.disjoint}
                ),
            }
            for row in rows
        ]
        print_json({"experiment": name, "models": models})
    else:
        table = [
            (row.ionization, "-", "-", row.reason or "")
            if row.limit is None
            else (
                row.ionization,
                number(row.limit.lower),
                number(row.limit.upper),
                row.limit.unit if row.limit.found else f"{row.limit.status}: {row.limit.reason}",
            )
            for row in rows
        ]
        print_table(("ionization", "lower", "upper", ""), table)
    return EXIT_OK if all(found.found for found in applicable) else EXIT_FIT
