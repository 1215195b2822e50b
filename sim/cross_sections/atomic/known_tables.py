"""Where an element's ionization table comes from: shipped, kept from before, or computed now."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import resources
from pathlib import Path

from detectors.matter.atoms import atom
from sim.cross_sections.atomic.ionization_table import IonizationTable
from sim.cross_sections.atomic.table_files import METHOD, table_from_text, table_text
from sim.files import write_atomically

_LOG = logging.getLogger("nuem.orbitals")


@cache
def ionization_table(symbol: str) -> IonizationTable:
    """The ionization table of an element.

    A shipped one, or one kept in the user's cache, or one computed now (about a minute, which the
    log announces) and kept; where nothing can be kept, it is computed by every process anew.

    Raises
    ------
    ValueError
        for an element whose subshells are not shipped.
    """
    found = existing_table(symbol)
    if found is not None:
        return found
    _LOG.warning("nuem: computing the orbitals of %s, once, about a minute", symbol)
    return computed_table(symbol)


def existing_table(symbol: str) -> IonizationTable | None:
    """The shipped table of an element, or the one in the user's cache, or None.

    Raises
    ------
    ValueError
        for an element whose subshells are not shipped.
    """
    known = atom(symbol)
    text = shipped_text(symbol)
    return _kept_table(symbol) if text is None else table_from_text(text, known)


def shipped_text(symbol: str) -> str | None:
    """The table that comes with nuem, or None."""
    file = resources.files("sim.cross_sections.atomic.data").joinpath(f"{symbol}.csv")
    return file.read_text(encoding="utf-8") if file.is_file() else None


def computed_table(
    symbol: str, progress: Callable[[int], None] = lambda done: None
) -> IonizationTable:
    """A table made now and, unless it is shipped, kept in the user's cache if that can be written.

    It is what its file says, so that the first use and the next give the same bits.

    Raises
    ------
    ValueError
        for an element whose subshells are not shipped.
    """
    from sim.cross_sections.atomic.table_building import built_table

    known = atom(symbol)
    text = table_text(built_table(known, progress))
    if shipped_text(symbol) is None:
        _keep(symbol, text)
    return table_from_text(text, known)


def _keep(symbol: str, text: str) -> None:
    with suppress(OSError, RuntimeError):
        path = cached_file(symbol)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode())


def cached_file(symbol: str) -> Path:
    """The file of an element in the user's cache.

    Raises
    ------
    RuntimeError
        where the user has no home.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "nuem" / METHOD.replace(" ", "-").replace(",", "") / f"{symbol}.csv"


def _kept_table(symbol: str) -> IonizationTable | None:
    """None where there is no table, or none to be believed: it is then made anew."""
    with suppress(OSError, RuntimeError, ValueError):
        return table_from_text(cached_file(symbol).read_text(encoding="utf-8"), atom(symbol))
    return None
