"""Checks of the tables that an experiment names."""

from __future__ import annotations

from sim.config.backgrounds import TableBackground
from sim.config.detector import TableEfficiency
from sim.config.quenching import TableQuenching
from sim.experiment import Experiment
from sim.instruments.tables import background_table, efficiency_table, quenching_table, with_line


def check_tables(experiment: Experiment) -> None:
    """Read every table that an experiment names.

    Raises
    ------
    ValueError
        for the first that cannot be used.
    """
    config = experiment.config
    for detector in {id(s.detector): s.detector for s in experiment.layout.spectra}.values():
        for quenching in (detector.quenching, *detector.quenching_by_element.values()):
            if isinstance(quenching, TableQuenching):
                quenching_table(experiment, quenching)
        if isinstance(detector.efficiency, TableEfficiency):
            efficiency_table(experiment, detector.efficiency)
    for component in config.background:
        if isinstance(component, TableBackground):
            background_table(experiment, component)
    if config.reactor.spectrum_table is not None:
        from fluxes.spectra.user import spectrum_model_from_table

        name = config.reactor.spectrum_table
        with_line(spectrum_model_from_table, experiment.files[name], name)
    if config.templates is not None:
        from sim.instruments.template_table import template_rates

        for spectrum in experiment.layout.spectra:
            if spectrum.bins is not None:
                template_rates(experiment, config.templates.file, spectrum.bins.edges_kev)
    if config.data is not None:
        from sim.observed import observed_spectra

        observed_spectra(experiment)
