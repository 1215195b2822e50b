"""The plan of the house, held against its source: floors, circles, kernels, names, unsafe parts.

A rule takes a house (path of each file → its syntax tree) and lists what breaks it.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import pytest

from sim.cross_sections.interactions.registry import interactions

ROOT = Path(__file__).resolve().parents[1]
GROUND = {"fluxes", "detectors"}
MAY_IMPORT = {
    "fluxes": {"fluxes"},
    "detectors": {"detectors"},
    "sim": {"sim"} | GROUND,
    "analysis": {"analysis", "sim"} | GROUND,
    "nuem": {"nuem", "analysis", "sim"} | GROUND,
    "scripts": {"scripts", "nuem", "analysis", "sim"} | GROUND,
}
KERNELS_MAY_IMPORT = {"__future__", "math", "numba", "numpy", "typing"}
COMPILERS = {"cfunc", "guvectorize", "jit", "jitclass", "njit", "stencil", "vectorize"}
MOST_FILES_A_ROOM = 16
NAMELESS = {"base", "common", "helper", "helpers", "misc", "util", "utils"}
UNSAFE_MODULES = {"_pickle", "cloudpickle", "dill", "marshal", "pickle", "shelve"}
UNSAFE_NAMES = {"eval", "exec"}
NAMELESS_ROOMS = ("analysis/likelihood/", "analysis/fits/")
NAMES_OF_FITS = {"mu2", "q", "r", "sin2", "on", "off", "nucleus"}
TABLE_OF_THE_WORLD = "analysis/published/values.py"
"""Published numbers and the parameters that they are of: a table, and nothing else."""
FIXED_TABLES = {"PERIODS", "TEMPLATES"}

House = dict[str, ast.Module]
Rule = Callable[[House], list[str]]


# Reading


def read_house(root: Path) -> House:
    files = [file for floor in MAY_IMPORT for file in (root / floor).rglob("*.py")]
    return {
        file.relative_to(root).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in files
        if file.exists()
    }


def module_name(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_kernel_file(path: str) -> bool:
    return path.endswith(("/kernels.py", "_kernels.py"))


def top(module: str) -> str:
    return module.partition(".")[0]


def imported(node: ast.AST) -> list[str]:
    """Modules that one node imports: `from a import b` gives a and a.b, b being a module or not."""
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module, *(f"{module}.{alias.name}" for alias in node.names)]
        case ast.Call(
            func=ast.Name(id=called) | ast.Attribute(attr=called),
            args=[ast.Constant(value=str(module)), *_],
        ) if called in {"import_module", "__import__"}:
            return [module]
    return []


def everything_imported(tree: ast.Module) -> set[str]:
    return {module for node in ast.walk(tree) for module in imported(node)}


def executed(node: ast.AST, *, on_import: bool = False) -> Iterator[ast.AST]:
    """The nodes that ever run, or run on import: nothing meant for type checkers."""
    for child in ast.iter_child_nodes(node):
        is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if on_import and is_function:
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from executed(child, on_import=on_import)


# Rules


def no_upward_arrow(house: House) -> list[str]:
    return [
        f"{path} imports {module}"
        for path, tree in house.items()
        for module in sorted(everything_imported(tree))
        if top(module) in MAY_IMPORT and top(module) not in MAY_IMPORT[top(module_name(path))]
    ]


def no_circle(house: House) -> list[str]:
    """Nor through an import inside a function: only the public face imports all, lazily."""
    modules = {module_name(path): tree for path, tree in house.items()}
    return circle(
        {
            name: {
                module
                for node in executed(tree, on_import=name == "nuem")
                for module in imported(node)
                if module in modules
            }
            for name, tree in modules.items()
        }
    )


def room(module: str) -> str:
    """The sub-package of a module; what lies on a floor itself counts alone."""
    package = module.rpartition(".")[0]
    return package if "." in package else module


def no_circle_of_rooms(house: House) -> list[str]:
    modules = {module_name(path): tree for path, tree in house.items() if "__init__" not in path}
    arrows: dict[str, set[str]] = {}
    for name, tree in modules.items():
        used = {module for node in executed(tree) for module in imported(node)}
        found = {room(module) for module in used if module in modules}
        arrows.setdefault(room(name), set()).update(found - {room(name)})
    return circle(arrows)


def circle(arrows: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return [" <- ".join(error.args[1])]
    return []


def rooms_are_not_crowded(house: House) -> list[str]:
    files = Counter(
        str(PurePosixPath(path).parent) for path in house if not path.endswith("__init__.py")
    )
    crowded = {name: n for name, n in files.items() if n > MOST_FILES_A_ROOM and name != "scripts"}
    return [f"{name} holds {n} files: at most {MOST_FILES_A_ROOM}" for name, n in crowded.items()]


def kernels_import_no_house(house: House) -> list[str]:
    return [
        f"{path} imports {module}"
        for path, tree in house.items()
        if is_kernel_file(path)
        for module in sorted(everything_imported(tree))
        if top(module) not in KERNELS_MAY_IMPORT
    ]


def compiled_only_in_kernel_files(house: House) -> list[str]:
    def compilers(tree: ast.Module) -> Iterator[str]:
        nodes = list(ast.walk(tree))
        names = {
            alias.asname or alias.name
            for node in nodes
            if isinstance(node, ast.Import)
            for alias in node.names
            if top(alias.name) == "numba"
        }
        for node in nodes:
            match node:
                case ast.ImportFrom(module=str(module)) if top(module) == "numba":
                    yield from (alias.name for alias in node.names if alias.name in COMPILERS)
                case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in names:
                    yield from {attr} & COMPILERS

    return [
        f"{path} uses numba.{compiler}"
        for path, tree in house.items()
        if not is_kernel_file(path)
        for compiler in compilers(tree)
    ]


def no_relative_import(house: House) -> list[str]:
    return [
        f"{path}:{node.lineno} imports relatively"
        for path, tree in house.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]


def names_say_something(house: House) -> list[str]:
    return [
        f"{path}: name it after what it holds"
        for path in house
        if NAMELESS & set(PurePosixPath(path).with_suffix("").parts)
    ]


def nothing_unsafe(house: House) -> list[str]:
    def unsafe(node: ast.AST) -> Iterator[str]:
        yield from (module for module in imported(node) if top(module) in UNSAFE_MODULES)
        match node:
            case ast.Name(id=name) if name in UNSAFE_NAMES:
                yield name
            case ast.keyword(arg="allow_pickle", value=value):
                if not (isinstance(value, ast.Constant) and value.value is False):
                    yield "allow_pickle"

    return [
        f"{path} uses {what}"
        for path, tree in house.items()
        for node in ast.walk(tree)
        for what in unsafe(node)
    ]


def files_are_written_whole(house: House) -> list[str]:
    """Only ``sim/files.py`` writes to the disk; HDF5 files are made in memory, or on its stream."""

    def writes(call: ast.Call) -> bool:
        words = {w.arg: w.value for w in call.keywords}
        mode = words.get("mode", call.args[1] if len(call.args) > 1 else None)
        match call.func:
            case ast.Attribute(attr="write_text" | "write_bytes" | "tofile" | "savefig"):
                return not (call.args and ast.unparse(call.args[0]) == "stream")
            case ast.Attribute(attr="save" | "savez" | "savetxt", value=ast.Name(id="np")):
                return True
            case ast.Name(id="open") | ast.Attribute(attr="File"):
                elsewhere = "backing_store" in words or ast.unparse(call.args[0]) == "stream"
                return isinstance(mode, ast.Constant) and mode.value != "r" and not elsewhere
        return False

    return [
        f"{path}:{node.lineno} writes a file"
        for path, tree in house.items()
        if path != "sim/files.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and writes(node)
    ]


def init_holds_a_docstring(house: House) -> list[str]:
    """All but the public face, which is a package only to carry its mark for type checkers."""
    return [
        f"{path} holds more than a docstring"
        for path, tree in house.items()
        if path.endswith("__init__.py")
        and path != "nuem/__init__.py"
        and (len(tree.body) != 1 or not ast.get_docstring(tree))
    ]


def only_commands_print(house: House) -> list[str]:
    """The library returns, raises and logs; it never prints or writes to the standard streams."""

    def prints(node: ast.AST) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="print" | "breakpoint" | "input")):
                return True
            case ast.Attribute(value=ast.Name(id="sys"), attr="stdout" | "stderr" | "exit"):
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id="click"))):
                return True
        return False

    return [
        f"{path}:{node.lineno} prints"
        for path, tree in house.items()
        if not path.startswith("scripts/")
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and prints(node)
    ]


def no_name_of_a_parameter(house: House) -> list[str]:
    """In analysis; its likelihood and fits know neither templates nor periods by name or number."""
    parameters = {name for entry in interactions() for name in entry.parameters}
    problems = []
    for path, tree in house.items():
        if not path.startswith("analysis/") or path == TABLE_OF_THE_WORLD:
            continue
        nameless = path.startswith(NAMELESS_ROOMS)
        names = parameters | (NAMES_OF_FITS if nameless else set())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and node.value in names:
                problems.append(f"{path}: line {node.lineno} names {node.value!r}")
            if isinstance(node, ast.alias) and nameless and node.name in FIXED_TABLES:
                problems.append(f"{path}: imports {node.name}")
    return problems


RULES: list[Rule] = [
    no_upward_arrow,
    no_circle,
    no_circle_of_rooms,
    rooms_are_not_crowded,
    kernels_import_no_house,
    compiled_only_in_kernel_files,
    no_relative_import,
    names_say_something,
    nothing_unsafe,
    files_are_written_whole,
    init_holds_a_docstring,
    only_commands_print,
    no_name_of_a_parameter,
]


# The house as it stands


@pytest.fixture(scope="module")
def house() -> House:
    return read_house(ROOT)


def test_every_floor_is_read(house: House) -> None:
    assert {top(module_name(path)) for path in house} == set(MAY_IMPORT)


@pytest.mark.parametrize("rule", RULES)
def test_the_house_keeps(rule: Rule, house: House) -> None:
    assert rule(house) == []


def test_every_package_is_listed(house: House) -> None:
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {module_name(path) for path in house if path.endswith("__init__.py")}
    assert set(setup["tool"]["setuptools"]["packages"]) == packages
    folders = {str(PurePosixPath(path).parent).replace("/", ".") for path in house}
    assert folders - {"."} <= packages
    assert not (ROOT / "tests" / "__init__.py").exists()


# Each rule sees what breaks it


@pytest.mark.parametrize(
    ("rule", "planted"),
    [
        (no_upward_arrow, {"sim/model.py": "from analysis.fits.fit import fit"}),
        (no_upward_arrow, {"sim/model.py": "def f():\n    import scripts.cli"}),
        (no_upward_arrow, {"fluxes/reactor/flux.py": "import detectors"}),
        (no_upward_arrow, {"sim/data/tables.py": "import importlib as i; i.import_module('nuem')"}),
        (no_upward_arrow, {"nuem/__init__.py": "from scripts import cli"}),
        (no_circle, {"sim/a.py": "import sim.b", "sim/b.py": "from sim import a"}),
        (no_circle, {"sim/a.py": "import sim.b", "sim/b.py": "def f():\n    import sim.a"}),
        (
            no_circle_of_rooms,
            {"sim/x/a.py": "import sim.y.b", "sim/x/c.py": "", "sim/y/b.py": "import sim.x.c"},
        ),
        (rooms_are_not_crowded, {f"sim/x/a{i}.py": "" for i in range(17)}),
        (no_circle, {"sim/a.py": "try:\n    from sim.a import x\nexcept ImportError: ..."}),
        (no_circle, {"sim/__init__.py": "import sim.a", "sim/a.py": "from sim import VERSION"}),
        (
            kernels_import_no_house,
            {"sim/cross_sections/kernels.py": "from sim.cross_sections.constants import ALPHA"},
        ),
        (
            kernels_import_no_house,
            {"analysis/fits/newton_kernels.py": "def f():\n    import scipy"},
        ),
        (
            compiled_only_in_kernel_files,
            {"sim/folding/rates.py": "from numba import njit as fast"},
        ),
        (
            compiled_only_in_kernel_files,
            {"sim/folding/rates.py": "import numba as n\n@n.cfunc('f8()')\ndef f(): ..."},
        ),
        (no_relative_import, {"sim/model.py": "from . import rates"}),
        (no_relative_import, {"sim/model.py": "def f():\n    from .rates import rate"}),
        (names_say_something, {"sim/utils.py": ""}),
        (no_name_of_a_parameter, {"analysis/fits/fit.py": "def f(free=('mu_nu',)): ..."}),
        (no_name_of_a_parameter, {"analysis/fits/fit.py": "row = counts['on']"}),
        (
            no_name_of_a_parameter,
            {"analysis/likelihood/likelihood.py": "from sim.spectra.spectrum_info import PERIODS"},
        ),
        (names_say_something, {"sim/common/rates.py": ""}),
        (nothing_unsafe, {"sim/store.py": "from pickle import loads"}),
        (nothing_unsafe, {"sim/config/file.py": "def f(text):\n    return eval(text)"}),
        (nothing_unsafe, {"sim/store.py": "import numpy\nnumpy.load('x', allow_pickle=True)"}),
        (files_are_written_whole, {"scripts/a.py": "open('x', 'w')"}),
        (files_are_written_whole, {"scripts/a.py": "def f(path):\n    path.write_text('x')"}),
        (files_are_written_whole, {"sim/store.py": "import h5py\nh5py.File('x', mode='a')"}),
        (files_are_written_whole, {"analysis/a.py": "def f(figure):\n    figure.savefig('a')"}),
        (only_commands_print, {"sim/model.py": "def f():\n    print('built')"}),
        (only_commands_print, {"analysis/fits/fit.py": "import sys\nsys.stderr.write('bad fit')"}),
        (only_commands_print, {"analysis/fits/fit.py": "import click\nclick.echo('bad fit')"}),
        (
            init_holds_a_docstring,
            {"sim/__init__.py": "'''A floor.'''\nfrom sim.model import Model"},
        ),
    ],
)
def test_a_planted_fault_is_seen(rule: Rule, planted: dict[str, str], tmp_path: Path) -> None:
    assert len(rule(build(planted, tmp_path))) >= 1


def test_innocent_code_passes(tmp_path: Path) -> None:
    innocent = {
        "nuem/__init__.py": "def __getattr__(name):\n    import sim.model",
        "scripts/cli.py": "def limit():\n    import nuem, analysis.extras\n    open('x', 'r')",
        "analysis/extras.py": "from sim.model import Model\nimport fluxes.moments, scipy.special",
        "sim/__init__.py": "'''A floor.'''",
        "sim/folding/kernels.py": "import math, numpy\nfrom numba import njit\n@njit\ndef f(): ...",
        "sim/model.py": "import numba, sim.cross_sections.kernels\nnumba.set_num_threads(1)\n"
        "def f():\n    from sim.folding.rates import rate",
        "sim/folding/rates.py": "from typing import TYPE_CHECKING\nimport numpy as np, ast\n"
        "if TYPE_CHECKING:\n    from sim.model import Model\n"
        "np.load('x', allow_pickle=False); np.vectorize(abs); ast.literal_eval('1')",
        "fluxes/reactor/flux.py": "from fluxes import tables",
        "fluxes/tables.py": "",
    }
    house = build(innocent, tmp_path)
    assert set(house) == set(innocent)
    assert {rule.__name__: rule(house) for rule in RULES} == {rule.__name__: [] for rule in RULES}


def build(sources: dict[str, str], root: Path) -> House:
    for path, source in sources.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    return read_house(root)
