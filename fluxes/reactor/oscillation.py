"""Flavour oscillation of reactor antineutrinos, folded into a spectrum.

Every factor that interference of three mass states puts on a flux, a survival probability or an
effective magnetic moment mu^2(L, E), is a constant and some cosines and sines of the phases
phi_k = Delta m^2_k L / (2 E).  ``Oscillation`` holds such a factor.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np

from fluxes.constants import HBAR_C_MEV_FM
from fluxes.spectrum import PiecewiseSpectrum, multiplied
from fluxes.tables import FloatArray, shipped_rows

# Phase in radians of 1 eV^2 over 1 m at 1 MeV: 1e-12 MeV^2 m / (2 MeV hbar c).
PHASE_PER_EV2_M_MEV = 1e-12 / (2 * HBAR_C_MEV_FM * 1e-15)
MAX_PHASE = 200.0
PHASE_STEP = 0.1
_ENERGY_STEP = 0.02
_LEAST_PHASE = 0.01


@dataclass(frozen=True, slots=True)
class Oscillation:
    """constant + sum_k (cosines[k] cos phi_k + sines[k] sin phi_k), phi_k = m2_ev2[k] L / (2 E)."""

    constant: float
    cosines: tuple[float, ...]
    sines: tuple[float, ...]
    splittings_ev2: tuple[float, ...]

    def __post_init__(self) -> None:
        sizes = {len(self.cosines), len(self.sines), len(self.splittings_ev2)}
        if len(sizes) != 1:
            raise ValueError(
                "cosines, sines and splittings_ev2 must have the same length, found "
                f"{len(self.cosines)}, {len(self.sines)} and {len(self.splittings_ev2)}"
            )


@dataclass(frozen=True, slots=True)
class MixingParameters:
    """What the disappearance of electron antineutrinos depends on; splittings in eV^2."""

    sin2_2theta12: float
    sin2_2theta13: float
    splitting21_ev2: float
    splitting32_ev2: float


def mixing_parameters(fit: str = "daya-bay-2018-normal") -> MixingParameters:
    """Parameters of a named fit (``fluxes/data/mixing_parameters.csv``).

    Raises
    ------
    ValueError
        for an unknown fit.
    """
    table = shipped_rows("mixing_parameters.csv")
    if fit not in table:
        raise ValueError(f"mixing parameters {fit!r}: allowed are {', '.join(table)}")
    return MixingParameters(**table[fit])


def two_flavour(sin2_2theta: float, splitting_ev2: float) -> Oscillation:
    """Survival probability P = 1 - sin^2(2 theta) sin^2(phi / 2)."""
    return _survival((sin2_2theta,), (splitting_ev2,))


def three_flavour(parameters: MixingParameters) -> Oscillation:
    """Survival probability of electron antineutrinos in vacuum.

    P = 1 - cos^4(theta13) sin^2(2 theta12) sin^2(phi21 / 2)
          - sin^2(2 theta13) [cos^2(theta12) sin^2(phi31 / 2) + sin^2(theta12) sin^2(phi32 / 2)].
    theta12 and theta13 lie below 45 degrees.  Source: e.g. Adey et al. (Daya Bay), Phys. Rev.
    Lett. 121, 241805 (2018).  Matter changes it by about 1e-4 at a few kilometres, less nearer.
    """
    cos2_theta12 = (1 + sqrt(1 - parameters.sin2_2theta12)) / 2
    cos2_theta13 = (1 + sqrt(1 - parameters.sin2_2theta13)) / 2
    amplitudes = (
        cos2_theta13**2 * parameters.sin2_2theta12,
        parameters.sin2_2theta13 * cos2_theta12,
        parameters.sin2_2theta13 * (1 - cos2_theta12),
    )
    splitting31 = parameters.splitting21_ev2 + parameters.splitting32_ev2
    splittings = (parameters.splitting21_ev2, splitting31, parameters.splitting32_ev2)
    return _survival(amplitudes, splittings)


def _survival(amplitudes: tuple[float, ...], splittings_ev2: tuple[float, ...]) -> Oscillation:
    cosines = tuple(amplitude / 2 for amplitude in amplitudes)
    return Oscillation(1 - sum(cosines), cosines, (0.0,) * len(cosines), splittings_ev2)


def factor_at(
    oscillation: Oscillation,
    energy_mev: FloatArray,
    baseline_m: float,
    max_phase: float = np.inf,
    path_spread_m: float = 0.0,
) -> FloatArray:
    """The factor at each energy > 0, same shape; a term beyond max_phase counts as its mean, 0.

    A Gaussian spread of the path damps a wave by exp(-s^2 / 2), s being that of its phase.
    """
    total = np.full_like(np.asarray(energy_mev, dtype=np.float64), oscillation.constant)
    terms = zip(oscillation.cosines, oscillation.sines, oscillation.splittings_ev2, strict=True)
    for cosine, sine, splitting in terms:
        phase = PHASE_PER_EV2_M_MEV * splitting * baseline_m / energy_mev
        wave = cosine * np.cos(phase) + sine * np.sin(phase)
        if path_spread_m:
            wave *= np.exp(-((phase * path_spread_m / baseline_m) ** 2) / 2)
        total += np.where(np.abs(phase) <= max_phase, wave, 0.0)
    return total


def oscillated(
    spectrum: PiecewiseSpectrum,
    oscillation: Oscillation,
    baseline_m: float,
    path_spread_m: float = 0.0,
) -> PiecewiseSpectrum:
    """spectrum(E) times the factor of an oscillation over a baseline, cubic in fine cells.

    The cells follow the phases in steps of 0.1 rad, and of 2 % in energy where the phases are
    small, so that the fit is good to 1e-7 of the factor's amplitudes.  Where a wave has turned by
    more than 200 rad it is replaced by its mean: for the larger splittings below 3 keV at 100 m and
    below 31 keV at 1 km.

    Raises
    ------
    ValueError
        for a baseline that is not positive.
    """
    if not baseline_m > 0:
        raise ValueError(f"baseline_m must be > 0, found {baseline_m:g}")
    return multiplied(
        spectrum,
        lambda energy: factor_at(oscillation, energy, baseline_m, MAX_PHASE, path_spread_m),
        _phase_edges_mev(oscillation, baseline_m),
    )


def _phase_edges_mev(oscillation: Oscillation, baseline_m: float) -> FloatArray:
    """Energies at phases up to 200 rad: steps of 2 % up to 5 rad, of 0.1 rad above."""
    slow = np.geomspace(_LEAST_PHASE, PHASE_STEP / _ENERGY_STEP, 312)
    n_fast = round((MAX_PHASE - slow[-1]) / PHASE_STEP)
    phases = np.concatenate([slow, np.linspace(slow[-1], MAX_PHASE, n_fast + 1)[1:]])
    splittings = np.unique(np.abs(oscillation.splittings_ev2))
    unit = PHASE_PER_EV2_M_MEV * baseline_m * splittings[splittings > 0]
    edges: FloatArray = np.unique(unit[:, None] / phases)
    return edges
