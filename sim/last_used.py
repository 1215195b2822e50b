"""Kept: the last things that were made, by what they were made of."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Kept(Generic[Thing]):
    """Things by key, of which the ones not asked for in the longest time are dropped."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._things: OrderedDict[Hashable, Thing] = OrderedDict()

    def once(self, key: Hashable, make: Callable[[], Thing]) -> Thing:
        """What was made for a key, made now if it is not kept any more."""
        if key in self._things:
            self._things.move_to_end(key)
        else:
            self._things[key] = make()
            if len(self._things) > self._capacity:
                self._things.popitem(last=False)
        return self._things[key]
