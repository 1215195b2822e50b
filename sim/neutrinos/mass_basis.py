"""A limit on the effective magnetic moment, read as one on moments in the mass basis."""

from __future__ import annotations

from dataclasses import dataclass

from sim.neutrinos.moment_matrix import MomentMatrix
from sim.neutrinos.reactor_moment import moment_at_reactor_mu_b

_ENERGY_MEV = 3.0
"""Where reactor spectra fold; at baselines below 100 m it matters by less than 1e-3."""


@dataclass(frozen=True, slots=True)
class MassBasisLimit:
    """What an upper limit on mu_nu says of moments in the mass basis.

    effective_mu_b: mu_nu of the moments as stated; scale: how many times these the limit allows;
    magnetic, electric: the largest modulus of each element if it were the only one [mu_B].
    """

    effective_mu_b: float
    scale: float
    magnetic: dict[str, float]
    electric: dict[str, float]


def mass_basis_limit(
    stated: MomentMatrix, upper_mu_b: float, baseline_m: float, delta_cp: float = 0.0
) -> MassBasisLimit:
    """The limit on stated moments; delta_cp in radians."""

    def effective(matrix: MomentMatrix) -> float:
        return moment_at_reactor_mu_b(matrix, baseline_m, _ENERGY_MEV, delta_cp=delta_cp)

    whole = effective(stated)
    return MassBasisLimit(
        effective_mu_b=whole,
        scale=upper_mu_b / whole,
        magnetic={
            name: upper_mu_b / effective(MomentMatrix(stated.kind, {name: 1.0}))
            for name, value in stated.magnetic.items()
            if value
        },
        electric={
            name: upper_mu_b / effective(MomentMatrix(stated.kind, {}, {name: 1.0}))
            for name, value in stated.electric.items()
            if value
        },
    )
