"""The public face: names that come when they are asked for."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import nuem


def test_version() -> None:
    assert nuem.__version__ == version("nuem")


def test_every_name_leads_home() -> None:
    """A function is that of its home, with its arguments looked at."""
    for name, home in nuem._HOMES.items():
        found = getattr(nuem, name)
        assert found.__name__ == name
        own = found.__wrapped__ if found.__module__ == "nuem" else found
        assert own is getattr(importlib.import_module(home), name)
        assert found is getattr(importlib.import_module(found.__module__), name)


def test_names_by_subject_are_the_flat_ones() -> None:
    for subject in nuem.SUBJECTS:
        assert subject.__doc__
        assert dir(subject) == sorted(subject.__all__)
        for name in subject.__all__:
            assert getattr(subject, name) is getattr(nuem, name)
    names = [name for subject in nuem.SUBJECTS for name in subject.__all__]
    assert sorted(names) == sorted(nuem.__all__)
    with pytest.raises(AttributeError, match=r"module 'nuem\.plots' has no attribute 'limit'"):
        nuem.plots.limit  # noqa: B018


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


def test_a_renamed_name_still_works_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(nuem._RENAMED, "old_limit", ("limit", "0.4"))
    expected = r"^nuem\.old_limit is now nuem\.limit; the old name goes with nuem 0\.4$"
    with pytest.warns(DeprecationWarning, match=expected) as caught:
        found = nuem.old_limit  # type: ignore[attr-defined]
    assert found is nuem.limit
    assert caught[0].filename == __file__
    assert "old_limit" not in dir(nuem)


def test_renamed_names_lead_to_names_that_are_there() -> None:
    for old, (new, forgotten_in) in nuem._RENAMED.items():
        assert old not in nuem.__all__
        assert new in nuem.__all__
        assert forgotten_in


def test_types_and_names_agree() -> None:
    """What type checkers see is what there is, from the same rooms."""
    for subject in nuem.SUBJECTS:
        tree = ast.parse(inspect.getsource(subject))
        block = next(node for node in tree.body if isinstance(node, ast.If))
        imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
        found = {alias.asname: node.module for node in imports for alias in node.names}
        assert found == subject.HOMES


@pytest.mark.parametrize("floor", ["analysis", "sim", "fluxes", "detectors"])
@pytest.mark.parametrize("place", ["{}.py", "{}/__init__.py"])
def test_a_file_that_hides_a_package_is_named(floor: str, place: str, tmp_path: Path) -> None:
    """Beside the user's script, as ``python script.py`` finds it before what is installed."""
    hiding = tmp_path / place.format(floor)
    hiding.parent.mkdir(exist_ok=True)
    hiding.write_text("VALUE = 1\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import nuem\n"
        "model = nuem.build_model(nuem.load_experiment('gemma-2012'))\n"
        "nuem.limit(model, model.asimov(), 'mu_nu')\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith(f"ImportError: {hiding} hides a package of nuem")
    assert "ModuleNotFoundError" not in done.stderr
