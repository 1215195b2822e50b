"""Names of the constructions: those of the files of this folder, known without an import."""

from __future__ import annotations

from pathlib import Path

_NOT_ONE = {"__init__", "construction", "names", "registry"}


def construction_names() -> tuple[str, ...]:
    """All of them, in alphabetical order."""
    files = Path(__file__).parent.glob("*.py")
    return tuple(sorted(f.stem.replace("_", "-") for f in files if f.stem not in _NOT_ONE))
