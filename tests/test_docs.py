"""The documentation holds: its files load, its commands and examples run, its tables are complete.

Marks in the pages, as HTML comments on the line before a block or table:

- ``<!-- fragment -->`` before a ``toml`` block: a part of an experiment, laid over a small one.
- ``<!-- run -->`` before a ``python`` block: run it.
- ``<!-- file: NAME -->`` before a block: the reader saves it under this name.
- ``<!-- not run -->`` before a ``sh`` block: leave its ``nuem`` commands out.
- ``<!-- keys: Model -->`` before a table: the keys of this section of the configuration.
- ``<!-- flux totals -->`` before a table: numbers that the code gives again.

A ``text`` block right after a ``sh`` or ``python`` block is what this one prints.  All that a page
runs is run in the order of the page, in one folder, the Python blocks in one namespace.
"""

from __future__ import annotations

import contextlib
import doctest
import inspect
import io
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from pydantic import BaseModel

import nuem
from fluxes.moments import FluxMoments
from fluxes.reactor.flux import ReactorFlux, fission_rate_per_s, spectrum_per_fission
from fluxes.reactor.inverse_beta_decay import ibd_yield_cm2
from fluxes.spectra.fission import spectrum_model, spectrum_model_names
from scripts.cli import run
from sim.config.file import ExperimentConfig
from sim.section import Section
from sim.syntax.units import UNITS, unit_of

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted(p for p in (ROOT / "docs").rglob("*.md") if "_build" not in p.parts),
]
EXPERIMENT_PAGE = ROOT / "docs" / "experiment-file.md"

_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^>]+) -->\n\n?)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)
_BASE = """
name = "base"
[reactor]
thermal_power_gw = 3.0
baseline_m = 14.0
[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 0.3
min_ionization_kev = 0.003
[detector.resolution]
noise_fwhm_kev = 0.1
[exposure]
on_days = 100.0
off_days = 20.0
[analysis]
window_kev = [0.3, 2.0]
bin_width_kev = 0.1
"""


