"""What is wrong with an experiment whose sections do not go together, by the path of a key."""

from __future__ import annotations

from collections.abc import Sequence


class LayoutError(ValueError):
    """A fault at the path of a key, such as ("exposure", "period", "1", "start")."""

    def __init__(self, path: Sequence[str | int], message: str) -> None:
        super().__init__(message)
        self.path = tuple(str(part) for part in path)
