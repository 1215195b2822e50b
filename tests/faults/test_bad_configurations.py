"""Broken experiment files: each one clear line and exit code 3, never a number or a traceback.

Every value and section of a whole experiment is broken in every way of a list; what no list makes
stands in cases of its own.
"""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.cli import EXIT_CONFIGURATION, EXIT_IO

Nuem = Callable[..., Any]
LIMIT = ("--parameter", "mu_nu", "--json")
LONGEST_S = 300

BAD_NUMBERS: dict[str, Any] = {
    "not a number": math.nan,
    "infinite": math.inf,
    "minus infinite": -math.inf,
    "1e308": 1e308,
    "-1e308": -1e308,
    "denormal": 5e-324,
    "text": "text",
    "true": True,
    "a list": [1.0],
    "an empty list": [],
    "a table": {"a": 1.0},
    "a huge integer": 10**400,
}
BAD_TEXTS: dict[str, Any] = {
    "a number": 1.0,
    "true": True,
    "a list": ["x"],
    "a table": {"a": "x"},
    "unknown": "nobody",
    "empty": "",
    "a null character": "a\0b",
    "a line break": "a\nb",
    "markup": "<script>alert(1)</script>",
    "long": "x" * 100_000,
}
BAD_SWITCHES: dict[str, Any] = {"text": "yes", "a number": 1, "a list": [True]}
BAD_SECTIONS: dict[str, Any] = {"a number": 1.0, "text": "x", "true": True}

NEGATIVE_ALLOWED = {"charge_sign", "index", "upper"}
ZERO_ALLOWED = {
    *("neutron_captures_per_fission", "fraction", "cooling_days", "threshold_kev", "off_days"),
    *("noise_fwhm_kev", "fano_factor", "off_residual_flux", "off_start_day", "flux_norm"),
    *("efficiency", "exposure", "energy_scale", "quenching", "resolution", "upper", "index"),
    *("reference_kev", "norm", "74", 0),
}
ANY_TEXT = {"description", "reference", "source"}


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    """An alarm ends what would hang."""

    def late(*_: object) -> None:
        raise AssertionError("hangs")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def folder(tmp_path: Path, inputs: Any) -> Path:
    """A folder with the tables of the whole experiment."""
    for name, text in inputs.TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def refused(nuem: Nuem, folder: Path) -> Callable[..., str]:
    """The one line, of a length that can be read, with which a text is refused."""

    def line(text: str | bytes, code: int = EXIT_CONFIGURATION) -> str:
        path = folder / "broken.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        outcome = nuem("limit", path, *LIMIT)
        assert (outcome.code, outcome.out) == (code, ""), outcome
        assert len(outcome.line) < 1000
        assert outcome.line.isprintable()
        found: str = outcome.line
        return found

    return line


def test_the_whole_experiment_is_right(nuem: Nuem, folder: Path, inputs: Any) -> None:
    path = folder / "whole.toml"
    path.write_text(inputs.toml(inputs.EXPERIMENT), encoding="utf-8")
    outcome = nuem("limit", path, *LIMIT)
    assert (outcome.code, outcome.err) == (0, "")


