"""Quenching from a table of quenching factors: measurements, published curves, user files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from detectors.quenching.curve import checked_factor
from detectors.tables import (
    FloatArray,
    as_float_array,
    check_increasing,
    shipped_rows,
)

_DRESDEN2_TABLE = "dresden2_quenching.csv"


@dataclass(frozen=True, slots=True, eq=False)
class TabulatedQuenching:
    """Straight lines between tabulated quenching factors Q(T); E_ee = Q(T) T.

    Below the first point Q keeps its first value; above the last point it keeps its last value
    (``beyond="constant"``) or an error is raised (``beyond="error"``).  ``scaled`` multiplies Q.
    """

    recoil_kev: FloatArray
    quenching_factor: FloatArray
    beyond: Literal["constant", "error"] = "error"

    def __post_init__(self) -> None:
        check_increasing(self.recoil_kev, "recoil_kev")
        if self.recoil_kev[0] < 0:
            raise ValueError(f"recoil_kev must be >= 0, found {self.recoil_kev[0]:g}")
        if self.quenching_factor.shape != self.recoil_kev.shape:
            raise ValueError(
                f"quenching_factor: {self.recoil_kev.size} values expected, one for each "
                f"recoil_kev, found {self.quenching_factor.size}"
            )
        if not np.all((self.quenching_factor >= 0) & np.isfinite(self.quenching_factor)):
            i = int(np.argmax(~(self.quenching_factor >= 0)))
            raise ValueError(
                f"quenching_factor must be >= 0 and finite: quenching_factor[{i}] = "
                f"{self.quenching_factor[i]:g}"
            )

    def factor(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Quenching factor at each nuclear recoil energy.

        Raises
        ------
        ValueError
            for a recoil above the table, unless it was told to stay constant there.
        """
        recoil = as_float_array(recoil_kev)
        last = self.recoil_kev[-1]
        if self.beyond == "error" and np.any(recoil > last):
            raise ValueError(
                f"quenching is tabulated up to a recoil of {last:g} keV, "
                f'asked for {recoil.max():g} keV: a longer table, or beyond = "constant"'
            )
        return np.asarray(np.interp(recoil, self.recoil_kev, self.quenching_factor))

    def ionization_kev(self, recoil_kev: FloatArray | float) -> FloatArray:
        """Electron-equivalent energy of each nuclear recoil energy."""
        recoil = as_float_array(recoil_kev)
        return self.factor(recoil) * recoil

    def turning_points_kev(self) -> FloatArray:
        """The table's points, and the extremes of E_ee = (a + b T) T between them."""
        slope = np.diff(self.quenching_factor) / np.diff(self.recoil_kev)
        start = self.quenching_factor[:-1] - slope * self.recoil_kev[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            extremes = -start / (2 * slope)
        inside = (extremes > self.recoil_kev[:-1]) & (extremes < self.recoil_kev[1:])
        return np.union1d(self.recoil_kev, extremes[inside])

    def scaled(self, factor: float) -> TabulatedQuenching:
        """The same table with every quenching factor times the factor."""
        return replace(self, quenching_factor=self.quenching_factor * checked_factor(factor))


def dresden2_quenching(curve: Literal["Fef", "YBe"]) -> TabulatedQuenching:
    """Germanium curves of the Dresden-II analysis: iron-filtered beam and YBe photoneutrons.

    The table ends at 4.5 keV, where a reactor's recoils in germanium have all but ended: above,
    the factor is constant.  E_ee of Fef falls between T = 1.14 and 1.33 keV.
    Source: Colaresi et al., Phys. Rev. Lett. 129, 211802 (2022), arXiv:2202.09672, data release;
    Collar, Kavner & Lewis, Phys. Rev. D 103, 122003 (2021), arXiv:2102.10089.

    Raises
    ------
    ValueError
        for an unknown curve.
    """
    if curve not in ("Fef", "YBe"):
        raise ValueError(f"Dresden-II quenching {curve!r}: allowed are Fef, YBe")
    rows = shipped_rows(_DRESDEN2_TABLE)
    return TabulatedQuenching(
        np.array([float(row["nuclear_recoil_kev"]) for row in rows]),
        np.array([float(row[f"quenching_{curve.lower()}"]) for row in rows]),
        beyond="constant",
    )
