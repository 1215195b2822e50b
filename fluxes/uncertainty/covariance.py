"""How well the shipped spectra per fission are known: sources of error as deviations.

Huber's published errors where there are some, and stated judgements elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fluxes.reactor.flux import normalised_fractions, spectrum_per_fission
from fluxes.spectra.fission import fission_spectrum, shipped_models, spectrum_model
from fluxes.spectra.neutron_capture import neutron_capture_spectrum
from fluxes.spectra.off_equilibrium import OFF_EQUILIBRIUM_RELATIVE_ERROR, in_equilibrium
from fluxes.spectra.polynomial import JOINING_ENERGY_MEV
from fluxes.spectrum import PiecewiseSpectrum, multiplied_in_bins, weighted_sum
from fluxes.tables import parse_table, shipped_text
from fluxes.uncertainty.deviations import Deviations, FluxUncertainty, range_deviations
from fluxes.uncertainty.huber_errors import HUBER_ISOTOPES, huber_errors

NEUTRON_CAPTURE_RELATIVE_ERROR = 0.10


def flux_uncertainty(
    model: str,
    fission_fractions: Mapping[str, float],
    neutron_captures_per_fission: float,
    *,
    off_equilibrium: bool = False,
) -> FluxUncertainty:
    """Uncertainty of ``spectrum_per_fission`` with the same arguments, for a shipped model.

    huber-mueller above 2 MeV: Huber's errors of U-235, Pu-239 and Pu-241 (statistics and bias
    independent in each bin and isotope; Z, weak magnetism and normalisation common to all), and a
    judgement on U-238.  mueller: the same, its own error budget being of the same size.  Everything
    else, and everything below 2 MeV, is a judgement (``fluxes/data/judgement_*.csv``).  Neutron
    capture: 10 %.  Off-equilibrium correction: 30 % of it.

    Raises
    ------
    ValueError
        as ``spectrum_per_fission`` does, and for a model of unknown uncertainty.
    """
    central = spectrum_per_fission(
        model, fission_fractions, neutron_captures_per_fission, off_equilibrium=off_equilibrium
    )
    fission = spectrum_per_fission(model, fission_fractions, 0.0, off_equilibrium=off_equilibrium)
    deviations = _judged(model, fission)
    if spectrum_model(model).converted:
        deviations |= _converted(_parts(model, fission_fractions, off_equilibrium))
    if off_equilibrium:
        uncorrected = spectrum_per_fission(model, fission_fractions, 0.0)
        error = OFF_EQUILIBRIUM_RELATIVE_ERROR
        deviations["off-equilibrium"] = weighted_sum([error, -error], [fission, uncorrected])
    if neutron_captures_per_fission > 0:
        scale = NEUTRON_CAPTURE_RELATIVE_ERROR * neutron_captures_per_fission
        deviations["neutron capture"] = neutron_capture_spectrum().scaled(scale)
    return FluxUncertainty(central, deviations)


def _judged(model: str, spectrum: PiecewiseSpectrum) -> Deviations:
    name = shipped_models()[model].judgement
    if not name:
        raise ValueError(f"spectrum {model!r}: its uncertainty is not known")
    table = parse_table(shipped_text(name), name, ("low_mev", "high_mev", "relative_error"))
    edges = np.append(table["low_mev"], table["high_mev"][-1])
    part = "fission" if spectrum_model(model).total is None else "total"
    return range_deviations(part, spectrum, edges, table["relative_error"])


def _parts(
    model: str, fission_fractions: Mapping[str, float], off_equilibrium: bool
) -> dict[str, PiecewiseSpectrum]:
    """f_i S_i of the isotopes that are there."""
    parts = {}
    for isotope, fraction in normalised_fractions(fission_fractions).items():
        if fraction > 0:
            spectrum = fission_spectrum(model, isotope)
            corrected = in_equilibrium(spectrum, isotope) if off_equilibrium else spectrum
            parts[isotope] = corrected.scaled(fraction)
    return parts


def _converted(parts: Mapping[str, PiecewiseSpectrum]) -> Deviations:
    """Deviations above 2 MeV of converted spectra, from the parts f_i S_i of the isotopes."""
    errors = {isotope: huber_errors(isotope) for isotope in HUBER_ISOTOPES if isotope in parts}
    deviations = {}
    for source in ("norm", "weak_magnetism", "charge"):
        shifts = [
            multiplied_in_bins(parts[isotope], e.edges_mev, getattr(e, source))
            for isotope, e in errors.items()
        ]
        if shifts:
            deviations[source.replace("_", " ")] = weighted_sum([1.0] * len(shifts), shifts)
    for isotope, e in errors.items():
        deviations |= range_deviations(isotope, parts[isotope], e.edges_mev, e.uncorrelated)
    if "u238" in parts:
        deviations["u238"] = _u238_deviation(parts["u238"])
    return deviations


def _u238_deviation(part: PiecewiseSpectrum) -> PiecewiseSpectrum:
    name = "judgement_u238.csv"
    table = parse_table(shipped_text(name), name, ("energy_mev", "relative_error"))
    edges = np.append(JOINING_ENERGY_MEV, huber_errors("u235").edges_mev[1:])
    middle = (edges[1:] + edges[:-1]) / 2
    return multiplied_in_bins(
        part, edges, np.interp(middle, table["energy_mev"], table["relative_error"])
    )
