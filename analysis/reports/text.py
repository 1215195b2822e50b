"""How a report writes numbers, intervals and units."""

from __future__ import annotations

import math

from analysis.limits.limit_result import Limit
from sim.cross_sections.interactions.parameter_table import named_parameter

UNITS = {"mu_B": "µB", "mu_B^2": "µB²", "e": "e", "cm^2": "cm²", "sigma": "σ", "1": ""}
_INDICES = (
    ("µν", "µ", "ν"),
    ("µB", "µ", "B"),
    ("qν", "q", "ν"),
    ("rν", "r", "ν"),
    ("θW", "θ", "W"),
)
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, digits: int = 3) -> str:
    """A number for people, 3.94 × 10⁻¹¹ or 0.0123; a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    exponent = _exponent(value)
    if exponent == 0:
        return _plain(value, digits)
    return f"{_scaled(value, exponent, digits)} {_power(exponent)}"


def span(low: float, high: float, digits: int = 3) -> str:
    """Both ends of an interval with one power of ten: [−2.14, 3.27] × 10⁻¹²."""
    exponent = _exponent(max(abs(low), abs(high)))
    if exponent == 0:
        return f"[{_plain(low, digits)}, {_plain(high, digits)}]"
    ends = (_scaled(end, exponent, digits) for end in (low, high))
    return f"[{', '.join(ends)}] {_power(exponent)}"


def _exponent(value: float) -> int:
    """Power of ten that is written out: 0 from 0.001 to a million."""
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        return 0
    return int(f"{value:.2e}".split("e")[1])


def _scaled(value: float, exponent: int, digits: int) -> str:
    return f"{value / 10.0**exponent:.{digits - 1}f}".replace("-", "−")


def _power(exponent: int) -> str:
    return f"×\u00a010{str(exponent).translate(_SUPERSCRIPTS)}"


def _plain(value: float, digits: int) -> str:
    """Significant digits without an exponent, thousands apart."""
    if value == 0:
        return "0"
    places = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{places}f}".replace(",", "\u202f").replace("-", "−")


def with_unit(value: float | None, unit: str, digits: int = 3) -> str:
    """A number with its unit; a dash for none."""
    text = number(value, digits)
    return text if text == "–" else f"{text}\u00a0{UNITS.get(unit, unit)}".rstrip()


def interval(found: Limit, digits: int = 3) -> str:
    """What a limit says: ``µν < 3.94 × 10⁻¹¹ µB``, ``qν in [a, b] e``, or that there is none."""
    known = named_parameter(found.parameter)
    symbol = known.text
    if not found.found:
        return f"no limit on {symbol}: {found.status}"
    if known.bounded:
        return f"{symbol} < {with_unit(found.upper, found.unit, digits)}"
    pieces = (span(low, high, digits) for low, high in found.intervals)
    unit = UNITS.get(found.unit, f"× {found.unit}")
    return f"{symbol} in {' or '.join(pieces)}\u00a0{unit}"


def symbol_and_words(parameter: str) -> tuple[str, str]:
    """A parameter's symbol and what it is."""
    known = named_parameter(parameter)
    return known.text, known.words


def setting(value: object) -> str:
    """A value of the configuration as text: numbers as they were given."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list | dict):
        return ", ".join(setting(entry) for entry in value) or "none"
    return str(value)


def typeset(text: object) -> str:
    """Markup of a text: escaped, the indices of symbols and of the Bohr magneton set low."""
    from markupsafe import Markup, escape

    escaped = str(escape(text))
    for symbol, letter, index in _INDICES:
        escaped = escaped.replace(symbol, f"{letter}<sub>{index}</sub>")
    return Markup(escaped)
