"""Theory: contributions of interactions, and the signal table and templates that follow from them.

An amplitude is the Standard Model's plus a sum of parameters times shifts, so that a rate has a
template for each shift (interference with the Standard Model), its square, and each product of
two: monomials are not written down anywhere.  Shifts of another flavour of the outgoing neutrino
(a sector of its own) have squares and products only, and share the templates of what they shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from sim.cross_sections.couplings import Couplings
from sim.cross_sections.operators import Addition, FluxChange, Operator, Shift, Strength
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import Monomial, Signal, SignalParameter

IntArray = npt.NDArray[np.int64]

STANDARD = "1"
"""Name of the template of the Standard Model."""

_NOT_TOGETHER = (
    "parameter of {!r}: its product with shifts of couplings is not computed: set the others to "
    "the Standard Model"
)

_INTEGRALS = {0: "weak", 1: "interference", 2: "charge_squared"}


@dataclass(frozen=True, slots=True)
class Contribution:
    """A parameter, the operator that it multiplies, and a factor between their units.

    sector is empty where the outgoing neutrino is the incoming one's flavour, else names the
    flavour; a parameter of such a sector is fitted by its square.
    """

    parameter: SignalParameter
    operator: Operator
    factor: float = 1.0
    sector: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A folded spectrum: factors are its shifts (none for the Standard Model) or its one operator.

    integral says how bound electrons see it.
    """

    name: str
    factors: tuple[Operator, ...]
    integral: str


@dataclass(frozen=True, slots=True, eq=False)
class Theory:
    """Contributions in their order; always are shifts of the Standard Model itself.

    products (n_templates, 3) is what kernels are told of the templates: row, and the places of two
    amplitudes (the Standard Model's, then shifts), or minus the place of an addition from 1 on.
    """

    couplings: Couplings
    contributions: tuple[Contribution, ...]
    always: tuple[Shift, ...]
    templates: tuple[Template, ...]
    signal: Signal
    shifts: tuple[Shift, ...]
    additions: tuple[Addition, ...]
    changes: tuple[FluxChange, ...]
    products: IntArray

    @property
    def mediated(self) -> tuple[str, ...]:
        """Parameters, by users' names, of terms for which no integral of an atom is known."""
        return tuple(
            part.parameter.name
            for part in self.contributions
            if (isinstance(part.operator, Addition) and part.operator.integral == "mediator")
            or (isinstance(part.operator, Shift) and part.operator.exchanged == "mediator")
        )

    def amplitudes(self, values: Mapping[str, float]) -> dict[str, dict[Operator, float]]:
        """Factor of each operator by sector, at values by users' names; the others are 0.

        Raises
        ------
        ValueError
            for a name that is no parameter.
        """
        for name in values:
            self.signal.parameter(name)
        found: dict[str, dict[Operator, float]] = {}
        for part in self.contributions:
            if part.parameter.name not in values:
                continue
            value, parameter = values[part.parameter.name], part.parameter
            size = (value - parameter.origin) / parameter.scale
            amplitude = size if part.sector else parameter.inverse(value)
            sector = found.setdefault(part.sector, {})
            sector[part.operator] = sector.get(part.operator, 0.0) + part.factor * amplitude
        return found

    def weights(self, values: Mapping[str, float]) -> FloatArray:
        """Factor of each template (n_templates,) at values by users' names; the others are 0.

        Raises
        ------
        ValueError
            for a name that is no parameter, or two whose product has no template.
        """
        sectors = self.amplitudes(values)
        present = {operator: f for at in sectors.values() for operator, f in at.items() if f}
        changes = [operator for operator in present if isinstance(operator, FluxChange)]
        if changes and any(isinstance(operator, Shift) for operator in present):
            raise ValueError(_NOT_TOGETHER.format(changes[0].name))
        return np.array([_weight(template, sectors) for template in self.templates])


def theory(
    couplings: Couplings, contributions: Sequence[Contribution], always: Sequence[Shift] = ()
) -> Theory:
    """The theory of contributions, its templates in the order in which these need them."""
    monomials = [Monomial((), STANDARD), *_monomials(contributions)]
    by_name = {STANDARD: Template(STANDARD, (), "weak")} | {
        template.name: template for template in _templates(contributions)
    }
    used = {monomial.template for monomial in monomials}
    templates = tuple(template for name, template in by_name.items() if name in used)
    signal = Signal(
        parameters=tuple(dict.fromkeys(part.parameter for part in contributions)),
        monomials=tuple(monomials),
        templates=tuple(template.name for template in templates),
        exclusive=tuple(_exclusive(contributions)),
    )
    operators = list(dict.fromkeys(part.operator for part in contributions))
    shifts = tuple(operator for operator in operators if isinstance(operator, Shift))
    additions = tuple(operator for operator in operators if isinstance(operator, Addition))
    products = [
        (row, *_places(template, shifts, additions)) for row, template in enumerate(templates)
    ]
    return Theory(
        couplings=couplings,
        contributions=tuple(contributions),
        always=tuple(always),
        templates=templates,
        signal=signal,
        shifts=shifts,
        additions=additions,
        changes=tuple(operator for operator in operators if isinstance(operator, FluxChange)),
        products=np.array(products, dtype=np.int64),
    )


