"""nuem quenching MATERIAL"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.options import FIGURE, force_option, json_option, number_or_range, usage_errors
from scripts.output import number, print_table, print_written

if TYPE_CHECKING:
    from detectors.quenching.fit import Agreement, QuenchingFit
    from detectors.quenching.points import QuenchingData

MATERIALS = ("Ge", "Si", "CsI", "NaI")
"""Materials with measured points, whose import --help does not wait for."""


@click.command("quenching")
@click.argument("material", type=click.Choice(MATERIALS))
@click.option("--data", "names", multiple=True, help="Data set to fit; default: see --list.")
@click.option("--model", "models", multiple=True, help="Curve to fit; default: all that apply.")
@click.option(
    "--range-kev",
    type=click.Tuple([float, float]),
    default=(0.0, float("inf")),
    metavar="LOW HIGH",
    help="Fit only points with a recoil in this range.",
)
@click.option("--unscaled", is_flag=True, help="Errors without the scale factor.")
@click.option(
    "--at-kev",
    type=number_or_range,
    multiple=True,
    help="Also the quenching factor at this recoil, or LO:HI:N of them.",
)
@click.option("--list", "listed", is_flag=True, help="The data sets, and nothing fitted.")
@click.option("-o", "--output", type=FIGURE, default=None, help="Figure: .png, .pdf or .svg.")
@force_option
@json_option
def command(
    material: str,
    names: tuple[str, ...],
    models: tuple[str, ...],
    range_kev: tuple[float, float],
    unscaled: bool,
    at_kev: tuple[tuple[float, ...], ...],
    listed: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Quenching curves fitted to the measured points of MATERIAL: Ge, Si, CsI or NaI.

    Errors carry the scale factor S = sqrt(chi2 / dof) of the fit or of the tension between the
    data sets, the larger one, where it exceeds 1.
    """
    from detectors.quenching.families import curve_families, curve_family
    from detectors.quenching.fit import fit_quenching
    from detectors.quenching.points import chosen_data, quenching_data
    from scripts.options import joined_ranges
    from sim.files import check_free, write_atomically

    if listed:
        _print_sets(material, quenching_data(material), as_json)
        return
    if output is not None:
        check_free(output, force=force)
    recoils = joined_ranges(at_kev)
    with usage_errors():
        if any(recoil <= 0 for recoil in recoils):
            raise ValueError("--at-kev must be > 0")
        chosen = chosen_data(material, names)
        within = [part for one in chosen if (part := one.between(*range_kev)) is not None]
        if not within:
            raise ValueError(f"no point between {range_kev[0]:g} and {range_kev[1]:g} keV")
        quantity = within[0].quantity
        families = [curve_family(name, material, quantity) for name in models] or [
            *curve_families(material, quantity).values()
        ]
        points = sum(one.independent_points for one in within)
        if not models:
            families = [f for f in families if len(f.parameters) <= points]
        fits = [fit_quenching(family, within, scaled=not unscaled) for family in families]
    content = {
        "material": material,
        "quantity": quantity,
        "data_sets": [_set_content(one) for one in within],
        "fits": [_fit_content(fit, recoils) for fit in fits],
    }
    written = []
    if output is not None:
        from analysis.plots.figures import one_panel
        from analysis.plots.quenching import plot_quenching_fits

        drawn = [*within, *(one for one in quenching_data(material) if one.use == "drawn")]
        draw = functools.partial(one_panel, lambda ax: plot_quenching_fits(drawn, fits, ax=ax))
        write_atomically(output, draw(output.suffix.lstrip(".")))
        written = [output]
    if not as_json:
        _print_fits(fits)
        _print_alone(fits)
        if recoils:
            _print_factors(fits, recoils)
    if written or as_json:
        print_written(written, as_json, **content)


def _print_sets(material: str, sets: Sequence[QuenchingData], as_json: bool) -> None:
    from scripts.output import print_json

    if as_json:
        print_json({"material": material, "data_sets": [_set_content(one) for one in sets]})
        return
    rows = [
        (
            one.name,
            one.crystal,
            str(one.n_points),
            f"{one.recoil_kev.min():g} - {one.recoil_kev.max():g}",
            one.use,
            one.provenance,
            one.source,
        )
        for one in sets
    ]
    print_table(("data set", "crystal", "points", "recoil keV", "use", "from", "source"), rows)


