"""Contours: what is drawn as 90 % is 90 %, from the fit, with every minimum; and by toys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_arrays import BackgroundTemplate, with_arrays
from scipy.optimize import minimize
from scipy.stats import chi2

from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.contours.contour import Contour, contour
from analysis.limits.contours.lines import lines_at
from analysis.limits.limit import limit
from analysis.statistics.acceptance import NotEnoughToysError
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.spectra.spectra import Spectra

Array = np.ndarray[Any, np.dtype[np.float64]]
B = np.arange(1.0, 9.0)


@pytest.fixture(scope="module")
def planted(coarse: Model) -> Callable[..., Model]:
    """Eight bins of templates of mu^2, q, r and their squares, with a known background."""

    def build(templates: dict[int, Array | float], background: float = 400.0) -> Model:
        signal = np.zeros((7, 2, 8))
        for monomial, counts in templates.items():
            signal[monomial, 0] = counts
        known = BackgroundTemplate("known", np.stack([np.full(8, background), np.zeros(8)]), 0.0)
        return with_arrays(
            coarse, edges_kev=np.arange(9.0) + 1, signal=signal, backgrounds=(known,), morphs=()
        )

    return build


@pytest.mark.parametrize("pair", [("mu_nu", "q_nu"), ("q_nu", "r2_nu")])
def test_lines_are_at_their_level(pair: tuple[str, str], coarse: Model, plain: Any) -> None:
    """By the likelihood of the tests, whose joint minimum scipy finds: 2.296 and 4.605."""
    spectra = coarse.asimov(NeutrinoParameters(mu_nu=4e-11))
    found = contour(coarse, spectra, pair, 15)
    own = plain(joint_likelihood(coarse, spectra))
    fitted = {"mu_nu": ("mu2", 1e-22), "q_nu": ("q", 1e-12), "r2_nu": ("r", 1e-32)}

    def height(point: Array) -> float:
        values = {}
        for name, value in zip(pair, point, strict=True):
            key, scale = fitted[name]
            offset = -8.275112172688196e-33 if name == "r2_nu" else 0.0
            values[key] = (value**2 if name == "mu_nu" else value - offset) / scale
        return float(own.profile(values))

    scale = np.array([found.x[-1], found.y[-1]])
    start = np.array([found.minima[0].x, found.minima[0].y]) / scale
    lowest = minimize(
        lambda u: height(np.abs(u) * scale if pair[0] == "mu_nu" else u * scale),
        start,
        method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9},
    ).fun
    for region, cl in zip(found.regions, (0.6827, 0.9), strict=True):
        assert region.rise == pytest.approx(chi2.ppf(cl, 2))
        points = np.concatenate([line.T for line in region.lines])
        rises = [height(point) - lowest for point in points[:: max(len(points) // 12, 1)]]
        assert rises == pytest.approx([chi2.ppf(cl, 2)] * len(rises), abs=5e-3)


def test_extent_is_that_of_the_lines(coarse: Model) -> None:
    found = contour(coarse, coarse.asimov(), ("q_nu", "r2_nu"), 31, cls=(0.95,))
    (region,) = found.regions
    (line,) = region.lines
    assert np.all(line[:, 0] == line[:, -1])
    for ends, values in zip((region.x_range, region.y_range), line, strict=True):
        size = ends[1] - ends[0]
        assert ends == pytest.approx((values.min(), values.max()), abs=0.01 * size)
    single = limit(coarse, coarse.asimov(), "q_nu", 0.95)
    assert region.x_range[1] > 1.2 * single.upper


def test_two_equal_minima_are_named_as_two(planted: Callable[..., Model]) -> None:
    """Without interference q and -q are the same: two regions, two minima, one warning."""
    model = planted({3: 10.0 * B})
    counts = model.asimov(NeutrinoParameters(q_nu=3e-12)).counts
    with_mu = planted({3: 10.0 * B, 1: 30.0})
    spectra = Spectra.on_and_off(model.edges_kev, counts, "observed")
    found = contour(with_mu, spectra, ("q_nu", "mu_nu"), 21)
    assert sorted(round(one.x / 1e-12, 3) for one in found.minima) == [-3.0, 3.0]
    assert found.warnings[0].startswith("two-minima: as good a fit is at q_nu = ")
    assert len(found.regions[0].lines) == 2


def test_narrow_regions_do_not_fall_between_the_points(planted: Callable[..., Model]) -> None:
    """Two islands a hundred times as far apart as they are wide."""
    model = planted({3: 1e4 * B, 1: 30.0}, background=100.0)
    counts = model.asimov(NeutrinoParameters(q_nu=3e-12)).counts
    spectra = Spectra.on_and_off(model.edges_kev, counts, "observed")
    found = contour(model, spectra, ("q_nu", "mu_nu"), 11)
    assert len(found.regions[-1].lines) == 2


def test_flat_directions_are_open(planted: Callable[..., Model]) -> None:
    """q and r do the same in every bin: one without the other has a limit, both have none."""
    model = planted({2: 20.0 * B, 4: 20.0 * B})
    found = contour(model, model.asimov(), ("q_nu", "r2_nu"), 9)
    assert [region.is_open for region in found.regions] == [(True, True)] * 2
    single = limit(model, model.asimov(), "q_nu", 0.9)
    assert found.x[-1] > single.upper


def test_third_parameter_is_profiled(coarse: Model) -> None:
    held = contour(coarse, coarse.asimov(), ("mu_nu", "q_nu"), 9)
    freed = contour(coarse, coarse.asimov(), ("mu_nu", "q_nu"), 9, free=("r2_nu",))
    plane = contour(coarse, coarse.asimov(), ("q_nu", "r2_nu"), 9)
    assert freed.regions[-1].x_range[1] > held.regions[-1].x_range[1]
    low, high = freed.regions[-1].y_range
    assert (low, high) == pytest.approx(plane.regions[-1].x_range, rel=1e-4)
    with pytest.raises(ValueError, match="two different"):
        contour(coarse, coarse.asimov(), ("mu_nu", "q_nu"), 9, free=("q_nu",))


def test_interval_with_another_parameter_free(coarse: Model, plain: Any) -> None:
    """Limits on q with r free, and on mu with q free: the profile of the tests is 2.7055 there."""
    own = plain(joint_likelihood(coarse, coarse.asimov()))
    found = limit(coarse, coarse.asimov(), "q_nu", 0.9, free=("r2_nu",))
    held = limit(coarse, coarse.asimov(), "q_nu", 0.9)
    assert (found.free, held.free) == (("r2_nu",), ())
    assert found.upper > 1.1 * held.upper
    for end in (found.lower, found.upper):
        rises = [own.profile({"q": end / 1e-12, "r": r}) for r in np.linspace(-160, 160, 1601)]
        assert min(rises) == pytest.approx(2.7055, abs=2e-3)
    moment = limit(coarse, coarse.asimov(), "mu_nu", 0.9, "qtilde", free=("q_nu",))
    mu2 = (moment.upper / 1e-11) ** 2
    rises = [own.profile({"mu2": mu2, "q": q}) for q in np.linspace(-4, 4, 801)]
    assert min(rises) == pytest.approx(1.6424, abs=2e-3)
    for method, free, words in (
        ("cls", ("q_nu",), "'cls' has no fixed rise"),
        (None, ("mu_nu",), "not mu_nu itself"),
        (None, ("r2_nu", "sin2_theta_w"), "one parameter"),
    ):
        with pytest.raises(ValueError, match=words):
            limit(coarse, coarse.asimov(), "mu_nu", 0.9, method, free=free)


def test_toys_agree_with_wilks_where_it_holds(planted: Callable[..., Model]) -> None:
    """Two linear parameters, hundreds of counts a bin, far from any bound: F = P(chi2_2 < t)."""
    model = planted({2: 20.0 * B, 3: 0.1 * B**2, 4: 60.0, 5: 0.3 * B**0.5})
    budget = ToyBudget(4_000, 3)
    found = contour(
        model, model.asimov(), ("q_nu", "r2_nu"), 7, method="feldman-cousins", budget=budget
    )
    assert found.n_failed == 0
    assert found.share is not None
    near = found.rise < 9
    assert np.sum(near) > 10
    assert found.share[near] == pytest.approx(chi2.cdf(found.rise[near], 2), abs=0.04)
    assert found.regions[-1].rise is None


def test_toys_on_the_edge(planted: Callable[..., Model]) -> None:
    """At mu^2 = 0 half chi2_1 and half chi2_2, critical value 3.808 at 90 %."""
    model = planted({1: 30.0 + 2 * B, 2: 20.0 * B, 3: 0.3})
    budget = ToyBudget(20_000, 1)
    found = contour(
        model, model.asimov(), ("mu_nu", "q_nu"), 9, method="feldman-cousins", budget=budget
    )
    assert found.share is not None
    edge, rise = found.share[:, 0], found.rise[:, 0]
    expected = (chi2.cdf(rise, 1) + chi2.cdf(rise, 2)) / 2
    assert edge == pytest.approx(expected, abs=0.04)
    assert 0.5 * (chi2.cdf(3.808, 1) + chi2.cdf(3.808, 2)) == pytest.approx(0.9, abs=1e-4)


def test_level_that_toys_cannot_resolve(coarse: Model) -> None:
    with pytest.raises(NotEnoughToysError, match="1e\\+05 toys a value"):
        contour(
            coarse, coarse.asimov(), ("mu_nu", "q_nu"), 5, cls=(0.999,), method="feldman-cousins"
        )


def test_marching_squares() -> None:
    """A circle of radius 2 on a coarse grid: closed in on, all points have that radius."""
    x, y = np.linspace(-3, 3, 13), np.linspace(-3, 3, 12)
    values = x[None, :] ** 2 + y[:, None] ** 2
    (line,) = lines_at(x, y, values, 4.0, lambda a, b: a * a + b * b)
    assert np.hypot(*line) == pytest.approx(2.0, abs=1e-3)
    assert np.all(line[:, 0] == line[:, -1])
    saddle = lines_at(x, y, np.cos(2 * x)[None, :] * np.cos(2 * y)[:, None], -0.01)
    assert len(saddle) > 4


def test_level() -> None:
    assert Contour.level(0.9) == pytest.approx(4.60517, abs=1e-5)