def _places(
    template: Template, shifts: Sequence[Shift], additions: Sequence[Addition]
) -> tuple[int, int]:
    """Of its two amplitudes; a strength is the Standard Model once more."""
    match template.factors:
        case (Addition() as operator, *_):
            place = -1 - additions.index(operator)
            return place, place
        case (Shift() as shift,):
            return 0, 1 + shifts.index(shift)
        case (Shift() as first, Shift() as second):
            return 1 + shifts.index(first), 1 + shifts.index(second)
    return 0, 0


def _templates(contributions: Sequence[Contribution]) -> Iterator[Template]:
    """All that operators can make, in order: each shift, its square, its products with others.

    What is lost of the flux is a template for each one without a shift.
    """
    shifts: list[Shift] = []
    plain = [Template(STANDARD, (), "weak")]
    for operator in dict.fromkeys(part.operator for part in contributions):
        match operator:
            case Shift():
                yield _product(operator)
                yield _product(operator, operator)
                meeting = [s for s in shifts if set(s.channels) & set(operator.channels)]
                yield from (_product(earlier, operator) for earlier in meeting)
                shifts.append(operator)
            case Addition():
                plain.append(Template(operator.name, (operator,), operator.integral))
                yield plain[-1]
            case Strength():
                plain.append(Template(operator.name, (operator,), "weak"))
                yield plain[-1]
    for part in contributions:
        if isinstance(change := part.operator, FluxChange):
            for template in plain:
                name = _changed_name(template.name, change)
                yield Template(name, (*template.factors, change), template.integral)


def _changed_name(template: str, change: FluxChange) -> str:
    return f"{template}*{change.name}"


def _product(*shifts: Shift) -> Template:
    exchanged = [shift.exchanged for shift in shifts]
    integral = "mediator" if "mediator" in exchanged else _INTEGRALS[exchanged.count("photon")]
    return Template(_product_name(*shifts), shifts, integral)


def _product_name(*shifts: Shift) -> str:
    """``q``, ``q2``, ``qr``; ``eps_u*eps_d`` for longer names."""
    names = [shift.name for shift in shifts]
    if len(set(names)) < len(names):
        return f"{names[0]}2"
    return ("" if all(len(name) == 1 for name in names) else "*").join(names)


def _monomials(contributions: Sequence[Contribution]) -> Iterator[Monomial]:
    """Of products of two: 2 x y, the template of two different shifts holding the factor 2."""
    order = [part.operator for part in contributions]
    for place, part in enumerate(contributions):
        x, operator = part.parameter.fitted, part.operator
        if isinstance(operator, FluxChange):
            yield Monomial((x,), _changed_name(STANDARD, operator), -part.factor)
            for other in contributions:
                if isinstance(other.operator, Addition | Strength):
                    name = _changed_name(other.operator.name, operator)
                    yield Monomial((other.parameter.fitted, x), name, -part.factor * other.factor)
        elif not isinstance(operator, Shift):
            yield Monomial((x,), operator.name, part.factor)
        elif part.sector:
            yield Monomial((x,), _product_name(operator, operator), part.factor**2)
        else:
            yield Monomial((x,), operator.name, part.factor)
            yield Monomial((x, x), _product_name(operator, operator), part.factor**2)
            for earlier in contributions[:place]:
                if _interfere(earlier, part) and isinstance(earlier.operator, Shift):
                    shifts = sorted((earlier.operator, operator), key=order.index)
                    twice = 2 if earlier.operator == operator else 1
                    factor = earlier.factor * part.factor * twice
                    yield Monomial((earlier.parameter.fitted, x), _product_name(*shifts), factor)


def _interfere(first: Contribution, second: Contribution) -> bool:
    """Whether two shifts of the same flavour act in one channel."""
    if not isinstance(first.operator, Shift) or not isinstance(second.operator, Shift):
        return False
    return first.sector == second.sector and bool(
        set(first.operator.channels) & set(second.operator.channels)
    )


def _exclusive(contributions: Sequence[Contribution]) -> Iterator[tuple[frozenset[str], str]]:
    """Pairs of parameters of which no data can tell more than one, or of which a fit is no sum."""
    shifts = [part for part in contributions if isinstance(part.operator, Shift)]
    for first, second in combinations(shifts, 2):
        if first.parameter == second.parameter:
            continue
        names = f"{first.parameter.name} and {second.parameter.name}"
        pair = frozenset((first.parameter.fitted, second.parameter.fitted))
        if first.operator == second.operator and bool(first.sector) == bool(second.sector):
            why = "are one parameter in two units" if not first.sector else "change rates alike"
            yield pair, f"{names} {why}: free one of them"
        elif first.sector and _interfere(first, second):
            yield pair, f"{names} add as amplitudes and are fitted by squares: free one of them"
    for change in contributions:
        if not isinstance(change.operator, FluxChange):
            continue
        for other in contributions:
            if other is not change and isinstance(other.operator, Shift | FluxChange):
                pair = frozenset((change.parameter.fitted, other.parameter.fitted))
                names = f"{change.parameter.name} and {other.parameter.name}"
                yield pair, f"{names} have products that are not computed: free one of them"


def _weight(template: Template, sectors: Mapping[str, Mapping[Operator, float]]) -> float:
    interfering = sectors.get("", {})
    match template.factors:
        case ():
            return 1.0
        case (*rest, FluxChange() as change):
            size = interfering.get(rest[0], 0.0) if rest else 1.0
            return -size * interfering.get(change, 0.0)
        case (single,):
            return interfering.get(single, 0.0)
        case (first, second):
            return sum(at.get(first, 0.0) * at.get(second, 0.0) for at in sectors.values())
    raise AssertionError(template)
