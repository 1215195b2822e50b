"""Properties of the doors, on inputs that hypothesis invents."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.experiment import ConfigurationError, Experiment, parse_experiment, restored_experiment
from sim.hdf5 import StoreError, sealed
from sim.instruments.checks import check_tables
from sim.store import read_spectra

SETTINGS = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)


@pytest.fixture
def folder(tmp_path: Path, inputs: Any) -> Path:
    for name, text in inputs.TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def one_line(error: BaseException, of: str = "") -> None:
    assert len(str(error).strip().splitlines()) == 1, repr(error)
    assert of in str(error)


@SETTINGS
@given(text=st.text(max_size=200))
def test_any_text(text: str, folder: Path) -> None:
    try:
        parse_experiment(text, "any", folder)
    except (ConfigurationError, OSError) as error:
        one_line(error)


@SETTINGS
@given(data=st.data())
def test_any_value_anywhere(data: st.DataObject, folder: Path, inputs: Any) -> None:
    """A whole experiment with any plain value in the place of another, as a stored file has it."""
    import json

    places = [path for path, _ in inputs.leaves(inputs.EXPERIMENT)]
    places += list(inputs.tables(inputs.EXPERIMENT))
    tree = inputs.changed(data.draw(st.sampled_from(places)), data.draw(PLAIN))
    try:
        restored = restored_experiment(json.dumps(tree), "", {})
    except ConfigurationError as error:
        one_line(error)
    else:
        again = restored_experiment(restored.canonical_json(), "", {})
        assert again.sha256() == restored.sha256()


@SETTINGS
@given(data=st.data())
def test_any_table(data: st.DataObject, folder: Path, inputs: Any) -> None:
    whole = parse_experiment(inputs.toml(inputs.EXPERIMENT), "whole", folder)
    name = data.draw(st.sampled_from(sorted(whole.files)))
    cell = st.floats().map(repr) | st.text(max_size=6)
    rows = data.draw(st.lists(st.lists(cell, min_size=1, max_size=4).map(",".join), max_size=6))
    header = whole.files[name].splitlines()[0]
    text = "\n".join([header, *rows])
    try:
        check_tables(Experiment(whole.config, "", {**whole.files, name: text}))
    except ValueError as error:
        one_line(error, name)


@SETTINGS
@given(content=st.binary(max_size=500), seal=st.booleans())
def test_any_bytes(content: bytes, seal: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(sealed(content) if seal else content)
    with pytest.raises(StoreError) as caught:
        read_spectra(path)
    one_line(caught.value)


@SETTINGS
@given(
    overrides=st.lists(st.text(max_size=30) | st.from_regex(r"[a-z.]{1,20}=.{0,10}"), max_size=3)
)
def test_any_override(overrides: list[str], folder: Path, inputs: Any) -> None:
    try:
        parse_experiment(inputs.toml(inputs.EXPERIMENT), "whole", folder, overrides)
    except (ConfigurationError, OSError) as error:
        one_line(error)
