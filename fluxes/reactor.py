"""ReactorFlux: the antineutrino flux at a detector, from power and baseline or as stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import pi

from scipy import constants

from fluxes.fission_spectra import FISSILE_ISOTOPES, fission_spectrum
from fluxes.inverse_beta_decay import ibd_yield_cm2
from fluxes.moments import FluxMoments
from fluxes.neutron_capture import neutron_capture_spectrum
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum
from fluxes.tables import FloatArray, shipped_rows

MEV_PER_GW_S = 1e9 / constants.value("elementary charge") / 1e6


def energies_per_fission_mev(evaluation: str) -> dict[str, float]:
    """Thermal energy per fission of each isotope [MeV] in a named evaluation.

    Source: Ma et al. 2013, Kopeikin et al. 2004, James 1969 (``fluxes/data/SOURCES.md``).
    """
    table = shipped_rows("energies_per_fission.csv")
    if evaluation not in table:
        raise ValueError(f"energies per fission {evaluation!r}: allowed are {', '.join(table)}")
    return table[evaluation]


def spectrum_per_fission(
    model: str, fission_fractions: Mapping[str, float], neutron_captures_per_fission: float
) -> PiecewiseSpectrum:
    """Antineutrinos per fission and MeV: sum_i f_i S_i + captures * (U-239 + Np-239).

    fission_fractions must hold the four fissile isotopes; they are normalised to a sum of 1.
    """
    total = sum(fission_fractions[isotope] for isotope in FISSILE_ISOTOPES)
    weights = [fission_fractions[isotope] / total for isotope in FISSILE_ISOTOPES]
    spectra = [fission_spectrum(model, isotope) for isotope in FISSILE_ISOTOPES]
    if neutron_captures_per_fission > 0:
        weights.append(neutron_captures_per_fission)
        spectra.append(neutron_capture_spectrum())
    return weighted_sum(weights, spectra)


def fission_rate_per_s(
    thermal_power_gw: float, fission_fractions: Mapping[str, float], evaluation: str = "ma-2013"
) -> float:
    """Fissions per second: P / sum_i f_i e_i, with the fractions normalised to a sum of 1."""
    energies = energies_per_fission_mev(evaluation)
    total = sum(fission_fractions[isotope] for isotope in FISSILE_ISOTOPES)
    mean = sum(fission_fractions[isotope] * energies[isotope] for isotope in FISSILE_ISOTOPES)
    return float(thermal_power_gw * MEV_PER_GW_S * total / mean)


@dataclass(frozen=True, slots=True, eq=False)
class ReactorFlux:
    """Flux density = total_cm2_s * (spectrum per fission) / (antineutrinos per fission)."""

    per_fission: PiecewiseSpectrum
    total_cm2_s: float

    @classmethod
    def from_power(
        cls, per_fission: PiecewiseSpectrum, fissions_per_s: float, baseline_m: float
    ) -> ReactorFlux:
        """Point source: total = fissions/s * antineutrinos per fission / (4 pi L^2)."""
        total = fissions_per_s * per_fission.integral() / (4 * pi * (100 * baseline_m) ** 2)
        return cls(per_fission, total)

    @property
    def neutrinos_per_fission(self) -> float:
        """Antineutrinos emitted per fission, neutron capture included."""
        return self.per_fission.integral()

    @property
    def ibd_yield_cm2(self) -> float:
        """Inverse-beta-decay yield in cm^2 per fission."""
        return ibd_yield_cm2(self.per_fission)

    def spectrum(self) -> PiecewiseSpectrum:
        """Flux density in cm^-2 s^-1 MeV^-1."""
        return self.per_fission.scaled(self.total_cm2_s / self.neutrinos_per_fission)

    def density_cm2_s_mev(self, energy_mev: FloatArray | float) -> FloatArray:
        """Flux density at each energy."""
        return self.spectrum().density(energy_mev)

    def moments(self) -> FluxMoments:
        """Cumulative moments of the flux density."""
        return FluxMoments.of(self.spectrum())
