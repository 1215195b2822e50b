"""A user's flux table: read, refused where no reactor can be meant, doubted where it is unlikely.

What a reactor makes is taken from the model ``bestiole-2023``: of 6 to 7 antineutrinos per fission
a third lies below 0.5 MeV, and hardly one in ten thousand above 10 MeV.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fluxes.reactor.flux import spectrum_per_fission
from fluxes.spectra.fission import spectrum_model
from fluxes.spectra.model import FISSILE_ISOTOPES, SpectrumModel
from fluxes.spectra.user import spectrum_model_from_table
from fluxes.spectrum import PiecewiseSpectrum, coefficients_on
from fluxes.tables import FloatArray
from sim.config.reactor import DEFAULT_NEUTRON_CAPTURES
from sim.cross_sections.constants import ELECTRON_MASS_MEV, KEV_PER_MEV
from sim.experiment import Experiment
from sim.syntax.headers import TableHeaders
from sim.tables.curves import with_line

BoolArray = npt.NDArray[np.bool_]
COLUMNS = ("energy_mev", "low_mev", "high_mev", "total", *FISSILE_ISOTOPES)
HIGHEST_MEV = 15.0
"""Above it no reactor antineutrino is expected: the largest Q values of fission products are 12."""
MOST_PER_FISSION = 15.0
"""More antineutrinos than any fission makes: about six beta decays follow it, and captures."""
_REFERENCE = "bestiole-2023"
_MOST_ABOVE = 0.01
_LOWEST_START_MEV = 0.1
_PLAUSIBLE = (0.45, 1.55)
"""3 to 10 antineutrinos per fission, as a share of the 6.6 that are expected of a whole table."""
_WORTH_A_WORD = 1e-3
_N_ENERGIES = 6000


def table_spectrum(experiment: Experiment) -> SpectrumModel:
    """Spectra of an experiment's flux table.

    Raises
    ------
    ValueError
        for a table that cannot be read, energies of no reactor, and more antineutrinos than a
        fission makes.
    """
    name = experiment.config.reactor.spectrum_table
    assert name is not None

    def read(text: str, source: str) -> SpectrumModel:
        model = spectrum_model_from_table(text, source, headers=TableHeaders(*COLUMNS))
        for column, spectrum in _columns(model).items():
            _check_possible(experiment, source, column, spectrum)
        return model

    return with_line(read, experiment.files[name], name)


def flux_table_warnings(experiment: Experiment) -> list[str]:
    """What is implausible of an experiment's flux table, a sentence each; none without one."""
    name = experiment.config.reactor.spectrum_table
    if name is None:
        return []
    found = []
    model = table_spectrum(experiment)
    for column, spectrum in _columns(model).items():
        found += _unlikely_number(experiment, column, spectrum)
    edges = next(iter(_columns(model).values())).edges_mev
    found += _left_out(experiment, float(edges[0]), float(edges[-1]))
    return [f"{name}: {sentence}" for sentence in found]


def _columns(model: SpectrumModel) -> dict[str, PiecewiseSpectrum]:
    if model.total is not None:
        return {"total": model.total}
    return {isotope: model.isotope(isotope) for isotope in FISSILE_ISOTOPES}


def _check_possible(
    experiment: Experiment, source: str, column: str, spectrum: PiecewiseSpectrum
) -> None:
    """ValueError if the energies can only be keV or eV, or the values no spectrum per fission."""
    number, edges = spectrum.integral(), spectrum.edges_mev
    above = number - _integral(spectrum, 0.0, HIGHEST_MEV)
    if number > 0 and above > _MOST_ABOVE * number:
        row = int(np.argmax(edges > HIGHEST_MEV))
        raise ValueError(
            f"{source}: {above / number:.0%} of {column} lie above {HIGHEST_MEV:g} MeV, as from "
            f"energy_mev[{row}] = {edges[row]} on: no reactor antineutrino has as much; of keV the "
            f"header says 'energy [keV]'"
        )
    if experiment.config.reactor.active_normalisation == "power" and number > MOST_PER_FISSION:
        raise ValueError(
            f"{source}: {column} holds {number:.4g} antineutrinos per fission, and no fission "
            f"makes more than {MOST_PER_FISSION:g}: values are per fission and MeV, of other "
            f"units the header says '{column} [1/keV]'"
        )


