"""Figures of the inputs: cross sections, fluxes, recoil rates and responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.plots.style import axes_for, energy_scale, line
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.experiment import Experiment
from sim.folding.rates import recoil_rates
from sim.folding.reactor_flux import full_flux, period_flux
from sim.instruments import assembly
from sim.instruments.instrument import instrument_of
from sim.model import Model
from sim.physics import electron_cross_section_cm2_per_kev, physics_of
from sim.sources.parts import instrument_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.cross_sections.interactions.interaction import InteractionSection


def plot_electron_cross_section(
    energy_mev: float,
    points: dict[str, NeutrinoParameters],
    couplings: Couplings,
    *,
    sections: tuple[InteractionSection, ...] = (),
    ax: Axes | None = None,
) -> Axes:
    """d sigma / d T on a free electron for several points of parameter space, by label."""
    ax = axes_for(ax)
    recoil = np.geomspace(1e-2, 1e3, 300)
    for index, (label, point) in enumerate(points.items()):
        values = [
            electron_cross_section_cm2_per_kev(
                energy_mev, float(t), point, couplings, sections=sections
            )
            for t in recoil
        ]
        ax.plot(recoil, values, label=label, **line(index))
    _log_log(ax, "recoil energy [keV]", r"$d\sigma/dT$ [cm$^2$ keV$^{-1}$] per electron")
    ax.set_title(f"antineutrino of {energy_mev:g} MeV")
    return ax


def plot_flux(experiment: Experiment, *, ax: Axes | None = None) -> Axes:
    """Flux density at full power, and of the OFF periods with any."""
    ax = axes_for(ax)
    full = full_flux(experiment)
    energy = np.linspace(0.01, 12, 1200)
    on = full.density_cm2_s_mev(energy)
    label = rf"ON, ${_power_of_ten(full.total_cm2_s)}$ cm$^{{-2}}$ s$^{{-1}}$"
    ax.plot(energy, on, label=label, **line(0))
    off = [period for period in experiment.layout.periods if period.is_off]
    for index, period in enumerate(off, start=1):
        flux = period_flux(experiment, period)
        if flux is not None:
            label = "OFF" if len(off) == 1 else period.name
            ax.plot(energy, flux.density_cm2_s_mev(energy), label=label, **line(index))
    ax.set_yscale("log")
    ax.set_ylim(bottom=1e-6 * float(on.max()))
    ax.set_xlim(0, 12)
    ax.set_xlabel("antineutrino energy [MeV]")
    ax.set_ylabel("flux density [cm$^{-2}$ s$^{-1}$ MeV$^{-1}$]")
    ax.legend()
    return ax


def plot_recoil_rate(
    experiment: Experiment,
    channel: str,
    points: dict[str, NeutrinoParameters],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Recoil spectrum before the response, for several points of parameter space by label."""
    ax = axes_for(ax)
    physics = physics_of(experiment.config)
    moments = full_flux(experiment).moments()
    target = assembly.target(experiment.layout.detectors[0])
    recoil = np.geomspace(1e-2, 1e3, 400) if channel == "electron" else np.geomspace(1e-3, 10, 400)
    templates = recoil_rates(channel, moments, target, physics, recoil)
    for index, (label, point) in enumerate(points.items()):
        rate = physics.theory.weights(point.given()) @ templates
        ax.plot(recoil, np.where(rate > 0, rate, np.nan), label=label, **line(index))
    what = "energy deposit" if channel == "electron" else "nuclear recoil energy"
    _log_log(ax, f"{what} [keV]", "rate [keV$^{-1}$ kg$^{-1}$ day$^{-1}$]")
    return ax


def plot_response(model: Model, energies_kev: FloatArray, *, ax: Axes | None = None) -> Axes:
    """Reconstructed spectra of monoenergetic deposits, per keV, in the first detector."""
    ax = axes_for(ax)
    edges = model.spectra[0].edges_kev
    matrix = assembly.response(instrument_at(model), energies_kev, edges)
    for column, energy in enumerate(energies_kev):
        density = matrix[:, column] / np.diff(edges)
        ax.stairs(density, edges, label=f"{energy:.3g} keV", **line(column))
    energy_scale(ax, edges[0], edges[-1])
    ax.set_xlabel("reconstructed energy [keV]")
    ax.set_ylabel("probability [keV$^{-1}$]")
    ax.set_ylim(0, 1.5 * ax.get_ylim()[1])
    ax.legend(title="true energy", ncols=3, loc="upper center")
    return ax


def plot_quenching(subject: Experiment | Model, *, ax: Axes | None = None) -> Axes:
    """Ionization energy over nuclear recoil energy, for each element, in the first detector."""
    ax = axes_for(ax)
    recoil = np.geomspace(0.02, 5, 300)
    instrument = instrument_at(subject) if isinstance(subject, Model) else instrument_of(subject)
    for index, element in enumerate(assembly.target(instrument.detector).constituents):
        factor = assembly.quenching(instrument, element).ionization_kev(recoil) / recoil
        ax.plot(recoil, factor, label=element.atom.symbol, **line(index))
    ax.set_xscale("log")
    ax.set_xlabel("nuclear recoil energy [keV]")
    ax.set_ylabel("quenching factor")
    ax.set_ylim(bottom=0)
    ax.legend()
    return ax


def _log_log(ax: Axes, x: str, y: str) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.legend()


def _power_of_ten(value: float) -> str:
    """A number as mathematical text: 2.71 x 10^13."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}"
