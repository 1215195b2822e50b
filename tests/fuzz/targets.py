"""Coverage-guided fuzzing of what reads files: ``python targets.py TARGET [options of libFuzzer]``.

A target is fed with bytes and may refuse them as the command would, in one line; anything else that
it raises, a crash or a hang stops the run.  Needs the extra ``fuzz``; ``make fuzz`` runs all.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import atheris

for _kernels in (
    "fluxes.kernels",
    "sim.cross_sections.kernels",
):  # numba reads these: they stay as they are
    importlib.import_module(_kernels)

with atheris.instrument_imports(include=["sim", "fluxes", "detectors", "tomllib"]):
    from sim import hdf5
    from sim.experiment import Experiment, load_experiment, parse_experiment
    from sim.instruments.checks import check_tables
    from sim.model_assembly import build_model
    from sim.store import read_spectra, spectra_image

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
VALUES: tuple[Any, ...] = (0, 1, -1, 0.5, 1e308, float("nan"), float("inf"), True, "", "x", [], {})


def _inputs() -> ModuleType:
    path = Path(__file__).parents[1] / "faults" / "inputs.py"
    spec = importlib.util.spec_from_file_location("inputs", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _refusable(read: Callable[[], object]) -> None:
    """Run it; a refusal must be one line."""
    try:
        read()
    except (ValueError, OSError) as error:
        if isinstance(error, UnicodeError):
            raise
        if len(str(error).strip().splitlines()) != 1:
            raise AssertionError(f"not one line: {error!r}") from error


class Configuration:
    """TOML text as it comes, or a whole experiment with some of its values changed."""

    def __init__(self) -> None:
        self.inputs = _inputs()
        self.places = [path for path, _ in self.inputs.leaves(self.inputs.EXPERIMENT)]
        self.places += list(self.inputs.tables(self.inputs.EXPERIMENT))
        for name, text in self.inputs.TABLES.items():
            (FOLDER / name).write_text(text, encoding="utf-8")

    def seeds(self) -> list[bytes]:
        return [b"\0" + self.inputs.toml(self.inputs.EXPERIMENT).encode(), b"\1\0\0\0", b"\1abcdef"]

    def __call__(self, data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        if provider.ConsumeIntInRange(0, 1) == 0:
            text = provider.ConsumeUnicodeNoSurrogates(sys.maxsize)
            _refusable(lambda: parse_experiment(text, "fuzz", FOLDER))
            return
        tree = self.inputs.EXPERIMENT
        for _ in range(provider.ConsumeIntInRange(1, 3)):
            place = self.places[provider.ConsumeIntInRange(0, len(self.places) - 1)]
            try:
                tree = self.inputs.changed(place, self._value(provider), tree)
            except (KeyError, TypeError, IndexError, AttributeError):
                continue  # an earlier change took the place away
        text = self.inputs.toml(tree)
        override = f"{'.'.join(map(str, place))}={provider.ConsumeUnicodeNoSurrogates(20)}"
        overrides = [override] if provider.ConsumeBool() else []
        _refusable(lambda: parse_experiment(text, "fuzz", FOLDER, overrides))

    def _value(self, provider: Any) -> Any:
        match provider.ConsumeIntInRange(0, 3):
            case 0:
                return VALUES[provider.ConsumeIntInRange(0, len(VALUES) - 1)]
            case 1:
                return provider.ConsumeFloat()
            case 2:
                return provider.ConsumeUnicodeNoSurrogates(30)
        return ...


class Tables:
    """Any text in the place of one of the tables of an experiment."""

    def __init__(self) -> None:
        configuration = Configuration()
        self.inputs = configuration.inputs
        self.experiment = parse_experiment(
            self.inputs.toml(self.inputs.EXPERIMENT), "whole", FOLDER
        )
        self.names = list(self.experiment.files)

    def seeds(self) -> list[bytes]:
        return [bytes([i]) + self.inputs.TABLES[name].encode() for i, name in enumerate(self.names)]

    def __call__(self, data: bytes) -> None:
        name = self.names[(data[0] if data else 0) % len(self.names)]
        text = data[1:].decode("utf-8", "replace")
        files = {**self.experiment.files, name: text}
        _refusable(lambda: check_tables(Experiment(self.experiment.config, "", files)))


class Stored:
    """A stored file with changed bytes: as it is, or (every other time) with a valid seal."""

    def __init__(self) -> None:
        experiment = load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"])
        model = build_model(experiment)
        self.image = spectra_image(model, model.asimov())
        self.path = FOLDER / "fuzz.h5"

    def seeds(self) -> list[bytes]:
        return [b"\0\0\0\0\0", b"\1\0\0\0\0", b"\1\0\0\1\1abc"]

    def __call__(self, data: bytes) -> None:
        provider = atheris.FuzzedDataProvider(data)
        seal = provider.ConsumeBool()
        content = bytearray(self.image.split(b"\nnuem-sha256:")[0] if seal else self.image)
        for _ in range(provider.ConsumeIntInRange(0, 4)):
            place = provider.ConsumeIntInRange(0, len(content) - 1)
            change = provider.ConsumeBytes(provider.ConsumeIntInRange(1, 8))
            content[place : place + len(change)] = change
        if provider.ConsumeBool():
            del content[provider.ConsumeIntInRange(0, len(content)) :]
        self.path.write_bytes(hdf5.sealed(bytes(content)) if seal else bytes(content))
        _refusable(lambda: read_spectra(self.path))


TARGETS = {"configuration": Configuration, "tables": Tables, "stored": Stored}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"usage: targets.py {'|'.join(TARGETS)} [options of libFuzzer]")
    target = TARGETS[sys.argv.pop(1)]()
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for i, seed in enumerate(target.seeds()):
        (corpus / str(i)).write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