@dataclass(frozen=True)
class Block:
    """A fenced block of a page; shown is the ``text`` block right after it."""

    page: str
    line: int
    kind: str
    mark: str
    text: str
    shown: str | None

    @property
    def label(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(text: str, page: str) -> list[Block]:
    found = list(_BLOCK.finditer(text))
    blocks = []
    for i, match in enumerate(found):
        after = found[i + 1] if i + 1 < len(found) else None
        shown = None
        if after and after["kind"] == "text" and not after["mark"]:
            gap = text[match.end() : after.start()].strip()
            shown = after["text"] if gap in ("", "prints") else None
        line = text.count("\n", 0, match.start()) + 1
        blocks.append(Block(page, line, match["kind"], match["mark"] or "", match["text"], shown))
    return blocks


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


RECIPES = ROOT / "docs" / "contributing"
"""Pages that ``tests/test_recipes.py`` carries out, in a copy of the house."""
BLOCKS = [
    block
    for path in PAGES
    if path.parent != RECIPES
    for block in blocks_of(path.read_text("utf-8"), name_of(path))
]


def all_blocks(kind: str) -> list[Block]:
    return [b for b in BLOCKS if b.kind == kind]


def labels(blocks: list[Block]) -> Any:
    return pytest.mark.parametrize("block", blocks, ids=[b.label for b in blocks])


# --- experiment files


def overlaid(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """over laid on base; one that chooses its flux, model or periods anew replaces."""
    merged = dict(base)
    for key, value in over.items():
        old = base.get(key)
        anew = isinstance(value, dict) and {"model", "flux_cm2_s", "core", "period"} & value.keys()
        if isinstance(value, dict) and isinstance(old, dict) and not anew:
            merged[key] = overlaid(old, value)
        else:
            merged[key] = value
    return merged


def load_toml(block: Block, folder: Path) -> nuem.Experiment:
    """The experiment of a block; the tables that it names exist and are not read further."""
    for name in re.findall(r'"([\w.-]+\.csv)"', block.text):
        (folder / name).write_text("a,b\n0,0\n")
    text = block.text
    if block.mark == "fragment":
        text = to_toml(overlaid(tomllib.loads(_BASE), tomllib.loads(text)))
    return nuem.parse_experiment(text, block.label, folder)


def to_toml(data: dict[str, Any]) -> str:
    """TOML of plain data, with inline tables below the first level."""

    def value(v: Any) -> str:
        if isinstance(v, bool):
            return str(v).lower()
        if isinstance(v, str):
            return f'"{v}"'
        if isinstance(v, date):
            return v.isoformat()
        if isinstance(v, dict):
            return "{ " + ", ".join(f'"{k}" = {value(w)}' for k, w in v.items()) + " }"
        if isinstance(v, list):
            return "[" + ", ".join(value(w) for w in v) + "]"
        return repr(v)

    return "".join(f"{key} = {value(v)}\n" for key, v in data.items())


@labels(all_blocks("toml"))
def test_experiment_files_load(block: Block, tmp_path: Path) -> None:
    assert load_toml(block, tmp_path).config.name


def test_an_experiment_file_that_is_wrong_is_found(tmp_path: Path) -> None:
    page = (
        "<!-- fragment -->\n\n```toml\n[detector]\nmas_kg = 1.0\n```\n\n```toml\nname = 'x'\n```\n"
    )
    fragment, whole = blocks_of(page, "page")
    with pytest.raises(nuem.ConfigurationError, match=r"detector.mas_kg: unknown key.*mass_kg"):
        load_toml(fragment, tmp_path)
    with pytest.raises(nuem.ConfigurationError, match="required"):
        load_toml(whole, tmp_path)


# --- commands and examples


def commands_of(block: Block) -> list[str]:
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("nuem ")]


def run_command(line: str) -> str:
    """Standard output of a ``nuem`` command in this process; ``> FILE`` is understood."""
    words = shlex.split(line, comments=True)[1:]
    target = None
    if ">" in words:
        words, target = words[: words.index(">")], words[words.index(">") + 1]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    assert code == 0, f"{line}\n{err.getvalue()}"
    if target is None:
        return out.getvalue()
    Path(target).write_text(out.getvalue())
    return ""


def file_of(block: Block) -> str | None:
    """The name under which the reader saves a block."""
    return block.mark.removeprefix("file: ") if block.mark.startswith("file: ") else None


def runs(block: Block) -> bool:
    if block.kind == "sh":
        return block.mark != "not run" and bool(commands_of(block))
    return block.kind == "python" and block.mark == "run"


def printed_by(block: Block, names: dict[str, Any]) -> str:
    if block.kind == "sh":
        return "".join(run_command(line) for line in commands_of(block))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(block.text, block.label, "exec"), names)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")  # by pyhf 0.7.6
@pytest.mark.parametrize("page", sorted({b.page for b in BLOCKS if runs(b)}))
def test_a_page_runs_and_prints_what_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in [b for b in BLOCKS if b.page == page]:
        if name := file_of(block):
            Path(name).write_text(block.text)
        elif runs(block):
            printed = printed_by(block, names)
            assert block.shown is None or same_output(printed, block.shown), block.label


def same_output(printed: str, shown: str) -> bool:
    """The same words, and numbers that agree to 5e-4: the last digit may differ by machine."""

    def agree(one: str, other: str) -> bool:
        if one == other:
            return True
        try:
            return float(one) == pytest.approx(float(other), rel=5e-4, abs=0)
        except ValueError:
            return False

    words, expected = printed.split(), shown.split()
    return len(words) == len(expected) and all(map(agree, words, expected))


def test_a_command_or_an_output_that_is_wrong_is_found() -> None:
    with pytest.raises(AssertionError, match="no such command"):
        run_command("nuem flx gemma-2012")
    assert same_output("mu 3.940e-11 e\n", "mu  3.941e-11  e")
    for shown in ("mu 3.95e-11 e", "mu 3.94e-11 cm", "mu 3.94e-11"):
        assert not same_output("mu 3.94e-11 e", shown)


