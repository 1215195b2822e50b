"""The signal as a table: parameters, and the monomials of them that span every rate.

A rate is a sum over monomials of factor * product of parameters * template; several monomials may
share a template.  At the Standard Model every parameter is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from sim.cross_sections.constants import CHARGE_RADIUS_COUPLING_CM2
from sim.cross_sections.parameters import (
    MU_SCALE,
    Q_SCALE,
    R2_SCALE_CM2,
    TEMPLATES,
    FloatArray,
)

_SIN2_SCALE = 0.01


@dataclass(frozen=True, slots=True)
class SignalParameter:
    """A parameter as users know it, and x, of order one, as templates and fits see it.

    name and unit are those of files and commands, symbol is mathematical text for figures, fitted
    the name of x.  The value is origin + scale * x^power, power 0.5 where rates go with a square.
    bounded: x cannot be negative.
    """

    name: str
    fitted: str
    symbol: str
    unit: str
    scale: float
    origin: float = 0.0
    power: float = 1.0
    bounded: bool = False

    def physical(self, x: float) -> float:
        """Value in its unit, of x."""
        return float(self.scale * x**self.power + self.origin)

    def inverse(self, value: float) -> float:
        """x of a value in its unit."""
        return float(((value - self.origin) / self.scale) ** (1 / self.power))


@dataclass(frozen=True, slots=True)
class Monomial:
    """factor times a product of at most two parameters (by their fitted names) times a template."""

    powers: tuple[str, ...]
    template: str
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Signal:
    """Parameters, monomials, and the templates in their order.

    exclusive lists parameters (fitted names) of which data can tell only one, with the reason.
    """

    parameters: tuple[SignalParameter, ...]
    monomials: tuple[Monomial, ...]
    templates: tuple[str, ...]
    exclusive: tuple[tuple[frozenset[str], str], ...] = ()

    def parameter(self, name: str) -> SignalParameter:
        """The parameter of a user's name; ValueError for another."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        names = ", ".join(parameter.name for parameter in self.parameters)
        raise ValueError(f"parameter {name!r}: allowed are {names}")

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of x, in order."""
        return tuple(parameter.fitted for parameter in self.parameters)

    def weights(self, point: Mapping[str, float]) -> FloatArray:
        """Factor of each template (n_templates,) at x by fitted name; those left out are 0."""
        out = np.zeros(len(self.templates))
        for monomial in self.monomials:
            place = self.templates.index(monomial.template)
            out[place] += monomial.factor * prod(point.get(name, 0.0) for name in monomial.powers)
        return out


def standard_signal(sm_charge_radius_cm2: float, sin2_theta_w: float) -> Signal:
    """Magnetic moment, millicharge, charge radius, weak mixing angle, coherent strength.

    A change of sin^2 theta_W shifts g_V by twice itself and g_V^p by minus that, exactly as a
    charge radius does: its monomials share the templates of the radius.  The strength multiplies
    the Standard Model's coherent scattering alone.
    """
    radii = 2 / (CHARGE_RADIUS_COUPLING_CM2 * R2_SCALE_CM2) * _SIN2_SCALE
    return Signal(
        parameters=(
            SignalParameter("mu_nu", "mu2", r"\mu_\nu", "mu_B", MU_SCALE, 0.0, 0.5, True),
            SignalParameter("q_nu", "q", r"q_\nu", "e", Q_SCALE),
            SignalParameter(
                "r2_nu", "r", r"\langle r^2 \rangle", "cm^2", R2_SCALE_CM2, sm_charge_radius_cm2
            ),
            SignalParameter(
                "sin2_theta_w", "sin2", r"\sin^2\theta_W", "1", _SIN2_SCALE, sin2_theta_w
            ),
            SignalParameter("cevns", "cevns", r"\kappa", "1", 1.0, 1.0),
        ),
        monomials=(
            Monomial((), "1"),
            Monomial(("mu2",), "mu2"),
            Monomial(("q",), "q"),
            Monomial(("q", "q"), "q2"),
            Monomial(("r",), "r"),
            Monomial(("r", "r"), "r2"),
            Monomial(("q", "r"), "qr"),
            Monomial(("sin2",), "r", radii),
            Monomial(("sin2", "sin2"), "r2", radii**2),
            Monomial(("q", "sin2"), "qr", radii),
            Monomial(("r", "sin2"), "r2", 2 * radii),
            Monomial(("cevns",), "nucleus"),
        ),
        templates=TEMPLATES,
        exclusive=(
            (
                frozenset(("r", "sin2")),
                "r2_nu and sin2_theta_w are one parameter in two units: free one of them",
            ),
        ),
    )
