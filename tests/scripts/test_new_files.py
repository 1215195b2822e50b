"""init, validate, explain and schema: the way to an experiment file of one's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.init import SCHEMA_FILE
from sim.config.schema import experiment_schema
from sim.experiment import load_experiment, parse_experiment

Run = Callable[..., Any]


# init


def test_init_of_a_shipped_experiment(nuem: Run) -> None:
    text = nuem("init", "gemma-2012").text()
    assert text.startswith(f"#:schema {SCHEMA_FILE}\n")
    same = parse_experiment(text)
    assert same.sha256() == load_experiment("gemma-2012").sha256()


def test_init_bare(nuem: Run) -> None:
    """A file that is valid as it stands, under the name that was given."""
    text = nuem("init", "--bare", "my detector").text()
    assert parse_experiment(text).name == "my detector"
    assert parse_experiment(nuem("init", "--bare").text()).name == "new"
    assert text.startswith(f"#:schema {SCHEMA_FILE}\n")


def test_every_commented_key_of_the_bare_file_exists(nuem: Run) -> None:
    """The comments do not age: each key in them is a key of its section."""
    section, seen = "", 0
    for line in nuem("init", "--bare").text().splitlines():
        plain = line.removeprefix("# ")
        if plain.startswith("["):
            section = plain.partition("]")[0].strip("[]")
        elif line.startswith("# ") and " = " in plain and "." not in plain.partition(" = ")[0]:
            key = plain.partition(" = ")[0].strip()
            nuem("explain", f"{section}.{key}").text()
            seen += 1
    assert seen > 10


def test_init_writes_a_file_and_its_schema(nuem: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    nuem("init", "gemma-2012", "-o", path).text()
    assert path.read_text().startswith(f"#:schema {SCHEMA_FILE}\n")
    assert json.loads((tmp_path / SCHEMA_FILE).read_text()) == experiment_schema()
    before = path.read_bytes()
    assert "--force" in nuem("init", "--bare", "-o", path).error(5)
    assert path.read_bytes() == before
    nuem("init", "--bare", "-o", path, "--force").text()
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "gemma-2012"),
        (("gemma-2021",), "nearest valid name: gemma-2012"),
        (("--bare", 'a"b'), "letters, digits, blanks"),
        (("--bare", ""), "letters, digits, blanks"),
    ],
)
def test_init_refused(words: tuple[str, ...], message: str, nuem: Run) -> None:
    assert message in nuem("init", *words).error(2)


# validate


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nuem: Run) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("mine.toml")
    path.write_text(nuem("init", "--bare").text())
    return path


def change(path: Path, old: str, new: str) -> int:
    """Replace a text in a file; the line where it stands."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return text[: text.index(old)].count("\n") + 1


def test_valid(nuem: Run, mine: Path) -> None:
    assert nuem("validate", mine, "gemma-2012").text() == "mine.toml: valid\ngemma-2012: valid\n"


def test_every_problem_has_its_line(nuem: Run, mine: Path) -> None:
    lines = [
        change(mine, "mass_kg = 10.0", 'mass_kg = "10 eV"'),
        change(mine, "on_days = 300.0", "on_dais = 300.0"),
    ]
    outcome = nuem("validate", mine)
    assert (outcome.code, outcome.out) == (3, "")
    unknown, mass = outcome.err.splitlines()
    assert unknown.startswith(f"nuem: mine.toml, line {lines[1]}: exposure.on_dais: unknown key")
    assert mass == (
        f"nuem: mine.toml, line {lines[0]}: detector.mass_kg: unknown unit 'eV'; allowed: kg, g, "
        f"mg, t, found '10 eV'"
    )


def test_syntax_errors_have_line_and_column(nuem: Run, mine: Path) -> None:
    line = change(mine, "mass_kg = 10.0", "mass_kg = 10.0 kg")
    message = nuem("validate", mine).error(3)
    assert message.startswith("nuem: mine.toml: not valid TOML")
    assert f"line {line}, column " in message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("energy_kev,efficiency\n0.01,0.1\n0.02,1.1\n", "eff.csv, line 3: efficiency must lie"),
        ("energy_kev,eff\n0.01,0.1\n", "eff.csv: column 'efficiency' is missing"),
        ("0.01 0.1\n0.02 many\n", "eff.csv, line 2: a number expected, found 'many'"),
    ],
)
def test_tables_are_checked(table: str, message: str, nuem: Run, mine: Path) -> None:
    change(mine, "[exposure]", '[detector.efficiency]\nmodel="table"\nfile="eff.csv"\n[exposure]')
    assert "eff.csv: No such file" in nuem("validate", mine).error(5)
    Path("eff.csv").write_text(table)
    assert nuem("validate", mine).error(3).startswith(f"nuem: mine.toml: {message}")
    Path("eff.csv").write_text("0.01\t0.1\n9\t0.9\n")
    nuem("validate", mine).text()


def test_the_material_is_checked(nuem: Run, mine: Path) -> None:
    change(mine, 'material = "CaWO4"', 'material = "CaXX4"')
    assert "detector.material: " in nuem("validate", mine).error(3)


