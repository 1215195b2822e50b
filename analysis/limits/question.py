"""A question: what a limit is asked for, as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.limits.constructions.construction import Construction
from analysis.limits.constructions.registry import construction, constructions_for
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.signal import Signal, SignalParameter
from sim.experiment import Experiment
from sim.model import Model
from sim.sources.sources import Sources
from sim.syntax.spelling import nearest

_BUDGET = ToyBudget()


@dataclass(frozen=True, slots=True)
class Question:
    """The interval of a parameter at a confidence level by a construction.

    treatment is that of the background; every other parameter of the signal is at the Standard
    Model, or fitted if it is among free.  budget is for constructions that throw toys.
    """

    parameter: SignalParameter
    cl: float
    construction: Construction
    treatment: str
    budget: ToyBudget = _BUDGET
    free: tuple[SignalParameter, ...] = ()

    @property
    def method(self) -> str:
        """Name of the construction."""
        return self.construction.name


Subject = Experiment | Sources | Model
"""What a question may be asked of: an experiment, several, or their model."""


def asked(
    subject: Subject,
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    budget: ToyBudget | None = None,
    free: Sequence[str] = (),
) -> Question:
    """A question; the method is by default the parameter's, the treatment the subject's.

    free names other parameters that are fitted at every value, with methods that are read off the
    profile.

    Raises
    ------
    ValueError
        for an unknown parameter or method, a confidence level outside (0.5, 1), or free parameters
        that do not go with them.
    """
    found = known_parameter(subject, parameter)
    chosen = treatment or _of(subject).treatment
    made = checked_construction(found, method)
    others = _freed(subject, found, free)
    if others:
        _check_profiled(made, cl)
    return Question(found, checked_cl(cl), made, chosen, budget or _BUDGET, others)


def _freed(
    subject: Subject, parameter: SignalParameter, names: Sequence[str]
) -> tuple[SignalParameter, ...]:
    """Other parameters of the signal that data can tell from each other."""
    others = tuple(known_parameter(subject, name) for name in names)
    fitted = [parameter.fitted, *(other.fitted for other in others)]
    if len(set(fitted)) < len(fitted):
        raise ValueError(f"free parameters: each once, and not {parameter.name} itself")
    for exclusive, reason in signal_of(subject).exclusive:
        if len(exclusive & set(fitted)) > 1:
            raise ValueError(reason)
    return others


def _check_profiled(construction: Construction, cl: float) -> None:
    try:
        construction.rise(cl)
    except ValueError as error:
        raise ValueError(f"free parameters: {error}; qtilde and delta-chi2 have") from None


def signal_of(subject: Subject) -> Signal:
    """Parameters of the signal, for which an experiment need not be folded."""
    return _of(subject).signal_table


def _of(subject: Subject) -> Sources | Model:
    return subject if isinstance(subject, Model) else Sources.of(subject)


def known_parameter(subject: Subject, name: str) -> SignalParameter:
    """A parameter of the signal; ValueError, with the nearest, for another."""
    known = signal_of(subject)
    names = [parameter.name for parameter in known.parameters]
    if name not in names:
        hint = nearest(name, names, listed=True)
        raise ValueError(f"parameter {name!r}: allowed are {', '.join(names)}{hint}")
    return known.parameter(name)


def checked_method(subject: Subject, parameter: str, method: str | None, cl: float) -> str:
    """Name of the construction of a question; ValueError for what does not go together."""
    checked_cl(cl)
    return checked_construction(known_parameter(subject, parameter), method).name


def checked_construction(parameter: SignalParameter, method: str | None) -> Construction:
    """The construction of a name, by default the parameter's; ValueError for another."""
    allowed = constructions_for(parameter)
    if method is None:
        return allowed[0]
    if method not in {known.name for known in allowed}:
        names = ", ".join(known.name for known in allowed)
        raise ValueError(f"method {method!r} for {parameter.name}: allowed are {names}")
    return construction(method)


def checked_cl(cl: float) -> float:
    """A confidence level; ValueError outside (0.5, 1)."""
    if not 0.5 < cl < 1:
        raise ValueError(f"cl must lie between 0.5 and 1: found {cl:g}")
    return cl
