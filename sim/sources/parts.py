"""What a model is of: its experiments, its instruments, and the same with something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sim.experiment import Experiment
from sim.instruments.instrument import Instrument, instrument_of
from sim.model import Model
from sim.sources.sources import Sources


def experiments_of(subject: Experiment | Sources | Model) -> tuple[Experiment, ...]:
    """The experiments of what is asked about."""
    if isinstance(subject, Model):
        return tuple(source.experiment for source in subject.sources)
    return Sources.of(subject).each


def instrument_at(model: Model, place: int = 0) -> Instrument:
    """The instrument of a spectrum of a model, by default of the first."""
    info = model.spectra[place]
    source = next(source for source in model.sources if source.label == info.source)
    detector = info.detector.removeprefix(f"{info.source}/")
    spectra = source.experiment.layout.spectra
    names = [spectrum.place for spectrum in spectra]
    return instrument_of(source.experiment, spectra[names.index((detector, info.period))])


def refolded(
    subject: Experiment | Sources | Model, change: Callable[[Experiment], Experiment]
) -> Model:
    """The model of changed experiments; of a model, with the spectra that it has.

    Raises
    ------
    ConfigurationError
        for a change that an experiment does not allow.
    """
    if not isinstance(subject, Model):
        sources = Sources.of(subject)
        own = tuple((label, change(experiment)) for label, experiment in sources.experiments)
        return replace(sources, experiments=own).model()
    whole = Sources(tuple((s.label, change(s.experiment)) for s in subject.sources)).model()
    chosen = {info.name for info in subject.spectra}
    places = [i for i, info in enumerate(whole.spectra) if info.name in chosen]
    return whole if len(places) == len(whole.spectra) else whole.at(places)
