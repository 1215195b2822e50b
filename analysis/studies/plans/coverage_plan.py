"""The plan of a coverage study: toys at several truths, tested by every construction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from analysis.limits.constructions.registry import constructions
from analysis.limits.question import checked_method
from analysis.studies.plans.plan import Plan, check_whole
from sim.experiment import Experiment

SIGMAS = (0.0, 1.0, 2.0, 4.0)
"""True mu^2 in units of its expected standard error."""

_PLAIN = (
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
    """n_toys toys at each true mu^2; the stream of a toy is keyed by (seed, truth, toy).

    calibration_toys: how many toys give Feldman-Cousins the critical value of each toy, made with
    the nuisances fitted to that toy.
    """

    kind: ClassVar[str] = "coverage"
    items: ClassVar[str] = "toys"

    experiment: Experiment
    n_toys: int
    seed: int
    sigmas: tuple[float, ...] = SIGMAS
    methods: tuple[str, ...] = ()
    cl: float = 0.90
    treatment: str = "off-joint"
    calibration_toys: int = 199
    shard_size: int = 500

    def __post_init__(self) -> None:
        """Refuse what cannot be run: ValueError.  Without methods, all constructions."""
        if not self.methods:
            object.__setattr__(self, "methods", tuple(known.name for known in constructions()))
        for name in ("n_toys", "calibration_toys", "shard_size"):
            check_whole(name, getattr(self, name), 1)
        check_whole("seed", self.seed, 0)
        for method in self.methods:
            checked_method(self.experiment, "mu_nu", method, self.cl)
        if not self.sigmas:
            raise ValueError("a coverage study needs at least one truth")
        if min(self.sigmas) < 0:
            raise ValueError(f"a true mu^2 must not be negative, found {min(self.sigmas):g} sigma")

    @property
    def n_items(self) -> int:
        """Number of toys at all truths together."""
        return self.n_toys * len(self.sigmas)

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
        """All settings."""
        values = {name: getattr(self, name) for name in _PLAIN}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def restored(cls, experiment: Experiment, settings: dict[str, Any]) -> Self:
        """The plan of stored settings."""
        values: dict[str, Any] = {
            name: tuple(settings[name]) if isinstance(settings[name], list) else settings[name]
            for name in _PLAIN
        }
        return cls(experiment, **values)
