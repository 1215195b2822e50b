"""Hostile files, with a valid seal: refused in one line, nothing is followed or believed."""

from __future__ import annotations

import json
import os
import resource
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from sim import hdf5
from sim.hdf5 import StoreError
from sim.store import read_spectra

COUNTS = "spectra/detector/on/counts"

Nuem = Callable[..., Any]
SMALL = ("gemma-2012", "--set", "analysis.bin_width_kev=5.8")
MEMORY = 4 * 2**30


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """An alarm for what hangs, and no more than some memory for what is a bomb."""

    def late(*_: object) -> None:
        raise AssertionError("hangs")

    before = resource.getrlimit(resource.RLIMIT_DATA)
    handler = signal.signal(signal.SIGALRM, late)
    signal.alarm(300)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, handler)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A stored file."""
    from scripts.cli import run

    path = tmp_path_factory.mktemp("whole") / "a.h5"
    assert run(["spectrum", *SMALL, "-o", str(path), "--toys", "2", "--seed", "1"]) == 0
    return path.read_bytes()


def sealed_after(path: Path, change: Callable[[h5py.File], object]) -> None:
    """Change an HDF5 file and give it a valid seal again."""
    with h5py.File(path, "r+") as file:
        change(file)
    path.write_bytes(hdf5.sealed(path.read_bytes().split(b"\nnuem-sha256:")[0]))


def instead(name: str, make: Callable[[h5py.File], object]) -> Callable[[h5py.File], None]:
    """Put something else in the place of a dataset or group."""

    def change(file: h5py.File) -> None:
        del file[name]
        made = make(file)
        if made is not None:
            file[name] = made

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(shape=(9,), dtype="f8")
    layout[:] = h5py.VirtualSource("/etc/passwd", "counts", shape=(9,))
    file.create_virtual_dataset(COUNTS, layout)


def external(file: h5py.File) -> None:
    file.create_dataset(COUNTS, (9,), "f8", external=[("/etc/passwd", 0, 144)])


def references(file: h5py.File) -> None:
    file.create_dataset(COUNTS, (9,), h5py.ref_dtype)[0] = file["toys"].ref


def regions(file: h5py.File) -> None:
    file.create_dataset(COUNTS, (9,), h5py.regionref_dtype)


def bomb(file: h5py.File) -> None:
    shape = (2**28,)
    data = file.create_dataset(COUNTS, shape, "f8", chunks=(2**20,), compression="gzip")
    data[: 2**22] = 0.0


def texts(file: h5py.File) -> None:
    file.create_dataset(COUNTS, (9,), h5py.string_dtype())[:] = "x" * 2**20


def deep(file: h5py.File) -> None:
    group = file
    for _ in range(1200):
        group = group.create_group("g")


def circle(file: h5py.File) -> None:
    group = file.create_group("g")
    group["again"] = group


def crowd(file: h5py.File) -> None:
    for i in range(20_000):
        file.create_group(f"g{i}")


def huge_attribute(file: h5py.File) -> None:
    file.create_group("g", track_order=False)
    with h5py.File(file.filename + ".latest", "w", libver="latest") as other:
        other.attrs["format"] = np.zeros(2**22)
    os.replace(file.filename + ".latest", file.filename + ".unused")
    file.attrs["format"] = np.zeros(8000)


def resolved(text: str) -> Callable[[h5py.File], None]:
    """Another configuration, with the hash that belongs to it."""

    def change(file: h5py.File) -> None:
        group = file["experiment"]
        del group["resolved"]
        group["resolved"] = text

    return change


def attribute(name: str, value: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file.attrs[name] = value

    return change


def numbers(name: str, value: float) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        file[name][(0,) * file[name].ndim] = value

    return change


HOSTILE: dict[str, Callable[[h5py.File], object]] = {
    "external link": instead("toys", lambda f: h5py.ExternalLink("/etc/passwd", "/")),
    "external link to itself": instead(
        "toys", lambda f: h5py.ExternalLink(f.filename, "/templates")
    ),
    "soft link": instead("toys", lambda f: h5py.SoftLink("/templates")),
    "soft link to nowhere": instead("toys", lambda f: h5py.SoftLink("/nowhere")),
    "link in a group": instead("experiment/source", lambda f: h5py.SoftLink("/templates")),
    "one more link": lambda f: f.__setitem__("x", h5py.ExternalLink("/dev/zero", "/x")),
    "virtual dataset": instead(COUNTS, virtual),
    "external storage": instead(COUNTS, external),
    "object references": instead(COUNTS, references),
    "region references": instead(COUNTS, regions),
    "8 TiB declared": instead(
        COUNTS,
        lambda f: f.create_dataset(COUNTS, (2**40,), "f8").id and None,
    ),
    "8 TiB in chunks": instead(
        "toys",
        lambda f: f.create_dataset("toys", (2**37, 2, 9), "f8", chunks=True).id and None,
    ),
    "compressed bomb": instead(COUNTS, bomb),
    "long texts": instead(COUNTS, texts),
    "text in place of a group": instead("experiment", lambda f: "x"),
    "group in place of numbers": instead(
        COUNTS,
        lambda f: f.create_group(COUNTS) and None,
    ),
    "a type in place of numbers": instead(COUNTS, lambda f: np.dtype("f8")),
    "opaque bytes": instead(COUNTS, lambda f: np.zeros(9, "V8")),
    "compound": instead(COUNTS, lambda f: np.zeros(9, [("a", "f8"), ("b", "i4")])),
    "complex": instead(COUNTS, lambda f: np.zeros(9, "c16")),
    "booleans": instead(COUNTS, lambda f: np.zeros(9, "?")),
    "a pickle": instead(COUNTS, lambda f: np.bytes_(b"\x80\x04cos\nsystem\n(S'true'\ntR.")),
    "no space": instead(COUNTS, lambda f: h5py.Empty("f8")),
    "deep groups": deep,
    "groups in a circle": circle,
    "numbers as format": attribute("format", np.zeros(8000)),
    "escape sequences as kind": attribute("kind", "\x1b[2J\x1b]0;title\x07"),
    "markup as kind": attribute("kind", "<script>alert(1)</script>"),
    "a list as kind": attribute("kind", ["asimov", "toy"]),
    "a huge seed": attribute("seed", "9" * 5000),
    "a truth that is no number": attribute("mu_nu", np.nan),
    "a truth without end": attribute("q_nu", np.inf),
    "a truth of text": attribute("mu_nu", "1e-11"),
    "five transition charges": attribute("transition_q", np.zeros(5)),
    "no transition charges": attribute("transition_q", np.zeros(0)),
    "no configuration": resolved("{}"),
    "a configuration of another kind": resolved('["gemma"]'),
    "a deep configuration": resolved("[" * 100_000 + "]" * 100_000),
    "a configuration with NaN": resolved('{"name": NaN}'),
    "a huge number": resolved('{"name": ' + "9" * 10_000 + "}"),
    "a text of surrogates": resolved('{"name": "\\ud800"}'),
    "counts that are no numbers": numbers(COUNTS, np.nan),
    "counts without end": numbers(COUNTS, np.inf),
    "negative counts": numbers(COUNTS, -1.0),
    "toys that are no numbers": numbers("toys", np.nan),
    "edges that are no numbers": numbers("spectra/detector/on/energy_kev", np.nan),
    "edges that fall": numbers("spectra/detector/on/energy_kev", 1e9),
    "errors of another shape": lambda f: f.create_dataset(
        "spectra/detector/on/counts_errors", data=np.ones(3)
    ),
    "errors that are no numbers": lambda f: f.create_dataset(
        "spectra/detector/on/counts_errors", data=np.full(9, np.nan)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(
    name: str, whole: bytes, nuem: Nuem, tmp_path: Path, tally: Callable[..., None]
) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(whole)
    sealed_after(path, HOSTILE[name])
    for command in ("fit", "limit"):
        words = ("--parameter", "mu_nu") if command == "limit" else ()
        outcome = nuem(command, path, *words)
        assert (outcome.code, outcome.out) == (5, ""), outcome
        assert outcome.line.startswith(f"nuem: {path}: ")
        assert outcome.line.isprintable()
        assert len(outcome.line) < 1000
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"]
    tally("hostile HDF5 files", injected=1)


def test_names_of_a_stored_experiment_are_not_opened(
    whole: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Callable[..., None]
) -> None:
    """A table's name is only a label: the text under it is in the file."""
    path = tmp_path / "a.h5"
    path.write_bytes(whole)
    opened = []
    monkeypatch.setattr("sim.experiment.read_text", opened.append)
    read_spectra(path)
    assert opened == []
    tally("hostile HDF5 files", injected=1)


