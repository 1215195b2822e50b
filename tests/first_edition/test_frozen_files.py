"""Frozen experiment files give what they gave in the first edition.

``tests/data/first-edition/experiments`` holds every experiment file of the first edition and some
made up to exercise the rest; ``references`` what ``freeze.py`` of this folder got from them: hash
and toys, which must be equal, and templates, fits and limits, to 1e-11 of their size.  What a
rounding error in the counts moves by more has a tolerance of its own in the references.

A deliberate change of what a frozen file gives is a line in CHANGELOG.md with its size; the
references are then made anew with ``freeze.py``.  A new core changes ``edition_arrays.py`` only.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import edition_answers
import edition_spectra
import numpy as np
import pytest
from edition_answers import DATA, TOLERANCE

NAMES = sorted(path.stem for path in (DATA / "experiments").glob("*.toml"))
SLOW_FILES = {"dresden-ii", "dresden-ii-null", "made-floating", "made-oscillation"}
"""Floating shapes and thirty components of the flux: a second or more for a limit."""
QUICK = ("|mu_nu|qtilde", "|mu_nu")
"""What is asked of slow files in every run of the tests."""


@lru_cache(maxsize=2)
def reference(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DATA / "references" / f"{name}.json").read_text("utf-8"))
    return content


def test_every_file_has_its_reference() -> None:
    references = {path.stem for path in (DATA / "references").glob("*.npz")}
    assert references == set(NAMES)
    assert len(NAMES) > 40


@pytest.mark.parametrize("name", NAMES)
def test_hash_names_and_toys(name: str) -> None:
    model, frozen = edition_answers.model(name), reference(name)
    assert model.experiment.sha256() == frozen["sha256"]
    assert edition_spectra.names(model) == {k: frozen[k] for k in ("backgrounds", "nuisances")}
    assert edition_spectra.toy_hashes(model) == frozen["toys"]


@pytest.mark.parametrize("name", NAMES)
def test_templates(name: str) -> None:
    model = edition_answers.model(name)
    found = {**edition_spectra.arrays(model), **edition_spectra.gaussian_toys(model)}
    with np.load(DATA / "references" / f"{name}.npz") as file:
        frozen = dict(file)
    assert list(found) == list(frozen)
    for key, values in frozen.items():
        assert found[key].shape == values.shape, key
        allowed = TOLERANCE * edition_spectra.sizes(frozen, key)
        assert np.all(np.abs(found[key] - values) <= allowed), key


@pytest.mark.parametrize("name", NAMES)
def test_fits_and_limits(name: str) -> None:
    check(name, slow=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SLOW_FILES))
def test_fits_and_limits_of_slow_files(name: str) -> None:
    check(name, slow=True)


def check(name: str, *, slow: bool) -> None:
    """Compare all answers about a file, or those that are slow or not."""
    problems = []
    for question, frozen in reference(name)["answers"].items():
        if slow == (name in SLOW_FILES and not question.endswith(QUICK)):
            found = edition_answers.answer(name, question)
            problems += [f"{question}: {p}" for p in edition_answers.departures(found, frozen)]
    assert problems == []


@pytest.mark.parametrize("question", reference("combined"))
def test_combined_limits(question: str) -> None:
    frozen = reference("combined")[question]
    assert edition_answers.departures(edition_answers.combined(question), frozen) == []


def test_statuses_of_all_kinds_are_frozen() -> None:
    """A limit that is not found says why: all reasons but a failed fit occur."""
    found = {
        answer["exact"][0]
        for name in NAMES
        for question, answer in reference(name)["answers"].items()
        if question.startswith("limit|")
    }
    assert found == {"ok", "no-sensitivity", "unidentifiable", "empty"}
