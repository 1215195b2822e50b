"""What `nuem reproduce` prints and writes: rows as JSON and CSV, tables for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from scripts.output import number, print_table
from sim.tables.csv_text import csv_text

if TYPE_CHECKING:
    from analysis.published.ionization_limits import LimitsByModel
    from analysis.published.reproduction import (
        ObservedStrength,
        ReproducedCounts,
        ReproducedLimit,
        Variant,
    )

_CSV_COLUMNS = (
    "experiment", "parameter", "unit", "treatment", "papers_treatment", "method", "calibration",
    "cl", "published", "observed", "median", "low_1sigma", "high_1sigma", "low_2sigma",
    "high_2sigma", "ratio", "quantile", "toys", "source", "provenance",
)  # fmt: skip
EXPLANATION = (
    "median: largest magnitude not excluded, from the Asimov data; ratio: published / median, or\n"
    "published / observed where the preset has spectra; quantile: share of Standard Model toys\n"
    "with a stronger limit than the published one; *: the treatment closest to the paper's."
)


def row_content(row: ReproducedLimit) -> dict[str, Any]:
    """One comparison as plain data."""
    found, entry = row.asimov, row.published
    return {
        "experiment": row.experiment,
        "parameter": found.parameter,
        "unit": found.unit,
        "treatment": row.treatment,
        "papers_treatment": row.papers_treatment,
        "cl": found.cl,
        "method": found.method,
        "calibration": found.calibration,
        "published": row.published_value,
        "observed": None if row.observed is None else row.ours,
        "median": row.median,
        "ratio": row.ratio,
        "quantile": row.quantile,
        "band_1sigma": row.band(1),
        "band_2sigma": row.band(2),
        "lower": found.lower,
        "upper": found.upper,
        "intervals": found.intervals,
        "toys": int(row.toy_limits.size),
        "toys_kind": row.toys,
        "background_family": row.background_family,
        "source": None if entry is None else entry.source,
        "provenance": None if entry is None else entry.provenance,
        "status": found.status,
        "reason": found.reason,
    }


def counts_content(counts: ReproducedCounts) -> dict[str, Any]:
    """Signal counts beside the published ones as plain data."""
    start = {"experiment": counts.experiment, "unit": "counts", "ours": counts.ours}
    return {**start, **counts.published.model_dump()}


def variant_content(variant: Variant) -> dict[str, Any]:
    """A what-if as plain data."""
    return {
        "name": variant.name,
        "changes": variant.changes,
        "parameter": variant.parameter,
        "unit": variant.unit,
        "limits": variant.limits,
        "nucleus_counts": variant.nucleus_counts,
    }


def rows_as_csv(rows: Sequence[ReproducedLimit]) -> bytes:
    """All comparisons as one table."""
    table: list[Sequence[object]] = [_CSV_COLUMNS]
    for row in rows:
        content = row_content(row)
        for n_sigma in (1, 2):
            band = row.band(n_sigma) or (None, None)
            content[f"low_{n_sigma}sigma"], content[f"high_{n_sigma}sigma"] = band
        content["toys"] = row.toys
        table.append([content[name] for name in _CSV_COLUMNS])
    return csv_text(table).encode()


def print_rows(rows: Sequence[ReproducedLimit], *, named: bool) -> None:
    """The comparisons as aligned lines, with the experiments' names if named."""
    table = []
    for row in rows:
        cells = [row.experiment] if named else []
        cells += [
            row.asimov.parameter,
            row.treatment + ("*" if row.papers_treatment else ""),
            row.method,
            number(row.published_value, 3),
            *([_observed_limit(row)] if _observed(rows) else []),
            number(row.median, 3),
            _band(row.band(1)),
            _band(row.band(2)),
            number(row.ratio, 3),
            number(row.quantile, 3),
            row.asimov.unit if row.asimov.found else f"{row.asimov.status}: {row.asimov.reason}",
        ]
        table.append(cells)
    header = [*(["experiment"] if named else []), "parameter", "background", "method", "published"]
    header += [*(["observed"] if _observed(rows) else []), "median", "68 %", "95 %", "ratio"]
    print_table((*header, "quantile", "unit"), table)


def print_counts(counts: Sequence[ReproducedCounts]) -> None:
    """Signal counts of the ON period beside the published ones."""
    table = [
        (
            one.experiment,
            one.published.channel,
            number(one.ours, 4),
            _with_error(one.published.predicted, one.published.predicted_error),
            _with_error(one.published.observed, one.published.observed_error),
        )
        for one in counts
    ]
    print_table(
        ("signal counts (ON)", "channel", "ours", "paper predicts", "paper observed"), table
    )


def print_variants(changed: Sequence[Variant], word: str) -> None:
    """The limit of each what-if; word says what it is, median or observed."""
    treatments = list(dict.fromkeys(t for variant in changed for t in variant.limits))
    lines = [
        (v.name, *(number(v.limits.get(t), 3) for t in treatments), number(v.nucleus_counts, 3))
        for v in changed
    ]
    title = f"{word} {changed[0].parameter} limit with"
    print_table((title, *treatments, "coherent counts"), lines)


def print_limits_by_model(rows: Sequence[LimitsByModel], *, named: bool) -> None:
    """The limits under each model of ionization, and why one does not apply."""
    if not rows:
        return
    names = list(rows[0].limits)
    table = [
        (
            *([row.experiment] if named else []),
            row.parameter,
            row.treatment + ("*" if row.papers_treatment else ""),
            number(row.published, 3),
            *(number(row.limits[name], 3) for name in names),
            row.unit,
        )
        for row in rows
    ]
    start = [*(["experiment"] if named else []), "limit by ionization", "background", "published"]
    print_table((*start, *names, "unit"), table)
    for reason in dict.fromkeys(reason for row in rows for reason in row.reasons.values()):
        click.echo(f"-: {reason}")
    click.echo("")


def print_strengths(strengths: Sequence[ObservedStrength]) -> None:
    """Coherent scattering in the observed spectra, with each what-if."""
    table = [
        (
            one.name,
            f"{number(one.strength, 3)} +- {number(one.error, 2)}",
            f"{one.chi2:.2f} / {one.n_bins}",
            f"{one.chi2_without - one.chi2:.2f}",
        )
        for one in strengths
    ]
    print_table(("coherent scattering observed", "strength", "chi2 / bins", "rise without"), table)


def echo_explanation(rows: Sequence[ReproducedLimit]) -> None:
    """What the columns mean, and what toys were spent on."""
    from analysis.published.reproduction import TOYS_OF_A_VALUE

    click.echo("\n" + EXPLANATION)
    if any(row.asimov.toys is not None for row in rows):
        click.echo(
            f"feldman-cousins throws at most {TOYS_OF_A_VALUE} toys for a value in the paper's "
            "treatment;\nin others, by ionization and in what-ifs it is asymptotic."
        )
    click.echo("")


def _observed(rows: Sequence[ReproducedLimit]) -> bool:
    return any(row.observed is not None for row in rows)


def _observed_limit(row: ReproducedLimit) -> str:
    return "-" if row.observed is None else number(row.ours, 3)


def _band(band: tuple[float, float] | None) -> str:
    return "-" if band is None else f"{number(band[0], 3)} .. {number(band[1], 3)}"


def _with_error(value: float | None, error: float | None) -> str:
    return number(value) if error is None else f"{number(value)} +- {number(error)}"
