"""The signal as a table: parameters, and the monomials of them that span every rate.

A rate is a sum over monomials of factor * product of parameters * template; several monomials may
share a template.  At the Standard Model every parameter is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from sim.cross_sections.parameters import FloatArray


@dataclass(frozen=True, slots=True)
class SignalParameter:
    """A parameter as users know it, and x, of order one, as templates and fits see it.

    name and unit are those of files and commands, symbol is mathematical text for figures, fitted
    the name of x.  The value is origin + scale * x^power, power 0.5 where rates go with a square.
    bounded: x cannot be negative.  monotonic: no rate falls where x grows.  reported: a fit states
    it also where it is held.  remark is what a reader of its limits should know.  title says what
    it is, letters are its symbol in plain text.
    """

    name: str
    fitted: str
    symbol: str
    unit: str
    scale: float
    origin: float = 0.0
    power: float = 1.0
    bounded: bool = False
    remark: str = ""
    reported: bool = False
    title: str = ""
    letters: str = ""
    monotonic: bool = True

    @property
    def one_sided(self) -> bool:
        """True if upper limits make sense of it: bounded, and more of it is never less signal."""
        return self.bounded and self.monotonic

    @property
    def fitted_label(self) -> str:
        """What x is a power of, less its origin: ``mu_nu^2``."""
        return f"{self.name}{self._exponent}"

    @property
    def fitted_unit(self) -> str:
        """Unit of x: ``(1e-11 mu_B)^2``."""
        unit = f"{self.scale:g}" if self.unit == "1" else f"{self.scale:g} {self.unit}"
        return f"({unit}){self._exponent}" if self._exponent else unit

    @property
    def _exponent(self) -> str:
        return "" if self.power == 1 else f"^{1 / self.power:g}"

    @property
    def words(self) -> str:
        """What it is, in words."""
        return self.title or self.name.replace("_", " ")

    @property
    def text(self) -> str:
        """Its symbol where there is no mathematical text."""
        return self.letters or self.name

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

    def first_monomial(self, template: str) -> Monomial:
        """The first monomial of a template: what its counts are shown for."""
        return next(m for m in self.monomials if m.template == template)

    @property
    def fitted_names(self) -> tuple[str, ...]:
        """Names of x, in order."""
        return tuple(parameter.fitted for parameter in self.parameters)

    def fit_units(self) -> str:
        """What 1 of each x stands for, beyond the Standard Model: x 1e-12 e, y 1e-32 cm^2."""
        units = [
            f"{p.fitted} ({p.scale:g} {p.unit})^2"
            if p.power == 0.5
            else f"{p.fitted} {p.scale:g} {p.unit}".strip()
            for p in self.parameters
        ]
        return ", ".join(units)

    def weights(self, point: Mapping[str, float]) -> FloatArray:
        """Factor of each template (n_templates,) at x by fitted name; those left out are 0."""
        out = np.zeros(len(self.templates))
        for monomial in self.monomials:
            place = self.templates.index(monomial.template)
            out[place] += monomial.factor * prod(point.get(name, 0.0) for name in monomial.powers)
        return out


def merged_signal(signals: Sequence[Signal]) -> Signal:
    """The table of all parameters, monomials and templates of several, each once.

    Raises
    ------
    ValueError
        for a parameter that is not the same in two of them.
    """
    if len(signals) == 1:
        return signals[0]
    known: dict[str, SignalParameter] = {}
    for parameter in (p for signal in signals for p in signal.parameters):
        for own in (parameter.name, parameter.fitted):
            _refuse_another(own, known.setdefault(own, parameter), parameter)
    return Signal(
        parameters=tuple(dict.fromkeys(p for signal in signals for p in signal.parameters)),
        monomials=tuple(dict.fromkeys(m for signal in signals for m in signal.monomials)),
        templates=tuple(dict.fromkeys(t for signal in signals for t in signal.templates)),
        exclusive=tuple(dict.fromkeys(e for signal in signals for e in signal.exclusive)),
    )


def _refuse_another(name: str, known: SignalParameter, found: SignalParameter) -> None:
    """ValueError, with the first thing in which they differ, unless two are one."""
    if known != found:
        what = next(f for f in known.__slots__ if getattr(known, f) != getattr(found, f))
        values = f"{getattr(known, what)} and {getattr(found, what)}"
        raise ValueError(f"parameter {name!r} is not the same in all sources: {what} {values}")
