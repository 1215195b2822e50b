"""Warnings of an experiment: what may be meant, but is likely a mistake.

They are a pure function of the experiment with its tables, so that they stand beside every number
made from it, wherever it was stored in between.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detectors.constants import ATOMIC_MASS_MEV
from fluxes.tables import line_of_row
from sim.config.backgrounds.table import TableBackground
from sim.config.efficiency.table import TableEfficiency
from sim.config.quenching.table import TableQuenching
from sim.cross_sections.constants import KEV_PER_MEV
from sim.cross_sections.kinematics import max_recoil_mev
from sim.experiment import Experiment
from sim.instruments.assembly import remarks
from sim.instruments.flux_table import HIGHEST_MEV, flux_table_warnings
from sim.instruments.instrument import Instrument, instruments_of
from sim.instruments.target import target
from sim.observed import source_of, whole_tables
from sim.tables.curves import BACKGROUND, EFFICIENCY, QUENCHING

_FAR_BEYOND = 100.0
"""Times the window's end: a table that reaches as far was not made for the window."""


def experiment_warnings(experiment: Experiment) -> tuple[str, ...]:
    """A sentence for everything implausible in an experiment, with the file and the column.

    Raises
    ------
    ValueError
        for a table that cannot be used at all.
    """
    found = [*_ionization_warnings(experiment), *flux_table_warnings(experiment)]
    for instrument in instruments_of(experiment):
        found += _quenching_warnings(instrument)
        found += _efficiency_warnings(instrument)
        found += _background_warnings(experiment, instrument)
    found += _counts_warnings(experiment)
    return tuple(dict.fromkeys(found))


def _ionization_warnings(experiment: Experiment) -> list[str]:
    """What the ionization model makes worth saying; nothing of the default."""
    return [] if experiment.config.physics.ionization == "stepping" else remarks(experiment)


def _quenching_warnings(instrument: Instrument) -> Iterator[str]:
    """Tables that begin above every recoil that a reactor can make."""
    detector = instrument.detector
    for constituent in target(detector).constituents:
        symbol = constituent.atom.symbol
        section = detector.quenching_by_element.get(symbol, detector.quenching)
        if not isinstance(section, TableQuenching):
            continue
        mass_mev = min(i.atomic_mass_u for i in constituent.isotopes) * ATOMIC_MASS_MEV
        highest = max_recoil_mev(HIGHEST_MEV, mass_mev) * KEV_PER_MEV
        first = QUENCHING.read(instrument.files[section.file], section.file)["recoil_kev"].min()
        if first > highest:
            yield (
                f"{section.file}: recoil_kev starts at {first:g}, above the highest recoil of "
                f"{symbol} at a reactor, {highest:.3g} keV: in eV, or extrapolated altogether?"
            )


def _efficiency_warnings(instrument: Instrument) -> Iterator[str]:
    """A table that begins above the window, where it is 0."""
    section = instrument.detector.efficiency
    if instrument.bins is None or not isinstance(section, TableEfficiency):
        return
    columns = EFFICIENCY.read(instrument.files[section.file], section.file)
    name = "low_kev" if "low_kev" in columns else "energy_kev"
    first, end = columns[name].min(), instrument.bins.window_kev[1]
    if first >= end:
        yield (
            f"{section.file}: {name} starts at {first:g}, above the window, which ends at "
            f"{end:g} keV: in eV? Below its first row the efficiency is 0"
        )


def _background_warnings(experiment: Experiment, instrument: Instrument) -> Iterator[str]:
    """Tables with hardly a row in the window, and most of them far beyond."""
    if instrument.bins is None:
        return
    low, high = instrument.bins.window_kev
    for component in experiment.config.background:
        if not isinstance(component, TableBackground):
            continue
        columns = BACKGROUND.read(instrument.files[component.file], component.file)
        energy = columns["low_kev" if "low_kev" in columns else "energy_kev"]
        inside = np.count_nonzero((energy >= low) & (energy <= high))
        if inside < 2 and energy[-1] > _FAR_BEYOND * high:
            yield (
                f"{component.file}: {inside} of {energy.size} rows lie in the window of {low:g} to "
                f"{high:g} keV, and the last at {energy[-1]:g}: in eV?"
            )


def _counts_warnings(experiment: Experiment) -> Iterator[str]:
    """Observed spectra without errors whose counts are not whole."""
    for (detector, period), spectrum in whole_tables(experiment).items():
        file = source_of(experiment, detector, period)
        broken = spectrum.counts != np.round(spectrum.counts)
        if spectrum.errors is None and np.any(broken):
            row = int(np.argmax(broken))
            text = experiment.files.get(file)
            line = None if text is None else line_of_row(text, row)
            place = file if line is None else f"{file}, line {line}"
            yield (
                f"{place}: counts = {spectrum.counts[row]:.6g} is not whole, and there is no "
                f"column error: a rate, or something subtracted? The fit takes Poisson counts"
            )
