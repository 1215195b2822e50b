"""Thresholds of an explorer: the values at which the experiment is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.experiment import ConfigurationError, Experiment
from sim.model import Model, build_model

KEY = "detector.threshold_kev"
_FACTORS = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class FoldedThreshold:
    """A model and the threshold that it was folded at; is_own for that of the experiment."""

    threshold_kev: float
    is_own: bool
    model: Model


def folded_thresholds(
    experiment: Experiment, thresholds_kev: Sequence[float] | None = None
) -> tuple[FoldedThreshold, ...]:
    """The experiment at several thresholds, its own among them, in increasing order.

    By default those from 0.6 to 3 times its own that lie in its window.  Observed spectra have
    the threshold that they were taken with, and only that.

    Raises
    ------
    ConfigurationError
        for a threshold below the window, where it would change nothing, or beyond it; and for
        other thresholds than its own where there are observed spectra.
    """
    own = experiment.config.detector.threshold_kev
    low, high = experiment.config.analysis.window_kev
    if experiment.config.data is not None:
        if thresholds_kev:
            raise ConfigurationError(
                f"{experiment.name}: observed spectra have the threshold that they were taken "
                f"with, {own:g} keV: no other can be given"
            )
        chosen = []
    elif thresholds_kev is None:
        chosen = [float(f"{factor * own:.3g}") for factor in _FACTORS]
        chosen = [value for value in chosen if low <= value < high]
    else:
        chosen = list(thresholds_kev)
        for value in chosen:
            if not low <= value < high:
                raise ConfigurationError(
                    f"{experiment.name}: threshold {value:g} keV: allowed is what the window "
                    f"holds, from {low:g} to below {high:g} keV"
                )
    return tuple(_folded(experiment, value, own) for value in sorted({own, *chosen}))


def _folded(experiment: Experiment, threshold_kev: float, own_kev: float) -> FoldedThreshold:
    is_own = threshold_kev == own_kev
    changed = experiment if is_own else experiment.changed([f"{KEY}={threshold_kev!r}"])
    return FoldedThreshold(threshold_kev, is_own, build_model(changed))
