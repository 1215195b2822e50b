"""Answers of the statistics to questions written as texts, in a form that can be stored.

A question names what is asked, of which data and how: ``limit|observed|off-joint|mu_nu|qtilde``.
An answer has what must be equal (``exact``), numbers, and the size that each is compared with: that
of the interval, of the error, or its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import edition_arrays
import numpy as np

import nuem

DATA = Path(__file__).parents[1] / "data" / "first-edition"
TOLERANCE = 1e-11
Answer = dict[str, Any]


@lru_cache(maxsize=4)
def model(name: str) -> nuem.Model:
    """Model of a frozen experiment file."""
    return nuem.build_model(nuem.load_experiment(DATA / "experiments" / f"{name}.toml"))


def answer(name: str, question: str, *, shake: int = 0) -> Answer:
    """Answer to a question about a frozen file; shake: rounding errors in the counts."""
    kind, data, *rest = question.split("|")
    built = model(name)
    try:
        return ANSWERS[kind](built, _spectra(built, data, shake), *rest)
    except nuem.FitError:
        return stated("no fit", [], [])


def combined(question: str, *, shake: int = 0) -> Answer:
    """Limit of several frozen files together: ``FILE+FILE|data|treatment|parameter|method``."""
    names, data, treatment, parameter, method = question.split("|")
    parts = {}
    for name in names.split("+"):
        built = model(name)
        parts[name] = (built, _spectra(built, data, shake))
    found = nuem.combined_limit(parts, parameter, 0.9, method, treatment)
    return _of_limit(found)


def stated(exact: Any, numbers: Iterable[float], sizes: Iterable[float]) -> Answer:
    """An answer as it is read back from a file: plain values only."""
    plain = json.loads(json.dumps(exact, default=np.generic.item))
    return {"exact": plain, "numbers": list(map(float, numbers)), "sizes": list(map(float, sizes))}


def departures(found: Answer, frozen: Answer, tolerance: float = TOLERANCE) -> list[str]:
    """What differs from the frozen answer by more than the tolerance, or its own, in words."""
    if found["exact"] != frozen["exact"]:
        return [f"{found['exact']} in place of {frozen['exact']}"]
    if len(found["numbers"]) != len(frozen["numbers"]):
        return [f"{len(found['numbers'])} numbers in place of {len(frozen['numbers'])}"]
    tolerance = frozen.get("tolerance", tolerance)
    return [
        f"number {i}: {x!r} in place of {y!r}, size {size:.6g}, tolerance {tolerance:g}"
        for i, (x, y, size) in enumerate(
            zip(found["numbers"], frozen["numbers"], frozen["sizes"], strict=True)
        )
        if not abs(x - y) <= tolerance * size
    ]


def _spectra(built: nuem.Model, data: str, shake: int) -> nuem.Spectra:
    spectra = built.asimov() if data == "asimov" else built.observed
    assert spectra is not None
    if shake == 0:
        return spectra
    counts = edition_arrays.counts(spectra)
    signs = np.sign(np.sin(shake * (1.0 + 2.0 * np.arange(counts.size)))).reshape(counts.shape)
    return edition_arrays.with_counts(spectra, counts * (1 + 1e-15 * signs))


def _limit(
    built: nuem.Model, spectra: nuem.Spectra, treatment: str, parameter: str, method: str
) -> Answer:
    return _of_limit(nuem.limit(built, spectra, parameter, 0.9, method, treatment))


def _of_limit(found: nuem.Limit) -> Answer:
    # The first edition called every limit ok; now its quality has statuses of its own.
    status = "ok" if found.found else found.status
    exact = [status, found.unit, found.treatment, found.at_bound, len(found.intervals)]
    numbers = [end for interval in found.intervals for end in interval]
    size = 0.0
    if found.best_fit is not None and found.lower is not None and found.upper is not None:
        numbers.append(found.best_fit)
        size = found.upper - found.lower
    return stated(exact, numbers, [size] * len(numbers))


def _fit(built: nuem.Model, spectra: nuem.Spectra, treatment: str, free: str) -> Answer:
    found = nuem.fit(built, spectra, free.split("+"), treatment)
    fitted = [*found.parameters, *found.nuisances]
    exact = [found.at_bound, found.n_bins, found.n_free, list(found.undetermined)]
    exact.append([[p.name, p.unit, p.error is None] for p in fitted])
    numbers = [found.minus_two_log_likelihood]
    sizes = [max(1.0, found.minus_two_log_likelihood)]
    for parameter in fitted:
        error = parameter.error or 0.0
        numbers += [parameter.value, error]
        sizes += [max(abs(parameter.value), error), error]
    return stated(exact, numbers, sizes)


def _band(
    built: nuem.Model, _: nuem.Spectra, treatment: str, parameter: str, method: str
) -> Answer:
    band = nuem.expected_limits(built, parameter, 0.9, method, treatment)
    ends = [end for limit in band for end in (limit.lower, limit.upper)]
    numbers = [end for end in ends if end is not None]
    size = max(numbers, default=0.0) - min(numbers, default=0.0)
    return stated([end is None for end in ends], numbers, [size] * len(numbers))


def _significance(built: nuem.Model, spectra: nuem.Spectra, treatment: str, signal: str) -> Answer:
    found = nuem.significance(built, spectra, signal, treatment)
    numbers = [found.q0, found.z, found.best_fit]
    return stated(found.unit, numbers, [max(1.0, abs(x)) for x in numbers])


def _impacts(built: nuem.Model, spectra: nuem.Spectra, treatment: str, parameter: str) -> Answer:
    found = sorted(nuem.impacts(built, spectra, parameter, treatment), key=lambda i: i.nuisance)
    numbers, sizes = [], []
    for impact in found:
        numbers += [impact.value, impact.error, impact.pull or 0.0, impact.width]
        numbers += [impact.shift_up, impact.shift_down]
        sizes += [1.0] * 6
    return stated([[i.nuisance, i.unit, i.pull is None] for i in found], numbers, sizes)


def _profile(built: nuem.Model, spectra: nuem.Spectra, treatment: str, parameter: str) -> Answer:
    curve = nuem.profile_curve(built, spectra, parameter, 0.9, None, treatment, 21)
    values, rise = curve.values.tolist(), curve.rise.tolist()
    sizes = [values[-1] - values[0]] * len(values) + [max(rise)] * len(rise)
    return stated([curve.unit, len(values)], values + rise, sizes)


def _contour(
    built: nuem.Model, spectra: nuem.Spectra, treatment: str, first: str, second: str
) -> Answer:
    found = nuem.contour(built, spectra, (first, second), 11, treatment)
    ends = [end for region in found.regions for end in (*region.x_range, *region.y_range)]
    (low, high), (bottom, top) = found.regions[-1].x_range, found.regions[-1].y_range
    best = found.minima[0]
    sizes = [high - low, high - low, top - bottom, top - bottom] * 2 + [high - low, top - bottom]
    return stated([list(found.units), len(found.regions)], [*ends, best.x, best.y], sizes)


def _goodness(built: nuem.Model, spectra: nuem.Spectra, treatment: str, n_toys: str) -> Answer:
    p_value = nuem.goodness_of_fit(built, spectra, int(n_toys), 1, treatment).p_value
    share = ((1 + int(n_toys)) * p_value - 1) / int(n_toys)  # the first edition gave k / n
    return stated(None, [share], [1.0])


ANSWERS: dict[str, Callable[..., Answer]] = {
    "limit": _limit,
    "fit": _fit,
    "band": _band,
    "significance": _significance,
    "impacts": _impacts,
    "profile": _profile,
    "contour": _contour,
    "goodness": _goodness,
}
