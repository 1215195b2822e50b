"""The strength of coherent scattering over that of the Standard Model, all else being its own."""

from __future__ import annotations

from sim.cross_sections.interactions.interaction import Interaction, StandardModel
from sim.cross_sections.operators import Strength
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution

STRENGTH, TITLE = "cevns", "strength of coherent scattering"


def contributions(_: None, standard: StandardModel) -> tuple[Contribution, ...]:
    """cevns: 1 in the Standard Model; it multiplies the nucleus channel of the Standard Model."""
    del standard
    parameter = SignalParameter(
        STRENGTH, "cevns", r"\kappa", "Standard Model", 1.0, 1.0, title=TITLE, letters=TITLE
    )
    return (Contribution(parameter, Strength("nucleus")),)


INTERACTION = Interaction(name="strength", parameters=(STRENGTH,), contributions=contributions)
