"""Antineutrinos of spent fuel: the long-lived fission products whose daughters decay above 1.8 MeV.

After some months of cooling three chains give nearly all antineutrinos above 1.8 MeV; a daughter
decays at once compared with its parent, so that each decay of a chain gives two antineutrinos.
Fuel just discharged also holds shorter-lived emitters, which are not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import exp, log

import numpy as np

from fluxes.beta_decay import BetaBranch, BetaEmitter, antineutrino_spectrum
from fluxes.moments import FluxMoments
from fluxes.reactor.flux import normalised_fractions
from fluxes.spectrum import PiecewiseSpectrum, weighted_sum
from fluxes.tables import parse_table, shipped_rows, shipped_text

CHAINS: dict[str, tuple[str, str]] = {
    "ce144": ("ce144", "pr144"),
    "ru106": ("ru106", "rh106"),
    "sr90": ("sr90", "y90"),
}


def emitter(name: str) -> BetaEmitter:
    """A shipped beta emitter: ce144, pr144, ru106, rh106, sr90 or y90.

    Source: ENSDF (``fluxes/data/beta_emitters.csv``, ``beta_branches.csv``).
    """
    emitters = shipped_rows("beta_emitters.csv")
    if name not in emitters:
        raise ValueError(f"beta emitter {name!r}: allowed are {', '.join(emitters)}")
    z, a = int(emitters[name]["daughter_z"]), int(emitters[name]["mass_number"])
    table = parse_table(shipped_text("beta_branches.csv"), "beta_branches.csv")
    mine = (table["daughter_z"] == z) & (table["mass_number"] == a)
    columns = (table[column][mine] for column in ("endpoint_mev", "share_percent", "unique"))
    rows = zip(*columns, strict=True)
    return BetaEmitter(z, a, tuple(BetaBranch(float(q), float(s), bool(u)) for q, s, u in rows))


@cache
def chain_spectrum(chain: str) -> PiecewiseSpectrum:
    """Antineutrinos per decay of the parent and MeV: one of the parent, one of the daughter.

    Raises
    ------
    ValueError
        for a chain other than ce144, ru106, sr90.
    """
    spectra = [antineutrino_spectrum(emitter(name)) for name in CHAINS[_checked(chain)]]
    return weighted_sum([1.0, 1.0], spectra)


def spent_fuel_spectrum(decays: Mapping[str, float]) -> PiecewiseSpectrum:
    """sum of decays[chain] * (antineutrinos per decay and MeV).

    decays: for each chain the decays of its parent, as an activity [1/s], which gives antineutrinos
    per s and MeV, or relative, or per fission (``decays_per_fission``).
    """
    if not decays:
        raise ValueError(f"decays of at least one chain are needed: {', '.join(CHAINS)}")
    return weighted_sum(list(decays.values()), [chain_spectrum(chain) for chain in decays])


def decays_per_fission(
    fission_fractions: Mapping[str, float], irradiation_d: float, cooling_d: float
) -> dict[str, float]:
    """Decays/s of each chain for one fission/s during the irradiation, after a cooling time.

    sum_i f_i Y_i (1 - exp(-l t_irradiation)) exp(-l t_cooling), l = ln 2 / half-life of the parent,
    Y_i the cumulative yield.  It knows neither neutron capture on the chain nor the change of the
    fission fractions; with cooling_d = 0 it is what an operating core has built up, which a
    spectrum per fission contains already.  Source: ``fluxes/data/cumulative_fission_yields.csv``.
    """
    for name, value in (("irradiation_d", irradiation_d), ("cooling_d", cooling_d)):
        if not value >= 0:
            raise ValueError(f"{name} must be >= 0, found {value:g}")
    yields = shipped_rows("cumulative_fission_yields.csv")
    emitters = shipped_rows("beta_emitters.csv")
    fractions = normalised_fractions(fission_fractions)
    decays = {}
    for chain in CHAINS:
        rate = log(2) / emitters[chain]["half_life_d"]
        per_fission = sum(fractions[i] * yields[chain][i] / 100 for i in fractions)
        decays[chain] = per_fission * (1 - exp(-rate * irradiation_d)) * exp(-rate * cooling_d)
    return decays


def with_spent_fuel(
    per_fission: PiecewiseSpectrum,
    fraction: float,
    decays: Mapping[str, float],
    *,
    above_mev: float = 0.0,
) -> PiecewiseSpectrum:
    """A reactor's spectrum plus spent fuel that emits a fraction of the reactor's antineutrinos.

    fraction: antineutrinos of the spent fuel over those of the reactor, counted above an energy;
    decays: its composition, of any normalisation.  The pools of Daya Bay emit 0.64 % to 0.74 % of
    the antineutrinos above 1.8 MeV, 0.2 % of the inverse-beta-decay yield (its data release); an
    estimate for them is 0.26 % to 0.34 % of the flux (Ma et al., arXiv:1512.07353).

    Raises
    ------
    ValueError
        for a negative fraction, or when the spent fuel emits nothing above the energy.
    """
    if not fraction >= 0:
        raise ValueError(f"fraction must be >= 0, found {fraction:g}")
    spent = spent_fuel_spectrum(decays)
    emitted = _number_above(spent, above_mev)
    if not emitted > 0:
        raise ValueError(f"this spent fuel emits nothing above {above_mev:g} MeV")
    scale = fraction * _number_above(per_fission, above_mev) / emitted
    return weighted_sum([1.0, scale], [per_fission, spent])


def _number_above(spectrum: PiecewiseSpectrum, energy_mev: float) -> float:
    if energy_mev <= spectrum.edges_mev[0]:
        return spectrum.integral()
    return float(FluxMoments.of(spectrum).above(np.array([energy_mev]))[0, 0])


def _checked(chain: str) -> str:
    if chain not in CHAINS:
        raise ValueError(f"chain {chain!r}: allowed are {', '.join(CHAINS)}")
    return chain
