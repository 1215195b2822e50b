"""How figures write a parameter: symbol, unit, and the power of ten of its axis."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log10

from sim.cross_sections.interactions.parameter_table import named_parameter
from sim.cross_sections.signal import SignalParameter

_UNITS = {"mu_B": r"\mu_\mathrm{B}", "e": "e", "cm^2": r"\mathrm{cm}^2"}
_PLAIN = ("1", "Standard Model")
"""Units of parameters that are drawn as they are."""


@dataclass(frozen=True, slots=True)
class ParameterAxis:
    """unit is what 1 on the axis stands for; symbol and name are text of figures."""

    unit: float
    symbol: str
    name: str

    @property
    def label(self) -> str:
        """Label of the axis."""
        return f"{self.symbol} [{self.name}]" if self.name else self.symbol


def parameter_axis(parameter: str | SignalParameter) -> ParameterAxis:
    """Axis of a parameter, or of one that is always there by its name."""
    known = named_parameter(parameter) if isinstance(parameter, str) else parameter
    symbol = f"${known.symbol}$"
    if known.unit in _PLAIN:
        return ParameterAxis(1.0, symbol, "" if known.unit == "1" else known.unit)
    power = floor(log10(known.scale) + 0.5)
    unit = _UNITS.get(known.unit, rf"\mathrm{{{known.unit}}}")
    return ParameterAxis(10.0**power, symbol, rf"$10^{{{power}}}\,{unit}$")


def unit_label(parameter: str) -> str:
    """Unit of a parameter as text of figures."""
    unit = named_parameter(parameter).unit
    return f"${_UNITS[unit]}$" if unit in _UNITS else unit