def test_some_commands_and_their_output_are_shown() -> None:
    shell = all_blocks("sh")
    assert sum(len(commands_of(b)) for b in shell if b.mark != "not run") >= 10
    assert sum(b.shown is not None for b in shell) >= 3


def test_a_saved_file_is_no_output() -> None:
    page = (
        "```sh\nnuem experiments\n```\n\n<!-- file: q.csv -->\n\n```text\n1,2\n```\n"
        "\n<!-- run -->\n\n```python\nprint(1)\n```\n\n```text\n1\n```\n"
    )
    shell, table, python, _ = blocks_of(page, "page")
    assert shell.shown is None
    assert file_of(shell) is None
    assert file_of(table) == "q.csv"
    assert not runs(table)
    assert runs(python)
    assert python.shown == printed_by(python, {}) == "1\n"


# --- the keys of the experiment file


def sections() -> dict[str, type[BaseModel]]:
    """All sections of the configuration by class name, with their bases that have keys."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[type[BaseModel]] = [ExperimentConfig]
    while waiting:
        model = waiting.pop()
        if model.__name__ in found or not own_keys(model):
            continue
        found[model.__name__] = model
        waiting += [base for base in model.__bases__ if issubclass(base, Section)]
        for field in model.model_fields.values():
            waiting += sections_in(field.annotation)
            waiting += [m for extra in field.metadata for m in sections_in(extra)]
    return found


def sections_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in sections_in(argument)]


def own_keys(model: type[BaseModel]) -> list[str]:
    """Keys that a section does not inherit."""
    return [key for key in inspect.get_annotations(model) if key in model.model_fields]


def literals_in(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for argument in get_args(annotation):
        yield from literals_in(argument)


def tables_of(text: str) -> dict[str, dict[str, list[str]]]:
    """Rows of the tables marked ``keys: Model``, by model and key: the cells after the key."""
    tables: dict[str, dict[str, list[str]]] = {}
    for match in re.finditer(r"^<!-- keys: (\w+) -->\n\n((?:\|.*\n)+)", text, re.M):
        rows = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows_in(match[2])]
        assert match[1] not in tables, f"two tables of {match[1]}"
        tables[match[1]] = {row[0].strip("`| "): row[1:] for row in rows}
    return tables


def rows_in(table: str) -> list[str]:
    return [line.replace("| |", "|  |") for line in table.splitlines()[2:]]


def default_written(field: Any) -> str:
    """What the page writes for a default."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel) and default == type(default)():
        return "defaults"
    return "none" if default in (None, "", (), {}) else repr(default)


def default_read(cell: str) -> str:
    """The same of a cell: ``none``, ``required``, ``defaults``, or TOML between backticks."""
    if not cell.startswith("`"):
        return cell
    value = tomllib.loads(f"x = {cell.strip('`')}")["x"]
    return repr(tuple(value) if isinstance(value, list) else value)


SECTIONS = sections()
TABLES = tables_of(EXPERIMENT_PAGE.read_text("utf-8"))


def test_every_section_has_a_table() -> None:
    assert set(TABLES) == set(SECTIONS)
    assert len(SECTIONS) > 25


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_every_key_stands_in_the_page_with_its_default_and_its_choices(name: str) -> None:
    model, table = SECTIONS[name], TABLES[name]
    assert list(table) == own_keys(model)
    for key, (_unit, default, meaning) in table.items():
        field = model.model_fields[key]
        assert default_read(default) == default_written(field), key
        choices = [str(choice) for choice in literals_in(field.annotation)]
        missing = [choice for choice in choices if f"`{choice}`" not in meaning.replace('"', "")]
        assert missing == [], key


def test_a_key_that_is_missing_or_stale_is_found() -> None:
    text = EXPERIMENT_PAGE.read_text("utf-8")
    without = re.sub(r"^\| `axial` .*\n", "", text, flags=re.M)
    assert list(tables_of(without)["PhysicsConfig"]) != own_keys(SECTIONS["PhysicsConfig"])
    assert default_read("`0.2312`") != default_written(
        SECTIONS["PhysicsConfig"].model_fields["sin2_theta_w"]
    )


