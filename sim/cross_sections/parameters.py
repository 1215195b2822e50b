"""A point of parameter space: the neutrino's electromagnetic parameters, and all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.cross_sections.couplings import Couplings

FloatArray = npt.NDArray[np.float64]

MU_SCALE = 1e-11
Q_SCALE = 1e-12
R2_SCALE_CM2 = 1e-32
"""Units in which templates and fits see the parameters: numbers of order one."""


@dataclass(frozen=True, slots=True)
class NeutrinoParameters:
    """A point of parameter space in physical units.

    mu_nu: (effective) magnetic moment [mu_B]; q_nu: millicharge of the neutrino [e]; r2_nu: total
    charge radius [cm^2], None for the Standard Model value of the coupling scheme.
    transition_q and transition_r2: flavour-changing charges [e] and radii [cm^2] to the two other
    flavours, (e mu, e tau); they do not interfere with the Standard Model.  others: values of all
    other parameters by their names.
    """

    mu_nu: float = 0.0
    q_nu: float = 0.0
    r2_nu: float | None = None
    transition_q: tuple[float, float] = (0.0, 0.0)
    transition_r2: tuple[float, float] = (0.0, 0.0)
    others: tuple[tuple[str, float], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, float]) -> NeutrinoParameters:
        """The point of values by the names of parameters; those left out are the Standard Model's.

        Names are checked where the point meets a theory.
        """
        rest = dict(values)
        return cls(
            mu_nu=rest.pop("mu_nu", 0.0),
            q_nu=rest.pop("q_nu", 0.0),
            r2_nu=rest.pop("r2_nu", None),
            transition_q=(rest.pop("q_emu", 0.0), rest.pop("q_etau", 0.0)),
            transition_r2=(rest.pop("r2_emu", 0.0), rest.pop("r2_etau", 0.0)),
            others=tuple(sorted(rest.items())),
        )

    @classmethod
    def restored(cls, stored: Mapping[str, Any]) -> NeutrinoParameters:
        """The point of ``stored``."""
        found: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
            if name != "others"
        }
        return cls(**found, others=tuple(sorted(stored.get("others", {}).items())))

    def stored(self) -> dict[str, Any]:
        """The fields as JSON has them; others only where there are any."""
        found = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        del found["others"]
        return found | ({"others": dict(self.others)} if self.others else {})

    def total_r2_nu(self, scheme: Couplings) -> float:
        """Total charge radius [cm^2]."""
        return scheme.sm_charge_radius_cm2 if self.r2_nu is None else self.r2_nu

    def given(self) -> dict[str, float]:
        """Values by the names of parameters; the charge radius only where it is not None."""
        values = {
            "mu_nu": self.mu_nu,
            "q_nu": self.q_nu,
            "q_emu": self.transition_q[0],
            "q_etau": self.transition_q[1],
            "r2_emu": self.transition_r2[0],
            "r2_etau": self.transition_r2[1],
        }
        if self.r2_nu is not None:
            values["r2_nu"] = self.r2_nu
        return {**values, **dict(self.others)}
