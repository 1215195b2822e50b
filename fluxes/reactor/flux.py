"""ReactorFlux: the antineutrino flux at a detector, from power and baseline or as stated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi

from fluxes.constants import ELEMENTARY_CHARGE_C
from fluxes.moments import FluxMoments
from fluxes.reactor.inverse_beta_decay import ibd_yield_cm2
from fluxes.spectra.fission import spectrum_model
from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectra.neutron_capture import neutron_capture_spectrum
from fluxes.spectra.off_equilibrium import in_equilibrium
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum
from fluxes.tables import FloatArray, shipped_rows

MEV_PER_GW_S = 1e9 / ELEMENTARY_CHARGE_C / 1e6


def energies_per_fission_mev(evaluation: str) -> dict[str, float]:
    """Thermal energy per fission of each isotope [MeV] in a named evaluation.

    Source: Ma et al. 2013, Kopeikin et al. 2004, James 1969 (``fluxes/data/SOURCES.md``).
    """
    table = shipped_rows("energies_per_fission.csv")
    if evaluation not in table:
        raise ValueError(f"energies per fission {evaluation!r}: allowed are {', '.join(table)}")
    return table[evaluation]


def spectrum_per_fission(
    model: str | SpectrumModel,
    fission_fractions: Mapping[str, float],
    neutron_captures_per_fission: float,
    *,
    off_equilibrium: bool = False,
) -> PiecewiseSpectrum:
    """Antineutrinos per fission and MeV: sum_i f_i S_i + captures * (U-239 + Np-239).

    model: the name of a shipped model, or a model of the user.  fission_fractions must hold the
    four fissile isotopes; they are normalised to a sum of 1.  off_equilibrium corrects the
    conversion models (huber-mueller, mueller) for the fission products that live longer than a
    day.  A total such as kopeikin-2012 has its own mix and its own neutron capture: it does not
    depend on the fission fractions.

    Raises
    ------
    ValueError
        for an unknown model, negative captures, captures on top of a total, or an off-equilibrium
        correction of a model that was not converted from short irradiations.
    """
    if isinstance(model, str):
        model = spectrum_model(model)
    if not neutron_captures_per_fission >= 0:
        raise ValueError(
            f"neutron_captures_per_fission must be >= 0, found {neutron_captures_per_fission:g}"
        )
    if off_equilibrium and not model.converted:
        raise ValueError(
            f"the off-equilibrium correction is for conversion spectra (huber-mueller, mueller), "
            f"not for {model.name!r}"
        )
    if model.total is not None:
        return _total_per_fission(model.name, model.total, neutron_captures_per_fission)
    weights = list(normalised_fractions(fission_fractions).values())
    spectra = [model.isotope(isotope) for isotope in FISSILE_ISOTOPES]
    if off_equilibrium:
        spectra = [in_equilibrium(s, i) for s, i in zip(spectra, FISSILE_ISOTOPES, strict=True)]
    if neutron_captures_per_fission > 0:
        weights.append(neutron_captures_per_fission)
        spectra.append(neutron_capture_spectrum())
    return weighted_sum(weights, spectra)


def _total_per_fission(name: str, total: PiecewiseSpectrum, captures: float) -> PiecewiseSpectrum:
    if captures > 0:
        raise ValueError(
            f"spectrum {name!r} contains neutron capture already: "
            f"neutron_captures_per_fission must be 0, found {captures:g}"
        )
    return total


def normalised_fractions(fission_fractions: Mapping[str, float]) -> dict[str, float]:
    """Fission fractions of the four isotopes, in their order, with a sum of 1."""
    total = sum(fission_fractions[isotope] for isotope in FISSILE_ISOTOPES)
    return {isotope: fission_fractions[isotope] / total for isotope in FISSILE_ISOTOPES}


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

    @classmethod
    def sum_of(cls, fluxes: Sequence[ReactorFlux]) -> ReactorFlux:
        """Several sources at one detector: the sum of their flux densities.

        per_fission is then the mean over the fissions that the detector sees.  Sources that are
        all off give a flux of zero with the shape of the first.

        Raises
        ------
        ValueError
            for no source at all.
        """
        if not fluxes:
            raise ValueError("at least one source is needed, found none")
        weights = [flux.fissions_cm2_s for flux in fluxes]
        total = sum(weights)
        if total == 0:
            return cls(fluxes[0].per_fission, 0.0)
        shares = [weight / total for weight in weights]
        mean = weighted_sum(shares, [flux.per_fission for flux in fluxes])
        return cls(mean, sum(flux.total_cm2_s for flux in fluxes))

    @property
    def neutrinos_per_fission(self) -> float:
        """Antineutrinos emitted per fission, neutron capture included."""
        return self.per_fission.integral()

    @property
    def fissions_cm2_s(self) -> float:
        """Flux density over spectrum per fission: fissions/s / (4 pi L^2) of a point source."""
        return self.total_cm2_s / self.neutrinos_per_fission

    @property
    def ibd_yield_cm2(self) -> float:
        """Inverse-beta-decay yield in cm^2 per fission."""
        return ibd_yield_cm2(self.per_fission)

    def spectrum(self) -> PiecewiseSpectrum:
        """Flux density in cm^-2 s^-1 MeV^-1."""
        return self.per_fission.scaled(self.fissions_cm2_s)

    def density_cm2_s_mev(self, energy_mev: FloatArray | float) -> FloatArray:
        """Flux density at each energy."""
        return self.spectrum().density(energy_mev)

    def moments(self) -> FluxMoments:
        """Cumulative moments of the flux density."""
        return FluxMoments.of(self.spectrum())