def _unlikely_number(experiment: Experiment, column: str, spectrum: PiecewiseSpectrum) -> list[str]:
    if experiment.config.reactor.active_normalisation == "flux":
        return []
    low, high = float(spectrum.edges_mev[0]), float(spectrum.edges_mev[-1])
    number = spectrum.integral()
    expected = _integral(_expected(experiment, column), low, high)
    least, most = (share * expected for share in _PLAUSIBLE)
    if least <= number <= most:
        return []
    return [
        f"column {column}: {number:.3g} antineutrinos per fission from {low:g} to {high:g} MeV, "
        f"where a reactor makes about {expected:.3g}: other units, or not per fission?"
    ]


def _left_out(experiment: Experiment, low_mev: float, high_mev: float) -> list[str]:
    """What a table lacks that starts too high, or ends too early."""
    energy = HIGHEST_MEV * (np.arange(_N_ENERGIES) + 0.5) / _N_ENERGIES
    density = _expected(experiment, "total").density(energy)
    stated = (
        f"; the whole of reactor.flux_cm2_s is put from {low_mev:g} to {high_mev:g} MeV"
        if experiment.config.reactor.active_normalisation == "flux"
        else ""
    )
    found = []
    if low_mev > _LOWEST_START_MEV:
        shares = _shares(experiment, energy, density, energy < low_mev)
        found.append(f"starts at {low_mev:g} MeV, below which are {shares}{stated}")
    above = energy > high_mev
    if np.sum(density[above]) > _WORTH_A_WORD * np.sum(density):
        shares = _shares(experiment, energy, density, above)
        found.append(f"ends at {high_mev:g} MeV, above which are {shares}{stated}")
    return [f"the table {sentence}" for sentence in found]


def _shares(
    experiment: Experiment, energy_mev: FloatArray, density: FloatArray, left_out: BoolArray
) -> str:
    """Shares of a reactor's antineutrinos, and of a moment's signal, at energies left out."""
    said = f"{_percent(density, left_out)} of a reactor's antineutrinos"
    signal = density * _moment_signal(experiment, energy_mev)
    if "electron" not in experiment.config.analysis.channels or np.sum(signal) == 0:
        return said
    return f"{said} and {_percent(signal, left_out)} of a magnetic moment's signal in the window"


def _percent(values: FloatArray, chosen: BoolArray) -> str:
    return f"{100 * float(f'{np.sum(values[chosen]) / np.sum(values):.2g}'):g} %"


def _moment_signal(experiment: Experiment, energy_mev: FloatArray) -> FloatArray:
    """Integral of 1/T - 1/E over the windows, by neutrino energy: free electrons, no response.

    Spectra with power count by their exposure.
    Source: Vogel & Engel, Phys. Rev. D 39, 3378 (1989).
    """
    end = 2 * energy_mev**2 / (ELECTRON_MASS_MEV + 2 * energy_mev)
    total = np.zeros_like(energy_mev)
    for spectrum in experiment.layout.spectra:
        detector, bins = spectrum.detector, spectrum.bins
        window_kev = (0.0, np.inf) if bins is None else bins.window_kev
        low_kev = max(window_kev[0], detector.threshold_kev, detector.min_ionization_kev)
        low = low_kev / KEV_PER_MEV
        high = np.maximum(np.minimum(end, window_kev[1] / KEV_PER_MEV), low)
        power = 0.0 if spectrum.period.is_off else spectrum.kg_days
        total += power * (np.log(high / low) - (high - low) / energy_mev)
    return total


def _expected(experiment: Experiment, column: str) -> PiecewiseSpectrum:
    """What a reactor makes per fission: of an isotope without, in total with neutron capture."""
    reactor = experiment.config.reactor
    if column != "total":
        return spectrum_model(_REFERENCE).isotope(column)
    fractions = reactor.fission_fractions.model_dump()
    return spectrum_per_fission(_REFERENCE, fractions, DEFAULT_NEUTRON_CAPTURES)


def _integral(spectrum: PiecewiseSpectrum, low_mev: float, high_mev: float) -> float:
    """Integral of a spectrum from one energy to another, exact."""
    edges = np.union1d(np.clip(spectrum.edges_mev, low_mev, high_mev), [low_mev, high_mev])
    cut = PiecewiseSpectrum(edges, coefficients_on(spectrum, edges))
    return cut.integral()
