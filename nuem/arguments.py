"""Arguments of public functions, held against what their annotations say.

What is easily made is made: a model of an experiment, the experiment of a model, a path of a text.
"""

from __future__ import annotations

import builtins
import functools
import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from reprlib import Repr
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from sim.experiment import Experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.spectra.spectra import Spectra

_PLAIN: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    float: ("a number", lambda v: isinstance(v, Real) and not isinstance(v, bool)),
    int: ("a whole number", lambda v: isinstance(v, Integral) and not isinstance(v, bool)),
    bool: ("True or False", lambda v: isinstance(v, bool | np.bool_)),
    str: ("a text", lambda v: isinstance(v, str)),
    Path: ("a path", lambda v: isinstance(v, str | os.PathLike)),
    NoneType: ("None", lambda v: v is None),
    Model: ("a Model or an Experiment", lambda v: isinstance(v, Model | Experiment)),
    Experiment: ("an Experiment", lambda v: isinstance(v, Experiment | Model)),
}
_MADE: dict[Any, Callable[[Any], Any]] = {
    Path: lambda v: Path(v),
    Model: lambda v: v if isinstance(v, Model) else build_model(v),
    Experiment: lambda v: v if isinstance(v, Experiment) else v.experiment,
}
_HINTS = {
    Model: "nuem.load_experiment(NAME or PATH) reads an experiment",
    Experiment: "nuem.load_experiment(NAME or PATH) reads one",
    Spectra: "model.data() and model.asimov() are such",
}
_MOST_LOOKED_AT = 100
_short = Repr()
_short.maxstring = _short.maxother = 40


@functools.cache
def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A public function that raises one TypeError for an argument of a wrong type."""
    signature = inspect.signature(function)
    name = f"nuem.{function.__name__}"
    wanted = annotations_of(function)

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            bound = signature.bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{name}: {error}; it takes {_taken(signature)}") from None
        for key, value in bound.arguments.items():
            if not admits(wanted[key], value):
                raise TypeError(f"{name}: {key} must be {_refusal(wanted[key], value)}")
            bound.arguments[key] = made(wanted[key], value)
        return function(*bound.args, **bound.kwargs)

    call.__module__ = "nuem"
    return call


def annotations_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Types of the arguments; ``Unknown`` where a name is known to type checkers alone."""
    target = inspect.unwrap(function)
    known = _Names({**vars(builtins), **target.__globals__})
    hints = get_type_hints(target, localns=known)
    return {name: hints.get(name, Any) for name in inspect.signature(function).parameters}


def admits(annotation: Any, value: Any) -> bool:
    """True unless a value is of another type than an annotation says."""
    if annotation in _PLAIN:
        return _PLAIN[annotation][1](value)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return any(admits(one, value) for one in inner)
    if origin is Literal:
        return isinstance(value, tuple({type(one) for one in inner}))
    if origin is np.ndarray:
        return isinstance(value, np.ndarray | Real) or admits(Sequence[Any], value)
    if origin is tuple:
        return _is_tuple(inner, value)
    if origin is Callable:
        return callable(value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            admits(inner[0], key) and admits(inner[1], one) for key, one in value.items()
        )
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _is_row(origin, inner, value)
    if annotation in (Any, Unknown) or getattr(annotation, "_is_protocol", False):
        return True
    return not isinstance(annotation, type) or isinstance(value, annotation)


def made(annotation: Any, value: Any) -> Any:
    """A value that is admitted, or what is made of it."""
    if annotation in _MADE:
        return _MADE[annotation](value)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return made(next(one for one in inner if admits(one, value)), value)
    if not any(_is_made(one) for one in inner):
        return value
    if origin is tuple and ... not in inner:
        return tuple(made(one, each) for one, each in zip(inner, value, strict=True))
    if isinstance(value, Mapping):
        return {key: made(inner[1], each) for key, each in value.items()}
    return [made(inner[0], each) for each in value]


def _is_made(annotation: Any) -> bool:
    return annotation in _MADE or any(_is_made(one) for one in get_args(annotation))


def _is_tuple(inner: tuple[Any, ...], value: Any) -> bool:
    if not isinstance(value, tuple | list):
        return False
    if ... in inner:
        return all(admits(inner[0], one) for one in value)
    return len(value) == len(inner) and all(map(admits, inner, value))


def _is_row(origin: type, inner: tuple[Any, ...], value: Any) -> bool:
    """True for what can be gone through, and of which what may be looked at is right."""
    if isinstance(value, str | bytes | Mapping):
        return False
    if not issubclass(origin, Sequence):
        return isinstance(value, Iterable)
    if not isinstance(value, Sequence | np.ndarray):
        return False
    return all(admits(inner[0], one) for one in value[:_MOST_LOOKED_AT])


def _refusal(annotation: Any, value: Any) -> str:
    """What was expected, what was found, and where such a thing comes from."""
    told = f"{words(annotation)}, found {type(value).__name__} {_short.repr(value)}"
    hint = next((text for kind, text in _HINTS.items() if kind in _leaves(annotation)), None)
    return f"{told}; {hint}" if hint else told


def _leaves(annotation: Any) -> set[Any]:
    inner = get_args(annotation)
    return set().union(*map(_leaves, inner)) if inner else {annotation}


def words(annotation: Any) -> str:
    """A type in words."""
    if annotation in _PLAIN:
        return _PLAIN[annotation][0]
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(map(words, inner)))
    if origin is Literal:
        return "one of " + ", ".join(map(repr, inner))
    if origin is np.ndarray:
        return "an array of numbers"
    if origin is tuple and ... not in inner:
        return f"({', '.join(map(words, inner))})"
    if origin is Callable:
        return "a function"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"a mapping to {words(inner[1])}"
    if origin is not None:
        return f"a sequence, each {words(inner[0])}" if inner else "a sequence"
    name = getattr(annotation, "__name__", str(annotation))
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name}"


def _taken(signature: inspect.Signature) -> str:
    return f"({', '.join(signature.parameters)})"


class _Anything(type):
    """Kind of a name that only type checkers know: all that is asked of it is itself."""

    def __getattr__(cls, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __getitem__(cls, inner: Any) -> _Anything:
        return cls


class Unknown(metaclass=_Anything):
    """A type that is imported for type checkers alone, of which nothing can be said."""


class _Names(dict[str, Any]):
    """Names of a module, and ``Unknown`` for those that are not there."""

    def __missing__(self, name: str) -> Any:
        if name.startswith("__"):
            raise KeyError(name)
        return Unknown
