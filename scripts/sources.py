"""One or several sources on the command line, with what is set in them and chosen of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.completion import ExperimentType, OverrideType
from scripts.options import caution, load, usage_errors
from scripts.output import warn_of

if TYPE_CHECKING:
    from sim.model import Model
    from sim.sources.sources import Sources
    from sim.spectra.spectra import Spectra

_LABEL = re.compile(r"(?:(?P<label>[\w.+-]+)=)?(?P<source>.+)")

_NO_LABEL = re.compile(r"[^\w.+-]")


@dataclass(frozen=True, slots=True)
class Given:
    """Sources by label, ``KEY=VALUE`` and ``LABEL:KEY=VALUE``, and names of spectra, as given."""

    sources: dict[str, str]
    overrides: tuple[str, ...]
    detectors: tuple[str, ...]
    periods: tuple[str, ...]

    def check_one(self, what: str) -> None:
        """Refuse several sources, or a choice of spectra, as an error of usage; what goes."""
        if len(self.sources) > 1:
            raise click.UsageError(f"{what} with one source, found {len(self.sources)}")
        if self.detectors or self.periods:
            raise click.UsageError(f"{what} with all spectra: no --detector, no --period")

    def check_label(self, label: str) -> None:
        """Refuse a label that no source has, as an error of usage."""
        from sim.syntax.spelling import nearest

        if label and label not in self.sources:
            hint = nearest(label, list(self.sources))
            raise click.UsageError(f"{label!r} labels no source{hint}")

    def own_key(self, labelled: str) -> str:
        """``LABEL:KEY`` as plans have it: without its label where there is one source."""
        from sim.sources.sources import split_label

        label, key = split_label(labelled)
        self.check_label(label)
        return key if len(self.sources) == 1 else labelled

    @property
    def stored(self) -> bool:
        """True if one of them is a FILE.h5."""
        return any(_is_stored(source) for source in self.sources.values())

    def experiments(self) -> Sources:
        """The experiments, for commands that make spectra of their own."""
        from sim.sources.sources import Sources

        stored = next((s for s in self.sources.values() if _is_stored(s)), None)
        if stored is not None:
            raise click.UsageError(f"{stored}: an experiment expected, not a FILE.h5")
        own = {
            label: load(source, self._overrides(label)) for label, source in self.sources.items()
        }
        with usage_errors():
            return Sources.together(own, self.detectors, self.periods)

    def data(self, toy: int | None = None) -> tuple[Model, Spectra]:
        """Model and spectra of all sources together, those that are chosen.

        A file gives its observed or Asimov spectra, or its toy of the given index; an experiment
        its observed spectra, or the Asimov ones of the Standard Model.
        """
        from sim.sources.joint import joint_model, joint_spectra
        from sim.spectra.spectrum_info import matching

        if toy is not None and (len(self.sources) > 1 or not self.stored):
            raise click.UsageError("--toy goes with a FILE.h5 alone")
        parts = {label: self._part(label, toy) for label in self.sources}
        model, spectra = next(iter(parts.values()))
        if len(parts) > 1:
            model = joint_model({label: own for label, (own, _) in parts.items()})
            spectra = joint_spectra({label: own for label, (_, own) in parts.items()})
        if not self.detectors and not self.periods:
            return model, spectra
        with usage_errors():
            places = matching(model.spectra, self.detectors or None, self.periods or None)
        return model.at(places), spectra.at(places)

    def _part(self, label: str, toy: int | None) -> tuple[Model, Spectra]:
        from sim.model_assembly import build_model

        source, overrides = self.sources[label], self._overrides(label)
        if not _is_stored(source):
            model = build_model(load(source, overrides))
            caution(model.experiment)
            return model, model.data()
        if overrides:
            raise click.UsageError("--set goes with an experiment; FILE.h5 carries its own")
        from sim.store import read_spectra

        stored = read_spectra(Path(source))
        warn_of(*stored.sources.each)
        model = stored.model()
        for own in model.sources:
            caution(own.experiment)
        return model, stored.spectra if toy is None else stored.toy(toy)

    def _overrides(self, label: str) -> tuple[str, ...]:
        """What is set in one source: keys without a label are of all."""
        return tuple(own for of, own in map(_split_override, self.overrides) if of in ("", label))


class SourceType(ExperimentType):
    """A source, with a label before it or without: LABEL=SOURCE."""

    name = "source"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word, if its source is a file's or that of a shipped experiment."""
        super().convert(split_source(value)[1], param, ctx)
        return value


def _split_override(word: str) -> tuple[str, str]:
    """Label, which may be empty, and ``KEY=VALUE``."""
    from sim.sources.sources import split_label

    labelled, equals, value = word.partition("=")
    label, key = split_label(labelled)
    return label, key + equals + value


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """SOURCE..., --detector, --period and --set; the command gets them as ``given``."""

    @functools.wraps(command)
    def with_sources(*args: Any, **values: Any) -> Any:
        words = {name: values.pop(name) for name in ("overrides", "detectors", "periods")}
        given = Given(_by_label(values.pop("sources")), **words)
        for label, _ in map(_split_override, given.overrides):
            given.check_label(label)
        return command(*args, given=given, **values)

    wrapped: Callable[..., Any] = with_sources
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_OPTIONS = (
    click.argument(
        "sources",
        nargs=-1,
        required=True,
        metavar="[LABEL=]SOURCE...",
        type=SourceType(),
    ),
    click.option(
        "--detector",
        "detectors",
        multiple=True,
        metavar="NAME",
        help="Only this detector; a pattern such as 'C*' too. Repeat for several.",
    ),
    click.option(
        "--period",
        "periods",
        multiple=True,
        metavar="NAME",
        help="Only this period; a pattern such as 'on*' too. Repeat for several.",
    ),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="[LABEL:]KEY=VALUE",
        type=OverrideType(),
        help="Override a key of the experiment file; VALUE in TOML, or with a unit (180 eV). Of "
        "several sources in all, or in the one of a label.",
    ),
)


def _by_label(words: tuple[str, ...]) -> dict[str, str]:
    """Sources by the label that is given, else by their name without its folder and ending."""
    found: dict[str, str] = {}
    for label, source in _labelled(words):
        if label in found:
            raise click.UsageError(
                f"two sources are called {label!r}: label them, as in a={found[label]} b={source}"
            )
        found[label] = source
    return found


def _labelled(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for word in words:
        label, source = split_source(word)
        name = Path(source).name.removesuffix(".toml").removesuffix(".h5")
        yield label or _NO_LABEL.sub("-", name), source


def split_source(word: str) -> tuple[str, str]:
    """Label, which may be empty, and source of ``LABEL=SOURCE``."""
    found = _LABEL.fullmatch(word)
    return (found["label"] or "", found["source"]) if found else ("", word)


def _is_stored(source: str) -> bool:
    return source.endswith(".h5")
