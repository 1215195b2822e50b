"""Pathological models: each limit and fit is right, or says by name why there is none.

Bins and templates are planted; numbers that are given are compared with formulas or with the
likelihood that the tests have of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from model_arrays import BackgroundTemplate, signal_of, with_arrays
from scipy.optimize import brentq

from analysis.fits.fit import fit
from analysis.fits.minimum import FitError
from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.constructions.registry import constructions
from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import MU_SCALE, Q_SCALE
from sim.model import Model
from sim.spectra.spectra import Spectra

Array = np.ndarray[Any, np.dtype[np.float64]]
FREE = np.inf
RISE = 1.6423744151498168  # Phi^-1(0.9)^2
TWO_SIDED = 2.7055434540954133
B = np.arange(1.0, 9.0)  # eight bins
ONES = np.ones(8)
NAMED = {"no-sensitivity", "unidentifiable", "empty", "fit-failed"}


@pytest.fixture(scope="module")
def plant(coarse: Model) -> Callable[..., tuple[Model, Spectra]]:
    """A model of given templates of ON (OFF holds background alone), and spectra."""

    def build(
        mu: Any,
        backgrounds: tuple[tuple[Any, float], ...] = (),
        counts: Any = None,
        q: Any = None,
        q_squared: Any = None,
        sm: Any = None,
        off: float = 0.0,
    ) -> tuple[Model, Spectra]:
        shape = np.atleast_1d(np.asarray(mu, dtype=np.float64))
        signal = np.zeros((7, 2, shape.size))
        signal[1, 0] = shape
        for places, values in (((0,), sm), ((2, 4), q), ((3, 5), q_squared)):
            signal[list(places), 0] = 0.0 if values is None else values
        templates = tuple(
            BackgroundTemplate(f"b{k}", np.stack([values * np.ones(shape.size)] * 2), width)
            for k, (values, width) in enumerate(backgrounds)
        )
        for template in templates:
            template.counts[1] *= off
        model = with_arrays(
            coarse,
            edges_kev=np.arange(shape.size + 1.0) + 1,
            signal=signal,
            backgrounds=templates,
            morphs=(),
        )
        expected = model.asimov().counts
        given = expected if counts is None else np.stack([counts * ONES[: shape.size], expected[1]])
        return model, Spectra.on_and_off(model.edges_kev, given, "observed")

    return build


def well_formed(found: Limit) -> None:
    """Numbers and status ok, or a named status with its reason and no numbers; nothing between."""
    numbers = (found.best_fit, found.lower, found.upper)
    if found.found:
        assert found.reason is None
        assert all(n is not None and math.isfinite(n) for n in numbers)
        assert found.intervals
        assert all(low < high for low, high in found.intervals)
    else:
        assert found.status in NAMED
        assert found.reason
        assert "\n" not in found.reason
        assert numbers == (None, None, None)
        assert found.intervals == ()
    assert not any(isinstance(v, float) and not math.isfinite(v) for v in asdict(found).values())


def mu(square: float) -> float:
    return float(MU_SCALE * square**0.5)


# Models without a limit


WITHOUT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "no signal at all": ("mu_nu", "no-sensitivity", {"mu": 0 * B, "backgrounds": ((10.0, FREE),)}),
    "no signal, no background": ("mu_nu", "no-sensitivity", {"mu": 0 * B}),
    "no charge": ("q_nu", "no-sensitivity", {"mu": B, "backgrounds": ((10.0, FREE),)}),
    "free background of the same shape": (
        *("mu_nu", "unidentifiable"),
        {"mu": B, "backgrounds": ((B, FREE),)},
    ),
    "free background, one bin": (
        *("mu_nu", "unidentifiable"),
        {"mu": 3.0, "backgrounds": ((10.0, FREE),)},
    ),
    "two free backgrounds that add up to it": (
        *("mu_nu", "unidentifiable"),
        {"mu": 3 * ONES + B, "backgrounds": ((10 * ONES, FREE), (B, FREE))},
    ),
    "as many free backgrounds as bins": (
        *("mu_nu", "unidentifiable"),
        {"mu": [1.0, 2.0], "backgrounds": (([1.0, 1.0], FREE), ([1.0, 3.0], FREE))},
    ),
    "the same at 1e-20": (
        *("mu_nu", "unidentifiable"),
        {"mu": 1e-20 * B, "backgrounds": ((1e9 * B, FREE),)},
    ),
    "a charge of the same shape": (
        *("q_nu", "unidentifiable"),
        {"mu": B, "q": -B, "q_squared": B, "sm": B, "backgrounds": ((B, FREE),)},
    ),
    "counts that are not finite": (
        *("mu_nu", "fit-failed"),
        {"mu": 1 / B, "backgrounds": ((10.0, FREE),), "counts": np.inf},
    ),
    "counts that are not numbers": (
        *("mu_nu", "fit-failed"),
        {"mu": 1 / B, "backgrounds": ((10.0, FREE),), "counts": np.nan},
    ),
    "negative counts": (
        *("mu_nu", "fit-failed"),
        {"mu": 1 / B, "backgrounds": ((10.0, FREE),), "counts": -1.0},
    ),
    "a deficit that excludes everything": (
        *("mu_nu", "empty"),
        {"mu": B, "backgrounds": ((100.0, 0.0),), "counts": 50.0},
    ),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_no_limit(name: str, plant: Callable[..., tuple[Model, Spectra]]) -> None:
    parameter, status, how = WITHOUT[name]
    model, spectra = plant(**how)
    method = "clsb" if status == "empty" else None
    found = limit(model, spectra, parameter, method=method)
    well_formed(found)
    assert found.status == status, found
    if status != "empty":
        with pytest.raises(FitError) as caught:
            fit(model, spectra, (parameter,))
        assert len(str(caught.value).splitlines()) == 1


# Models with a limit that a formula gives


EXACT: dict[str, tuple[float, dict[str, Any]]] = {
    # nothing seen, nothing expected: 2 s = RISE
    "one bin without background": (RISE / 2 / 3, {"mu": 3.0, "counts": 0.0}),
    "eight bins without background": (RISE / 2 / 36, {"mu": B, "counts": 0.0}),
    "nothing seen, known background": (
        RISE / 2 / 36,
        {"mu": B, "backgrounds": ((10.0, 0.0),), "counts": 0.0},
    ),
    "nothing seen, huge known background": (
        RISE / 2 / 36,
        {"mu": B, "backgrounds": ((1e6, 0.0),), "counts": 0.0},
    ),
    "signal of 1e-9": (RISE / 2 / 36e-9, {"mu": 1e-9 * B, "counts": 0.0}),
    "signal of 1e-30": (RISE / 2 / 36e-30, {"mu": 1e-30 * B, "counts": 0.0}),
    "signal of 1e9": (RISE / 2 / 36e9, {"mu": 1e9 * B, "counts": 0.0}),
    "empty bins beside": (RISE / 2, {"mu": [0, 0, 1.0, 0], "counts": 0.0}),
    "a background that is zero": (
        RISE / 2 / 36,
        {"mu": B, "backgrounds": ((0.0, FREE),), "counts": 0.0},
    ),
    "a deficit": (  # 2 (s - n ln((s + b) / b)) = RISE
        float(brentq(lambda s: 2 * (s - 50 * math.log1p(s / 100)) - RISE, 0, 10, xtol=1e-14)),
        {"mu": 1.0, "backgrounds": ((100.0, 0.0),), "counts": 50.0},
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_limit_of_a_formula(name: str, plant: Callable[..., tuple[Model, Spectra]]) -> None:
    square, how = EXACT[name]
    found = limit(*plant(**how), "mu_nu")
    well_formed(found)
    assert found.at_bound
    assert found.best_fit == 0
    assert found.upper == pytest.approx(mu(square), rel=1e-5, abs=0)


def test_counts_where_only_signal_is(plant: Callable[..., tuple[Model, Spectra]]) -> None:
    """Three counts in a bin without background: mu^2 = 3 +- sqrt(3)."""
    counts = np.array([10.0, 10.0, 10.0, 3.0])
    model, spectra = plant(
        [0, 0, 0, 1.0], backgrounds=(([10.0, 10.0, 10.0, 0.0], FREE),), counts=counts
    )
    best = fit(model, spectra)
    square = next(p for p in best.parameters if p.name == "mu_nu_squared")
    assert square.value == pytest.approx(3 * MU_SCALE**2, rel=1e-4, abs=0)
    assert square.error == pytest.approx(3**0.5 * MU_SCALE**2, rel=1e-2, abs=0)
    assert not best.at_bound


@pytest.mark.parametrize("free", [FREE, 0.1, 0.0])
def test_counts_where_nothing_is_expected(
    free: float, plant: Callable[..., tuple[Model, Spectra]]
) -> None:
    """No parameter can explain them: an error that names the bin, not a limit."""
    model, spectra = plant(
        [1.0, 1.0, 1.0, 0.0],
        backgrounds=(([10.0, 10.0, 10.0, 0.0], free),),
        counts=np.array([10.0, 10.0, 10.0, 3.0]),
    )
    for ask in (limit, lambda m, s, p: fit(m, s, (p,))):
        with pytest.raises(ValueError, match="bin 4 to 5 keV, where nothing is expected"):
            ask(model, spectra, "mu_nu")


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6])
def test_pure_squares(scale: float, plant: Callable[..., tuple[Model, Spectra]]) -> None:
    """Without interference the expectation is flat at q = 0: a limit, but no parabolic error."""
    model, spectra = plant(
        B, backgrounds=((10.0, 0.0),), q=0 * B, q_squared=scale * B, counts=10.0, sm=None
    )
    found = limit(model, spectra, "q_nu")
    well_formed(found)
    moment = limit(model, spectra, "mu_nu", method="delta-chi2")
    square = (moment.upper or 0.0) ** 2 / MU_SCALE**2
    assert found.upper == pytest.approx(Q_SCALE * (square / scale) ** 0.5, rel=1e-4, abs=0)
    assert found.lower == pytest.approx(-(found.upper or 0.0), rel=1e-4, abs=0)
    charge = next(p for p in fit(model, spectra, ("q_nu",)).parameters if p.name == "q_nu")
    assert charge.error is None


def test_linear_alone(plant: Callable[..., tuple[Model, Spectra]]) -> None:
    model, spectra = plant(B, backgrounds=((100.0, 0.0),), q=B, q_squared=0 * B)
    found = limit(model, spectra, "q_nu")
    well_formed(found)
    assert found.upper == pytest.approx(Q_SCALE * (TWO_SIDED / np.sum(B**2 / 100)) ** 0.5, rel=0.05)


# Nuisances that cannot be told apart


@pytest.mark.parametrize(
    "shapes",
    [
        (10 * ONES, 10 * ONES),
        (10 * ONES, 1e-6 * ONES),
        (10 * ONES, B, 10 * ONES + 3 * B),
        (B, 2 * B, 3 * B, 4 * B),
    ],
)
def test_backgrounds_that_are_one(
    shapes: tuple[Array, ...], plant: Callable[..., tuple[Model, Spectra]]
) -> None:
    """They are named and have no error; the limit is that of the backgrounds they are."""
    model, spectra = plant(1 / B, backgrounds=tuple((s, FREE) for s in shapes))
    distinct = shapes[:2] if len(shapes) == 3 else shapes[:1]
    total = sum(shapes)
    single, _ = plant(1 / B, backgrounds=tuple((s, FREE) for s in distinct))
    found = limit(model, spectra, "mu_nu")
    well_formed(found)
    alone = limit(single, spectra.with_counts(np.stack([total, 0 * total])), "mu_nu")
    assert found.upper == pytest.approx(alone.upper, rel=1e-4, abs=0)
    best = fit(model, spectra)
    assert best.undetermined == tuple(f"norm:b{k}" for k in range(len(shapes)))
    assert [n.error for n in best.nuisances] == [None] * len(shapes)


def test_constrained_backgrounds_are_told_apart(
    plant: Callable[..., tuple[Model, Spectra]],
) -> None:
    model, spectra = plant(1 / B, backgrounds=((10 * ONES, 0.1), (10 * ONES, 0.1)))
    best = fit(model, spectra)
    assert best.undetermined == ()
    assert all(n.error is not None for n in best.nuisances)


def test_charge_and_radius_that_are_one(plant: Callable[..., tuple[Model, Spectra]]) -> None:
    """Alone each has a limit; freed together they cannot be told apart."""
    model, spectra = plant(B, backgrounds=((10.0, 0.0),), q=B, q_squared=B, sm=B)
    signal = signal_of(model).copy()
    signal[6] = 2 * signal[3]
    model = with_arrays(model, signal=signal)
    for parameter in ("q_nu", "r2_nu"):
        well_formed(limit(model, spectra, parameter))
    with pytest.raises(FitError, match="cannot tell q_nu, r2_nu"):
        fit(model, spectra, ("q_nu", "r2_nu"))


# Models at random


def random_model(seed: int) -> dict[str, Any]:
    """Scales over sixteen decades, up to three backgrounds free, constrained or fixed, few bins."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    shapes = [
        (10.0 ** rng.uniform(-1, 5) * rng.uniform(0.2, 1, n), float(rng.choice([FREE, 0.3, 0.0])))
        for _ in range(int(rng.integers(1, 4)))
    ]
    expected = sum(shape for shape, _ in shapes)
    return {
        "mu": 10.0 ** rng.uniform(-8, 8) * rng.uniform(0, 1, n) * (rng.random(n) > 0.2),
        "backgrounds": tuple(shapes),
        "counts": rng.poisson(expected).astype(np.float64),
        "q": rng.normal(size=n),
        "q_squared": rng.uniform(0.1, 1, n),
        "sm": rng.uniform(0, 1, n),
        "off": float(rng.choice([0.0, 0.5])),
    }


