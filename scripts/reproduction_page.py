"""The documentation page of an experiment: what was assumed, what comes out, what moves it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scripts.output import number

if TYPE_CHECKING:
    from analysis.published.ionization_limits import LimitsByModel
    from analysis.published.reproduction import (
        ObservedStrength,
        ReproducedCounts,
        ReproducedLimit,
        Variant,
    )
    from sim.experiment import Experiment
    from sim.model import Model

_ASSUMED = ("reactor", "detector", "exposure", "analysis", "physics", "systematics", "background")
_SECTION = re.compile(r"\[+([\w.]+)\]+")
_MARK = re.compile(r"#\s*(\[(?:seen|remembered|assumed)\].*)$")


def experiment_page(
    experiment: Experiment,
    rows: Sequence[ReproducedLimit],
    counts: Sequence[ReproducedCounts],
    strengths: Sequence[ObservedStrength],
    variants: Sequence[Variant],
) -> str:
    """A page in Markdown, all of it made from the preset and its comparison."""
    published = experiment.config.published
    parts = [
        f"# {experiment.name}",
        f"{experiment.config.description}. Source: {experiment.config.reference}.",
        *([f"**Caution: {published.caution}.**"] if published.caution else []),
        "This page is written by `nuem reproduce all --pages docs/experiments`; the preset is "
        f"shown by `nuem init {experiment.name}`, the comparison by",
        f"<!-- not run -->\n\n```sh\nnuem reproduce {experiment.name}\n```",
        f"![Rates, and limits of toys]({experiment.name}.png)",
        "## What comes out",
        _table(_ROW_HEADER, [_row(row) for row in rows]),
        "Limits are largest magnitudes not excluded; the bands are those of toys of the Standard "
        "Model, the quantile is the share of toys with a stronger limit than the published one.",
    ]
    if published.background is not None:
        parts.append(
            f"The paper's treatment is closest to `{published.background}`: "
            f"{published.background_evidence}."
        )
    if counts:
        parts.append(_table(_COUNTS_HEADER, [_counts(one) for one in counts]))
    if strengths:
        header = (
            "coherent scattering in the observed spectra",
            "strength",
            "χ² / bins",
            "rise at 0",
        )
        parts.append(_table(header, [_strength(one) for one in strengths]))
    parts += ["## What would have to be true", published.discussion or "Nothing is compared here."]
    if variants:
        treatments = list(dict.fromkeys(t for variant in variants for t in variant.limits))
        word = "median" if experiment.config.data is None else "observed"
        title = f"{word} {variants[0].parameter} limit with"
        lines = [
            (
                variant.name,
                *(number(variant.limits.get(t), 3) for t in treatments),
                number(variant.nucleus_counts, 3),
            )
            for variant in variants
        ]
        parts.append(_table((title, *treatments, "coherent counts"), lines))
    parts += ["## What was assumed", assumptions_table(experiment.source)]
    return "\n\n".join(parts) + "\n"


def write_page(
    folder: Path,
    model: Model,
    rows: Sequence[ReproducedLimit],
    counts: Sequence[ReproducedCounts],
    strengths: Sequence[ObservedStrength],
    changed: Sequence[Variant],
) -> None:
    """Page and figure of an experiment, into a folder that is made if it is not there."""
    from analysis.plots.figures import reproduction_figure
    from sim.files import write_atomically

    experiment = model.experiment
    text = experiment_page(experiment, rows, counts, strengths, changed)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / f"{experiment.name}.md", text.encode())
    write_atomically(folder / f"{experiment.name}.png", reproduction_figure(model, rows))


def ionization_page(rows: Sequence[LimitsByModel]) -> str:
    """The page of limits under models of ionization in Markdown."""
    names = list(rows[0].limits) if rows else []
    header = ("experiment", "parameter", "background", "published", *names)
    lines = [
        (
            row.experiment,
            f"`{row.parameter}` [{row.unit}]",
            f"**{row.treatment}**" if row.papers_treatment else row.treatment,
            number(row.published, 3),
            *(number(row.limits[name], 3) for name in names),
        )
        for row in rows
    ]
    reasons = dict.fromkeys(reason for row in rows for reason in row.reasons.values())
    parts = [
        "# Limits under other models of ionization",
        "This page is written by `nuem reproduce all --pages docs/experiments`: every limit on "
        "magnetic moment and millicharge of [the field](index.md) with the published models "
        "(`stepping`, `epa-max`), a charge in matter (`pai`) and orbitals with the transverse "
        "field (`best`). [What they are](../ionization.md).",
        "![Limits on the millicharge over those by stepping](ionization.png)",
        _table(header, lines),
        "Limits are largest magnitudes not excluded, of the observed spectra or else medians; "
        "bold: the treatment of the background closest to the paper's.",
        *(f"- –: {reason}" for reason in reasons),
    ]
    return "\n\n".join(parts) + "\n"


def assumptions_table(source: str) -> str:
    """The numbers of a preset with where each comes from, from its TOML text."""
    return _table(("key", "value", "from"), list(_assumptions(source)))


_COUNTS_HEADER = ("signal counts, ON", "ours", "paper predicts", "paper observed", "from")
_ROW_HEADER = (
    "parameter", "background", "method", "published", "observed", "median", "68 %", "95 %",
    "ratio", "quantile", "source",
)  # fmt: skip


def _row(row: ReproducedLimit) -> tuple[str, ...]:
    entry = row.published
    return (
        f"`{row.asimov.parameter}` [{row.asimov.unit}]",
        f"**{row.treatment}**" if row.papers_treatment else row.treatment,
        row.method,
        number(row.published_value, 3),
        "–" if row.observed is None else number(row.ours, 3),
        number(row.median, 3),
        *(_band(row.band(n)) for n in (1, 2)),
        number(row.ratio, 3),
        number(row.quantile, 2),
        "–" if entry is None else f"{entry.source} [{entry.provenance}]",
    )


def _band(band: tuple[float, float] | None) -> str:
    return "–" if band is None else f"{number(band[0], 3)} … {number(band[1], 3)}"


def _counts(one: ReproducedCounts) -> tuple[str, ...]:
    entry = one.published
    return (
        entry.channel,
        number(one.ours, 4),
        _with_error(entry.predicted, entry.predicted_error),
        _with_error(entry.observed, entry.observed_error),
        f"{entry.source} [{entry.provenance}]",
    )


def _strength(one: ObservedStrength) -> tuple[str, ...]:
    return (
        one.name,
        f"{number(one.strength, 3)} ± {number(one.error, 2)}",
        f"{one.chi2:.1f} / {one.n_bins}",
        f"{one.chi2_without - one.chi2:.1f}",
    )


def _with_error(value: float | None, error: float | None) -> str:
    return number(value) if error is None else f"{number(value)} ± {number(error)}"


def _assumptions(source: str) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in source.splitlines():
        found = _SECTION.fullmatch(line.partition("#")[0].strip())
        if found is not None:
            section = found[1]
        elif "=" in line and not line.startswith("#") and section.split(".")[0] in _ASSUMED:
            key, _, rest = line.partition("=")
            mark = _MARK.search(rest)
            value = rest.partition("#")[0].strip()
            if key.strip() == "name":
                section = f"{section.split('.')[0]}.{value.strip(chr(34))}"
                continue
            yield f"`{section}.{key.strip()}`", f"`{value}`", mark[1] if mark else ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; bars inside cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in row) + " |" for row in lines)
