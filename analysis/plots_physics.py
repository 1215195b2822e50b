"""Figures of the inputs: cross sections, fluxes, recoil rates and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim import assembly
from sim.couplings import Couplings
from sim.electron import electron_cross_section_cm2_per_kev
from sim.experiment import Experiment
from sim.model import Model
from sim.parameters import FloatArray, NeutrinoParameters
from sim.rates import recoil_rates
from sim.reactor_flux import period_fluxes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TERMS = ("#000000", "#d55e00", "#0072b2", "#009e73")


def plot_electron_cross_section(
    ax: Axes, energy_mev: float, points: dict[str, NeutrinoParameters], couplings: Couplings
) -> Axes:
    """d sigma / d T on a free electron for several points of parameter space, by label."""
    recoil = np.geomspace(1e-2, 1e3, 300)
    for (label, point), colour in zip(points.items(), _cycle(len(points)), strict=True):
        values = [
            electron_cross_section_cm2_per_kev(energy_mev, float(t), point, couplings)
            for t in recoil
        ]
        ax.plot(recoil, values, label=label, color=colour)
    _log_log(ax, "recoil energy [keV]", r"$d\sigma/dT$ [cm$^2$ keV$^{-1}$] per electron")
    ax.set_title(f"antineutrino of {energy_mev:g} MeV", size="medium")
    return ax


def plot_flux(ax: Axes, experiment: Experiment) -> Axes:
    """Flux density of the ON period, and of the OFF period if there is any."""
    fluxes = period_fluxes(experiment)
    energy = np.linspace(0.01, 12, 1200)
    on = fluxes.on.density_cm2_s_mev(energy)
    off = fluxes.off_share * on
    if fluxes.off is not None:
        off = off + fluxes.off.density_cm2_s_mev(energy)
    ax.plot(
        energy, on, color=_TERMS[2], label=f"ON, {fluxes.on.total_cm2_s:.3g} cm$^{{-2}}$ s$^{{-1}}$"
    )
    if np.any(off > 0):
        ax.plot(energy, off, color=_TERMS[1], label="OFF")
    ax.set_yscale("log")
    ax.set_ylim(bottom=1e-6 * float(on.max()))
    ax.set_xlabel("antineutrino energy [MeV]")
    ax.set_ylabel("flux density [cm$^{-2}$ s$^{-1}$ MeV$^{-1}$]")
    ax.legend(frameon=False)
    return ax


def plot_recoil_rate(
    ax: Axes, experiment: Experiment, channel: str, points: dict[str, NeutrinoParameters]
) -> Axes:
    """Recoil spectrum before the response, for several points of parameter space by label."""
    physics = assembly.interaction(experiment.config.physics)
    moments = period_fluxes(experiment).on.moments()
    recoil = np.geomspace(1e-2, 1e3, 400) if channel == "electron" else np.geomspace(1e-3, 10, 400)
    templates = recoil_rates(channel, moments, assembly.target(experiment), physics, recoil)
    for (label, point), colour in zip(points.items(), _cycle(len(points)), strict=True):
        rate = point.monomials(physics.couplings) @ templates
        ax.plot(recoil, np.where(rate > 0, rate, np.nan), label=label, color=colour)
    what = "energy deposit" if channel == "electron" else "nuclear recoil energy"
    _log_log(ax, f"{what} [keV]", "rate [keV$^{-1}$ kg$^{-1}$ day$^{-1}$]")
    return ax


def plot_response(ax: Axes, model: Model, energies_kev: FloatArray) -> Axes:
    """Reconstructed spectra of monoenergetic deposits, per keV."""
    edges = model.edges_kev
    matrix = assembly.response(model.experiment, energies_kev, edges)
    for column, energy in enumerate(energies_kev):
        ax.stairs(matrix[:, column] / np.diff(edges), edges, label=f"{energy:.3g} keV")
    ax.set_xlabel("reconstructed energy [keV]")
    ax.set_ylabel("probability [keV$^{-1}$]")
    ax.legend(frameon=False, title="true ionization")
    return ax


def plot_quenching(ax: Axes, experiment: Experiment) -> Axes:
    """Ionization energy over nuclear recoil energy, for each element."""
    recoil = np.geomspace(0.02, 5, 300)
    for element in assembly.target(experiment).constituents:
        curve = assembly.quenching(experiment, element)
        ax.plot(recoil, curve.ionization_kev(recoil) / recoil, label=element.atom.symbol)
    ax.set_xscale("log")
    ax.set_xlabel("nuclear recoil energy [keV]")
    ax.set_ylabel("quenching factor")
    ax.set_ylim(bottom=0)
    ax.legend(frameon=False)
    return ax


def _log_log(ax: Axes, x: str, y: str) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.legend(frameon=False)


def _cycle(n: int) -> list[str]:
    return [_TERMS[i % len(_TERMS)] for i in range(n)]
