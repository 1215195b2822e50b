"""Figures of spectra: what a detector sees, by origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.fits.fitted_spectra import BEYOND, DIFFERENCE, STANDARD_MODEL, FittedSpectra
from analysis.plots.style import COLOURS, CYCLE, axes_for, energy_scale, ink
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.model import Model
from sim.spectra.spectrum_info import SpectrumInfo

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATE_LABEL = "rate [keV$^{-1}$ kg$^{-1}$ day$^{-1}$]"
ENERGY_LABEL = "reconstructed energy [keV]"
VIEW_TITLES = {"on": "reactor ON", "off": "reactor OFF", "difference": "ON − OFF"}
_DATA_LABELS = {"asimov": "Asimov data", "toy": "toy data", "observed": "data"}
_MOST_BACKGROUNDS = 4
_MOST_POINTS = 100
_MARKER_SIZE = 3.0
_TOGETHER = "all backgrounds"
_DECADES = 6
_HEADROOM = 0.8
"""Room for the legend, as a share of the decades below it."""


def plot_rates(
    model: Model, parameters: NeutrinoParameters, label: str, *, ax: Axes | None = None
) -> Axes:
    """Rates with reactor power by origin: background, Standard Model, and what parameters add.

    Spectra in the same bins are one curve, their counts over their exposures added up.
    """
    ax = axes_for(ax)
    colours = (("background", "-"), ("sm", "--"), ("signal", "-"))
    names = ("background", "Standard Model", label)
    together = _powered_together(model)
    expected = model.expected(parameters, by="sample")
    for number, infos in enumerate(together):
        edges = infos[0].edges_kev
        widths = np.diff(edges) * sum(info.kg_days for info in infos)
        counts = _by_origin(expected, infos)
        for (colour, stroke), name, own in zip(colours, names, counts, strict=True):
            style: dict[str, Any] = {
                "color": COLOURS[colour],
                "linestyle": stroke,
                "baseline": None,
            }
            ax.stairs(own / widths, edges, label=name if number == 0 else None, **style)
    ax.set_yscale("log")
    ax.set_xlabel(ENERGY_LABEL)
    ax.set_ylabel(RATE_LABEL)
    edges_kev = [edge for infos in together for edge in infos[0].edges_kev[[0, -1]]]
    energy_scale(ax, min(edges_kev), max(edges_kev))
    ax.legend()
    return ax


def _powered_together(model: Model) -> list[list[SpectrumInfo]]:
    """Spectra with reactor power, those in the same bins together."""
    found: dict[bytes, list[SpectrumInfo]] = {}
    for info in model.spectra:
        if info.powered and info.kg_days > 0:
            found.setdefault(info.edges_kev.tobytes(), []).append(info)
    return list(found.values())


def _by_origin(
    expected: Mapping[tuple[str, str], Mapping[str, FloatArray]], infos: Sequence[SpectrumInfo]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Counts of some spectra in the same bins: backgrounds, Standard Model, beyond it."""
    own: dict[str, FloatArray] = {
        name: np.zeros(infos[0].n_bins) for name in ("background", STANDARD_MODEL, BEYOND)
    }
    for info in infos:
        for sample, counts in expected[info.detector, info.period].items():
            name = {"standard-model": STANDARD_MODEL, "beyond": BEYOND}.get(sample, "background")
            own[name] = own[name] + counts
    return own["background"], own[STANDARD_MODEL], own[BEYOND]


def plot_spectrum(fitted: FittedSpectra, view: str = "on", *, ax: Axes | None = None) -> Axes:
    """Data with errors, the fit, and its components, in a view: on, off or difference.

    Data in more than 100 bins are drawn with neighbouring bins together.
    """
    ax = axes_for(ax)
    edges = fitted.edges_kev(view)
    shown = _shown_components(fitted, view)
    for name, style in _component_lines(shown).items():
        rate = fitted.rate(shown[name], view)
        ax.stairs(rate, edges, baseline=None, label=name, **style)
    total = fitted.rate(fitted.expected, view)
    ax.stairs(total, edges, baseline=None, color=ink(ax), lw=1.2, label="fit")
    _plot_data(ax, fitted, view)
    if not view.endswith(DIFFERENCE):
        ax.set_yscale("log")
        ax.set_ylim(*_log_range(fitted, view))
    else:
        low, high = ax.get_ylim()
        ax.set_ylim(low, high + 0.7 * (high - low))
    energy_scale(ax, edges[0], edges[-1])
    ax.set_xlabel(ENERGY_LABEL)
    ax.set_ylabel(RATE_LABEL)
    ax.legend(title=VIEW_TITLES.get(view, view), ncols=2, loc="upper center")
    return ax


