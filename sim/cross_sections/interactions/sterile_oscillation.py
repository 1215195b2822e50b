"""A sterile neutrino that mixes with the electron flavour: 3+1 oscillation.

P(E) = 1 - sin^2(2 theta) sin^2(1.267 Delta m^2 L / E) [eV^2, m, MeV] for electrons and nuclei
alike, as only electron neutrinos mix: what is not lost to the sterile state has its own flavour.
For a spread sigma_L of the path sin^2 -> [1 - cos(2 phi) exp(-2 (1.267 Delta m^2 sigma_L / E)^2)]
/ 2.  Every rate is linear in sin^2(2 theta).  Source: e.g. Giunti & Kim, Fundamentals of Neutrino
Physics and Astrophysics, section 7.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.cross_sections.interactions.interaction import (
    Interaction,
    InteractionSection,
    StandardModel,
)
from sim.cross_sections.operators import FluxChange
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution
from sim.section import NonNegative, Positive

if TYPE_CHECKING:
    from fluxes.moments import FluxMoments

_SCALE = 0.1


class SterileOscillationSection(InteractionSection):
    """A sterile neutrino of given splitting; sin^2(2 theta) is the parameter."""

    model: Literal["sterile-oscillation"]
    """Kind of the interaction."""
    dm2_ev2: Positive
    """Mass splitting in eV^2."""
    path_spread_m: NonNegative = 0.0
    """Standard deviation of the path from core to detector."""


@dataclass(frozen=True, slots=True)
class Disappearance(FluxChange):
    """What sin^2(2 theta) = 0.1 takes of a flux; baselines_m with the share of each core."""

    dm2_ev2: float
    path_spread_m: float
    baselines_m: tuple[tuple[float, float], ...]

    def lost(self, moments: FluxMoments) -> FluxMoments:
        """Flux times sin^2 of the phase, the mean of the cores."""
        from fluxes.moments import FluxMoments
        from fluxes.reactor.oscillation import Oscillation, oscillated
        from fluxes.spectrum import weighted_sum

        half = _SCALE / 2
        wave = Oscillation(half, (-half,), (0.0,), (self.dm2_ev2,))
        parts = [
            oscillated(moments.spectrum, wave, distance, self.path_spread_m)
            for distance, _ in self.baselines_m
        ]
        return FluxMoments.of(weighted_sum([share for _, share in self.baselines_m], parts))


def contributions(
    section: SterileOscillationSection, standard: StandardModel
) -> tuple[Contribution, ...]:
    """sin2_2theta; ValueError where the distance to the reactor is not stated."""
    if not standard.baselines_m:
        raise ValueError("interaction 'sterile-oscillation' needs reactor.baseline_m, or cores")
    operator = Disappearance(
        "sterile", section.dm2_ev2, section.path_spread_m, standard.baselines_m
    )
    remark = "where the wave is not resolved it is degenerate with the size of the flux"
    parameter = SignalParameter(
        "sin2_2theta", "sin2_2theta", r"\sin^2 2\theta", "1", _SCALE, bounded=True, remark=remark
    )
    return (Contribution(parameter, operator),)


INTERACTION = Interaction(
    name="sterile-oscillation",
    parameters=("sin2_2theta",),
    contributions=contributions,
    configuration=SterileOscillationSection,
)
