"""Thresholds of an explorer: the values at which the experiment is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.experiment import ConfigurationError, Experiment
from sim.model import Model
from sim.model_assembly import build_model

KEY = "detector.threshold_kev"
_FACTORS = (0.6, 0.8, 1.0, 1.25, 1.6, 2.0, 3.0)


@dataclass(frozen=True, slots=True, eq=False)
class FoldedThreshold:
    """A model and the threshold that it was folded at; is_own for that of the experiment.

    The threshold is None where detectors have their own.
    """

    threshold_kev: float | None
    is_own: bool
    model: Model


def folded_thresholds(
    experiment: Experiment, thresholds_kev: Sequence[float] | None = None
) -> tuple[FoldedThreshold, ...]:
    """The experiment at several thresholds, its own among them, in increasing order.

    By default those from 0.6 to 3 times its own that lie in its window.  Observed spectra have
    the threshold that they were taken with, and only that; so have several detectors, and one
    that counts.

    Raises
    ------
    ConfigurationError
        for a threshold below the window, where it would change nothing, or beyond it; and for
        thresholds where only its own is possible.
    """
    own, window = experiment.config.detector.threshold_kev, experiment.config.analysis.window_kev
    reason = _only_its_own(experiment)
    if reason is not None or own is None or window is None:
        if thresholds_kev:
            raise ConfigurationError(f"{experiment.name}: {reason}: no other can be given")
        return (FoldedThreshold(own, True, build_model(experiment)),)
    low, high = window
    chosen = list(thresholds_kev or [])
    for value in chosen:
        if not low <= value < high:
            raise ConfigurationError(
                f"{experiment.name}: threshold {value:g} keV: allowed is what the window "
                f"holds, from {low:g} to below {high:g} keV"
            )
    if thresholds_kev is None:
        near = [float(f"{factor * own:.3g}") for factor in _FACTORS]
        chosen = [value for value in near if low <= value < high]
    return tuple(_folded(experiment, value, own) for value in sorted({own, *chosen}))


def _only_its_own(experiment: Experiment) -> str | None:
    """Why an experiment has one threshold, or None."""
    config = experiment.config
    if config.data is not None:
        return "observed spectra have the threshold that they were taken with"
    if config.detector.unit:
        return "several detectors have thresholds of their own"
    if config.detector.threshold_kev is None or config.analysis.window_kev is None:
        return "thresholds go with one window"
    return None


def _folded(experiment: Experiment, threshold_kev: float, own_kev: float) -> FoldedThreshold:
    is_own = threshold_kev == own_kev
    changed = experiment if is_own else experiment.changed([f"{KEY}={threshold_kev!r}"])
    return FoldedThreshold(threshold_kev, is_own, build_model(changed))
