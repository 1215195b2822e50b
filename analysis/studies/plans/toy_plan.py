"""The plan of a toy study: toys of an experiment at a truth, each fitted for one parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from analysis.likelihood.assembly import TREATMENTS
from analysis.limits.constructions.registry import construction
from analysis.limits.question import checked_method
from analysis.studies.plans.plan import Plan, check_whole
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import Experiment
from sim.sources.sources import Sources

SHARD_SIZE = 65_536
"""Toys of a shard, a minute of work or less, where a construction does not ask for fewer."""

_FEWEST_SHARDS = 16
_FEWEST_TOYS = 500
"""A study of few toys is as many shards, for workers to share, but none of fewer toys."""

REFIT_FRACTION = 1e-3
"""Share of the toys that iminuit fits again."""

_PLAIN = (
    "parameter",
    "n_toys",
    "seed",
    "method",
    "cl",
    "treatment",
    "point",
    "keep_spectra",
    "refit_fraction",
    "shard_size",
)


@dataclass(frozen=True, slots=True)
class ToyPlan(Plan):
    """Toys at a truth; the random stream of a toy is keyed by (seed, point, toy index)."""

    kind: ClassVar[str] = "toys"
    items: ClassVar[str] = "toys"
    numbers: ClassVar[tuple[str, ...]] = (
        *("best_fit", "error", "best_value", "statistic", "converged", "level"),
    )

    experiment: Experiment | Sources
    parameter: str
    n_toys: int
    seed: int
    truth: NeutrinoParameters = field(default_factory=NeutrinoParameters)
    method: str = "qtilde"
    cl: float = 0.90
    treatment: str = "off-joint"
    point: int = 0
    keep_spectra: bool = False
    refit_fraction: float = REFIT_FRACTION
    shard_size: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be run: ValueError.  A shard size of 0 is the method's own."""
        checked_method(self.experiment, self.parameter, self.method, self.cl)
        for name, lowest in (("n_toys", 1), ("seed", 0), ("point", 0), ("shard_size", 0)):
            check_whole(name, getattr(self, name), lowest)
        if self.treatment not in (*TREATMENTS, self.sources.treatment):
            raise ValueError(f"treatment {self.treatment!r}: allowed are {', '.join(TREATMENTS)}")
        if not all(math.isfinite(value) for value in self.truth.given().values()):
            raise ValueError(f"the truth is not finite: {self.truth}")
        if not 0 <= self.refit_fraction <= 1:
            raise ValueError(f"refit_fraction must lie from 0 to 1: found {self.refit_fraction:g}")
        if self.shard_size == 0:
            most = construction(self.method).toys_per_shard or SHARD_SIZE
            size = min(most, max(_FEWEST_TOYS, -(-self.n_toys // _FEWEST_SHARDS)))
            object.__setattr__(self, "shard_size", size)

    @property
    def n_items(self) -> int:
        """Number of toys."""
        return self.n_toys

    def is_refitted(self, toy: int) -> bool:
        """True for the share of the toys, evenly spread, that iminuit fits again."""
        return math.floor(toy * self.refit_fraction) > math.floor((toy - 1) * self.refit_fraction)

    def settings(self) -> dict[str, Any]:
        """The truth and all plain settings."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "truth": self.truth.stored(),
        }

    @classmethod
    def restored(cls, experiment: Experiment | Sources, settings: dict[str, Any]) -> Self:
        """The plan of stored settings."""
        truth = NeutrinoParameters.restored(settings["truth"])
        plain = {name: settings[name] for name in _PLAIN}
        return cls(experiment=experiment, truth=truth, **plain)
