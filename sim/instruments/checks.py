"""Everything that the tables of an experiment are refused for, without folding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from sim.experiment import Experiment
from sim.instruments.flux_table import table_spectrum

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
        curves = (detector.quenching, *detector.quenching_by_element.values(), detector.efficiency)
        for section in curves:
            yield partial(section.check_tables, experiment.files)
    for component in config.background:
        yield partial(component.check_tables, experiment.files)
    if config.reactor.spectrum_table is not None:
        yield partial(table_spectrum, experiment)
    if config.templates is not None and config.templates.file is not None:
        from sim.instruments.template_table import template_rates

        for spectrum in experiment.layout.spectra:
            if spectrum.bins is not None:
                edges_kev = spectrum.bins.edges_kev
                yield partial(template_rates, experiment.files, config.templates.file, edges_kev)
    if config.data is not None:
        from sim.observed import observed_spectra

        yield partial(observed_spectra, experiment)
