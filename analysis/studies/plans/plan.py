"""Plans: what a study does, in a form that can be stored, compared and hashed.

A study is a numbered list of items (toys, points of a scan) cut into shards of a fixed size.  What
a shard holds is a pure function of (plan, index of the shard).
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

from sim.experiment import Experiment
from sim.sources.sources import Sources

PLAN_VERSION = 3


class Plan(ABC):
    """The base of the plans: frozen dataclasses with an experiment, or several, and settings.

    kind: the name under which a plan is stored; items: what is counted, for people; numbers: the
    arrays of one number an item that each of its shards holds.
    """

    __slots__ = ()

    kind: ClassVar[str]
    items: ClassVar[str]
    numbers: ClassVar[tuple[str, ...]] = ()
    experiment: Experiment | Sources
    shard_size: int

    @property
    def sources(self) -> Sources:
        """The experiments, by label, and what is chosen of their spectra."""
        return Sources.of(self.experiment)

    @property
    @abstractmethod
    def n_items(self) -> int:
        """Number of items in all shards together."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Everything besides the experiment that results depend on, as plain JSON values."""

    @classmethod
    @abstractmethod
    def restored(cls, experiment: Experiment | Sources, settings: dict[str, Any]) -> Self:
        """The plan of stored settings; KeyError, TypeError or ValueError if they are not whole."""

    def resized(self, shard_size: int) -> Self:
        """The same plan in shards of another size."""
        return self.restored(self.experiment, {**self.settings(), "shard_size": shard_size})

    @property
    def n_shards(self) -> int:
        """Number of shards; the last one may be shorter."""
        return -(-self.n_items // self.shard_size)

    def item_range(self, shard: int) -> tuple[int, int]:
        """First item of a shard, and the one after its last."""
        first = shard * self.shard_size
        return first, min(first + self.shard_size, self.n_items)

    def to_json(self, code_sha256: str) -> str:
        """The plan in a fixed form, with the hash of the code that makes its numbers."""
        content = {
            "plan_version": PLAN_VERSION,
            "kind": self.kind,
            "code_sha256": code_sha256,
            "sources": [
                {
                    "label": label,
                    "resolved": experiment.canonical_json(),
                    "source": experiment.source,
                    "files": dict(experiment.files),
                }
                for label, experiment in self.sources.experiments
            ],
            "detectors": list(self.sources.detectors),
            "periods": list(self.sources.periods),
            "settings": self.settings(),
        }
        return json.dumps(content, indent=1, sort_keys=True) + "\n"

    def sha256(self) -> str:
        """Hash of everything that the results depend on."""
        content = [self.kind, self.sources.hashed(), self.settings()]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def check_whole(name: str, value: object, lowest: int) -> None:
    """Raise ValueError unless a setting is a whole number from lowest on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < lowest:
        raise ValueError(f"{name}: a whole number >= {lowest} expected, found {value!r}")


def difference(known: Plan, plan: Plan) -> str:
    """The first thing in which two plans differ, for people."""
    if known.kind != plan.kind:
        return f"it is one of {known.items}, not of {plan.items}"
    before, now = known.settings(), plan.settings()
    for name in now:
        if before.get(name) != now[name]:
            return f"{name} is {before.get(name)} there, {now[name]} here"
    both = known.sources, plan.sources
    if both[0].experiments == both[1].experiments:
        return "other detectors or periods are chosen"
    return "its experiment differs"
