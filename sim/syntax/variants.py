"""Variants of a section, a class a file: found in a folder, told apart by a key."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import isabstract
from types import ModuleType
from typing import Annotated, Any, ClassVar, TypeVar, Union, get_args

from pydantic import Discriminator, Tag

from sim.section import Section


class Variant(Section):
    """One of the classes that a section may be of; its key ``model`` or ``shape`` says which.

    citations are keys of ``analysis/published/references.bib``; told_by is a key that says which
    class is meant where none is named.
    """

    citations: ClassVar[tuple[str, ...]] = ()
    told_by: ClassVar[str] = ""

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that it reads."""
        return ()

    def check_tables(self, texts: Mapping[str, str]) -> None:
        """Read its tables, whose texts are given by name; ValueError for one that is none."""


Kind = TypeVar("Kind", bound=Variant)


def variants_in(folder: ModuleType, kind: type[Kind]) -> tuple[type[Kind], ...]:
    """The classes of a kind in the files of a folder, in the order of the files."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    found = []
    for module in (import_module(f"{folder.__name__}.{name}") for name in names):
        own = [entry for entry in vars(module).values() if _is_own(entry, module)]
        found += [entry for entry in own if issubclass(entry, kind) and not isabstract(entry)]
    return tuple(found)


def one_of(kinds: Sequence[type[Variant]], key: str, default: str) -> Any:
    """Type of a section that is of one of some classes: which, its key says, or the default.

    The default comes first where they are listed.
    """

    telling = {kind.told_by: _tags(kind, key)[0] for kind in kinds if kind.told_by}

    def tag(value: Any) -> str:
        if isinstance(value, dict):
            told = (name for mark, name in telling.items() if mark in value)
            return str(value.get(key) or next(told, default))
        return str(getattr(value, key, default))

    ordered = sorted(kinds, key=lambda kind: default not in _tags(kind, key))
    tagged = tuple(Annotated[kind, Tag(name)] for kind in ordered for name in _tags(kind, key))
    return Annotated[Union[tagged], Discriminator(tag)]  # noqa: UP007


def _is_own(entry: object, module: ModuleType) -> bool:
    return isinstance(entry, type) and entry.__module__ == module.__name__


def _tags(kind: type[Variant], key: str) -> tuple[str, ...]:
    """Values of the key that mean a class."""
    return get_args(kind.model_fields[key].annotation)
