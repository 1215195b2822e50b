"""Two valleys that differ cover too little: it is measured, and takes the word ok from a limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from analysis.fits.minimum import minimise
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.constructions.registry import construction
from analysis.limits.judgement import judged
from analysis.limits.limit import limit_of
from analysis.limits.limit_result import Limit
from analysis.limits.question import Question
from analysis.statistics.acceptance import AcceptanceTest
from analysis.statistics.measured_coverage import bends, least_covered
from sim.cross_sections.signal import SignalParameter

Planted = Callable[..., Likelihood]
RISE = 2.705543454
COUNTS = 1e6
CHARGE = SignalParameter("q_nu", "q", "q", "e", 1e-12)


def curve(planted: Planted, a: float, b: float, at: float, *, mirror: bool = False) -> Likelihood:
    """Two full bins with data at a q: a q standard errors in the first, b q^2 in the other.

    With mirror both powers stand in the second bin.
    """
    size = COUNTS**0.5
    linear = [0.0, a * size] if mirror else [a * size, 0.0]
    signal = {0: [1.0, 1.0], 2: linear, 3: [0.0, b * size]}
    found = planted(signal, [COUNTS, COUNTS], {"q": at}, 0.0, (1e-9,))
    return replace(found, inverse_sigmas=np.zeros(4), fixed=np.array([False, False, False, True]))


def covered(a: float, b: float, truth: float, n: int = 20_000) -> float:
    """Share of Gaussian pairs about a point of a parabola whose distance rises by less: a scan."""
    random = np.random.default_rng(8)
    points = random.normal(loc=[a * truth, b * truth**2], size=(n, 2))
    u = np.linspace(-6, 6, 2401)
    there = np.sum((points - [a * truth, b * truth**2]) ** 2, axis=1)
    best = np.full(n, np.inf)
    for low in range(0, u.size, 100):
        part = np.stack([a * u[low : low + 100], b * u[low : low + 100] ** 2])
        distance = np.sum((points[:, :, None] - part) ** 2, axis=1)
        best = np.minimum(best, distance.min(axis=1))
    return float(np.mean(there - best < RISE))


@pytest.mark.parametrize("truth", [0.0, 2.0])
def test_shares_are_those_of_a_parabola(planted: Planted, truth: float) -> None:
    """Over-covered at the vertex, under-covered where both arms are within reach."""
    likelihood = curve(planted, 0.4, 1.0, truth)
    best = minimise(likelihood, likelihood.others("q"))
    test = AcceptanceTest(likelihood, "q", best, 0.9, 1, 20_000)
    found = test.at(truth, most_toys=20_000, statistic=RISE)
    assert found.share == pytest.approx(covered(0.4, 1.0, truth), abs=0.01)
    assert found.under(0.9) == (truth == 2.0)


def asked(likelihood: Likelihood) -> tuple[Limit, Limit]:
    """A limit without and with a judgement."""
    question = Question(CHARGE, 0.9, construction("delta-chi2"), "off-joint")
    found = limit_of(question, likelihood)
    return found, judged(found, question, likelihood)


def test_two_valleys_that_differ_are_not_ok(planted: Planted) -> None:
    likelihood = curve(planted, 0.4, 1.0, 2.0)
    found, said = asked(likelihood)
    assert (found.status, said.status) == ("ok", "under-coverage")
    assert said.intervals == found.intervals
    (warning,) = said.warnings
    intervals = [(CHARGE.inverse(low), CHARGE.inverse(high)) for low, high in found.intervals]
    least = least_covered(likelihood, CHARGE, 0.9, RISE, intervals, 1)
    wanted = f"with {least.share:.3f} +- {least.error_of_share:.3f} in place of 0.9"
    assert wanted in warning
    assert least.share == pytest.approx(covered(0.4, 1.0, least.value), abs=0.025)
    assert warning.endswith("feldman-cousins keeps its promise")


@pytest.mark.parametrize(
    ("a", "b", "mirror"),
    [(1.0, 0.0, False), (0.0, 1.0, False), (1.0, 0.2, True), (4.0, 0.1, False)],
    ids=["a line", "a square", "each other's mirror", "the other arm out of reach"],
)
def test_one_valley_or_two_alike_are_ok(planted: Planted, a: float, b: float, mirror: bool) -> None:
    likelihood = curve(planted, a, b, 2.0, mirror=mirror)
    assert bends(likelihood, "q") == bool(a and b)
    found, said = asked(likelihood)
    assert (found.status, said.status, said.warnings) == ("ok", "ok", ())
