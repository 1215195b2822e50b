"""Prospects of a detector: expected limits against threshold and time, for several backgrounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.limits.limit import limit
from analysis.limits.question import signal_of
from analysis.published.reproduction import local_reach, standard_value
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError, Experiment
from sim.folding.folds import Folds
from sim.model_assembly import build_model
from sim.variation import value_at, varied

BACKGROUND_FACTORS = (0.1, 1.0, 10.0)
THRESHOLD_FACTORS = (0.6, 0.8, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
TIME_FACTORS = (0.1, 0.3, 1.0, 3.0, 10.0)
_RATES = ("rate_per_kev_kg_day", "rate_per_kg_day")


@dataclass(frozen=True, slots=True, eq=False)
class ProspectCurve:
    """Expected limits over one key, the backgrounds multiplied by a factor; NaN where none is.

    values are those of the key, in its unit; limits the largest magnitudes not excluded.
    """

    key: str
    background_factor: float
    values: FloatArray
    limits: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Prospects:
    """Curves over the threshold and over the ON days (OFF days in proportion)."""

    experiment: Experiment
    parameter: str
    cl: float
    by_threshold: tuple[ProspectCurve, ...]
    by_time: tuple[ProspectCurve, ...]

    @property
    def unit(self) -> str:
        """Unit of the limits."""
        return signal_of(self.experiment).parameter(self.parameter).unit


def prospects(
    experiment: Experiment,
    parameter: str = MAGNETIC_MOMENT,
    cl: float = 0.90,
    background_factors: Sequence[float] = BACKGROUND_FACTORS,
) -> Prospects:
    """Expected limits of an experiment with its threshold, time and backgrounds changed.

    Raises
    ------
    ConfigurationError
        if a variation is not valid: a factor that is not > 0, or shapes given as tables, whose
        rate is in the table.
    """
    if not experiment.layout.is_plain:
        raise ConfigurationError(
            f"{experiment.name}: prospects are those of one detector with on_days and off_days"
        )
    on, off = (spectrum.live_days or 0.0 for spectrum in experiment.layout.spectra)
    threshold_kev = experiment.layout.detectors[0].threshold_kev
    thresholds = [factor * threshold_kev for factor in THRESHOLD_FACTORS]
    folds = Folds(thresholds)

    def curve(factor: float, key: str, steps: Sequence[Mapping[str, float]]) -> ProspectCurve:
        backgrounds = _scaled_backgrounds(experiment, factor)
        limits = [
            _expected(varied(experiment, {**backgrounds, **step}), parameter, cl, folds)
            for step in steps
        ]
        values = np.array([step[key] for step in steps])
        return ProspectCurve(key, factor, values, np.array(limits))

    by_threshold = [{"detector.threshold_kev": threshold} for threshold in thresholds]
    by_time = [
        {
            "exposure.on_days": factor * on,
            "exposure.off_days": factor * off,
        }
        for factor in TIME_FACTORS
    ]
    return Prospects(
        experiment,
        parameter,
        cl,
        tuple(curve(f, "detector.threshold_kev", by_threshold) for f in background_factors),
        tuple(curve(f, "exposure.on_days", by_time) for f in background_factors),
    )


def _scaled_backgrounds(experiment: Experiment, factor: float) -> dict[str, float]:
    """Changes that multiply the rate of every background."""
    changes = {}
    for i, component in enumerate(experiment.config.background):
        name = next((name for name in _RATES if hasattr(component, name)), None)
        if name is not None:
            key = f"background.{i}.{name}"
            changes[key] = factor * float(str(value_at(experiment, key)))
    return changes


def _expected(experiment: Experiment, parameter: str, cl: float, folds: Folds) -> float:
    model = build_model(experiment, folds=folds)
    found = limit(model, model.asimov(), parameter, cl)
    reach = local_reach(found, standard_value(model, parameter))
    return float("nan") if reach is None else reach
