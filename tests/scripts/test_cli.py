"""The command as a whole: help without imports, unknown words, exit codes, interruption."""

from __future__ import annotations

import io
import os
import re
import resource
import subprocess
import sys
import types
from collections.abc import Callable
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from analysis.fits.minimum import FitError
from scripts import cli, progress

Run = Callable[..., Any]
HEAVY = ("numba", "numpy", "scipy", "pydantic", "h5py", "iminuit", "matplotlib", "rich")


def python(code: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-P", "-c", code, *arguments]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, **options)


def test_commands_of_the_contract(nuem: Run) -> None:
    wanted = {"experiments", "init", "cross-section", "flux", "rate"}
    wanted |= {"spectrum", "fit", "limit", "reproduce"}
    assert wanted <= set(cli.COMMANDS)
    text = nuem("--help").text()
    for name in cli.COMMANDS:
        assert f"\n  {name} " in text
    assert "3 configuration" in text


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"]])
def test_help_and_version_are_cheap(words: list[str]) -> None:
    """None of the large packages, nor any room below scripts, is imported."""
    done = python(
        "import sys\n"
        "from scripts.cli import run\n"
        "code = run(sys.argv[1:])\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)\n"
        "sys.exit(code)\n",
        *words,
    )
    assert done.returncode == 0
    loaded = done.stderr.strip().splitlines()[-1]
    assert "'click'" in loaded
    for name in (*HEAVY, "analysis", "sim", "detectors", "fluxes"):
        assert f"'{name}'" not in loaded, name


def test_help_answers_at_once() -> None:
    """Processor time of the whole program, the best of four: under 0.4 s."""
    spent = []
    for _ in range(4):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = python("from scripts.cli import main; main()", "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode == 0
        assert done.stdout.startswith("Usage: nuem")
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.4


@pytest.mark.parametrize("name", list(cli.COMMANDS))
def test_help_of_each_command(name: str, nuem: Run) -> None:
    text = nuem(name, "--help").text()
    assert text.startswith(f"Usage: nuem {name} ")
    assert cli.COMMANDS[name]


def test_help_of_a_command_is_cheap_too() -> None:
    done = python(
        "import sys\n"
        "from scripts.cli import COMMANDS, run\n"
        "assert all(run([name, '--help']) == 0 for name in COMMANDS)\n"
        "heavy = set(sys.argv[1:]) & {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n",
        *HEAVY,
    )
    assert done.returncode == 0, done.stderr


def test_version(nuem: Run) -> None:
    assert nuem("--version").text() == f"nuem {version('nuem')}\n"


def test_entry_point() -> None:
    (entry,) = [e for e in entry_points(group="console_scripts") if e.name == "nuem"]
    assert entry.value == "scripts.cli:main"
    assert entry.load() is cli.main


def test_the_installed_program(tmp_path: Path) -> None:
    """The `nuem` beside this Python, run where no source is."""
    program = Path(sys.executable).with_name("nuem")
    if not program.exists():
        pytest.skip("nuem is not installed beside this Python")
    done = subprocess.run([program, "experiments"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "gemma-2012" in done.stdout


def test_exit_codes() -> None:
    codes = (cli.EXIT_OK, cli.EXIT_USAGE, cli.EXIT_CONFIGURATION, cli.EXIT_FIT, cli.EXIT_IO)
    assert codes == (0, 2, 3, 4, 5)
    assert (cli.EXIT_PARTIAL, cli.EXIT_INTERRUPTED) == (6, 130)


@pytest.mark.parametrize(("word", "nearest"), [("limt", "limit"), ("spectrun", "spectrum")])
def test_unknown_command_names_the_nearest(nuem: Run, word: str, nearest: str) -> None:
    line = nuem(word).error(2)
    assert repr(word) in line
    assert f"nearest: {nearest}" in line


def test_verbose(nuem: Run) -> None:
    """What the library logs, on standard error, and only for this run."""
    fit = ("fit", "gemma-2012", "--set", "analysis.bin_width_kev=8.7")
    outcome = nuem("-v", *fit)
    assert (outcome.code, outcome.out) == (0, nuem(*fit).text())
    assert outcome.err.startswith("nuem: folded gemma-2012: bins 6 from 2.8 to 55 keV, flux ")


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    """The progress bar of a terminal keeps to NO_COLOR."""

    def bar() -> str:
        stream = io.StringIO()
        console = Console(file=stream, force_terminal=True, color_system="standard", width=80)
        monkeypatch.setattr("rich.console.Console", lambda **_: console)
        monkeypatch.setattr("sys.stderr", types.SimpleNamespace(isatty=lambda: True))
        with progress.progress_of(3, "toys") as advance:
            advance(3)
        return stream.getvalue()

    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert colour.search(bar())
    monkeypatch.setenv("NO_COLOR", "1")
    shown = bar()
    assert "toys" in shown
    assert not colour.search(shown)


def test_nothing_near(nuem: Run) -> None:
    line = nuem("xyzzy").error(2)
    for name in cli.COMMANDS:
        assert name in line


@pytest.mark.parametrize(
    "words",
    [
        ("--verson",),
        ("limit",),
        ("limit", "gemma-2012", "--parameter", "mu"),
        ("limit", "gemma-2012", "--parameter"),
        ("flux", "gemma-2012", "surplus"),
        ("limit", "gemma-2012", "--parameter", "mu_nu", "--chanel", "electron"),
        ("fit", "gemma-2012", "--free", "mu"),
        ("fit",),
        ("rate", "gemma-2012", "--channel", "electron"),
        ("rate", "gemma-2012", "--channel", "muon", "--recoil-kev", "1"),
        ("cross-section", "electron", "--energy-mev", "3"),
        ("cross-section", "neutron", "--energy-mev", "3", "--recoil-kev", "1"),
        ("spectrum", "gemma-2012"),
        ("init",),
        ("reproduce", "gemma-2012", "--toys", "-1"),
    ],
)
def test_usage(nuem: Run, words: tuple[str, ...]) -> None:
    line = nuem(*words).error(2)
    assert "--help'" in line


def test_nearest_option(nuem: Run) -> None:
    assert "--recoil-kev" in nuem("rate", "gemma-2012", "--recoil-ke", "1").error(2)


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        (("limit", "gemma-2012", "--parameter", "mu_n"), "nearest valid name: mu_nu"),
        (("fit", "gemma-2012", "--background", "offjoint"), "Nearest: off-joint."),
        (("completion", "bsh"), "Nearest: bash."),
    ],
)
def test_nearest_choice(nuem: Run, words: tuple[str, ...], nearest: str) -> None:
    assert nearest in nuem(*words).error(2)
    assert "Nearest" not in nuem("completion", "powershell").error(2)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FitError("no minimum\nwas found"), 4),
        (ValueError("wrong key"), 3),
        (OSError(28, "No space left on device", "/x/y"), 5),
        (OSError("the file is damaged"), 5),
    ],
)
def test_errors_become_codes(
    nuem: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("sim.experiment.preset_text", fail)
    line = nuem("init", "gemma-2012").error(code)
    if code == 5 and isinstance(error, OSError) and error.filename:
        assert line == "nuem: /x/y: No space left on device"
    if code == 4:
        assert line == "nuem: no minimum was found"


def test_faults_of_the_program_are_not_hidden(nuem: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr("sim.experiment.preset_text", fail)
    with pytest.raises(RuntimeError, match="a fault"):
        nuem("init", "gemma-2012")


def test_interrupt_of_a_program() -> None:
    """SIGINT in the middle of the work: one line and 130."""
    done = python(
        "import signal, sys\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background\n"
        "import sim.experiment\n"
        "sim.experiment.preset_names = lambda: signal.raise_signal(signal.SIGINT)\n"
        "from scripts.cli import main\n"
        "sys.argv[1:] = ['experiments']\n"
        "main()\n"
    )
    assert done.returncode == 130
    assert done.stdout == ""
    assert done.stderr.strip() == "nuem: interrupted"


@pytest.mark.slow
def test_the_first_compilation_is_announced(tmp_path: Path) -> None:
    """Once: with the kernels in the private folder the command is silent."""
    hidden = ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    words = [sys.executable, "-P", "-c", "from scripts.cli import main; main()"]
    words += ["cross-section", "electron", "--energy-mev", "3", "--recoil-kev", "10"]
    found = [
        subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert found[0].stderr.startswith("nuem: compiling kernels, once: ...\n")
    assert found[1].stderr == ""
    assert found[0].stdout == found[1].stdout != ""


@pytest.fixture(scope="module")
def closed_pipe() -> subprocess.CompletedProcess[str]:
    """A run whose reader has gone away."""
    reading, writing = os.pipe()
    os.close(reading)
    words = [sys.executable, "-P", "-c", "from scripts.cli import main; main()"]
    with os.fdopen(writing, "w") as pipe:
        return subprocess.run(
            [*words, "init", "gemma-2012"], stdout=pipe, stderr=subprocess.PIPE, text=True
        )


def test_closed_pipe_is_silent(closed_pipe: subprocess.CompletedProcess[str]) -> None:
    assert closed_pipe.stderr == ""
    assert closed_pipe.returncode != 0


def test_closed_pipe_has_a_documented_code(closed_pipe: subprocess.CompletedProcess[str]) -> None:
    assert closed_pipe.returncode == 5


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_full_disk_on_standard_output() -> None:
    words = [sys.executable, "-P", "-c", "from scripts.cli import main; main()"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*words, "init", "gemma-2012"], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 5
    assert done.stderr.startswith("nuem: ")
    assert done.stderr.count("\n") == 1


def test_kernel_cache_is_private_and_keyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of the user's, named by the kernels' content; one that is set is respected."""
    report = (
        "import os, sys\n"
        "from scripts import cli\n"
        "cli.cli = type('C', (), {'main': staticmethod(lambda **k: 0)})\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    print(os.environ['NUMBA_CACHE_DIR'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
    environment["XDG_CACHE_HOME"] = str(tmp_path)
    first = python(report, env=environment).stdout.strip()
    assert Path(first).parent == tmp_path / "nuem"
    assert python(report, env=environment).stdout.strip() == first
    own = {**environment, "NUMBA_CACHE_DIR": str(tmp_path / "mine")}
    assert python(report, env=own).stdout.strip() == str(tmp_path / "mine")


def test_the_command_keeps_blas_on_one_thread_unless_told() -> None:
    """Set before numpy is there, or it would have no effect; workers inherit it."""
    report = (
        "import os, sys\n"
        "from scripts import cli\n"
        "before = 'numpy' in sys.modules\n"
        "cli.cli = type('C', (), {'main': staticmethod(lambda **k: 0)})\n"
        "try:\n    cli.main()\n"
        "except SystemExit:\n    print(before, os.environ['OPENBLAS_NUM_THREADS'])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
    assert python(report, env=environment).stdout.split() == ["False", "1"]
    told = {**environment, "OPENBLAS_NUM_THREADS": "3"}
    assert python(report, env=told).stdout.split() == ["False", "3"]


def test_no_arguments_show_the_help(nuem: Run) -> None:
    outcome = nuem()
    shown = outcome.out + outcome.err
    assert outcome.code in (0, 2)
    assert "Usage: nuem" in shown
    assert len(shown.splitlines()) > 10 or len(shown) < 200
