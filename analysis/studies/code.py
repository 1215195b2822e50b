"""The code that makes the numbers of a study, as a hash of its sources and tables."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOMS = (
    *("fluxes", "detectors", "sim"),
    *("analysis/likelihood", "analysis/fits", "analysis/limits", "analysis/studies"),
)
_WITHOUT = "sim/experiments"
"""Presets: a study holds its own experiment."""
_SUFFIXES = (".py", ".csv", ".dat")


@cache
def code_sha256() -> str:
    """SHA-256 of all sources and tables in the rooms whose code makes numbers of a study."""
    root = Path(__file__).resolve().parents[2]
    files = (file for room in _ROOMS for file in (root / room).rglob("*"))
    names = sorted(file.relative_to(root).as_posix() for file in files if file.suffix in _SUFFIXES)
    digest = hashlib.sha256()
    for name in names:
        if not name.startswith(_WITHOUT):
            content = (root / name).read_bytes()
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def code_problem(known: str | None) -> str | None:
    """Why this code cannot go on with a study of known code, or None if it can."""
    own = code_sha256()
    if known == own:
        return None
    if known is None:
        return (
            "made by a nuem that did not say which code it was, so that new results may not go "
            "with the old: merge what is there (nuem merge --partial), or start anew in another "
            "folder"
        )
    return (
        f"made by other code ({known[:12]}, not {own[:12]}): go on with the nuem that started it, "
        f"or start anew in another folder"
    )
