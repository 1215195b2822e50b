"""Several reactor cores seen by one detector."""

from __future__ import annotations

from collections.abc import Sequence

from fluxes.reactor.core import Core
from fluxes.reactor.flux import (
    ReactorFlux,
    fission_rate_per_s,
    normalised_fractions,
    spectrum_per_fission,
)
from fluxes.reactor.oscillation import Oscillation, oscillated
from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel


def flux_of_cores(
    cores: Sequence[Core],
    model: str | SpectrumModel,
    neutron_captures_per_fission: float,
    *,
    evaluation: str = "ma-2013",
    off_equilibrium: bool = False,
    oscillation: Oscillation | None = None,
) -> ReactorFlux:
    """Sum over the cores of R_i S_i(E) P(L_i, E) / (4 pi L_i^2), R_i in fissions/s.

    The arguments after the cores are those of ``spectrum_per_fission`` and ``fission_rate_per_s``
    and hold for all of them; without an oscillation P = 1.
    """
    fluxes = []
    for core in cores:
        per_fission = spectrum_per_fission(
            model,
            core.fission_fractions,
            neutron_captures_per_fission,
            off_equilibrium=off_equilibrium,
        )
        if oscillation is not None:
            per_fission = oscillated(per_fission, oscillation, core.baseline_m)
        rate = fission_rate_per_s(core.thermal_power_gw, core.fission_fractions, evaluation)
        fluxes.append(ReactorFlux.from_power(per_fission, rate, core.baseline_m))
    return ReactorFlux.sum_of(fluxes)


def mean_fission_fractions(cores: Sequence[Core], evaluation: str = "ma-2013") -> dict[str, float]:
    """Fission fractions of the sum at the detector: weighted with fissions/s over L^2.

    Raises
    ------
    ValueError
        if no core is on.
    """
    weights = [
        fission_rate_per_s(core.thermal_power_gw, core.fission_fractions, evaluation)
        / core.baseline_m**2
        for core in cores
    ]
    if not sum(weights) > 0:
        raise ValueError("at least one core must have power for a mean of the fission fractions")
    fractions = [normalised_fractions(core.fission_fractions) for core in cores]
    return {
        isotope: sum(w * f[isotope] for w, f in zip(weights, fractions, strict=True)) / sum(weights)
        for isotope in FISSILE_ISOTOPES
    }