def test_the_table_of_units_is_the_one_of_the_code() -> None:
    section = EXPERIMENT_PAGE.read_text("utf-8").split("## Values with units")[1].split("```")[0]
    shown = {}
    for row in re.findall(r"^\| (`.*)\|$", section, re.M):
        ends, units = row.split("|")
        names = re.sub(r"\(.*?\)", "", units)
        for end in re.findall(r"`(\w+)`", ends):
            shown[end] = {name.strip() for name in re.split("[,;]", names)}
    nuclear = {"recoil_kev", "_nr_kev", "_mev"}  # no key of the file ends in these
    assert shown == {end: set(u.factors) for end, u in UNITS.items() if end not in nuclear}
    for table in TABLES.values():
        for key, (unit, *_) in table.items():
            known = unit_of(key)
            assert known is None or unit.startswith(known.symbol), key


# --- numbers


def flux_rows() -> dict[str, list[float]]:
    text = (ROOT / "docs" / "fluxes.md").read_text("utf-8")
    table = re.search(r"^<!-- flux totals -->\n\n((?:\|.*\n)+)", text, re.M)
    assert table is not None
    rows = [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in rows_in(table[1])]
    return {row[0]: [float(cell) for cell in row[1:] if cell != "–"] for row in rows}


@pytest.mark.parametrize("name", spectrum_model_names())
def test_the_flux_page_has_the_numbers_of_the_code(name: str) -> None:
    fractions = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
    model = spectrum_model(name)
    captures = 0.6 if model.total is None else 0.0
    mixed = spectrum_per_fission(name, fractions, captures)
    flux = ReactorFlux.from_power(mixed, fission_rate_per_s(3.0, fractions), 13.9)
    above = float(FluxMoments.of(mixed).above(np.array([2.0]))[0, 0])
    isotopes = [model.isotope(isotope) for isotope in model.by_isotope]
    expected = [
        *(spectrum.integral() for spectrum in isotopes),
        mixed.integral(),
        above,
        *(ibd_yield_cm2(spectrum) * 1e43 for spectrum in isotopes),
        ibd_yield_cm2(mixed) * 1e43,
        flux.total_cm2_s / 1e13,
    ]
    assert flux_rows()[name] == pytest.approx(expected, abs=6e-4)


# --- links


@pytest.mark.parametrize("path", PAGES, ids=[name_of(p) for p in PAGES])
def test_links_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.S)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target.read_text("utf-8")), link


def anchors_of(text: str) -> set[str]:
    """Anchors that a git host makes of the headings."""
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    headings = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}


def test_the_example_of_help_runs() -> None:
    """What ``help(nuem)`` opens with prints what it shows."""
    (example,) = doctest.DocTestFinder(recurse=False).find(nuem, "nuem")
    results = doctest.DocTestRunner(verbose=False).run(example)
    assert (results.failed, results.attempted) == (0, 5)


EXAMPLES = [
    example
    for name in nuem.__all__
    for example in doctest.DocTestFinder(recurse=False).find(getattr(nuem, name), name)
    if example.examples
]


@pytest.fixture(scope="module")
def _models_built_once() -> Iterator[None]:
    """Examples build the same models, each complete for its reader."""
    build = nuem.build_model
    built: dict[str, nuem.Model] = {}

    def build_once(experiment: nuem.Experiment) -> nuem.Model:
        key = experiment.sha256()
        if key not in built:
            built[key] = build(experiment)
        return built[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nuem, "build_model", build_once, raising=False)
        yield


@pytest.mark.usefixtures("_models_built_once")
@pytest.mark.parametrize("example", EXAMPLES, ids=[example.name for example in EXAMPLES])
def test_an_example_of_a_docstring_prints_what_it_shows(example: doctest.DocTest) -> None:
    example.globs = {"nuem": nuem}
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(example, out=told.append)
    assert told == []


def test_what_is_used_most_has_an_example() -> None:
    with_example = {example.name for example in EXAMPLES}
    assert {"load_experiment", "build_model", "limit", "fit", "scan", "contour"} <= with_example
    assert len(with_example) >= 30
