"""Limits of many data sets at once: where the level of a value reaches the confidence level."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from analysis.fits.minimum import FitError
from analysis.fits.toy_fits import ToyProfiles
from analysis.limits.limit import limit_of
from analysis.limits.question import Question
from analysis.statistics.tested import Calibration, Tested
from sim.cross_sections.parameters import FloatArray

_MAX_STEPS = 60
_PRECISION = 1e-6

Excess = Callable[[FloatArray], FloatArray]
"""How far each data set's value lies outside its interval: negative inside, increasing outwards."""


def levels_of(
    question: Question,
    profiles: ToyProfiles,
    values: FloatArray,
    rise: FloatArray | None = None,
    calibration: Calibration | None = None,
) -> FloatArray:
    """From which confidence level on the interval of each data set holds its value (m,).

    rise is -2 Delta ln L at the values, if it is known already.
    """
    rise = profiles.rise(values) if rise is None else rise
    tested = Tested(profiles, question.parameter.one_sided, values, rise, calibration)
    return question.construction.levels(tested)


def levels_of_intervals(question: Question, profiles: ToyProfiles, value: float) -> FloatArray:
    """0 where the intervals that ``limit`` gives of a data set hold a value x, else 1 (m,).

    One whose limit fails, or is empty, does not hold it.
    """
    truth, toys = question.parameter.physical(value), profiles.toys
    levels = np.ones(len(profiles.best_fit))
    for i, (counts, centers) in enumerate(zip(toys.counts, toys.centers, strict=True)):
        own = replace(
            profiles.likelihood, counts=np.ascontiguousarray(counts), centers=centers.copy()
        )
        with suppress(FitError):
            found = limit_of(question, own)
            levels[i] = not any(low <= truth <= high for low, high in found.intervals)
    return levels


def upper_limits(question: Question, profiles: ToyProfiles) -> FloatArray:
    """Upper limit (m,) on a bounded x of each data set; NaN where the interval is empty."""

    def excess(values: FloatArray) -> FloatArray:
        level = levels_of(question, profiles, values)
        return np.asarray(ndtri(np.clip(level, 1e-9, 1 - 1e-9)) - ndtri(question.cl))

    empty = excess(np.zeros_like(profiles.best_fit)) > 0
    limits = outer_crossing(excess, np.maximum(profiles.best_fit, 0.0), profiles.error)
    return np.where(empty, np.nan, limits)


def hulls(profiles: ToyProfiles, rise: float) -> FloatArray:
    """Hull (m, 2) of the values whose -2 Delta ln L stays within a rise, all minima included.

    From the outermost of the minima that lie within the rise, each side is followed outwards, that
    of a bounded parameter to 0 at most.
    """

    def excess(values: FloatArray) -> FloatArray:
        return profiles.rise(values) - rise

    heights, places = profiles.local_minima()
    accepted = heights <= profiles.best_value + rise
    low = np.min(np.where(accepted, places, profiles.best_fit), axis=0)
    high = np.max(np.where(accepted, places, profiles.best_fit), axis=0)
    lower = outer_crossing(excess, low, -profiles.error)
    if profiles.bounded:
        lower = np.where(low == 0, 0.0, np.maximum(lower, 0.0))
    return np.stack([lower, outer_crossing(excess, high, profiles.error)], axis=1)


def outer_crossing(excess: Excess, start: FloatArray, step: FloatArray) -> FloatArray:
    """Where a function crosses zero on the way from start (m,), inside, in steps (m,) outwards.

    Steps grow until the crossing is passed; then regula falsi (Illinois) closes in on it.  NaN
    where the function never becomes positive.
    """
    low, high = start, start + step
    at_low, at_high = np.minimum(excess(low), -1e-12), excess(high)
    for _ in range(_MAX_STEPS):
        short = at_high <= 0
        if not np.any(short):
            break
        step = np.where(short, 1.6 * step, step)
        low, at_low = np.where(short, high, low), np.where(short, at_high, at_low)
        high = np.where(short, high + step, high)
        at_high = np.where(short, excess(high), at_high)
    passed = at_high > 0
    found = _closed_in(
        excess, low, high, np.minimum(at_low, -1e-12), np.where(passed, at_high, 1.0)
    )
    return np.where(passed, found, np.nan)


def _closed_in(
    excess: Excess, low: FloatArray, high: FloatArray, at_low: FloatArray, at_high: FloatArray
) -> FloatArray:
    """Crossing between low, where the excess is negative, and high, where it is positive."""
    was_below = was_above = np.zeros(low.size, dtype=bool)
    here = high
    for _ in range(_MAX_STEPS):
        before, here = here, low + (high - low) * at_low / (at_low - at_high)
        found = excess(here)
        below = found <= 0
        at_high = np.where(below, np.where(was_below, at_high / 2, at_high), found)
        at_low = np.where(below, found, np.where(was_above, at_low / 2, at_low))
        low, high = np.where(below, here, low), np.where(below, high, here)
        was_below, was_above = below, ~below
        if np.all(np.abs(here - before) <= _PRECISION * np.abs(here)):
            break
    return here
