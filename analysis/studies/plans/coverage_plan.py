"""The plan of a coverage study: toys at several truths, tested by every construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from analysis.limits.constructions.registry import constructions_for
from analysis.limits.question import checked_method, known_parameter
from analysis.studies.plans.plan import Plan, check_whole
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.experiment import Experiment
from sim.sources.sources import Sources

SIGMAS = (0.0, 1.0, 2.0, 4.0)
"""Truths in units of the expected standard error, for mu_nu that of its square."""

_ADDED: dict[str, Any] = {"parameter": MAGNETIC_MOMENT, "values": (), "intervals": False}
"""Settings that plans did not always have, and what they stood at."""

_PLAIN = (
    "parameter",
    "values",
    "intervals",
    "n_toys",
    "seed",
    "sigmas",
    "methods",
    "cl",
    "treatment",
    "calibration_toys",
    "shard_size",
)


@dataclass(frozen=True, slots=True)
class CoveragePlan(Plan):
    """n_toys toys at each truth; the stream of a toy is keyed by (seed, truth, toy).

    Truths are those of one parameter of the signal: sigmas, in expected standard errors of x as
    fits see it, or values in its unit, in place of them.
    calibration_toys: how many toys give Feldman-Cousins the critical value of each toy, made with
    the nuisances fitted to that toy.
    intervals: the intervals that ``limit`` returns are counted, one by one, in place of the levels
    of the constructions.
    """

    kind: ClassVar[str] = "coverage"
    items: ClassVar[str] = "toys"

    experiment: Experiment | Sources
    n_toys: int
    seed: int
    sigmas: tuple[float, ...] = SIGMAS
    methods: tuple[str, ...] = ()
    cl: float = 0.90
    treatment: str = "off-joint"
    calibration_toys: int = 199
    shard_size: int = 500
    parameter: str = MAGNETIC_MOMENT
    values: tuple[float, ...] = ()
    intervals: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be run: ValueError.  Without methods, all that apply."""
        known = known_parameter(self.experiment, self.parameter)
        if not self.methods:
            names = tuple(one.name for one in constructions_for(known))
            object.__setattr__(self, "methods", names)
        if self.values:
            object.__setattr__(self, "sigmas", ())
        for name in ("n_toys", "calibration_toys", "shard_size"):
            check_whole(name, getattr(self, name), 1)
        check_whole("seed", self.seed, 0)
        for method in self.methods:
            checked_method(self.experiment, self.parameter, method, self.cl)
        if not self.n_truths:
            raise ValueError("a coverage study needs at least one truth")
        lowest = min(self.sigmas or self.values)
        if known.bounded and lowest < 0:
            unit = "sigma" if self.sigmas else known.unit
            raise ValueError(
                f"a true {known.fitted_label} must not be negative, found {lowest:g} {unit}"
            )

    @property
    def n_items(self) -> int:
        """Number of toys at all truths together."""
        return self.n_toys * self.n_truths

    @property
    def n_truths(self) -> int:
        """Number of truths."""
        return len(self.sigmas) + len(self.values)

    def true_x(self, sigma: float) -> tuple[float, ...]:
        """Truths of x, of which sigma is the expected standard error."""
        if self.values:
            parameter = known_parameter(self.experiment, self.parameter)
            return tuple(parameter.inverse(value) for value in self.values)
        return tuple(size * sigma for size in self.sigmas)

    def truths(self, first: int, end: int) -> list[tuple[int, range]]:
        """Truths that a range of items goes through, by number, and their toys."""
        found = []
        while first < end:
            truth, toy = divmod(first, self.n_toys)
            stop = min(end - truth * self.n_toys, self.n_toys)
            found.append((truth, range(toy, stop)))
            first += stop - toy
        return found

    def settings(self) -> dict[str, Any]:
        """All settings; those that were added only where they are set."""
        values = {name: getattr(self, name) for name in _PLAIN}
        return {
            k: list(v) if isinstance(v, tuple) else v
            for k, v in values.items()
            if k not in _ADDED or v != _ADDED[k]
        }

    @classmethod
    def restored(cls, experiment: Experiment | Sources, settings: dict[str, Any]) -> Self:
        """The plan of stored settings."""
        known = {**_ADDED, **settings}
        values: dict[str, Any] = {
            name: tuple(known[name]) if isinstance(known[name], list) else known[name]
            for name in _PLAIN
        }
        return cls(experiment, **values)