@pytest.mark.parametrize("seed", range(60))
def test_random_models(seed: int, plant: Callable[..., tuple[Model, Spectra]], plain: Any) -> None:
    """Well formed by every method; where a limit is given, the profile has risen as it says."""
    model, spectra = plant(**random_model(seed))
    for known in constructions():
        if known.band_of_toys:
            well_formed(limit(model, spectra, "mu_nu", method=known.name))
    charge = limit(model, spectra, "q_nu")
    well_formed(charge)
    found = limit(model, spectra, "mu_nu")
    likelihood = plain(joint_likelihood(model, spectra))
    reached = found.upper is not None and np.all(likelihood.counts > 0)
    if not (found.found and reached) or fit(model, spectra).undetermined:
        return
    square = ((found.upper or 0.0) / MU_SCALE) ** 2
    best = ((found.best_fit or 0.0) / MU_SCALE) ** 2
    rise = likelihood.profile({"mu2": square}) - likelihood.profile({"mu2": best})
    assert rise == pytest.approx(RISE, abs=2e-3)


# Empty spectra, and amplitudes that cancel


NOTHING_SEEN = {
    "qtilde": RISE / 2,
    "delta-chi2": TWO_SIDED / 2,
    "cls": math.log(10),
    "clsb": math.log(10),
    "bayes-flat": math.log(10),
    "bayes-marginal": math.log(10),
    "feldman-cousins": 2.436,
}


