"""What stands behind every public name: the house, asked on first use."""

from __future__ import annotations

import importlib
from collections.abc import Mapping


def offered(name: str, asker: str, homes: Mapping[str, str]) -> object:
    """A public thing, from its home; a function refuses arguments of a wrong type.

    Raises
    ------
    AttributeError
        for a name that is not offered.
    ImportError
        if a file of the user hides a package of ours.
    """
    if name not in homes:
        raise AttributeError(f"module {asker!r} has no attribute {name!r}")
    try:
        thing: object = getattr(importlib.import_module(homes[name]), name)
    except ModuleNotFoundError as error:
        hiding = _hiding_file(error.name or "")
        if hiding is None:
            raise
    else:
        if isinstance(thing, type) or not callable(thing):
            return thing
        from nuem.arguments import checked

        return checked(thing)
    raise ImportError(
        f"{hiding} hides a package of nuem of the same name: rename it, or run the script from "
        f"another folder"
    )


def _hiding_file(missing: str) -> str | None:
    """The user's file that is imported in place of a package of ours, or None."""
    import sys
    from pathlib import Path

    floor = missing.partition(".")[0]
    found: str | None = getattr(sys.modules.get(floor), "__file__", None)
    ours = Path(__file__).resolve().parent.parent / floor
    if found is None or Path(found).resolve().is_relative_to(ours):
        return None
    return found