def _print_fits(fits: Sequence[QuenchingFit]) -> None:
    rows = [
        (
            fit.family.name,
            ", ".join(_parameters(fit)),
            f"{fit.goodness.chi2:.1f} / {fit.goodness.dof:g}",
            number(fit.goodness.probability, 2),
            "-" if fit.tension is None else f"{fit.tension.chi2:.1f} / {fit.tension.dof:g}",
            "-" if fit.tension is None else number(fit.tension.probability, 2),
            number(fit.scale, 3),
        )
        for fit in fits
    ]
    print_table(("model", "parameters", "chi2 / dof", "p", "tension", "p", "S"), rows)


def _parameters(fit: QuenchingFit) -> Iterator[str]:
    for name, value, error in zip(fit.family.parameters, fit.values, fit.errors, strict=True):
        if name in fit.undetermined:
            yield f"{name} not determined"
        else:
            yield f"{name} = {number(value)} +- {number(error, 2)}"


def _print_alone(fits: Sequence[QuenchingFit]) -> None:
    """What each data set says alone, in the families of one parameter."""
    rows = [
        (
            fit.family.name,
            part.name,
            str(part.n_points),
            number(part.chi2, 3),
            f"{number(float(part.values[0]))} +- {number(float(part.errors[0]), 2)}",
        )
        for fit in fits
        if len(fit.family.parameters) == 1
        for part in fit.sets
        if part.values is not None and part.errors is not None
    ]
    if rows:
        click.echo("")
        print_table(("model", "data set", "points", "chi2 in the fit", "alone"), rows)


def _print_factors(fits: Sequence[QuenchingFit], recoils: Sequence[float]) -> None:
    import numpy as np

    bands = [fit.band(np.array(recoils)) for fit in fits]
    rows = [
        (
            number(recoil),
            *(f"{number(float(q[i]), 3)} +- {number(float(e[i]), 2)}" for q, e in bands),
        )
        for i, recoil in enumerate(recoils)
    ]
    click.echo("")
    print_table(("recoil keV", *(fit.family.name for fit in fits)), rows)


def _set_content(data: QuenchingData) -> dict[str, Any]:
    return {
        "name": data.name,
        "crystal": data.crystal,
        "use": data.use,
        "n_points": data.n_points,
        "independent_points": data.independent_points,
        "common_relative_error": data.common_relative_error,
        "source": data.source,
        "copy": data.copy,
        "provenance": data.provenance,
        "remark": data.remark,
        "recoil_kev": data.recoil_kev,
        "quenching_factor": data.quenching_factor,
        "quenching_factor_error": data.error,
    }


def _fit_content(fit: QuenchingFit, recoils: Sequence[float]) -> dict[str, Any]:
    import numpy as np

    factor, error = fit.band(np.array(recoils)) if recoils else (np.empty(0), np.empty(0))
    return {
        "model": fit.family.name,
        "meaning": fit.family.meaning,
        "parameters": [
            {"name": name, "unit": _unit(name), "value": float(value), "error": float(sigma)}
            for name, value, sigma in zip(
                fit.family.parameters, fit.values, fit.errors, strict=True
            )
        ],
        "undetermined": fit.undetermined,
        "covariance": fit.covariance,
        "units": {"covariance": "products of the parameters' units"},
        "scale_factor": fit.scale,
        "goodness": _agreement(fit.goodness),
        "tension": None if fit.tension is None else _agreement(fit.tension),
        "data_sets": [
            {
                "name": part.name,
                "chi2": part.chi2,
                "alone": None
                if part.values is None
                else {
                    "values": part.values,
                    "errors": part.errors,
                    "units": dict.fromkeys(("values", "errors"), "those of the parameters"),
                },
            }
            for part in fit.sets
        ],
        "recoil_kev": recoils,
        "quenching_factor": factor,
        "quenching_factor_error": error,
    }


def _unit(parameter: str) -> str:
    ends = {"_per_kev": "1/keV", "_kev": "keV"}
    return next((unit for end, unit in ends.items() if parameter.endswith(end)), "1")


def _agreement(agreement: Agreement) -> dict[str, float]:
    return {
        "chi2": agreement.chi2,
        "dof": agreement.dof,
        "probability": agreement.probability,
    }
