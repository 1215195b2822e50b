"""Experiment: a validated configuration with the texts it came from, by preset or path."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import stat
import tomllib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import ValidationError

from sim.config.electron_energy import stated_electron_kev
from sim.config.errors import Problem, problems_of
from sim.config.file import ExperimentConfig
from sim.display import html_table
from sim.layout.backgrounds import Placement
from sim.layout.checks import checked_placements, off_fixed_problem
from sim.layout.layout import Layout
from sim.layout.problem import LayoutError
from sim.syntax.lines import KeyLines
from sim.syntax.overrides import apply_override
from sim.syntax.sites import refuse_late_site, with_site
from sim.syntax.spelling import nearest
from sim.syntax.units import in_key_units

SHIPPED = "nuem:"
"""Before the name of a table in an experiment file: one that is shipped with the presets."""
_MOST_KEYS = 50_000
_MOST_PROBLEMS = 100
_MAX_FILE_BYTES = 64 * 2**20


class ConfigurationError(ValueError):
    """An experiment file that cannot be used; one line says what, found and allowed.

    problems holds a line for each fault that was found; the message is the first.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


@dataclass(frozen=True, slots=True)
class Experiment:
    """A configuration, the TOML text it was read from, and the tables it names.

    files maps the names used in the configuration to the text of these files, so that an
    experiment is whole wherever it is stored.
    """

    config: ExperimentConfig
    source: str
    files: Mapping[str, str] = field(default_factory=dict)

    layout: Layout = field(init=False, repr=False, compare=False)
    placed: tuple[Placement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout.of(self.config, self.files))
        object.__setattr__(self, "placed", checked_placements(self.config, self.layout))

    def __repr__(self) -> str:
        return f"<Experiment {self.name}: {self._target()}, {self._exposure()}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        config = self.config
        detectors = self.layout.detectors
        thresholds = dict.fromkeys(f"{detector.threshold_kev:g}" for detector in detectors)
        rows = {
            "description": config.description,
            "reference": config.reference,
            "target": self._target(),
            "threshold": f"{', '.join(thresholds)} keV",
            "exposure": self._exposure(),
            "window": self._window(),
            "backgrounds": ", ".join(component.name for component in config.background),
            "spectrum": config.reactor.spectrum,
        }
        return html_table(self.name, [(name, text) for name, text in rows.items() if text])

    def _target(self) -> str:
        masses: dict[str, float] = {}
        for detector in self.layout.detectors:
            mass = detector.mass_kg or 0.0
            masses[detector.material] = masses.get(detector.material, 0.0) + mass
        texts = [f"{mass:g} kg of {name}" if mass else name for name, mass in masses.items()]
        number = len(self.layout.detectors)
        return " and ".join(texts) + (f" in {number} detectors" if number > 1 else "")

    def _exposure(self) -> str:
        exposure = self.config.exposure
        if not exposure.period:
            return f"{exposure.on_days:g} days on, {exposure.off_days:g} off"
        kg_days = [0.0, 0.0]
        for spectrum in self.layout.spectra:
            kg_days[spectrum.period.is_off] += spectrum.kg_days
        return f"{kg_days[0]:.6g} kg days on, {kg_days[1]:.6g} off"

    def _window(self) -> str:
        texts = []
        for detector in self.layout.detectors:
            bins = next(s.bins for s in self.layout.spectra if s.detector.name == detector.name)
            if bins is None:
                return "none: it counts"
            low, high = bins.window_kev
            texts.append(f"{low:g} to {high:g} keV in {bins.edges_kev.size - 1} bins")
        return "; ".join(dict.fromkeys(texts))

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self.config.name

    def off_fixed_problem(self) -> str | None:
        """Why the OFF spectra cannot fix the background, or None if they can."""
        return off_fixed_problem(self.config, self.layout, self.placed)

    def canonical_json(self) -> str:
        """The resolved configuration in a fixed form."""
        return json.dumps(self.config.model_dump(mode="json"), sort_keys=True)

    def sha256(self) -> str:
        """Hash of everything that the predictions depend on: configuration and tables.

        Keys at their default do not count, so that the hash stays when the configuration gets new
        keys; a stored experiment states all of its keys, so that one with an old default differs.
        """
        stated = self.config.model_dump(mode="json", exclude_defaults=True)
        content = json.dumps([stated, dict(self.files)], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()

    def replaced(self, section: str, **changes: object) -> Experiment:
        """A copy with keys of one section changed, validated again."""
        data = self.config.model_dump(mode="json")
        data[section] = {**data[section], **changes}
        return made_experiment(_validated(data, self.name), self.source, self.files, self.name)

    def changed(self, overrides: Sequence[str]) -> Experiment:
        """A copy with ``KEY=VALUE`` overrides, as of ``load_experiment``, on what it now is.

        Raises
        ------
        ConfigurationError
            for a wrong override, or a table that the experiment does not have.
        """
        data = self.config.model_dump(mode="json")
        changed = _override(data, overrides)
        try:
            refuse_late_site(changed)
        except ValueError as error:
            raise ConfigurationError(f"{self.name}: {error}") from None
        config = _validated(data, self.name)
        files = {name: self._text(name) for name in _named_files(config)}
        return _with_data(made_experiment(config, self.source, files, self.name), self._text)

    def _text(self, name: str) -> str:
        if name not in self.files and not name.startswith(SHIPPED):
            raise ConfigurationError(f"{self.name}: the table {name!r} is not part of it")
        return self.files[name] if name in self.files else _named_text(name, Path())


def preset_names() -> list[str]:
    """Names of the shipped experiments.

    Examples
    --------
    >>> "conus-plus-2025" in nuem.preset_names()
    True
    """
    entries = resources.files("sim.experiments").iterdir()
    return sorted(e.name.removesuffix(".toml") for e in entries if e.name.endswith(".toml"))


def preset_text(name: str) -> str:
    """TOML text of a shipped experiment.

    Raises
    ------
    ConfigurationError
        for a name that is not shipped.

    Examples
    --------
    >>> nuem.preset_text("gemma-2012").splitlines()[0]
    '# GEMMA at the Kalinin nuclear power plant, unit 2: the whole data set published in 2012.'
    """
    if name not in preset_names():
        raise ConfigurationError(
            f"experiment {name!r} is not shipped{nearest(name, preset_names())}; a path ends in "
            f".toml or contains '/'"
        )
    return resources.files("sim.experiments").joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load_experiment(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Experiment:
    """Read a preset (by name) or a file (a name ending in .toml or containing '/').

    overrides are ``section.key=VALUE`` with VALUE in TOML; bare words and quantities (``180 eV``)
    are taken as strings, and elements of arrays are addressed by index (``background.0.norm=0.1``).

    Raises
    ------
    ConfigurationError
        for anything wrong in the file or an override.
    OSError
        if a file cannot be read.

    Examples
    --------
    >>> experiment = nuem.load_experiment("gemma-2012", ["exposure.on_days=1000"])
    >>> experiment.name, experiment.config.exposure.on_days
    ('gemma-2012', 1000.0)
    """
    label = str(name_or_path)
    if isinstance(name_or_path, Path) or label.endswith(".toml") or "/" in label:
        text, folder = read_text(Path(label)), Path(label).parent
    else:
        text, folder = preset_text(label), Path()
    return parse_experiment(text, label, folder, overrides)


def parse_experiment(
    text: str, label: str = "experiment", folder: Path = Path(), overrides: Sequence[str] = ()
) -> Experiment:
    """Experiment of a TOML text; tables that it names are read relative to folder.

    Examples
    --------
    >>> text = nuem.preset_text("gemma-2012")
    >>> nuem.parse_experiment(text, overrides=["detector.threshold_kev=3 keV"]).name
    'gemma-2012'
    """
    data = _toml(text, label)
    changed = _override(data, overrides)
    config = _validated(with_site(data), label, text, changed)
    files = {name: _named_text(name, folder) for name in _named_files(config)}
    experiment = made_experiment(config, text, files, label, changed)
    return _with_data(experiment, lambda name: _named_text(name, folder))


def restored_experiment(resolved_json: str, source: str, files: Mapping[str, str]) -> Experiment:
    """Experiment of a stored canonical configuration."""
    label = "stored experiment"
    return made_experiment(_validated(json.loads(resolved_json), label), source, files, label)


def made_experiment(
    config: ExperimentConfig,
    source: str,
    files: Mapping[str, str],
    label: str,
    changed: Sequence[str] = (),
) -> Experiment:
    """Experiment of a configuration whose sections may not go together.

    Raises
    ------
    ConfigurationError
        if they do not, with the line in the source unless the key is a changed one.
    """
    try:
        return Experiment(config, source, files)
    except ValidationError as error:
        problems = problems_of(error, {})
    except LayoutError as error:
        problems = [Problem(error.path, str(error))]
    raise _refusal(problems, label, source, changed)


def read_text(path: Path) -> str:
    """Text of a file of at most 64 MiB; ConfigurationError if it is not UTF-8 text.

    A name that ends in .gz is that of a compressed file.  Devices and pipes, which may never end,
    are not opened.
    """
    if "\0" in str(path):
        raise ConfigurationError(f"{str(path)!r}: not a file name")
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(f"{path}: not a regular file")
    with path.open("rb") as stream:
        if path.suffix == ".gz":
            content = _uncompressed(path, stream)
        else:
            content = stream.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        raise ConfigurationError(f"{path}: larger than {_MAX_FILE_BYTES >> 20} MiB")
    try:
        return io.StringIO(content.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not a text file (UTF-8 expected)") from None


def _uncompressed(path: Path, stream: BinaryIO) -> bytes:
    try:
        with gzip.GzipFile(fileobj=stream) as compressed:
            return compressed.read(_MAX_FILE_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ConfigurationError(f"{path}: not a whole gzip file: {error}") from None


def _override(data: dict[str, Any], overrides: Sequence[str]) -> list[str]:
    """Overrides set in the data of an experiment file; the keys that they change."""
    try:
        return [apply_override(data, override) for override in overrides]
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


def _named_text(name: str, folder: Path) -> str:
    """Text of a table that an experiment names: shipped, or relative to its folder."""
    if not name.startswith(SHIPPED):
        return read_text(folder / name)
    package = resources.files("sim.experiments")
    shipped = sorted(e.name for e in package.iterdir() if e.name.endswith(".csv"))
    if name.removeprefix(SHIPPED) not in shipped:
        names = ", ".join(SHIPPED + table for table in shipped)
        raise ConfigurationError(f"table {name!r} is not shipped; shipped are {names or 'none'}")
    return package.joinpath(name.removeprefix(SHIPPED)).read_text(encoding="utf-8")


def _named_files(config: ExperimentConfig) -> list[str]:
    """Tables that a configuration names, each once."""
    names = [name for component in config.background for name in component.tables]
    names += _files_in(config.detector.model_dump())
    for period in config.exposure.period:
        names += _files_in([period.detector, period.unit])
    reactor, data = config.reactor, config.data
    names += [n for n in (reactor.spectrum_table, reactor.power_history) if n is not None]
    if config.templates is not None:
        stated = (config.templates.file, config.templates.terms)
        names += [name for name in stated if name is not None]
    if data is not None:
        names += [
            name for name in (data.on, data.off, data.events, data.covariance) if name is not None
        ]
        if data.file is not None and not data.is_pattern:
            names.append(data.file)
    return list(dict.fromkeys(names))


def _files_in(content: Any) -> list[str]:
    """What the keys ``file`` name in tables of keys."""
    if isinstance(content, dict):
        own = [content["file"]] if isinstance(content.get("file"), str) else []
        return own + [name for value in content.values() for name in _files_in(value)]
    if isinstance(content, list | tuple):
        return [name for value in content for name in _files_in(value)]
    return []


def _with_data(experiment: Experiment, read: Callable[[str], str]) -> Experiment:
    """With the tables of single spectra that a pattern names."""
    data = experiment.config.data
    if data is None or data.file is None or not data.is_pattern:
        return experiment
    names = [data.name_of(*spectrum.place) for spectrum in experiment.layout.spectra]
    more = {name: read(name) for name in names if name not in experiment.files}
    return Experiment(experiment.config, experiment.source, {**experiment.files, **more})


def _toml(text: str, label: str) -> dict[str, Any]:
    n_signs = text.count("=")
    if n_signs > _MOST_KEYS:
        raise ConfigurationError(
            f"{label}: at most {_MOST_KEYS} keys are read, found {n_signs} signs of equality"
        )
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ConfigurationError(f"{label}: not valid TOML: {reason}") from None


def _validated(
    data: dict[str, Any], label: str, text: str = "", changed: Sequence[str] = ()
) -> ExperimentConfig:
    """text and changed keys: a problem is given its line in the text, unless --set made it."""
    refused: dict[tuple[str, ...], str] = {}
    try:
        plain = in_key_units(data, refused, electron_kev=stated_electron_kev(data))
        return ExperimentConfig.model_validate(plain)
    except ValidationError as error:
        problems = problems_of(error, refused)
        raise _refusal(problems, label, text, changed) from None
    except RecursionError:
        raise ConfigurationError(f"{label}: nested too deeply") from None


def _refusal(
    problems: Sequence[Problem], label: str, text: str, changed: Sequence[str]
) -> ConfigurationError:
    """The error of some problems, with their lines in the text."""
    where = KeyLines(text)
    told = problems[:_MOST_PROBLEMS]
    lines = [f"{_place(problem, label, where, changed)}: {problem}" for problem in told]
    if len(problems) > len(told):
        lines.append(f"{label}: {len(problems) - len(told)} more problems")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return ConfigurationError(lines[0] + more, lines)


def _place(problem: Problem, label: str, lines: KeyLines, changed: Sequence[str]) -> str:
    where = ".".join(problem.path)
    if any(f"{key}.".startswith(f"{where}.") or where.startswith(f"{key}.") for key in changed):
        return label
    line = lines.of(problem.path)
    return label if line is None else f"{label}, line {line}"