def plot_spectra(fitted: FittedSpectra, axes: Sequence[Sequence[Axes]]) -> None:
    """Every spectrum in a panel: a row for each detector, a column for each of its periods.

    axes has ``matrix_shape`` panels; those left over are empty.
    """
    for row, infos in zip(axes, _by_detector(fitted.infos), strict=True):
        for ax, info in zip(row, infos, strict=False):
            plot_spectrum(fitted, fitted.view_of(info), ax=ax)
            ax.set_title(info.name, fontsize="medium")
            ax.tick_params(labelsize="small")
            legend = ax.get_legend()
            if legend is not None:
                legend.remove()
            low, high = ax.get_ylim()
            ax.set_ylim(low, 2 * low * (high / low) ** (1 / (1 + _HEADROOM)))
            ax.set_xlabel("")
            ax.set_ylabel("")
        for ax in row[len(infos) :]:
            ax.set_axis_off()


def matrix_shape(infos: Sequence[SpectrumInfo]) -> tuple[int, int]:
    """Rows and columns of ``plot_spectra``."""
    rows = _by_detector(infos)
    return len(rows), max(len(row) for row in rows)


def _by_detector(infos: Sequence[SpectrumInfo]) -> list[list[SpectrumInfo]]:
    """The spectra with an exposure of each detector."""
    found: dict[str, list[SpectrumInfo]] = {}
    for info in infos:
        if info.kg_days > 0:
            found.setdefault(info.detector, []).append(info)
    return list(found.values())


def plot_spectrum_pulls(fitted: FittedSpectra, view: str = "on", *, ax: Axes | None = None) -> Axes:
    """(data - fit) / error of each bin drawn by ``plot_spectrum``, in bands of one and two."""
    ax = axes_for(ax)
    fitted = fitted.merged(_MOST_POINTS)
    edges = fitted.edges_kev(view)
    pulls = fitted.pulls(view)
    for width, strength in ((2, 0.12), (1, 0.18)):
        ax.axhspan(-width, width, color=COLOURS["background"], alpha=strength, lw=0)
    ax.axhline(0, color=ink(ax), lw=0.8)
    ax.plot(_middles(edges), pulls, ls="none", marker="o", ms=_MARKER_SIZE, color=ink(ax))
    reach = float(np.nanmax(np.abs(pulls), initial=0.0))
    ax.set_ylim(-max(3.2, 1.1 * reach), max(3.2, 1.1 * reach))
    energy_scale(ax, edges[0], edges[-1])
    ax.set_xlabel(ENERGY_LABEL)
    ax.set_ylabel("pull")
    return ax


def _shown_components(fitted: FittedSpectra, view: str) -> dict[str, FloatArray]:
    """Components with content; many backgrounds become one."""
    shown = {n: c for n, c in fitted.components.items() if np.any(fitted.rate(c, view) != 0)}
    backgrounds = [name for name in shown if name not in (STANDARD_MODEL, BEYOND)]
    if len(backgrounds) > _MOST_BACKGROUNDS:
        together = np.sum([shown.pop(name) for name in backgrounds], axis=0)
        shown[_TOGETHER] = np.asarray(together)
    return shown


def _component_lines(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Colour and stroke of each component."""
    lines: dict[str, dict[str, Any]] = {}
    free = iter(zip(CYCLE[2:], (":", "-", "-.", "--"), strict=True))
    for name in names:
        if name == STANDARD_MODEL:
            lines[name] = {"color": COLOURS["sm"], "linestyle": "--"}
        elif name == BEYOND:
            lines[name] = {"color": COLOURS["signal"], "linestyle": "-"}
        elif name == _TOGETHER:
            lines[name] = {"color": COLOURS["background"], "linestyle": "-."}
        else:
            colour, stroke = next(free)
            lines[name] = {"color": colour, "linestyle": stroke}
    return lines


def _plot_data(ax: Axes, fitted: FittedSpectra, view: str) -> None:
    points = fitted.merged(_MOST_POINTS)
    edges = points.edges_kev(view)
    each = -(-fitted.edges_kev(view).size // edges.size)
    label = _DATA_LABELS.get(fitted.spectra.kind, "data") + (
        f" ({each} bins each)" if each > 1 else ""
    )
    ax.errorbar(
        _middles(edges),
        points.rate(points.spectra.flat, view),
        points.error(view),
        fmt="o",
        ms=_MARKER_SIZE,
        lw=0.9,
        color=ink(ax),
        label=label,
        zorder=3,
    )


def _log_range(fitted: FittedSpectra, view: str) -> tuple[float, float]:
    """From the lowest component's highest bin, at most six decades below the data."""
    rates = [fitted.rate(counts, view) for counts in fitted.components.values()]
    peaks = [float(rate.max()) for rate in rates if rate.max() > 0]
    top = max([*peaks, float(fitted.rate(fitted.spectra.flat, view).max())])
    if top <= 0:
        return 1e-3, 1.0
    bottom = max(0.1 * min(peaks, default=top), top / 10**_DECADES)
    return bottom, top * (top / bottom) ** _HEADROOM


def _middles(edges: FloatArray) -> FloatArray:
    return np.asarray((edges[1:] + edges[:-1]) / 2)
