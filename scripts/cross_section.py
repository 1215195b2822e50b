"""nuem cross-section {electron,nucleus}"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from scripts.interaction_options import interaction_option, interaction_sections
from scripts.options import (
    coupling_options,
    joined_ranges,
    json_option,
    number_or_range,
    parameter_options,
    printed_parameters,
    usage_errors,
)
from scripts.output import finite, number, print_json, print_table

if TYPE_CHECKING:
    from sim.cross_sections.parameters import NeutrinoParameters


@click.command("cross-section")
@click.argument("target", type=click.Choice(["electron", "nucleus"]))
@click.option(
    "--energy-mev",
    type=number_or_range,
    multiple=True,
    required=True,
    help="Neutrino energy.",
)
@click.option(
    "--recoil-kev",
    type=number_or_range,
    multiple=True,
    required=True,
    help="Recoil energy.",
)
@click.option("--isotope", default="Ge-74", show_default=True, help="Target nucleus.")
@coupling_options
@click.option(
    "--form-factor",
    type=click.Choice(["helm", "helm-rms", "klein-nystrand", "unity"]),
    default="helm",
    show_default=True,
    help="Nuclear form factor.",
)
@parameter_options
@interaction_option
@click.option(
    "--running-charge-radius",
    is_flag=True,
    help="The lepton loop of the charge radius at the momentum transfer.",
)
@click.option("--neutrino", is_flag=True, help="Neutrinos in place of antineutrinos.")
@json_option
def command(
    target: str,
    energy_mev: tuple[tuple[float, ...], ...],
    recoil_kev: tuple[tuple[float, ...], ...],
    isotope: str,
    scheme: str,
    flavour: str,
    form_factor: str,
    point: NeutrinoParameters,
    tables: tuple[dict[str, Any], ...],
    running_charge_radius: bool,
    neutrino: bool,
    as_json: bool,
) -> None:
    """Differential cross section in cm^2/keV: per free electron, or per nucleus.

    Several energies and recoils give every pair of them, energies outermost.
    """
    from detectors.matter.nuclei import isotope as find_isotope
    from sim.cross_sections.couplings import couplings
    from sim.physics import (
        electron_cross_section_cm2_per_kev,
        nucleus_cross_section_cm2_per_kev,
        theory_of,
    )

    coupled = couplings(scheme, flavour=flavour)
    sections = interaction_sections(tables)
    changed: dict[str, Any] = {
        "sections": sections,
        "running_charge_radius": running_charge_radius,
    }
    with usage_errors():
        theory = theory_of(coupled, 1, sections, running_charge_radius=running_charge_radius)
        theory.weights(point.given())
    pairs = [(e, t) for e in joined_ranges(energy_mev) for t in joined_ranges(recoil_kev)]
    with usage_errors():
        if target == "electron":
            values = [
                electron_cross_section_cm2_per_kev(
                    e, t, point, coupled, antineutrino=not neutrino, **changed
                )
                for e, t in pairs
            ]
        else:
            nucleus = find_isotope(isotope)
            values = [
                nucleus_cross_section_cm2_per_kev(
                    e, t, nucleus, point, coupled, form_factor_name=form_factor, **changed
                )
                for e, t in pairs
            ]
        finite(values, "the cross section")
    if not as_json:
        rows = [(number(e), number(t), f"{v:.6e}") for (e, t), v in zip(pairs, values, strict=True)]
        print_table(("energy_mev", "recoil_kev", "cross_section_cm2_per_kev"), rows)
        return
    content = {
        "target": target,
        "isotope": isotope if target == "nucleus" else None,
        "antineutrino": not neutrino,
        "couplings": scheme,
        "flavour": flavour,
        "interactions": [section.model_dump(mode="json") for section in sections],
        "form_factor": form_factor if target == "nucleus" else None,
        **printed_parameters(point, theory),
        "energy_mev": [e for e, _ in pairs],
        "recoil_kev": [t for _, t in pairs],
        "cross_section_cm2_per_kev": values,
    }
    print_json(content)
