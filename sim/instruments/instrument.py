"""Instrument: all that the counts per kg and day of a flux depend on, besides the flux.

Spectra of one detector in periods that change nothing of it have one instrument, which is folded
once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sim.config.detector import WholeDetector
from sim.config.file import ExperimentConfig
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.layout.bins import Bins
from sim.layout.layout import Spectrum
from sim.physics import Physics, physics_of

_NAMES = {"name", "mass_kg", "unit"}


@dataclass(frozen=True, slots=True, eq=False)
class Instrument:
    """A detector with the physics that it looks for; bins is None where it counts only.

    physics_key tells the physics from others, ionization names its model of bound electrons,
    channels are the processes that count as signal, templates the table that stands in for them.
    """

    detector: WholeDetector
    bins: Bins | None
    physics: Physics
    physics_key: str
    ionization: str
    channels: tuple[str, ...]
    templates: str | None
    files: Mapping[str, str]

    @property
    def window_start_kev(self) -> float:
        """Lowest reconstructed energy that is looked at."""
        low = 0.0 if self.bins is None else self.bins.window_kev[0]
        return max(self.detector.threshold_kev, low)

    def key(self, *, threshold: bool = True) -> str:
        """Hash of all that the counts depend on, besides the bins; if wanted without threshold."""
        left_out = _NAMES if threshold else _NAMES | {"threshold_kev"}
        content = [
            self.detector.model_dump(mode="json", exclude=left_out),
            self.physics_key,
            self.channels,
            {name: self.files[name] for name in self._tables()},
            self.bins is None,
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def at_threshold(self, threshold_kev: float) -> Instrument:
        """The same with another threshold."""
        return replace(
            self, detector=self.detector.model_copy(update={"threshold_kev": threshold_kev})
        )

    def with_bins(self, edges_kev: FloatArray) -> Instrument:
        """The same with other bins, without a gap."""
        return replace(self, bins=Bins.of_edges(edges_kev))

    def _tables(self) -> list[str]:
        detector = self.detector
        curves = [detector.quenching, *detector.quenching_by_element.values(), detector.efficiency]
        names = [name for curve in curves for name in curve.tables]
        return names if self.templates is None else [*names, self.templates]


def instrument_of(experiment: Experiment, spectrum: Spectrum | int = 0) -> Instrument:
    """The instrument of a spectrum, by default the first."""
    if isinstance(spectrum, int):
        spectrum = experiment.layout.spectra[spectrum]
    config = experiment.config
    return Instrument(
        detector=spectrum.detector,
        bins=spectrum.bins,
        physics=physics_of(config),
        physics_key=_physics_key(config),
        ionization=config.physics.ionization,
        channels=config.analysis.channels,
        templates=None if config.templates is None else config.templates.file,
        files=experiment.files,
    )


def instruments_of(experiment: Experiment) -> list[Instrument]:
    """One instrument for each detector as it is in some period."""
    first = {id(spectrum.detector): spectrum for spectrum in experiment.layout.spectra}
    return [instrument_of(experiment, spectrum) for spectrum in first.values()]


def _physics_key(config: ExperimentConfig) -> str:
    """What cross sections depend on: interactions also on the baselines of the cores."""
    stated = config.model_dump_json(include={"physics", "interaction"})
    if not config.interaction:
        return stated
    return stated + config.reactor.model_dump_json(include={"baseline_m", "core"})
