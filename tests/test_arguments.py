"""Public functions refuse arguments of a wrong type with one TypeError, and make what they can."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import nuem
from nuem.arguments import admits, annotations_of, made, words
from sim.experiment import Experiment
from sim.model import Model

FUNCTIONS = [name for name in nuem.__all__ if inspect.isfunction(getattr(nuem, name))]


@pytest.fixture(scope="module")
def experiment() -> Experiment:
    return nuem.load_experiment("rovno")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_has_a_type_that_can_be_held_against(name: str) -> None:
    """All but axes and figures of matplotlib, which may not be installed."""
    wanted = annotations_of(getattr(nuem, name))
    assert {key for key, one in wanted.items() if admits(one, object())} <= {"ax", "thing"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_refuses_the_wrong_thing(name: str) -> None:
    parameters = inspect.signature(getattr(nuem, name)).parameters
    first = next((key for key in parameters if key != "ax"), None)
    if first is None:
        return
    wrong = dict.fromkeys((k for k, p in parameters.items() if p.default is p.empty), object())
    with pytest.raises(TypeError, match=rf"^nuem\.{name}: {first} must be .*, found object <"):
        getattr(nuem, name)(**{first: object(), **wrong})


def test_what_was_expected_and_where_it_comes_from(experiment: Experiment) -> None:
    expected = (
        r"^nuem\.limit: model must be a Model or an Experiment, found str 'gemma-2012'; "
        r"nuem\.load_experiment\(NAME or PATH\) reads an experiment$"
    )
    with pytest.raises(TypeError, match=expected):
        nuem.limit("gemma-2012")  # type: ignore[arg-type]
    expected = r"^nuem\.limit: spectra must be a Spectra or None, found str 'mu_nu'; model\.data"
    with pytest.raises(TypeError, match=expected):
        nuem.limit(experiment, "mu_nu")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^nuem\.limit: cl must be a number, found str '0\.9'$"):
        nuem.limit(experiment, cl="0.9")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^nuem\.toys: missing a required argument: 'n_toys'; it"):
        nuem.toys(experiment)  # type: ignore[arg-type, call-arg]


def test_an_experiment_is_built_where_a_model_is_wanted(experiment: Experiment) -> None:
    """As the command does, with its defaults: observed or Asimov spectra, mu_nu, 90 %."""
    model = nuem.build_model(experiment)
    wanted = nuem.limit(model, model.data(), "mu_nu", 0.9)
    assert nuem.limit(experiment) == nuem.limit(model) == wanted  # type: ignore[arg-type]
    assert nuem.fit(model) == nuem.fit(model, model.data())
    joint = nuem.joint_model({"a": experiment, "b": model})  # type: ignore[dict-item]
    assert [source.experiment for source in joint.sources] == [experiment, experiment]
    assert nuem.citations(model) == nuem.citations(experiment)  # type: ignore[arg-type]


def test_functions_keep_their_names_and_can_be_sent() -> None:
    assert nuem.limit.__doc__ == inspect.unwrap(nuem.limit).__doc__
    assert list(inspect.signature(nuem.limit).parameters)[:3] == ["model", "spectra", "parameter"]
    assert pickle.loads(pickle.dumps(nuem.limit)) is nuem.limit


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (float, [1, 1.5, np.float32(2), np.int64(3)], ["1", True, None, [1.0]]),
        (int, [1, np.int64(3)], [1.0, True, "1"]),
        (bool, [True, np.bool_(False)], [1, "yes"]),
        (str | None, ["a", None], [1, b"a"]),
        (Sequence[str], [["a"], ("a", "b"), ()], ["ab", [1], {"a": 1}, {"a"}]),
        (Sequence[float], [[1, 2.0], np.arange(3.0)], ["12", [None], 1.0]),
        (Mapping[str, float], [{"a": 1}], [{"a": "1"}, {1: 1.0}, [("a", 1)]]),
        (tuple[str, str], [("a", "b"), ["a", "b"]], [("a",), ("a", 1), "ab"]),
        (tuple[float, ...], [(), (1, 2.0)], [("a",), 1.0]),
        (Callable[[int], None], [print, len], [1, "print"]),
        (Literal["on", "off"], ["on", "elsewhere"], [1, None]),
        (np.ndarray[Any, np.dtype[np.float64]], [np.arange(2), 1.0, [1, 2]], ["12", None]),
        (Path, ["a", Path("a")], [1, None]),
        (Any, [1, None], []),
    ],
)
def test_what_is_admitted(annotation: Any, good: list[Any], bad: list[Any]) -> None:
    assert all(admits(annotation, value) for value in good)
    assert not any(admits(annotation, value) for value in bad)
    assert words(annotation)


def test_paths_are_made_of_texts() -> None:
    assert made(Sequence[Path], ["a", Path("b")]) == [Path("a"), Path("b")]
    assert made(Path | None, None) is None
    assert made(Mapping[str, Model], {}) == {}
