"""Hints for a name that is not known: the nearest valid one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


def repeated(names: Iterable[str]) -> str | None:
    """The first name that stands a second time, or None."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def nearest(word: str, candidates: Sequence[str], *, listed: bool = False) -> str:
    """A hint to end a message with: the nearest valid name, or all of them unless listed before."""
    longer = [name for name in candidates if word and name.startswith(word)]
    matches = longer or get_close_matches(word, candidates, n=1, cutoff=0.5)
    if matches:
        return f"; nearest valid name: {matches[0]}"
    return "" if listed else f"; valid: {', '.join(candidates)}"
