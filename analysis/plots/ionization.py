"""Figures of bound electrons: how many take part, and the integrals of ionization with errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.plots.style import axes_for, line
from sim.cross_sections.atomic.ionization_table import IonizationTable
from sim.cross_sections.atomic.model_error import has_model_error, model_error
from sim.cross_sections.parameters import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = (
    r"weak, $\langle r^2 \rangle$: $I_w$",
    r"$\mu_\nu^2$, $q_\nu$: $I_\mu$",
    r"$q_\nu^2$, longitudinal: $I_q$",
)
_HIGHEST_KEV = 60.0
_RATIOS = (0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)


def plot_electrons(table: IonizationTable, *, ax: Axes | None = None) -> Axes:
    """Electrons that stepping counts, and those that the weak and the magnetic terms see."""
    ax = axes_for(ax)
    recoil = _recoils_kev(table)
    weak, magnetic, _ = table.effective_electrons(recoil)
    ax.plot(recoil, table.atom.active_electrons(recoil), label="stepping", **line(3))
    for index, electrons in enumerate((weak, magnetic)):
        ax.plot(recoil, electrons, label=_LABELS[index], **line(index))
    ax.set_xscale("log")
    ax.set_xlabel("energy transfer [keV]")
    ax.set_ylabel(f"electrons of {table.atom.symbol} that take part")
    ax.set_ylim(0, 1.25 * table.atom.z)
    ax.legend(loc="upper left")
    return ax


def plot_ionization_ratios(table: IonizationTable, *, ax: Axes | None = None) -> Axes:
    """The three integrals over stepping, with bands of the atomic model's error if it is known."""
    ax = axes_for(ax)
    recoil = _recoils_kev(table)
    ratios = table.effective_electrons(recoil) / table.atom.active_electrons(recoil)
    known = has_model_error(table.atom.symbol)
    errors = model_error(table.atom.symbol, recoil) if known else np.zeros_like(ratios)
    for index, (ratio, error) in enumerate(zip(ratios, errors, strict=True)):
        look = line(index)
        ax.plot(recoil, ratio, label=_LABELS[index], **look)
        if known:
            low, high = ratio * (1 - error), ratio * (1 + error)
            ax.fill_between(recoil, low, high, color=look["color"], alpha=0.25, linewidth=0)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_yticks(_RATIOS, labels=[f"{ratio:g}" for ratio in _RATIOS])
    ax.yaxis.minorticks_off()
    ax.set_xlabel("energy transfer [keV]")
    ax.set_ylabel("over stepping")
    ax.legend(loc="upper right")
    return ax


def _recoils_kev(table: IonizationTable) -> FloatArray:
    """From the outermost edge on, and both sides of every edge."""
    edges = table.atom.binding_kev
    lowest = float(edges.min())
    inner = edges[(edges > lowest) & (edges < _HIGHEST_KEV)]
    smooth = np.geomspace(1.001 * lowest, _HIGHEST_KEV, 1500)
    return np.unique(np.concatenate([smooth, inner * (1 - 1e-6), inner * (1 + 1e-6)]))
