"""The weak mixing angle at zero momentum transfer, as a parameter.

A change of sin^2 theta_W shifts g_V by twice itself and g_V^p by minus that, exactly as a charge
radius does: at one neutrino flavour and momenta far below M_W no data tell the two apart.  Source:
Erler & Su, Prog. Part. Nucl. Phys. 71, 119 (2013); the same slopes at tree level.
"""

from __future__ import annotations

from sim.cross_sections.constants import CHARGE_RADIUS_COUPLING_CM2
from sim.cross_sections.interactions.electromagnetic import RADIUS
from sim.cross_sections.interactions.interaction import Interaction, StandardModel
from sim.cross_sections.parameters import R2_SCALE_CM2
from sim.cross_sections.signal import SignalParameter
from sim.cross_sections.theory import Contribution

_SCALE = 0.01
_REMARK = (
    "the same as a change of r2_nu, 8.405e-33 cm^2 for 0.01, which is held at the Standard Model"
)


def contributions(_: None, standard: StandardModel) -> tuple[Contribution, ...]:
    """sin^2 theta_W in units of the charge radius."""
    origin = standard.couplings.sin2_theta_w
    parameter = SignalParameter(
        "sin2_theta_w",
        "sin2",
        r"\sin^2\theta_W",
        "1",
        _SCALE,
        origin,
        remark=_REMARK,
        title="weak mixing angle",
        letters="sin²θW",
    )
    radii = 2 / (CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2) * _SCALE
    return (Contribution(parameter, RADIUS, radii),)


INTERACTION = Interaction(
    name="weak-mixing-angle",
    parameters=("sin2_theta_w",),
    contributions=contributions,
)
