"""Sources: the experiments that are fitted together, and the spectra that are chosen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sim.cross_sections.signal import Signal, merged_signal
from sim.experiment import ConfigurationError, Experiment
from sim.folding.folds import Folds
from sim.model import Model
from sim.model_assembly import build_model
from sim.physics import physics_of
from sim.sources.joint import joint_model
from sim.syntax.spelling import nearest


def split_label(key: str) -> tuple[str, str]:
    """Label, which may be empty, and key of ``LABEL:KEY``."""
    label, _, rest = key.rpartition(":")
    return label.strip(), rest.strip()


@dataclass(frozen=True)
class Sources:
    """Experiments by label, which is empty for one alone, and what is chosen of their spectra.

    detectors and periods are names or patterns; none chooses all.
    """

    experiments: tuple[tuple[str, Experiment], ...]
    detectors: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()

    @classmethod
    def of(cls, known: Experiment | Sources) -> Sources:
        """Sources of one experiment alone and whole, or as they are."""
        return known if isinstance(known, Sources) else cls((("", known),))

    @classmethod
    def together(
        cls,
        experiments: Mapping[str, Experiment],
        detectors: Sequence[str] = (),
        periods: Sequence[str] = (),
    ) -> Sources:
        """Experiments by label; one alone needs none."""
        labels = [""] if len(experiments) == 1 else list(experiments)
        own = tuple(zip(labels, experiments.values(), strict=True))
        return cls(own, tuple(detectors), tuple(periods))

    @property
    def name(self) -> str:
        """Names of the experiments."""
        return " + ".join(experiment.name for experiment in self.each)

    @property
    def each(self) -> tuple[Experiment, ...]:
        """The experiments without their labels."""
        return tuple(experiment for _, experiment in self.experiments)

    @property
    def only(self) -> Experiment:
        """The one experiment; ConfigurationError for several."""
        if len(self.experiments) > 1:
            raise ConfigurationError(f"{self.name}: this is for one experiment, found several")
        return self.experiments[0][1]

    @property
    def whole(self) -> Experiment | None:
        """The experiment, if it is one alone of which all spectra are chosen."""
        labels = [label for label, _ in self.experiments]
        if labels != [""] or self.detectors or self.periods:
            return None
        return self.experiments[0][1]

    @cached_property
    def signal_table(self) -> Signal:
        """Parameters of the signal of all experiments, which are not folded for that."""
        return merged_signal([physics_of(e.config).theory.signal for e in self.each])

    @property
    def treatment(self) -> str:
        """The configured treatment of the background, of several experiments each once."""
        own = (experiment.config.analysis.background for experiment in self.each)
        return "+".join(dict.fromkeys(own))

    def with_values(self, values: Mapping[str, object]) -> dict[str, dict[str, object]]:
        """Values by key for each experiment: ``LABEL:KEY`` is of one, a KEY of all.

        Raises
        ------
        ConfigurationError
            for a label that no experiment has, or a key that stands twice.
        """
        found: dict[str, dict[str, object]] = {label: {} for label, _ in self.experiments}
        for labelled, value in values.items():
            label, key = split_label(labelled)
            if label and label not in found:
                hint = nearest(label, list(found))
                raise ConfigurationError(f"{labelled}: {label!r} labels no source{hint}")
            for own in [label] if label else found:
                if key in found[own]:
                    raise ConfigurationError(f"{labelled}: the key is given twice for one source")
                found[own][key] = value
        return found

    def hashed(self) -> Any:
        """What results depend on, as plain JSON: of a whole experiment its own hash."""
        if self.whole is not None:
            return self.whole.sha256()
        return [
            [[label, experiment.sha256()] for label, experiment in self.experiments],
            list(self.detectors),
            list(self.periods),
        ]

    def model(self, folds: Mapping[str, Folds] | None = None) -> Model:
        """The model of the chosen spectra of all experiments; folds are by label.

        Raises
        ------
        ConfigurationError
            if the parts of an experiment, or the experiments, do not go together, or for a
            detector or period that is not there.
        """
        parts = {
            label: build_model(experiment, folds=None if folds is None else folds[label])
            for label, experiment in self.experiments
        }
        try:
            model = parts[""] if "" in parts else joint_model(parts)
            if not self.detectors and not self.periods:
                return model
            return model.select(self.detectors or None, self.periods or None)
        except ConfigurationError:
            raise
        except ValueError as error:
            raise ConfigurationError(str(error)) from None