@pytest.mark.parametrize("method", NOTHING_SEEN)
@pytest.mark.parametrize("off", [0.0, 1.0], ids=["no OFF, no background", "OFF empty too"])
def test_empty_spectra_have_the_textbook_number(
    method: str, off: float, plant: Callable[..., tuple[Model, Spectra]]
) -> None:
    """Of every construction that there is; what is asymptotic says few-counts."""
    backgrounds = ((10.0, FREE),) if off else ()
    model, _ = plant(3.0, backgrounds=backgrounds, off=off)
    empty = Spectra.on_and_off(model.edges_kev, np.zeros((2, 1)), "observed")
    found = limit(model, empty, "mu_nu", method=method)
    well_formed(found)
    assert found.at_bound
    assert found.upper == pytest.approx(mu(NOTHING_SEEN[method] / 3), rel=1e-3)
    asymptotic = method in ("qtilde", "delta-chi2")
    assert found.status == ("few-counts" if asymptotic else "ok")


def test_every_construction_is_among_them() -> None:
    assert set(NOTHING_SEEN) == {known.name for known in constructions()}


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_an_amplitude_that_cancels(
    sign: float, plant: Callable[..., tuple[Model, Spectra]]
) -> None:
    """Two valleys that differ have numbers, but are not ok; Feldman-Cousins is wider."""
    how: dict[str, Any] = {"backgrounds": ((1e4, 0.0),), "q_squared": 100 * ONES}
    model, spectra = plant(B, q=6 * sign * B, counts=1e4 + 400 * ONES, **how)
    found = limit(model, spectra, "q_nu")
    well_formed(found)
    assert found.status == "under-coverage"
    assert "feldman-cousins keeps its promise" in found.warnings[0]
    few = ToyBudget(2_000)
    unified = limit(model, spectra, "q_nu", method="feldman-cousins", budget=few)
    assert not any(text.startswith("under-coverage") for text in unified.warnings)
    assert unified.upper is not None
    assert unified.upper > (found.upper or np.inf)
