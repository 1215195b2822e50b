"""Tables of a report: rows of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from analysis.fits.fit import FittedParameter
from analysis.limits.expected import SIGMAS
from analysis.reports.content import Report
from analysis.reports.text import UNITS, interval, number, setting, symbol_and_words, with_unit
from sim.cross_sections.interactions.parameter_table import named_parameter
from sim.experiment import Experiment
from sim.model import Model
from sim.syntax.units import unit_of

_BAND_COLUMNS = ("−2 σ", "−1 σ", "median", "+1 σ", "+2 σ")
_ELSEWHERE = ("name", "description", "reference", "published", "variant")


@dataclass(frozen=True, slots=True)
class Table:
    """Column names and rows of cells; numeric columns stand on the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A key of the configuration: its value as text, its unit, and whether it is no default."""

    key: str
    value: str
    unit: str
    given: bool


_SQUARED = "_squared"


def limits_table(report: Report) -> Table:
    """The three parameters at the report's and at 95 % CL, by their default methods."""
    rows = tuple(
        (
            ", ".join(symbol_and_words(found.parameter)),
            f"{100 * found.cl:g}\u00a0%",
            interval(found) if found.found else "–",
            with_unit(found.best_fit, found.unit),
            found.method,
            found.status + (", best fit at the bound" if found.at_bound else ""),
        )
        for found in report.limits
    )
    return Table(("parameter", "CL", "allowed", "best fit", "method", "status"), rows)


def published_table(report: Report) -> Table:
    """Published limits beside ours by the closest construction at the same confidence level."""
    rows = []
    for entry, ours in report.published:
        lower = 0.0 if entry.lower is None else entry.lower
        published = replace(
            ours, status="ok", lower=lower, upper=entry.upper, intervals=((lower, entry.upper),)
        )
        found = interval(ours) if ours.found else ours.status
        level = f"{100 * entry.cl:g}\u00a0%"
        source = f"{entry.source} ({entry.provenance})"
        rows.append((interval(published), level, found, ours.method, source))
    columns = ("published", "CL", "here", "method", "source")
    return Table(columns, tuple(rows))


def methods_table(report: Report) -> Table:
    """The limit on mu_nu by each construction, with the expected one and its bands."""
    first = report.headline[0]
    rows = []
    for found in (first, *report.other_limits):
        band = report.bands.get(found.method, {})
        rows.append(
            (
                found.method,
                number(found.upper),
                *(number(band.get(sigma)) for sigma in SIGMAS),
                found.status,
            )
        )
    columns = ("method", "limit", *_BAND_COLUMNS, "status")
    caption = (
        f"Upper limits on µν in µB at {100 * report.cl:g} % CL, and the expected ones of data that "
        f"fluctuate about the Standard Model. A dash: not computed, or every value is excluded."
    )
    return Table(columns, tuple(rows), tuple(range(1, 7)), caption)


def intervals_table(report: Report) -> Table:
    """Expected ends of the intervals of the other parameters."""
    signal = report.model.signal_table
    rows = tuple(
        (
            f"{signal.parameter(parameter).text}, {end} end",
            *(with_unit(getattr(one, end), signal.parameter(parameter).unit) for one in band),
        )
        for parameter, band in report.intervals.items()
        for end in ("lower", "upper")
    )
    caption = f"Expected ends of the intervals at {100 * report.cl:g} % CL."
    return Table(("", *_BAND_COLUMNS), rows, tuple(range(1, 6)), caption)


def counts_table(report: Report) -> Table:
    """Counts of the data and of the fit by origin, with the mean rate of ON."""
    fitted = report.fitted
    if fitted is None:
        raise ValueError("there is no fit, so there are no fitted counts")
    powered = [info for info in fitted.infos if info.powered]
    size = sum(info.kg_days * float(info.edges_kev[-1] - info.edges_kev[0]) for info in powered)
    lines: dict[str, Any] = {f"data ({fitted.spectra.kind})": fitted.spectra.flat}
    lines |= {f"fit: {name}": counts for name, counts in fitted.components.items()}
    lines["fit: total"] = fitted.expected
    rows = []
    for name, counts in lines.items():
        on, off = fitted.with_and_without_power(counts)
        off_text = number(off, 4) if fitted.has_off else "–"
        rows.append((name, number(on, 4), off_text, number(on / size)))
    columns = ("origin", "ON", "OFF", "mean rate in ON [1/(keV kg day)]")
    exposures = (sum(i.kg_days for i in fitted.infos if i.powered is on) for on in (True, False))
    exposure = " and ".join(f"{number(days)} kg day" for days in exposures if days > 0)
    caption = f"Counts in the window, for an exposure of {exposure}."
    return Table(columns, tuple(rows), (1, 2, 3), caption)


def fit_table(report: Report) -> Table:
    """Parameters and nuisances at the best fit."""
    if report.result is None:
        raise ValueError("there is no fit")
    pulls = {impact.nuisance: impact.pull for impact in report.ranked}
    rows = [
        (*_fitted(entry), "–" if pulls.get(entry.name) is None else number(pulls[entry.name], 2))
        for entry in (*report.result.parameters, *report.result.nuisances)
    ]
    return Table(("parameter", "value", "error", "unit", "pull"), tuple(rows), (1, 2, 4))


def _fitted(entry: FittedParameter) -> tuple[str, str, str, str]:
    power = "²" if entry.name.endswith(_SQUARED) else ""
    name = named_parameter(entry.name.removesuffix(_SQUARED)).text + power
    unit = UNITS.get(entry.unit, entry.unit)
    return name, number(entry.value, 4), number(entry.error), unit


def settings(model: Model) -> dict[str, tuple[Setting, ...]]:
    """All keys of each configuration by section, defaults marked; each background on its own."""
    return {
        f"{source.label}: {section}" if source.label else section: keys
        for source in model.sources
        for section, keys in _settings(source.experiment).items()
    }


def _settings(experiment: Experiment) -> dict[str, tuple[Setting, ...]]:
    config = experiment.config
    given = config.model_dump(mode="json", exclude_defaults=True)
    whole = config.model_dump(mode="json")
    sections: dict[str, tuple[Setting, ...]] = {}
    for section, content in whole.items():
        if section in _ELSEWHERE or not content:
            continue
        if isinstance(content, list):
            for entry, own in zip(content, given[section], strict=True):
                title = f"[[{section}]] {entry['name']}"
                sections[title] = tuple(_flattened(entry, own, ""))
        else:
            sections[f"[{section}]"] = tuple(_flattened(content, given.get(section), ""))
    return sections


def _flattened(content: Any, given: Any, key: str) -> list[Setting]:
    """Leaves of nested tables and of lists of tables, with dotted keys."""
    if isinstance(content, Mapping) and content:
        parts = content.items()
    elif isinstance(content, list) and content and isinstance(content[0], Mapping):
        parts = {str(i): entry for i, entry in enumerate(content)}.items()
        given = dict(enumerate(given)) if isinstance(given, list | tuple) else {}
        given = {str(i): entry for i, entry in given.items()}
    else:
        unit = unit_of(key.rpartition(".")[2])
        symbol = unit.symbol if unit is not None and content is not None else ""
        return [Setting(key, setting(content), symbol, given is not None)]
    found = []
    for name, value in parts:
        inner = given.get(name) if isinstance(given, Mapping) else None
        found += _flattened(value, inner, f"{key}.{name}" if key else name)
    return found