def test_several_files_and_json(nuem: Run, mine: Path) -> None:
    Path("bad.toml").write_text('name = "x"\n')
    outcome = nuem("validate", mine, "bad.toml", "missing.toml", "--json")
    assert (outcome.code, outcome.err) == (3, "")
    good, bad, missing = outcome.parsed()["files"]
    assert good == {"file": "mine.toml", "valid": True, "problems": [], "warnings": []}
    assert (bad["valid"], len(bad["problems"])) == (False, 4)
    assert missing["problems"] == ["missing.toml: No such file or directory"]
    assert nuem("validate", "missing.toml").error(5)


def test_what_cannot_be_read_is_refused_quickly(mine: Path) -> None:
    """Without what takes long to import: it is wanted where there is something to fold."""
    change(mine, "[exposure]", "exposed = 1\n[exposure]")
    heavy = ("numba", "h5py", "iminuit", "matplotlib", "rich", "scipy", "sim.folding.rates")
    code = (
        "import sys\n"
        "from scripts.cli import _NOTHING_COMPILED, run\n"
        "assert run(['validate', 'mine.toml'], _NOTHING_COMPILED) == 3\n"
        "sys.exit(' '.join(set(sys.argv[1:]) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *heavy], capture_output=True, text=True
    )
    assert done.stderr.strip().count("\n") == 0, done.stderr
    assert "exposed: unknown key" in done.stderr


def test_a_remark_says_what_is_used_where(nuem: Run, mine: Path) -> None:
    stated = mine.read_text()
    mine.write_text(stated + '\n[physics]\nionization = "pai"\n')
    outcome = nuem("validate", mine)
    assert (outcome.code, outcome.out) == (0, "mine.toml: valid\n")
    used = "q^2 by the dielectric function of CaWO4 above 100 eV, by stepping below; stepping for "
    used += "the rest"
    assert outcome.err == f"nuem: warning: mine.toml: ionization pai: {used}\n"
    content = json.loads(nuem("validate", mine, "--json").text())["files"][0]
    assert content["warnings"] == [f"ionization pai: {used}"]
    change(mine, 'material = "CaWO4"', 'material = "Al2O3"')
    assert "no density is known for material 'Al2O3'" in nuem("validate", mine).error(3)


def test_a_deprecated_option_is_said_by_every_command(nuem: Run, mine: Path) -> None:
    dense = 'ionization = "epa-max"\nepa_medium = "density-effect"\nplasmon_energy_ev = 37.0\n'
    mine.write_text(f"{mine.read_text()}\n[physics]\n{dense}")
    for command in (("validate", mine), ("flux", mine), ("limit", mine)):
        outcome = nuem(*command)
        assert outcome.code == 0
        assert "'density-effect' is deprecated" in outcome.err
        assert "use physics.ionization = 'pai'" in outcome.err


# explain and schema


def test_explain_a_key(nuem: Run) -> None:
    text = nuem("explain", "threshold_kev").text()
    assert text.splitlines() == [
        "detector.threshold_kev: Cut on the reconstructed energy; required.",
        "  section  [detector]",
        "  type     number",
        "  unit     keV; a text may be in eV, keV, MeV, eVee, keVee, MeVee",
        "  default  required",
        "  allowed  >= 0",
    ]


def test_explain_a_section(nuem: Run) -> None:
    text = nuem("explain", "exposure").text()
    assert "\n    off_days           Live time with the reactor off; 0 for none.\n" in text
    text = nuem("explain", "detector.resolution").text()
    assert '(model = "ionization" or "ccd")' not in text  # the defaults differ
    assert text.count('(model = "ccd")') == 3


def test_explain_lists_everything(nuem: Run) -> None:
    lines = nuem("explain").text().splitlines()
    assert lines[0].split() == ["key", "unit", "default", "meaning"]
    assert len(lines) > 100
    assert any(line.startswith("detector.resolution.noise_fwhm_kev ") for line in lines)


def test_explain_as_json(nuem: Run) -> None:
    (key,) = nuem("explain", "detector.mass_kg", "--json").json()["keys"]
    assert (key["path"], key["unit"], key["default"]) == ("detector.mass_kg", "kg", "required")
    assert len(nuem("explain", "--json").json()["keys"]) > 100


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("treshold_kev", "nearest valid name: threshold_kev"),
        ("detector.treshold_kev", "nearest valid name: detector.threshold_kev"),
        ("detektor", "nearest valid name: detector"),
        ("xyzzy", "nuem explain lists them all"),
    ],
)
def test_explain_what_is_not_there(name: str, hint: str, nuem: Run) -> None:
    assert hint in nuem("explain", name).error(2)


def test_schema(nuem: Run, tmp_path: Path) -> None:
    assert nuem("schema").json() == experiment_schema()
    path = tmp_path / "s.json"
    nuem("schema", "-o", path).text()
    assert json.loads(path.read_text()) == experiment_schema()
    assert "--force" in nuem("schema", "-o", path).error(5)
