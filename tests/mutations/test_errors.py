"""The planted errors still fit the code: each text stands once in its file, its tests exist."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def errors() -> ModuleType:
    spec = spec_from_file_location("errors", Path(__file__).with_name("errors.py"))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_error_can_be_planted(errors: ModuleType) -> None:
    wrong = [
        f"{e.file}: {e.name}"
        for e in errors.ERRORS
        if (ROOT / e.file).read_text("utf-8").count(e.right) != 1 or e.right == e.wrong
    ]
    assert wrong == []


def test_each_file_has_its_tests(errors: ModuleType) -> None:
    assert {e.file for e in errors.ERRORS} == set(errors.TESTS)
    names = {name for tests in errors.TESTS.values() for name in tests}
    assert [name for name in sorted(names) if not (ROOT / "tests" / name).is_file()] == []


def test_there_are_many(errors: ModuleType) -> None:
    assert len(errors.ERRORS) >= 60
    assert len({e.name for e in errors.ERRORS}) == len(errors.ERRORS)
