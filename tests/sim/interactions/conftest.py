"""Cross sections and germanium rates at points of parameter space, as the check points state them.

Tables of check points are those of the interactions page (section 9), to 1e-5: one-loop couplings,
antineutrinos; T in keV, E in MeV.  CP is natural germanium, nuclei, Helm's form factor, 3.6 GW at
20.7 m; GM its electrons, stepping, 3 GW at 13.9 m; both in the flux STD of the physics page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from detectors.matter.materials import material
from detectors.matter.nuclei import isotope
from fluxes.moments import FluxMoments
from sim.config.interactions import Interactions
from sim.cross_sections.couplings import couplings
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.folding.rates import recoil_rates
from sim.folding.reactor_flux import full_flux
from sim.physics import (
    electron_cross_section_cm2_per_kev,
    nucleus_cross_section_cm2_per_kev,
    physics,
)

Values = Mapping[str, float]
SETUPS = {"CP": ("nucleus", 3.6, 20.7), "GM": ("electron", 3.0, 13.9)}


@cache
def standard(power_gw: float, baseline_m: float) -> FluxMoments:
    """Huber-Mueller joined to Vogel-Engel, Ma energies, no captures."""
    experiment = load_experiment(
        "gemma-2012",
        (
            f"reactor.thermal_power_gw={power_gw}",
            f"reactor.baseline_m={baseline_m}",
            "reactor.spectrum=huber-mueller",
            "reactor.energies_per_fission=ma-2013",
            "reactor.neutron_captures_per_fission=0",
            "reactor.fission_fractions={u235=0.58,u238=0.07,pu239=0.30,pu241=0.05}",
        ),
    )
    return full_flux(experiment).moments()


def sections(*tables: Mapping[str, Any]) -> tuple[Any, ...]:
    return Interactions.model_validate({"interaction": tuple(tables)}).interaction


@pytest.fixture(scope="session")
def on_electron() -> Callable[..., float]:
    """cm^2 / keV at E, T and values, with sections as tables."""

    def call(
        energy: float, recoil: float, values: Values, *tables: Mapping[str, Any], **switches: Any
    ) -> float:
        point = NeutrinoParameters.of(values)
        given = sections(*tables)
        return electron_cross_section_cm2_per_kev(
            energy, recoil, point, couplings(), sections=given, **switches
        )

    return call


@pytest.fixture(scope="session")
def on_nucleus() -> Callable[..., float]:
    """The same on Ge-74, pointwise with F = 1, or another isotope by name."""

    def call(
        energy: float,
        recoil: float,
        values: Values,
        *tables: Mapping[str, Any],
        name: str = "Ge-74",
        **switches: Any,
    ) -> float:
        return nucleus_cross_section_cm2_per_kev(
            energy,
            recoil,
            isotope(name),
            NeutrinoParameters.of(values),
            couplings(),
            form_factor_name="unity",
            sections=sections(*tables),
            **switches,
        )

    return call


@pytest.fixture(scope="session")
def rate() -> Callable[..., np.ndarray]:
    """Rates of a setup at recoils and values."""

    def call(
        setup: str,
        recoils: Sequence[float],
        values: Values,
        *tables: Mapping[str, Any],
        **given: Any,
    ) -> np.ndarray:
        channel, power, baseline = SETUPS[setup]
        switches = {"sections": sections(*tables), "baselines_m": ((baseline, 1.0),), **given}
        found = physics(couplings(), **switches)
        moments = standard(power, baseline)
        rates = recoil_rates(channel, moments, material("Ge"), found, np.array(recoils))
        weights = found.theory.weights(NeutrinoParameters.of(values).given())
        return np.asarray(weights @ rates)

    return call
