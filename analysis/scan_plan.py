"""The plan of a sensitivity scan: limits of an experiment over a grid of values of its keys."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Self

from analysis.limits import checked_method
from analysis.plan import Plan, check_whole
from sim.experiment import ConfigurationError, Experiment
from sim.folds import needs_fold
from sim.variation import value_at

MAX_POINTS = 1_000_000
_SHARD_SIZE, _FOLDED_SHARD_SIZE = 1_000, 50
_SLOW_SHARD_SIZE = {"bayes-flat": 50, "feldman-cousins": 2}
_PLAIN = ("parameter", "method", "cl", "treatment", "shard_size")

Value = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Axis:
    """A key of the experiment file and the values that it takes."""

    key: str
    values: tuple[Value, ...]

    @property
    def numeric(self) -> bool:
        """True if all values are numbers."""
        return all(isinstance(v, float | int) and not isinstance(v, bool) for v in self.values)


@dataclass(frozen=True, slots=True)
class ScanPlan(Plan):
    """Expected limits at every combination of the values of the axes.

    treatment None is the one that each point configures.  Points are numbered so that keys which
    need the physics folded again change slowest, and among equals the last axis fastest.
    """

    kind: ClassVar[str] = "scan"
    items: ClassVar[str] = "points"
    numbers: ClassVar[tuple[str, ...]] = ("status", "lower", "upper", "reason")

    experiment: Experiment
    axes: tuple[Axis, ...]
    parameter: str
    method: str
    cl: float
    treatment: str | None = None
    shard_size: int = 0

    def __post_init__(self) -> None:
        """Refuse what no point could be made of.

        Raises
        ------
        ConfigurationError
            for a key that is not there, that stands twice, or too many points.
        ValueError
            for a parameter, method and confidence level that do not go together.
        """
        checked_method(self.parameter, self.method, self.cl)
        check_whole("shard_size", self.shard_size, 0)
        keys = [axis.key for axis in self.axes]
        for key in keys:
            value_at(self.experiment, key)
            if keys.count(key) > 1:
                raise ConfigurationError(f"{key}: the key is varied twice")
        if not 1 <= self.n_items <= MAX_POINTS:
            raise ConfigurationError(f"{self.n_items} points: allowed are 1 to {MAX_POINTS}")
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
        places = [0] * len(self.axes)
        for j in reversed(self._order()):
            item, places[j] = divmod(item, len(self.axes[j].values))
        return tuple(places)

    def changes(self, item: int) -> dict[str, Value]:
        """Values of the keys at a point."""
        return {
            axis.key: axis.values[i] for axis, i in zip(self.axes, self.place(item), strict=True)
        }

    def settings(self) -> dict[str, Any]:
        """Axes and all plain settings."""
        axes = [{"key": axis.key, "values": list(axis.values)} for axis in self.axes]
        return {**{name: getattr(self, name) for name in _PLAIN}, "axes": axes}

    @classmethod
    def restored(cls, experiment: Experiment, settings: dict[str, Any]) -> Self:
        """The plan of stored settings."""
        axes = tuple(Axis(axis["key"], tuple(axis["values"])) for axis in settings["axes"])
        return cls(experiment, axes, **{name: settings[name] for name in _PLAIN})

    def _order(self) -> list[int]:
        """Axes from the slowest to the fastest."""
        axes = range(len(self.axes))
        return sorted(axes, key=lambda j: (not needs_fold(self.axes[j].key), j))

    def _own_shard_size(self) -> int:
        folded = any(needs_fold(axis.key) for axis in self.axes) or self.parameter != "mu_nu"
        size = _FOLDED_SHARD_SIZE if folded else _SHARD_SIZE
        return min(size, _SLOW_SHARD_SIZE.get(self.method, size))
