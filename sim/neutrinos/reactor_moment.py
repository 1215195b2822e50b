"""The effective moment of electron neutrinos, of moments in the mass basis and measured mixing."""

from __future__ import annotations

from math import sqrt

import numpy as np

from fluxes.reactor.oscillation import MixingParameters, mixing_parameters
from sim.neutrinos.moment_matrix import MomentMatrix
from sim.neutrinos.moments import ComplexMatrix, effective_moment_mu_b


def moment_at_reactor_mu_b(
    matrix: MomentMatrix,
    baseline_m: float = 0.0,
    energy_mev: float = 3.0,
    *,
    delta_cp: float = 0.0,
    fit: str = "daya-bay-2018-normal",
    antineutrino: bool = True,
) -> float:
    """Effective moment of an electron (anti)neutrino [mu_B], at a distance and an energy.

    delta_cp in radians; Majorana phases belong to the phases of the elements.  At reactors
    the distance hardly matters: phases are Delta m^2 L / (2 E).

    Raises
    ------
    ValueError
        for an unknown fit of the mixing parameters, or an energy that is not positive.
    """
    if not energy_mev > 0 or not baseline_m >= 0:
        raise ValueError(
            f"energy_mev must be > 0 and baseline_m >= 0: found {energy_mev:g}, {baseline_m:g}"
        )
    mixing = mixing_parameters(fit)
    masses = np.array(
        [0.0, mixing.splitting21_ev2, mixing.splitting21_ev2 + mixing.splitting32_ev2]
    )
    return effective_moment_mu_b(
        *matrix.matrices(),
        _electron_row(mixing, delta_cp),
        masses,
        baseline_m,
        energy_mev,
        antineutrino=antineutrino,
        majorana=matrix.kind == "majorana",
    )


def _electron_row(mixing: MixingParameters, delta_cp: float) -> ComplexMatrix:
    """(U_e1, U_e2, U_e3), both angles below 45 degrees."""
    sin2_12, sin2_13 = (
        (1 - sqrt(1 - value)) / 2 for value in (mixing.sin2_2theta12, mixing.sin2_2theta13)
    )
    return np.array(
        [
            sqrt((1 - sin2_12) * (1 - sin2_13)),
            sqrt(sin2_12 * (1 - sin2_13)),
            sqrt(sin2_13) * np.exp(-1j * delta_cp),
        ]
    )
