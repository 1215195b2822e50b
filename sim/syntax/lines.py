"""The lines of an experiment file on which keys are set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

_LONGEST_TEXT = 200_000
_MOST_READ = 1_000_000
"""Characters that are read anew to find lines, about a second; then lines are not said."""


def line_of_key(text: str, path: Sequence[str]) -> int | None:
    """Line, from 1, on which the key at a path (``["background", "0", "norm"]``) is set."""
    return KeyLines(text).of(path)


class KeyLines:
    """Lines of the keys of a text: the TOML reader itself is the judge of where they stand."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines(keepends=True) if len(text) <= _LONGEST_TEXT else []
        self._left = _MOST_READ

    def of(self, path: Sequence[str]) -> int | None:
        """Line, from 1, on which the key at a path is set.

        For an element of an array the line of the array, for a section that of its header: the
        key stands on the first line with which it is there.  None if the path is not in the text,
        the text is very long, or much was read for other keys.
        """
        names = [part for part in path if not part.isdigit()]
        if not names:
            return None
        word = re.compile(rf"(?<![\w-]){re.escape(names[-1])}(?![\w-])")
        candidates = (i for i, line in enumerate(self._lines) if word.search(line))
        found = next((i + 1 for i in candidates if _holds(self._data_with(i), path)), None)
        if found is None and path[-1].isdigit():
            return self.of(path[:-1])
        return found

    def _data_with(self, last: int) -> Any:
        """What the lines up to the last one say; more of them if a value goes on below."""
        for end in range(last + 1, len(self._lines) + 1):
            text = "".join(self._lines[:end])
            self._left -= len(text)
            if self._left < 0:
                return None
            try:
                return tomllib.loads(text)
            except (ValueError, RecursionError):
                continue
        return None


def _holds(data: Any, path: Sequence[str]) -> bool:
    for part in path:
        if isinstance(data, dict) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return False
    return True
