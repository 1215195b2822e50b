"""Plots: figures on axes of matplotlib, and their look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from analysis.plots.figures import reproduction_figure as reproduction_figure
    from analysis.plots.ionization import plot_electrons as plot_electrons
    from analysis.plots.ionization import plot_ionization_ratios as plot_ionization_ratios
    from analysis.plots.limits import plot_contour as plot_contour
    from analysis.plots.limits import plot_expected_limits as plot_expected_limits
    from analysis.plots.limits import plot_impacts as plot_impacts
    from analysis.plots.limits import plot_profile as plot_profile
    from analysis.plots.physics import plot_electron_cross_section as plot_electron_cross_section
    from analysis.plots.physics import plot_flux as plot_flux
    from analysis.plots.physics import plot_quenching as plot_quenching
    from analysis.plots.physics import plot_recoil_rate as plot_recoil_rate
    from analysis.plots.physics import plot_response as plot_response
    from analysis.plots.quenching import plot_quenching_fits as plot_quenching_fits
    from analysis.plots.spectrum import plot_rates as plot_rates
    from analysis.plots.spectrum import plot_spectrum as plot_spectrum
    from analysis.plots.spectrum import plot_spectrum_pulls as plot_spectrum_pulls
    from analysis.plots.study import plot_toy_coverage as plot_toy_coverage
    from analysis.plots.study import plot_toy_pulls as plot_toy_pulls
    from analysis.plots.study import plot_toy_statistic as plot_toy_statistic
    from analysis.plots.style import figure_style as figure_style

HOMES = {
    "figure_style": "analysis.plots.style",
    "plot_contour": "analysis.plots.limits",
    "plot_electron_cross_section": "analysis.plots.physics",
    "plot_electrons": "analysis.plots.ionization",
    "plot_expected_limits": "analysis.plots.limits",
    "plot_flux": "analysis.plots.physics",
    "plot_impacts": "analysis.plots.limits",
    "plot_ionization_ratios": "analysis.plots.ionization",
    "plot_profile": "analysis.plots.limits",
    "plot_quenching": "analysis.plots.physics",
    "plot_quenching_fits": "analysis.plots.quenching",
    "plot_rates": "analysis.plots.spectrum",
    "plot_recoil_rate": "analysis.plots.physics",
    "plot_response": "analysis.plots.physics",
    "plot_spectrum": "analysis.plots.spectrum",
    "plot_spectrum_pulls": "analysis.plots.spectrum",
    "plot_toy_coverage": "analysis.plots.study",
    "plot_toy_pulls": "analysis.plots.study",
    "plot_toy_statistic": "analysis.plots.study",
    "reproduction_figure": "analysis.plots.figures",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
