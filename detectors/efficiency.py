"""Detection efficiency as a function of energy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

import numpy as np

from detectors.tables import FloatArray, as_float_array, check_steps

ActsOn = Literal["true", "reconstructed"]
_TURN_ON_WIDTHS = 6.0


class EfficiencyCurve(Protocol):
    """What an efficiency can do."""

    @property
    def acts_on(self) -> ActsOn:
        """Whether its energy is the true ionization energy or the reconstructed one."""

    def at(self, energy_kev: FloatArray | float) -> FloatArray:
        """Efficiency at each energy."""

    def nodes_kev(self) -> FloatArray:
        """Energies, none below the one before, between which it is smooth; none for a constant."""

    def at_scale(self, energy_scale: float) -> Self:
        """The same of energies before they are multiplied by a scale > 0."""


@dataclass(frozen=True, slots=True)
class Efficiency:
    """plateau * (1 + erf((E - half_kev) / (sqrt2 width_kev))) / 2; flat if width_kev is None.

    acts_on says whether E is the true ionization energy or the reconstructed one.
    """

    plateau: float = 1.0
    half_kev: float = 0.0
    width_kev: float | None = None
    acts_on: ActsOn = "reconstructed"

    def at(self, energy_kev: FloatArray | float) -> FloatArray:
        """Efficiency at each energy."""
        energy = as_float_array(energy_kev)
        if self.width_kev is None:
            return np.full_like(energy, self.plateau)
        from scipy.special import erf

        turn_on = (1 + erf((energy - self.half_kev) / (np.sqrt(2) * self.width_kev))) / 2
        return np.asarray(self.plateau * turn_on)

    def nodes_kev(self) -> FloatArray:
        """Every half width of the turn-on, up to six on either side."""
        if self.width_kev is None:
            return np.zeros(0)
        steps = np.arange(-_TURN_ON_WIDTHS, _TURN_ON_WIDTHS + 0.25, 0.5)
        return np.asarray(self.half_kev + self.width_kev * steps)

    def at_scale(self, energy_scale: float) -> Efficiency:
        """Middle and width of the turn-on over the scale."""
        width = None if self.width_kev is None else self.width_kev / energy_scale
        return replace(self, half_kev=self.half_kev / energy_scale, width_kev=width)


@dataclass(frozen=True, slots=True, eq=False)
class TabulatedEfficiency:
    """Straight lines between tabulated efficiencies; two at one energy are a step.

    Below the first point the efficiency is 0, for nobody has measured it there; above the last it
    keeps its last value.
    """

    energy_kev: FloatArray
    efficiency: FloatArray
    acts_on: ActsOn = "reconstructed"

    def __post_init__(self) -> None:
        check_steps(self.energy_kev, "energy_kev")
        if np.unique(self.energy_kev).size < 2 or self.efficiency.shape != self.energy_kev.shape:
            raise ValueError(
                f"efficiency: two or more values expected, one for each energy_kev, found "
                f"{self.efficiency.size} for {self.energy_kev.size}"
            )
        inside = (self.efficiency >= 0) & (self.efficiency <= 1)
        if not np.all(inside):
            i = int(np.argmax(~inside))
            raise ValueError(
                f"efficiency must lie from 0 to 1: efficiency[{i}] = {self.efficiency[i]}"
            )

    def at(self, energy_kev: FloatArray | float) -> FloatArray:
        """Efficiency at each energy."""
        energy = as_float_array(energy_kev)
        return np.asarray(np.interp(energy, self.energy_kev, self.efficiency, left=0.0))

    def nodes_kev(self) -> FloatArray:
        """The points of the table."""
        return self.energy_kev

    def at_scale(self, energy_scale: float) -> TabulatedEfficiency:
        """The points of the table over the scale."""
        return replace(self, energy_kev=self.energy_kev / energy_scale)
