"""Limits of others, for orientation: compared with, never used in a prediction.

The limits of the experiments that have a preset stand in the presets; here are those that have
none.  Charge radii are in our convention, twice that of TEXONO and LSND.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.cross_sections.interactions.strength import STRENGTH
from sim.experiment import load_experiment, preset_names
from sim.neutrinos.moments import sm_dirac_moment_mu_b

Kind = Literal["reactor", "solar", "accelerator", "astrophysical"]


@dataclass(frozen=True, slots=True)
class PublishedValue:
    """A published limit as the largest magnitude that is not excluded, in mu_B, e or cm^2."""

    name: str
    year: int
    parameter: str
    value: float
    kind: Kind
    source: str
    provenance: Literal["seen", "remembered"]
    exposure: str = ""


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """A published value with its standard errors; exposure is shared by those of the same data."""

    name: str
    year: int
    parameter: str
    value: float
    plus: float
    minus: float
    source: str
    provenance: Literal["seen", "remembered"]
    exposure: str = ""


MEASURED = (
    MeasuredValue(
        "texono-2010", 2010, "sin2_theta_w", 0.251, 0.039, 0.039,
        "Deniz et al., Phys. Rev. D 81, 072001 (2010), arXiv:0911.1597", "seen",
    ),
    MeasuredValue(
        "conus-2026", 2026, "sin2_theta_w", 0.28, 0.03, 0.04,
        "Ackermann et al. (2026), arXiv:2605.22815, at about 10 MeV", "seen", "conus",
    ),
)  # fmt: skip
"""Values of the weak mixing angle at reactors; the errors are taken as Gaussian."""


OTHERS = (
    PublishedValue(
        "red giants", 1990, "mu_nu", 3e-12, "astrophysical",
        "Raffelt, Phys. Rev. Lett. 64, 2856 (1990)", "remembered",
    ),
    PublishedValue(
        "Borexino", 2017, "mu_nu", 2.8e-11, "solar",
        "Agostini et al., Phys. Rev. D 96, 091103 (2017), arXiv:1707.09355", "remembered",
    ),
    PublishedValue(
        "XENONnT", 2022, "mu_nu", 6.4e-12, "solar",
        "Aprile et al., Phys. Rev. Lett. 129, 161805 (2022), arXiv:2207.11330", "remembered",
    ),
    PublishedValue(
        "LZ", 2022, "mu_nu", 1.1e-11, "solar",
        "Atzori Corona et al., Phys. Rev. D 107, 053001 (2023), arXiv:2207.05036", "seen",
    ),
    PublishedValue(
        "LZ", 2022, "q_nu", 1.5e-13, "solar",
        "Atzori Corona et al., Phys. Rev. D 107, 053001 (2023), arXiv:2207.05036", "seen",
    ),
    PublishedValue(
        "PandaX-4T", 2024, "mu_nu", 2.2e-11, "solar",
        "Zeng et al. (2024), arXiv:2408.07641", "remembered",
    ),
    PublishedValue(
        "LSND", 2001, "r2_nu", 8.28e-32, "accelerator",
        "Auerbach et al., Phys. Rev. D 63, 112001 (2001), hep-ex/0101039, doubled", "remembered",
    ),
)  # fmt: skip
"""Limits without a preset."""


def published_values() -> list[PublishedValue]:
    """Every published limit on mu_nu, q_nu and r2_nu: of the presets, then ``OTHERS``."""
    values = []
    for name in preset_names():
        config = load_experiment(name).config
        for entry in config.published.limits:
            if entry.parameter == STRENGTH or entry.expected:
                continue
            if config.published.year is not None:
                value = PublishedValue(
                    name,
                    config.published.year,
                    entry.parameter,
                    entry.magnitude,
                    "reactor",
                    entry.source,
                    entry.provenance,
                )
                values.append(value)
    return values + list(OTHERS)


def dirac_prediction() -> str:
    """The magnetic moment of the minimally extended Standard Model, in words."""
    return f"minimal Dirac neutrino: {sm_dirac_moment_mu_b(1.0):.1e} mu_B for a mass of 1 eV"
