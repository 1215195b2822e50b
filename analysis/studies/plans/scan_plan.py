"""The plan of a sensitivity scan: limits of an experiment over a grid of values of its keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from analysis.limits.constructions.registry import construction
from analysis.limits.question import checked_method, signal_of
from analysis.studies.plans.plan import Plan, check_whole
from sim.experiment import ConfigurationError, Experiment
from sim.folding.folds import needs_fold
from sim.sources.sources import Sources, split_label
from sim.variation import value_at

MAX_POINTS = 1_000_000
_SHARD_SIZE, _FOLDED_SHARD_SIZE = 2_000, 50
_PLAIN = ("parameter", "method", "cl", "treatment", "shard_size")

Value = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Axis:
    """A key of the experiment file, or of one of several, and the values that it takes."""

    key: str
    values: tuple[Value, ...]

    @property
    def folds(self) -> bool:
        """True if the physics has to be folded at every value."""
        return needs_fold(split_label(self.key)[1])

    @property
    def numeric(self) -> bool:
        """True if all values are numbers."""
        return all(isinstance(v, float | int) and not isinstance(v, bool) for v in self.values)


@dataclass(frozen=True, slots=True)
class ScanPlan(Plan):
    """Expected limits at every combination of the values of the axes; observed: those of the data.

    treatment None is the one that each point configures.  Points are numbered so that keys which
    need the physics folded again change slowest, and among equals the last axis fastest
    (fastest_first: the axes by their index).
    """

    kind: ClassVar[str] = "scan"
    items: ClassVar[str] = "points"
    numbers: ClassVar[tuple[str, ...]] = ("status", "lower", "upper", "reason")

    experiment: Experiment | Sources
    axes: tuple[Axis, ...]
    parameter: str
    method: str
    cl: float
    treatment: str | None = None
    shard_size: int = 0
    observed: bool = False
    fastest_first: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse what no point could be made of.

        Raises
        ------
        ConfigurationError
            for a key that is not there, that stands twice, or too many points.
        ValueError
            for a parameter, method and confidence level that do not go together.
        """
        checked_method(self.experiment, self.parameter, self.method, self.cl)
        check_whole("shard_size", self.shard_size, 0)
        keys = [axis.key for axis in self.axes]
        for key in keys:
            if keys.count(key) > 1:
                raise ConfigurationError(f"{key}: the key is varied twice")
        own = self.sources.with_values(dict.fromkeys(keys))
        for label, experiment in self.sources.experiments:
            for key in own[label]:
                value_at(experiment, key)
        if not 1 <= self.n_items <= MAX_POINTS:
            raise ConfigurationError(f"{self.n_items} points: allowed are 1 to {MAX_POINTS}")
        slow = [j for j, axis in enumerate(self.axes) if axis.folds]
        fast = [j for j, axis in enumerate(self.axes) if not axis.folds]
        object.__setattr__(self, "fastest_first", (*reversed(fast), *reversed(slow)))
        if self.shard_size == 0:
            object.__setattr__(self, "shard_size", self._own_shard_size())

    @property
    def n_items(self) -> int:
        """Number of points."""
        return prod(self.shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each axis."""
        return tuple(len(axis.values) for axis in self.axes)

    def place(self, item: int) -> tuple[int, ...]:
        """Index on each axis of a point."""
        return tuple(self._digits(item))

    def places(self, items: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
        """Indices on each axis of many points."""
        return tuple(self._digits(items))

    def changes(self, item: int) -> dict[str, Value]:
        """Values of the keys at a point."""
        return {
            axis.key: axis.values[i] for axis, i in zip(self.axes, self.place(item), strict=True)
        }

    def settings(self) -> dict[str, Any]:
        """Axes and all plain settings."""
        axes = [{"key": axis.key, "values": list(axis.values)} for axis in self.axes]
        data = {"observed": True} if self.observed else {}
        return {**{name: getattr(self, name) for name in _PLAIN}, "axes": axes, **data}

    @classmethod
    def restored(cls, experiment: Experiment | Sources, settings: dict[str, Any]) -> Self:
        """The plan of stored settings."""
        axes = tuple(Axis(axis["key"], tuple(axis["values"])) for axis in settings["axes"])
        plain = {name: settings[name] for name in _PLAIN}
        return cls(experiment, axes, **plain, observed=bool(settings.get("observed", False)))

    def _digits(self, rest: Any) -> list[Any]:
        places: list[Any] = [0] * len(self.axes)
        for j in self.fastest_first:
            rest, places[j] = divmod(rest, len(self.axes[j].values))
        return places

    def _own_shard_size(self) -> int:
        one_sided = signal_of(self.experiment).parameter(self.parameter).one_sided
        folded = any(axis.folds for axis in self.axes) or not one_sided
        size = _FOLDED_SHARD_SIZE if folded else _SHARD_SIZE
        return min(size, construction(self.method).points_per_shard or size)
