"""Neutrino properties: magnetic moments from mass-basis matrices and in the Standard Model."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import numpy.typing as npt

from sim.cross_sections.constants import ELECTRON_MASS_MEV, FERMI_MEV2, HBAR_C_MEV_CM

ComplexMatrix = npt.NDArray[np.complex128]

_CM_PER_M = 100.0
_MEV2_PER_EV2 = 1e-12


def sm_dirac_moment_mu_b(mass_ev: float) -> float:
    """Diagonal moment of a Dirac neutrino: 3 e G_F m / (8 sqrt2 pi^2) = 3.2e-19 mu_B (m / 1 eV).

    Source: Fujikawa & Shrock, Phys. Rev. Lett. 45, 963 (1980).  With mu_B = e / (2 m_e) this is
    3 G_F m_e m / (4 sqrt2 pi^2) in mu_B.

    Examples
    --------
    >>> print(f"{nuem.sm_dirac_moment_mu_b(mass_ev=1.0):.1e} mu_B")
    3.2e-19 mu_B
    """
    return 3 * FERMI_MEV2 * ELECTRON_MASS_MEV * mass_ev * 1e-6 / (4 * sqrt(2) * pi**2)


def effective_moment_mu_b(
    magnetic: ComplexMatrix,
    electric: ComplexMatrix,
    mixing_row: npt.NDArray[np.complex128],
    masses_squared_ev2: npt.NDArray[np.float64],
    baseline_m: float,
    energy_mev: float,
    *,
    antineutrino: bool = True,
    majorana: bool = False,
) -> float:
    """Effective moment of a reactor (anti)neutrino at a baseline and energy [mu_B].

    ``mu_eff^2 = sum_j |sum_k U*_ek exp(-i dm^2_kj L / 2E) (mu_jk - i eps_jk)|^2`` for neutrinos.
    For antineutrinos U stands for U*, and the conjugate of (mu - i eps) for it: their moments are
    minus the transposed ones and their helicity is the opposite.  So at L = 0 both are equal (CPT),
    and the phases of the mass states drop out.

    magnetic and electric are the moments mu and eps of neutrinos in the mass basis [mu_B], (3, 3),
    Hermitian for Dirac neutrinos, antisymmetric and imaginary for Majorana ones;
    mixing_row is (U_e1, U_e2, U_e3).
    Source: Kouzakov & Studenikin, arXiv:1603.02462; Giunti & Studenikin, Rev. Mod. Phys. 87, 531
    (2015), Eq. (5.6).

    Raises
    ------
    ValueError
        for matrices of another shape or without the symmetry of their kind.
    """
    for name, matrix in (("magnetic", magnetic), ("electric", electric)):
        _check_symmetry(name, matrix, majorana)
    row, dipole = np.conj(mixing_row), magnetic - 1j * electric
    if antineutrino:
        row, dipole = np.conj(row), np.conj(dipole)
    splitting_mev2 = (masses_squared_ev2[:, None] - masses_squared_ev2) * _MEV2_PER_EV2
    length_per_mev = baseline_m * _CM_PER_M / HBAR_C_MEV_CM
    phases = np.exp(-1j * splitting_mev2 * length_per_mev / (2 * energy_mev))
    amplitude = np.einsum("k,kj,jk->j", row, phases, dipole)
    return float(np.sqrt(np.sum(np.abs(amplitude) ** 2)))


def _check_symmetry(name: str, matrix: ComplexMatrix, majorana: bool) -> None:
    if matrix.shape != (3, 3):
        raise ValueError(f"{name} must have shape (3, 3): found {matrix.shape}")
    tolerance = 1e-8 * float(np.abs(matrix).max())
    if majorana and not np.allclose(matrix, -matrix.T, rtol=0, atol=tolerance):
        raise ValueError(f"{name}: the moments of Majorana neutrinos are antisymmetric")
    if not np.allclose(matrix, matrix.conj().T, rtol=0, atol=tolerance):
        raise ValueError(f"{name}: the matrix must be Hermitian")
