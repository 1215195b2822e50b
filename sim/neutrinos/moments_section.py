"""The [physics.moments] section: magnetic moments in the mass basis."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.neutrinos.moment_matrix import MomentMatrix
from sim.section import Section

Moment = float | tuple[float, float]
Elements = dict[Annotated[str, Field(pattern=r"^(11|22|33|12|13|23)$")], Moment]


class MomentsConfig(Section):
    """A pattern of moments of the mass states, of which a limit on mu_nu limits the size.

    Elements are numbers in mu_B, or ``[re, im]``, by name: ``magnetic = { 12 = 1e-11 }``.
    """

    kind: Literal["majorana", "dirac"] = "majorana"
    """Kind of the neutrino: Majorana ones have 12, 13 and 23 only."""
    magnetic: Elements = Field(default_factory=dict)
    """Magnetic moments in mu_B: 12, 13, 23, of Dirac neutrinos also 11, 22, 33."""
    electric: Elements = Field(default_factory=dict)
    """Electric moments in mu_B, likewise."""
    delta_cp_deg: float = 0.0
    """CP phase of the mixing matrix in degrees."""

    @model_validator(mode="after")
    def _is_a_matrix(self) -> MomentsConfig:
        matrix = self.matrix()
        if not any(abs(v) > 0 for v in (*matrix.magnetic.values(), *matrix.electric.values())):
            raise ValueError("at least one element of magnetic or electric must not be 0")
        return self

    def matrix(self) -> MomentMatrix:
        """The matrices; ValueError for elements that the kind does not have."""
        return MomentMatrix(self.kind, _complex(self.magnetic), _complex(self.electric))


def _complex(elements: dict[str, Moment]) -> dict[str, complex]:
    return {
        name: complex(*value) if isinstance(value, tuple) else complex(value)
        for name, value in elements.items()
    }
