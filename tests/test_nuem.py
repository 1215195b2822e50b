"""The public face: names that come when they are asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.metadata import version

import pytest

import nuem


def test_version() -> None:
    assert nuem.__version__ == version("nuem")


def test_every_name_leads_home() -> None:
    for name in nuem.__all__:
        found = getattr(nuem, name)
        assert found.__name__ == name
        assert found is getattr(importlib.import_module(found.__module__), name)


def test_dir() -> None:
    names = dir(nuem)
    assert names == sorted(names)
    assert {"load_experiment", "build_model", "limit", "fit", "__version__"} <= set(names)
    assert set(nuem.__all__) <= set(names)


@pytest.mark.parametrize("name", ["limits", "no_such_name", "_private"])
def test_unknown_attribute(name: str) -> None:
    with pytest.raises(AttributeError, match=f"module 'nuem' has no attribute '{name}'"):
        getattr(nuem, name)
    assert not hasattr(nuem, name)


def test_import_is_lazy() -> None:
    """import nuem costs nothing; the first name brings its own room only."""
    code = (
        "import sys\n"
        "import nuem\n"
        "dir(nuem), nuem.__all__\n"
        "heavy = {'numpy', 'numba', 'scipy', 'pydantic', 'sim', 'analysis', 'iminuit'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "nuem.load_experiment\n"
        "assert 'sim.experiment' in sys.modules\n"
        "assert 'iminuit' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_example_of_the_docstring() -> None:
    experiment = nuem.load_experiment("gemma-2012")
    model = nuem.build_model(experiment)
    found = nuem.limit(model, model.asimov(), "mu_nu")
    assert isinstance(found, nuem.Limit)
    assert found.upper is not None
    assert 3.8e-11 < found.upper < 4.0e-11


def test_star_import() -> None:
    """Everything public, and nothing else."""
    space: dict[str, object] = {}
    exec("from nuem import *", space)
    assert set(space) - {"__builtins__"} == set(nuem.__all__)
