"""The recipes of docs/contributing, carried out in a copy of the house, with their commands.

What a page shows is what is done: a block behind ``<!-- file: PATH -->`` is that file, a ``diff``
behind it a change of the file, a block behind ``<!-- append: PATH -->`` goes to its end; a file
without a folder lies where the commands run.  The lines of a ``text`` block are among what the
commands above it print, numbers to 2e-3.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from test_architecture import MAY_IMPORT, RULES, read_house

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "contributing"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.stem != "index")
KINDS = {
    *("interaction", "construction", "nuisance", "quenching", "resolution", "efficiency"),
    *("flux-model", "background-shape", "target", "preset", "export", "plot"),
}
CODE = (".py", ".toml")
BREAK = "\x1e"
RUN = f"""
import shlex, sys
from pathlib import Path
import scripts.cli
assert Path(scripts.cli.__file__).is_relative_to(sys.argv[1]), scripts.cli.__file__
for line in sys.argv[2:]:
    print({BREAK!r}, flush=True)
    code = scripts.cli.run(shlex.split(line)[1:])
    if code:
        sys.exit(f"{{line}}: exit code {{code}}")
"""
_BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>[^>]+) -->\n\n?)?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, and what its mark says to do with which path."""

    kind: str
    action: str
    path: str
    text: str


def blocks_of(page: str) -> list[Block]:
    marks = [(match, (match["mark"] or "").partition(": ")) for match in _BLOCK.finditer(page)]
    return [Block(m["kind"], mark[0], mark[2], m["text"]) for m, mark in marks]


def carry_out(block: Block, house: Path) -> None:
    """Do to a house what a block says."""
    path = house / block.path
    if block.kind == "diff":
        lines = block.text.splitlines(keepends=True)
        old = "".join(line[1:] for line in lines if line[0] in " -")
        new = "".join(line[1:] for line in lines if line[0] in " +")
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{block.path} does not hold once:\n{old}"
        path.write_text(text.replace(old, new), encoding="utf-8")
    elif block.action == "append":
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n\n{block.text}" if path.suffix == ".py" else f"\n{block.text}")
    else:
        assert not path.exists(), block.path
        path.write_text(block.text, encoding="utf-8")


def commands_of(block: Block) -> list[str]:
    lines = block.text.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("nuem ")]


def said(commands: list[str], house: Path, folder: Path) -> list[str]:
    """What each command prints in the house of a recipe."""
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_DISABLE_JIT"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(house), *commands],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split(BREAK)[1:]


def alike(line: str, other: str) -> bool:
    """The same words, and numbers that agree to 2e-3."""
    words, others = line.split(), other.split()
    return len(words) == len(others) and all(map(same_word, words, others))


def same_word(word: str, other: str) -> bool:
    if word == other:
        return True
    number, another = (re.sub(r"[],;)]+$", "", w.lstrip("[(")) for w in (word, other))
    try:
        return float(number) == pytest.approx(float(another), rel=2e-3, abs=0)
    except ValueError:
        return False


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the house with its compiled kernels."""
    copy = tmp_path_factory.mktemp("recipes") / "house"
    for floor in MAY_IMPORT:
        shutil.copytree(ROOT / floor, copy / floor)
    cache = os.environ.get("NUMBA_CACHE_DIR")
    made = [] if cache is None else list(copied_kernels(copy, Path(cache)))
    yield copy
    for folder in made:
        shutil.rmtree(folder)


def copied_kernels(copy: Path, cache: Path) -> Iterator[Path]:
    """Folders of kernels in numba's cache, copied to where it looks for those of the copy.

    Where it looks elsewhere, they are compiled anew.
    """
    for folder in {kernels.parent for kernels in ROOT.glob("*/**/*kernels.py")}:
        if folder.relative_to(ROOT).parts[0] in MAY_IMPORT:
            source, target = (
                cache / f"{folder.name}_{hashlib.sha1(str(place).encode()).hexdigest()}"
                for place in (folder, copy / folder.relative_to(ROOT))
            )
            if source.exists():
                shutil.copytree(source, target)
                yield target


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run, beside the experiment of the index."""
    made = tmp_path_factory.mktemp("experiments")
    for block in blocks_of((FOLDER / "index.md").read_text(encoding="utf-8")):
        if block.action == "file":
            (made / block.path).write_text(block.text, encoding="utf-8")
    return made


def test_every_kind_has_its_page() -> None:
    assert {page.stem for page in PAGES} == KINDS
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert [name for name in sorted(KINDS) if f"({name}.md)" not in index] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_recipe_does_what_it_says(page: Path, house: Path, folder: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = blocks_of(text)
    changes = [block for block in blocks if block.action in ("file", "append")]
    code = {b.path for b in changes if "/" in b.path and b.path.endswith(CODE)}
    stated = re.search(r"^\*\*(\d+) files?\*\*", text, re.M)
    assert stated is not None
    assert int(stated[1]) == len(code)
    for block in changes:
        carry_out(block, house if "/" in block.path else folder)
    following = pairwise((*blocks, blocks[-1]))
    asked = [(commands_of(block), after) for block, after in following if block.kind == "sh"]
    assert asked
    assert all(commands for commands, _ in asked)
    printed = iter(said([line for commands, _ in asked for line in commands], house, folder))
    for commands, after in asked:
        outputs = "".join(next(printed) for _ in commands)
        if after.kind == "text" and not after.action:
            lines = outputs.splitlines()
            wanted = after.text.splitlines()
            assert [w for w in wanted if not any(alike(w, line) for line in lines)] == [], outputs


def test_the_house_keeps_its_rules_with_all_of_it(tmp_path: Path) -> None:
    for floor in MAY_IMPORT:
        shutil.copytree(ROOT / floor, tmp_path / floor)
    for page in PAGES:
        for block in blocks_of(page.read_text(encoding="utf-8")):
            if block.action in ("file", "append") and "/" in block.path:
                carry_out(block, tmp_path)
    tree = read_house(tmp_path)
    assert {rule.__name__: rule(tree) for rule in RULES} == {rule.__name__: [] for rule in RULES}


def test_a_recipe_that_does_not_fit_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    with pytest.raises(AssertionError, match=r"a\.py does not hold once"):
        carry_out(Block("diff", "file", "a.py", " y = 1\n+z = 2\n"), tmp_path)
    carry_out(Block("diff", "file", "a.py", " x = 1\n+z = 2\n"), tmp_path)
    assert (tmp_path / "a.py").read_text() == "x = 1\nz = 2\n"
    with pytest.raises(AssertionError, match=r"a\.py"):
        carry_out(Block("python", "file", "a.py", "x = 3\n"), tmp_path)
