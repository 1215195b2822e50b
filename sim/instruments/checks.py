"""Everything that the tables of an experiment are refused for, without folding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sim.config.backgrounds import TableBackground
from sim.config.detector import TableEfficiency, WholeDetector
from sim.config.quenching import TableQuenching
from sim.experiment import Experiment
from sim.instruments.flux_table import table_spectrum
from sim.instruments.tables import background_table, efficiency_table, quenching_table

Door = Callable[[], object]


def check_tables(experiment: Experiment) -> None:
    """Read every table that an experiment names.

    Raises
    ------
    ValueError
        for the first that cannot be used.
    """
    for door in _doors(experiment):
        door()


def table_problems(experiment: Experiment) -> list[str]:
    """A line for every table of an experiment that cannot be used."""
    problems = []
    for door in _doors(experiment):
        try:
            door()
        except ValueError as error:
            problems.append(str(error))
    return list(dict.fromkeys(problems))


def _doors(experiment: Experiment) -> Iterator[Door]:
    """What reads each of the tables that an experiment names."""
    config = experiment.config
    for detector in {id(s.detector): s.detector for s in experiment.layout.spectra}.values():
        yield from _curves(experiment, detector)
    for component in config.background:
        if isinstance(component, TableBackground):
            yield partial(background_table, experiment, component)
    if config.reactor.spectrum_table is not None:
        yield partial(table_spectrum, experiment)
    if config.templates is not None:
        from sim.instruments.template_table import template_rates

        for spectrum in experiment.layout.spectra:
            if spectrum.bins is not None:
                edges_kev = spectrum.bins.edges_kev
                yield partial(template_rates, experiment, config.templates.file, edges_kev)
    if config.data is not None:
        from sim.observed import observed_spectra

        yield partial(observed_spectra, experiment)


def _curves(experiment: Experiment, detector: WholeDetector) -> Iterator[Door]:
    for quenching in (detector.quenching, *detector.quenching_by_element.values()):
        if isinstance(quenching, TableQuenching):
            yield partial(quenching_table, experiment, quenching)
    if isinstance(detector.efficiency, TableEfficiency):
        yield partial(efficiency_table, experiment, detector.efficiency)