def numbers(inputs: Any) -> list[tuple[Any, Any]]:
    return [
        (path, value)
        for path, value in inputs.leaves(inputs.EXPERIMENT)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def test_numbers(refused: Callable[..., str], inputs: Any, tally: Callable[..., None]) -> None:
    injected = 0
    for path, value in numbers(inputs):
        bad = dict(BAD_NUMBERS)
        if path[-1] == "upper":
            bad = {k: v for k, v in bad.items() if k not in ("1e308", "-1e308", "denormal")}
        if path[-1] not in NEGATIVE_ALLOWED and value != 0:
            bad["negative"] = -value
        if path[-1] not in ZERO_ALLOWED or path[:2] == ("isotopes", "Ge"):
            bad["zero"] = 0
        if path[-1] == "charge_sign":
            bad["half"] = 0.5
        for broken in bad.values():
            line = refused(inputs.toml(inputs.changed(path, broken)))
            assert str(path[0]) in line, path
            injected += 1
    tally("broken configuration: numbers", injected=injected)
    assert injected > 400


def test_texts(refused: Callable[..., str], inputs: Any, tally: Callable[..., None]) -> None:
    injected = 0
    for path, value in inputs.leaves(inputs.EXPERIMENT):
        if not isinstance(value, str):
            continue
        name = path[-1]
        for kind, broken in BAD_TEXTS.items():
            if name in ANY_TEXT and isinstance(broken, str):
                continue
            if name == "name" and kind == "unknown":
                continue
            is_file = name in ("file", "on", "off")
            missing = is_file and kind in ("unknown", "markup")
            line = refused(
                inputs.toml(inputs.changed(path, broken)),
                EXIT_IO if missing else EXIT_CONFIGURATION,
            )
            assert missing or str(path[0]) in line
            injected += 1
    tally("broken configuration: texts", injected=injected)
    assert injected > 150


def test_switches(refused: Callable[..., str], inputs: Any, tally: Callable[..., None]) -> None:
    injected = 0
    for path, value in inputs.leaves(inputs.EXPERIMENT):
        for broken in BAD_SWITCHES.values() if isinstance(value, bool) else ():
            refused(inputs.toml(inputs.changed(path, broken)))
            injected += 1
    tally("broken configuration: switches", injected=injected)


def test_sections(refused: Callable[..., str], inputs: Any, tally: Callable[..., None]) -> None:
    """Each section replaced, with a key too many, and (where something hangs on it) left out."""
    injected = 0
    for path in inputs.tables(inputs.EXPERIMENT):
        for broken in BAD_SECTIONS.values():
            refused(inputs.toml(inputs.changed(path, broken)))
            injected += 1
    for path in [(), *inputs.sections(inputs.EXPERIMENT)]:
        for key in ("extra_key", "a[b]", "(", "", "\\", "a.b", "__init__"):
            line = refused(inputs.toml(inputs.changed((*path, key), 1.0)))
            assert key in line
            injected += 1
    for name in ("name", "reactor", "detector", "exposure", "analysis"):
        assert name in refused(inputs.toml(inputs.changed((name,), ...)))
        injected += 1
    tally("broken configuration: sections", injected=injected)


CONTRADICTIONS: dict[str, dict[tuple[str | int, ...], Any]] = {
    "threshold above the window": {("detector", "threshold_kev"): 0.9},
    "lowest ionization above the window": {("detector", "min_ionization_kev"): 0.9},
    "threshold above the end point": {
        ("detector", "threshold_kev"): 20_000.0,
        ("analysis", "window_kev"): [20_000.0, 20_000.4],
    },
    "window beyond the background's table": {
        ("analysis", "window_kev"): [0.3, 2.0],
        ("data",): ...,
    },
    "window turned round": {("analysis", "window_kev"): [0.7, 0.3]},
    "window of one number": {("analysis", "window_kev"): [0.3]},
    "window of three numbers": {("analysis", "window_kev"): [0.3, 0.5, 0.7]},
    "half a bin too many": {("analysis", "bin_width_kev"): 0.16},
    "no bin": {("analysis", "bin_width_kev"): 5.0},
    "a million bins": {("analysis", "bin_width_kev"): 4e-7},
    "a channel twice": {("analysis", "channels"): ["electron", "electron"]},
    "no channel": {("analysis", "channels"): []},
    "unknown channel": {("analysis", "channels"): ["quark"]},
    "unknown element": {("detector", "material"): "Xx"},
    "unknown compound": {("detector", "material"): "GeXx2"},
    "lower case": {("detector", "material"): "ge"},
    "unknown isotope": {("detector", "isotopes"): {"Ge": {"99": 1.0}}},
    "isotope of another element": {("detector", "isotopes"): {"Si": {"28": 1.0}}},
    "fractions that sum to 0.5": {("detector", "isotopes"): {"Ge": {"76": 0.5}}},
    "mass number in words": {("detector", "isotopes"): {"Ge": {"seventy-six": 1.0}}},
    "mass number with a leading zero": {("detector", "isotopes"): {"Ge": {"76": 0.5, "076": 0.5}}},
    "mass number in other digits": {("detector", "isotopes"): {"Ge": {"７６": 1.0}}},
    "fission fractions that sum to 1.2": {("reactor", "fission_fractions", "u235"): 0.78},
    "normalisation without its key": {
        ("reactor", "flux_cm2_s"): ...,
        ("reactor", "normalisation"): "flux",
    },
    "power without baseline": {("reactor", "baseline_m"): ...},
    "both normalisations": {("reactor", "normalisation"): ...},
    "cores beside a power": {("reactor", "core"): [{"thermal_power_gw": 3.0, "baseline_m": 15.0}]},
    "spectrum without its table": {("reactor", "spectrum"): "table"},
    "table without its spectrum": {("reactor", "spectrum_table"): "spectrum.csv"},
    "no width at all": {
        ("detector", "resolution", "noise_fwhm_kev"): 0.0,
        ("detector", "resolution", "fano_factor"): 0.0,
    },
    "turn-on without width": {("detector", "efficiency"): {"half_kev": 0.3}},
    "phonons without quenching": {
        ("detector", "resolution"): {"model": "phonon", "baseline_fwhm_kev": 0.1},
        ("detector", "quenching"): ...,
    },
    "a curve of another element": {
        ("detector", "material"): "Si",
        ("detector", "isotopes"): {},
        ("detector", "quenching"): {"model": "dresden2", "curve": "Fef"},
    },
    "quenching of an element that is not there": {
        ("detector", "quenching_by_element"): {"Xe": {"model": "constant", "factor": 0.2}}
    },
    "decay without half-life": {("background", 3, "half_life_days"): ...},
    "half-life without decay": {("background", 0, "half_life_days"): 10.0},
    "a background twice": {("background", 1, "name"): "flat"},
    "unknown shape": {("background", 0, "shape"): "round"},
    "no shape": {("background", 0, "shape"): ...},
    "key of another shape": {("background", 0, "center_kev"): 0.5},
    "off-fixed without OFF": {
        ("analysis", "background"): "off-fixed",
        ("exposure", "off_days"): 0.0,
        ("data", "off"): ...,
    },
    "off-fixed with a reactor background": {("analysis", "background"): "off-fixed"},
    "OFF data without OFF days": {("exposure", "off_days"): 0.0},
    "OFF days without OFF data": {("data", "off"): ...},
    "xenon's model on germanium": {("physics", "ionization"): "rrpa"},
    "medium without plasmon": {
        ("physics", "ionization"): "epa-max",
        ("physics", "epa_medium"): "density-effect",
    },
    "oscillation without baseline": {
        ("reactor", "thermal_power_gw"): ...,
        ("reactor", "baseline_m"): ...,
        ("reactor", "normalisation"): ...,
        ("reactor", "oscillation"): True,
    },
    "unknown shared nuisance": {("systematics", "shared"): ["weather"]},
    "confidence of 90": {("published", "limits", 0, "cl"): 90},
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions(
    name: str, refused: Callable[..., str], inputs: Any, tally: Callable[..., None]
) -> None:
    """Values that are right one by one."""
    tree = inputs.EXPERIMENT
    for path, value in CONTRADICTIONS[name].items():
        tree = inputs.changed(path, value, tree)
    refused(inputs.toml(tree))
    tally("broken configuration: contradictions", injected=1)


TEXTS: dict[str, str | bytes] = {
    "empty": "",
    "a comment": "# nothing\n",
    "not TOML": "name: whole\n",
    "JSON": '{"name": "whole"}',
    "a key twice": 'name = "a"\nname = "b"\n',
    "a section twice": "[reactor]\n[reactor]\n",
    "a section that is a key": "reactor = 1\n[reactor]\n",
    "a string without end": 'name = "whole\n',
    "a number without digits": "a = 1.e5\n",
    "a huge integer": f"a = {'9' * 5000}\n",
    "a huge exponent": "a = 1e999999999\n",
    "deep lists": f"a = {'[' * 5000}{']' * 5000}\n",
    "deep tables": f"a = {'{a=' * 5000}1{'}' * 5000}\n",
    "deep dotted keys": f"{'.'.join('a' * 5000)} = 1\n",
    "deep sections": f"[{'.'.join('a' * 5000)}]\n",
    "a hundred thousand keys": "".join(f"k{i} = {i}\n" for i in range(100_000)),
    "a key of a megabyte": f"{'k' * 2**20} = 1\n",
    "a null character": 'name = "a\0b"\n',
    "control characters": "\x1b[2J\x1b[H = 1\n",
    "escape sequences in a key": '"\\u001b[31mred" = 1\n',
    "text in both directions": '"\\u202Etxet" = 1\n',
    "a surrogate": 'name = "\\ud800"\n',
    "latin-1": "name = 'é'\n".encode("latin-1"),
    "UTF-16": "name = 'a'\n".encode("utf-16"),
    "bytes": bytes(range(256)),
    "an archive": b"PK\x03\x04" + b"\0" * 100,
    "HDF5": b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
    "65 MiB": b"#" + b"x" * (65 * 2**20),
    "a YAML anchor bomb": "a: &a [x,x]\nb: &b [*a,*a]\n",
    "a Python tag": "!!python/object/apply:os.system ['true']\n",
    "a section of the class": "[__class__]\n__init__ = 1\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_other_texts(name: str, refused: Callable[..., str], tally: Callable[..., None]) -> None:
    refused(TEXTS[name])
    tally("broken configuration: other texts", injected=1)


@pytest.mark.parametrize("tenths", range(10))
def test_truncated(
    tenths: int, refused: Callable[..., str], inputs: Any, tally: Callable[..., None]
) -> None:
    """Also cut where a line ends: a section of those that are needed is missing then."""
    text = inputs.toml(inputs.EXPERIMENT)
    refused(text[: len(text) * tenths // 10])
    lines = text.splitlines(keepends=True)
    refused("".join(lines[: min(tenths, 6)]))
    tally("broken configuration: cut short", injected=2)


def test_special_files(nuem: Nuem, folder: Path, inputs: Any, tally: Callable[..., None]) -> None:
    """Devices and pipes would never end: as an experiment and as one of its tables."""
    os.mkfifo(folder / "pipe.csv")
    names = ["pipe.csv", "/dev/zero", "/dev/stdin", "/proc/self/mem", "."]
    for name in names:
        path = folder / "broken.toml"
        path.write_text(inputs.toml(inputs.changed(("data", "on"), name)), encoding="utf-8")
        assert nuem("limit", path, *LIMIT).code in (EXIT_CONFIGURATION, EXIT_IO)
    os.mkfifo(folder / "pipe.toml")
    for special in (folder / "pipe.toml", "/dev/zero", "/dev/null"):
        outcome = nuem("limit", special, *LIMIT)
        assert outcome.code in (EXIT_CONFIGURATION, EXIT_IO)
        assert outcome.line
    tally("special files", injected=len(names) + 3)


def test_paths(nuem: Nuem, folder: Path, inputs: Any, tally: Callable[..., None]) -> None:
    """Tables beside or outside the experiment's folder are read by whoever may read them.

    A stored experiment names paths too: they are names of the texts that it carries, and nothing
    is read from them.
    """
    below = folder / "below"
    below.mkdir()
    (below / "linked.csv").symlink_to(folder / "on.csv")
    path = below / "a.toml"
    for name in ("../on.csv", str(folder / "on.csv"), "linked.csv"):
        tree = inputs.changed(("data", "on"), name)
        for place, table in (
            (("data", "off"), "off.csv"),
            (("detector", "quenching", "file"), "quenching.csv"),
            (("detector", "efficiency", "file"), "efficiency.csv"),
            (("background", 4, "file"), "background.csv"),
        ):
            tree = inputs.changed(place, f"../{table}", tree)
        path.write_text(inputs.toml(tree), encoding="utf-8")
        assert nuem("spectrum", path, "-o", folder / "a.h5", "--force").code == 0
        wanted = nuem("limit", path, *LIMIT).out
        hidden = folder / "on.csv.hidden"
        (folder / "on.csv").rename(hidden)
        found = nuem("limit", folder / "a.h5", *LIMIT)
        hidden.rename(folder / "on.csv")
        assert found.code == 0
        assert '"status": "ok"' in found.out
        assert wanted
    secret = inputs.changed(("data", "on"), "/etc/passwd")
    (folder / "secret.toml").write_text(inputs.toml(secret), encoding="utf-8")
    outcome = nuem("limit", folder / "secret.toml", *LIMIT)
    assert outcome.code == EXIT_CONFIGURATION
    tally("paths out of the folder", injected=4)
