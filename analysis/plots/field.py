"""Figures of the field: our limits over the published ones, and all limits by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.plots.parameters import parameter_axis, unit_label
from analysis.plots.style import axes_for, ink, readable_scale
from analysis.published.reproduction import ReproducedLimit
from analysis.published.values import PublishedValue, dirac_prediction
from sim.cross_sections.interactions.parameter_table import leading_parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MET = (1 / 1.5, 1 / 0.65)
"""Ours over published: within it the limits are taken to agree."""
_TREATMENT_COLOURS = {"off-joint": "#0072b2", "off-fixed": "#e69f00"}
_OTHER_TREATMENT = "not the paper's treatment"
_KINDS = {
    "reactor": ("#000000", "o"),
    "solar": ("#cc79a7", "s"),
    "accelerator": ("#009e73", "^"),
    "astrophysical": ("#56b4e9", "*"),
}


def compared_rows(rows: Sequence[ReproducedLimit]) -> list[ReproducedLimit]:
    """Rows with a published limit and one of ours: by parameter, then by published limit."""
    compared = [row for row in rows if row.ratio is not None]
    parameters = [*leading_parameters(), *dict.fromkeys(row.asimov.parameter for row in compared)]
    order = {name: i for i, name in reversed(list(enumerate(parameters)))}
    limits = list(dict.fromkeys(_limit_of(row) for row in compared))

    def key(row: ReproducedLimit) -> tuple[int, int]:
        return order[row.asimov.parameter], limits.index(_limit_of(row))

    return sorted(compared, key=key)


def _limit_of(row: ReproducedLimit) -> tuple[object, ...]:
    """What the treatments of one published limit have in common."""
    return row.experiment, row.asimov.parameter, row.published_value


def why_not_met(row: ReproducedLimit) -> str:
    """The reason of a row that lies outside ``MET``, empty within."""
    if row.ratio is None or MET[0] <= 1 / row.ratio <= MET[1]:
        return ""
    stated = "" if row.published is None else row.published.reason
    return stated or ("" if row.papers_treatment else _OTHER_TREATMENT)


def plot_comparison(rows: Sequence[ReproducedLimit], *, ax: Axes | None = None) -> Axes:
    """Our limits in units of the published one: median, 68 and 95 % bands; filled: as the paper.

    Rows are by parameter, the treatments of the background beside each other.  A cross is the
    limit of observed spectra; what lies outside ``MET`` has its reason beside it.
    """
    ax = axes_for(ax)
    lines = _with_headings(compared_rows(rows))[::-1]
    for place, row in enumerate(lines):
        if isinstance(row, str):
            ax.axhline(place, color=ink(ax), lw=0.8)
            continue
        right = _plot_row(ax, place, row)
        ax.annotate(
            why_not_met(row), (right, place), textcoords="offset points", xytext=(8, 0),
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    ax.axvline(1.0, color=ink(ax), lw=1)
    ax.axvspan(*MET, color=ink(ax), alpha=0.07, lw=0)
    labels = [line if isinstance(line, str) else _label(line) for line in lines]
    ax.set_yticks(range(len(lines)), labels, fontsize="small")
    ax.set_ylim(-0.6, len(lines) - 0.4)
    low, high = ax.get_xlim()
    readable_scale(ax.xaxis, low, 6 * high)
    ax.set_xlabel("ours / published (grey: published / ours within 0.65 to 1.5)")
    if lines:
        _legend(ax)
    return ax


def _with_headings(compared: Sequence[ReproducedLimit]) -> list[ReproducedLimit | str]:
    """The rows, those of each parameter after a line with its symbol and unit."""
    found: list[ReproducedLimit | str] = []
    for name in dict.fromkeys(row.asimov.parameter for row in compared):
        found.append(parameter_axis(name).label)
        found += [row for row in compared if row.asimov.parameter == name]
    return found


def _label(row: ReproducedLimit) -> str:
    axis = parameter_axis(row.asimov.parameter)
    return f"{row.experiment}  {(row.published_value or 0.0) / axis.unit:.3g}  {row.treatment}"


def _plot_row(ax: Axes, place: int, row: ReproducedLimit) -> float:
    """Draw one comparison; the right end of what was drawn."""
    unit, colour = row.published_value or 1.0, _TREATMENT_COLOURS[row.treatment]
    drawn = [0.0]
    for n_sigma, width in ((2, 2.0), (1, 5.0)):
        band = row.band(n_sigma)
        if band is not None:
            ends = [end / unit for end in band]
            ax.plot(ends, [place, place], color=colour, lw=width, alpha=0.5, zorder=1)
            drawn += ends
    if row.median is not None:
        face = colour if row.papers_treatment else ax.get_facecolor()
        ax.semilogx(row.median / unit, place, "o", color=colour, mfc=face, zorder=2)
        drawn.append(row.median / unit)
    if row.observed is not None and row.ours is not None:
        ax.plot(row.ours / unit, place, "x", color=ink(ax), mew=2, zorder=3)
        drawn.append(row.ours / unit)
    return max(drawn)


def _legend(ax: Axes) -> None:
    """What colours and marks mean, above the axes."""
    from matplotlib.lines import Line2D

    marks: list[tuple[str, dict[str, Any]]] = [
        *((name, {"color": c, "lw": 5, "alpha": 0.5}) for name, c in _TREATMENT_COLOURS.items()),
        ("the paper's treatment", {"color": ink(ax), "marker": "o", "ls": "none"}),
        ("the other", {"color": ink(ax), "marker": "o", "mfc": "none", "ls": "none"}),
        ("observed", {"color": ink(ax), "marker": "x", "mew": 2, "ls": "none"}),
    ]
    handles = [Line2D([], [], label=label, **style) for label, style in marks]
    ax.legend(
        handles=handles, ncols=len(handles), loc="lower center", bbox_to_anchor=(0.5, 1.0),
        fontsize="small", columnspacing=1.2, handletextpad=0.4,
    )  # fmt: skip


def plot_world(
    parameter: str,
    values: Sequence[PublishedValue],
    rows: Sequence[ReproducedLimit],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Published limits on one parameter by year, and our medians with their 68 % bands."""
    ax = axes_for(ax)
    axis = parameter_axis(parameter)
    published = [value for value in values if value.parameter == parameter]
    for kind, (colour, marker) in _KINDS.items():
        chosen = [value for value in published if value.kind == kind]
        if not chosen:
            continue
        years, limits = [v.year for v in chosen], [v.value / axis.unit for v in chosen]
        ax.plot(years, limits, marker, color=colour, label=f"published, {kind}")
        for value in chosen:
            ax.annotate(
                value.name, (value.year, value.value / axis.unit), textcoords="offset points",
                xytext=(-5, 3), ha="right", fontsize=7,
            )  # fmt: skip
        if kind == "astrophysical":
            ax.axhline(min(limits), color=colour, lw=0.8, ls=":")
    years_of = {v.name: v.year for v in published}
    label: str | None = "ours, median and 68 % band"
    for row in rows:
        year = years_of.get(row.experiment)
        if row.asimov.parameter != parameter or year is None or not row.papers_treatment:
            continue
        band, median = row.band(1), row.median
        if median is None:
            continue
        low, high = band or (median, median)
        ax.errorbar(
            year + 0.4,
            median / axis.unit,
            yerr=[
                [max(median - low, 0.0) / axis.unit],
                [max(high - median, 0.0) / axis.unit],
            ],
            fmt="D",
            ms=4,
            color="#d55e00",
            label=label,
        )
        label = None
    ax.set_yscale("log")
    readable_scale(ax.yaxis, *ax.get_ylim())
    ax.margins(x=0.12)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("year")
    ax.set_ylabel(f"limit on {axis.label}")
    if parameter == leading_parameters()[0]:
        prediction = dirac_prediction().replace("mu_B", unit_label(parameter))
        ax.set_title(f"{prediction} (far below)", fontsize="small")
    ax.legend(fontsize="x-small", loc="best")
    return ax
