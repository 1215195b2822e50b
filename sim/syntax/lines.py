"""The line of an experiment file on which a key is set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import Any

_LONGEST_TEXT = 200_000
_MOST_CANDIDATES = 100


def line_of_key(text: str, path: Sequence[str]) -> int | None:
    """Line, from 1, on which the key at a path (``["background", "0", "norm"]``) is set.

    For an element of an array the line of the array, for a section that of its header.  The TOML
    reader itself is the judge: the key stands on the first line with which it is there.  None if
    the path is not in the text, or the text is very long.
    """
    names = [part for part in path if not part.isdigit()]
    if not names or len(text) > _LONGEST_TEXT:
        return None
    lines = text.splitlines(keepends=True)
    word = re.compile(rf"(?<![\w-]){re.escape(names[-1])}(?![\w-])")
    candidates = [i for i, line in enumerate(lines) if word.search(line)][:_MOST_CANDIDATES]
    found = next((i + 1 for i in candidates if _holds(_data_with(lines, i), path)), None)
    if found is None and path[-1].isdigit():
        return line_of_key(text, path[:-1])
    return found


def _data_with(lines: Sequence[str], last: int) -> Any:
    """What the lines up to the last one say; more of them if a value goes on below."""
    for end in range(last + 1, len(lines) + 1):
        try:
            return tomllib.loads("".join(lines[:end]))
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
