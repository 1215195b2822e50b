"""Scales: from the parameters that the likelihood sees to physical ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.cross_sections.constants import CHARGE_RADIUS_COUPLING_CM2
from sim.cross_sections.parameters import MU_SCALE, Q_SCALE, R2_SCALE_CM2, NeutrinoParameters
from sim.model import Model


@dataclass(frozen=True, slots=True)
class Scale:
    """A physical parameter: its name in the likelihood, its unit, value = factor x + offset.

    A square root is taken for mu_nu, whose likelihood parameter is mu^2 (``power`` 0.5).
    """

    name: str
    unit: str
    factor: float
    offset: Callable[[Model], float]
    power: float = 1.0

    def inverse(self, value: float, model: Model) -> float:
        """Likelihood parameter of a physical value."""
        return float(((value - self.offset(model)) / self.factor) ** (1 / self.power))

    def scaled(self, truth: NeutrinoParameters, model: Model) -> float:
        """Likelihood parameter of a truth; 0 for what a truth cannot change."""
        values = dict(zip(("mu2", "q", "r"), truth.scaled(model.couplings), strict=True))
        return values.get(self.name, 0.0)

    def physical(self, x: float, model: Model) -> float:
        """Physical value of a likelihood parameter."""
        return float(self.factor * x**self.power + self.offset(model))


def _zero(model: Model) -> float:
    return 0.0


SCALES = {
    "mu_nu": Scale("mu2", "mu_B", MU_SCALE, _zero, 0.5),
    "q_nu": Scale("q", "e", Q_SCALE, _zero),
    "r2_nu": Scale("r", "cm^2", R2_SCALE_CM2, lambda model: model.couplings.sm_charge_radius_cm2),
    "sin2_theta_w": Scale(
        "r",
        "1",
        CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2 / 2,
        lambda model: model.experiment.config.physics.sin2_theta_w,
    ),
    "cevns": Scale("cevns", "Standard Model", 1.0, _zero),
}
"""What can be fitted.  A change of sin^2 theta_W shifts g_V by twice itself and g_V^p by minus
that, exactly as a charge radius does: the two are one parameter in two units, and neither
neutrino-electron nor coherent scattering can tell them apart at these energies."""