def test_a_crowd_of_groups(whole: bytes, tmp_path: Path) -> None:
    """Many harmless groups are harmless."""
    path = tmp_path / "a.h5"
    path.write_bytes(whole)
    sealed_after(path, crowd)
    assert read_spectra(path).toys.shape[0] == 2


# A hostile study


@pytest.fixture
def study(nuem: Nuem, tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    words = ("toys", *SMALL, "-n", "20", "--seed", "7", "--workers", "1", "--quiet", "-o", folder)
    assert nuem(*words).code == 0
    return folder


def plan_with(study: Path, *keys: str, value: object) -> None:
    """Change a plan; its shards then belong to another study."""
    path = study / "study.json"
    content = json.loads(path.read_text())
    inner = content
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = value
    path.write_text(json.dumps(content))


SETTINGS: dict[str, tuple[str, object]] = {
    "no toys": ("n_toys", 0),
    "fewer than no toys": ("n_toys", -5),
    "toys of text": ("n_toys", "20"),
    "half a toy": ("n_toys", 0.5),
    "a negative size of shards": ("shard_size", -5),
    "a size of shards of text": ("shard_size", "x"),
    "an unknown parameter": ("parameter", "weight"),
    "a parameter that is a list": ("parameter", ["mu_nu"]),
    "an unknown method": ("method", "guess"),
    "an unknown treatment": ("treatment", "off"),
    "a confidence level of 2": ("cl", 2.0),
    "a confidence level of text": ("cl", "high"),
    "a negative seed": ("seed", -1),
    "a truth of text": ("truth", "x"),
    "a truth without end": ("truth", {"mu_nu": float("inf")}),
    "a truth with more": ("truth", {"mu_nu": 0.0, "weight": 1.0}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_hostile_plan(name: str, study: Path, nuem: Nuem, tally: Callable[..., None]) -> None:
    key, value = SETTINGS[name]
    plan_with(study, "settings", key, value=value)
    for command in ("study", "merge"):
        words = () if command == "study" else ("-o", study / "a.h5", "--partial")
        outcome = nuem(command, study, *words)
        assert (outcome.code, outcome.out) == (5, ""), outcome
        assert "study.json" in outcome.line
    tally("hostile studies", injected=1)


PLANS: dict[str, str] = {
    "empty": "",
    "a list": "[]",
    "deep": "[" * 100_000 + "]" * 100_000,
    "a huge number": '{"plan_version": ' + "9" * 10_000 + "}",
    "a version of text": '{"plan_version": "2"}',
    "a newer version": '{"plan_version": 99}',
    "markup": "<html>",
    "not text": "\ud800",
}


@pytest.mark.parametrize("name", PLANS)
def test_no_plan(name: str, study: Path, nuem: Nuem, tally: Callable[..., None]) -> None:
    text = PLANS[name].encode("utf-8", "surrogatepass")
    (study / "study.json").write_bytes(text)
    outcome = nuem("study", study)
    assert (outcome.code, outcome.out) == (5, ""), outcome
    assert "study.json" in outcome.line
    tally("hostile studies", injected=1)


def test_a_plan_of_more_toys_than_there_are_atoms(
    study: Path, nuem: Nuem, tally: Callable[..., None]
) -> None:
    """Nothing is counted up to what a plan says."""
    plan_with(study, "settings", "n_toys", value=10**22)
    outcome = nuem("study", study, "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out)["n_done"] == 0
    tally("hostile studies", injected=1)


SHARDS: dict[str, Callable[[Path], object]] = {
    "a pipe": lambda path: (path.unlink(), os.mkfifo(path)),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a link to nowhere": lambda path: (path.unlink(), path.symlink_to(path.with_name("nowhere"))),
    "a link to a device": lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    "a link to another file": lambda path: (path.unlink(), path.symlink_to("/etc/passwd")),
    "no results": lambda path: sealed_after(path, lambda f: f.__delitem__("best_fit")),
    "results of text": lambda path: sealed_after(
        path, instead("best_fit", lambda f: np.array([b"x"] * 20))
    ),
    "results that are links": lambda path: sealed_after(
        path, instead("best_fit", lambda f: h5py.SoftLink("/error"))
    ),
    "too few results": lambda path: sealed_after(path, instead("best_fit", lambda f: np.zeros(3))),
    "results in two dimensions": lambda path: sealed_after(
        path, instead("best_fit", lambda f: np.zeros((20, 3)))
    ),
    "a group": lambda path: sealed_after(path, lambda f: f.create_group("x")),
    "an attribute of text": lambda path: sealed_after(path, attribute("x", "text")),
    "an index of text": lambda path: sealed_after(path, attribute("shard", "text")),
}


@pytest.mark.parametrize("name", SHARDS)
def test_hostile_shard(name: str, study: Path, nuem: Nuem, tally: Callable[..., None]) -> None:
    """It only counts as missing, and is made again."""
    wanted = json.loads(nuem("study", study, "--json").out)
    SHARDS[name](study / "shards" / "000000.h5")
    outcome = nuem("study", study, "--json")
    assert outcome.code == 0, outcome
    assert all("set aside" in line for line in outcome.err.splitlines())
    assert json.loads(outcome.out)["n_done"] == 0
    words = ("toys", *SMALL, "-n", "20", "--seed", "7", "--workers", "1", "--quiet", "-o", study)
    assert json.loads(nuem(*words, "--json").out) == wanted
    assert not (study / "shards" / "nowhere").exists()
    tally("hostile studies", injected=1)


def test_store_error_is_an_input_error() -> None:
    assert issubclass(StoreError, OSError)
