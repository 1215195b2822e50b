"""Toy fits and Asimov limits against iminuit, pyhf and SLSQP."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from iminuit import Minuit
from timing import Row, interleaved, ratio_row
from toy_peers import FastMinuit, pyhf_limit, pyhf_model, pyhf_statistics, slsqp_minimum
from two_cores import two_cores_likelihood

from analysis.fits.batch import Toys, batch_statistics, toys_at, valley_starts
from analysis.fits.joint_minima import start_values
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.blocks import Blocks
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import asimov_upper_limits
from analysis.limits.constructions.registry import construction
from sim.experiment import load_experiment
from sim.model_assembly import build_model

MODEL = Path(__file__).with_name("toy_model.toml")
_TESTED = 1.0
_MANY = 10_000
Array = np.ndarray[Any, np.dtype[np.float64]]
BoolArray = np.ndarray[Any, np.dtype[np.bool_]]


def toy_likelihood() -> Likelihood:
    """The likelihood of the toy model, with the data that it expects."""
    model = build_model(load_experiment(MODEL))
    return joint_likelihood(model, model.asimov())


def generated(likelihood: Likelihood, name: str, value: float, n_toys: int) -> Toys:
    """Toys at a value of one parameter."""
    truth = likelihood.centers.copy()
    truth[likelihood.index(name)] = value
    return toys_at(likelihood, truth, n_toys, seed=1)


def fit_rows() -> list[Row]:
    """The statistic of a toy: fits with mu2 free and held."""
    likelihood = toy_likelihood()
    toys = generated(likelihood, "mu2", _TESTED, 8192)
    pulls = toys.centers[:, likelihood.index("flux_norm")]
    minuit, model = FastMinuit(likelihood), pyhf_model(likelihood)

    def ours() -> object:
        return batch_statistics(likelihood, toys, "mu2", _TESTED)

    fast = interleaved(
        ours, lambda: minuit.statistics(toys.counts[:300], pulls[:300], _TESTED), 8192, 300, 7
    )
    slow = interleaved(
        ours, lambda: pyhf_statistics(model, toys.counts[:10], pulls[:10], _TESTED), 8192, 10, 5
    )
    return [
        ratio_row("statistic of a toy", "pyhf, numpy backend", slow, 2000),
        ratio_row("statistic of a toy", "iminuit, C function, object reused", fast, 20),
        *_optional_rows(likelihood, toys),
    ]


def _optional_rows(likelihood: Likelihood, toys: Toys) -> list[Row]:
    """The same beside JAX and NextStat, where these are installed."""
    rows, what = [], "statistic of a toy"
    pulls, few = toys.centers[:, likelihood.index("flux_norm")], toys.counts[:20]

    def ours() -> object:
        return batch_statistics(likelihood, toys, "mu2", _TESTED)

    if find_spec("jax"):
        from jax_peers import JaxToys

        model, some = JaxToys(likelihood), slice(0, 1024)
        timed = interleaved(
            ours,
            lambda: model.statistics(toys.counts[some], pulls[some], _TESTED),
            8192,
            1024,
            5,
        )
        rows.append(ratio_row(what, "JAX, vmapped Newton for this model, jitted", timed, 20))
    if find_spec("nextstat"):
        from nextstat_peers import NextStatToys

        fits = NextStatToys(likelihood)
        timed = interleaved(ours, lambda: fits.statistics(few, _TESTED), 8192, 20, 5)
        rows.append(ratio_row(what, "NextStat, one thread", timed, 500))
    return rows


def block_rows() -> list[Row]:
    """200 spectra of 100 bins with a local nuisance each, beside the dense matrix and iminuit."""
    with tempfile.TemporaryDirectory() as folder:
        likelihood = two_cores_likelihood(Path(folder))
    toys = generated(likelihood, "mu2", 0.0, 256)
    rows, what = [], "statistic of a toy, 200 local nuisances in 200 spectra"

    def ours() -> object:
        return batch_statistics(likelihood, toys, "mu2", _TESTED)

    if find_spec("jax"):
        from jax_peers import JaxDense

        model, some = JaxDense(likelihood), slice(0, 2)
        timed = interleaved(
            ours,
            lambda: model.statistics(toys.counts[some], toys.centers[some], _TESTED),
            256,
            2,
            3,
        )
        rows.append(ratio_row(what, "JAX, dense second derivatives", timed, 20))
    timed = interleaved(
        ours, lambda: _minuit_statistics(likelihood, toys, "mu2", _TESTED, 1), 256, 1, 3
    )
    return [*rows, ratio_row(what, "iminuit, compiled function and gradient", timed, 200)]


def accuracy_rows() -> list[Row]:
    """q of 200 toys against SLSQP, and failures in 1e4."""
    likelihood = toy_likelihood()
    toys = generated(likelihood, "mu2", _TESTED, 10_000)
    found = batch_statistics(likelihood, toys, "mu2", _TESTED)
    held = likelihood.with_fixed(likelihood.others("mu2"))
    free = ~held.fixed
    differences = []
    for k in range(200):
        own = replace(held, counts=toys.counts[k].copy(), centers=toys.centers[k])
        q = _slsqp(own.with_fixed({"mu2": _TESTED}), free) - _slsqp(own, free)
        differences.append(abs(q - found.statistic[k]))
    worst, failed = max(differences), float(np.sum(~found.converged))
    return [
        Row("Δq of 200 toys", "SLSQP at 1e-13", f"{worst:.1e}", "0", worst, 1e-8, True),
        Row("failures in 1e4 toys", "", f"{failed:g}", "", failed, 0, True),
    ]


def _slsqp(likelihood: Likelihood, free: BoolArray) -> float:
    """Minimum with mu2 >= 0 in units in which the errors are one."""
    x = likelihood.centers.copy()
    free = free & ~likelihood.fixed
    errors = 1 / np.sqrt(np.diag(likelihood.fisher(x))[free])

    def point(part: Array) -> Array:
        there = x.copy()
        there[free] = x[free] + errors * part
        return there

    bounds: list[tuple[float | None, float | None]] = [(None, None)] * int(free.sum())
    if free[0]:
        bounds[0] = (-x[0] / errors[0], None)
    return slsqp_minimum(
        lambda part: likelihood.value(point(part)),
        lambda part: errors * likelihood.gradient(point(part))[free],
        np.zeros(int(free.sum())),
        bounds,
    )


def minima_rows() -> list[Row]:
    """A shape nuisance, and free q and r with both minima, against iminuit from the same starts."""
    changes = ["analysis.bin_width_kev=0.261", "exposure.off_days=0"]
    plain = _gemma(changes)
    shaped = _gemma([*changes, "systematics.energy_scale=0.01"])
    rows = []
    for label, likelihood, name, value in (
        ("energy scale free", shaped, "mu2", 3.0),
        ("q free, both minima", plain, "q", 1.0),
        ("r free, both minima", plain, "r", 20.0),
    ):
        toys = generated(likelihood, name, value, _MANY)
        few = Toys(toys.counts[:1024], toys.centers[:1024])
        timed = interleaved(
            partial(batch_statistics, likelihood, few, name, value),
            partial(_minuit_statistics, likelihood, few, name, value, 4),
            1024,
            4,
            3,
        )
        same = _same_minimum(likelihood, toys, name, value)
        rows += [
            ratio_row(
                f"statistic of a toy, {label}",
                "iminuit from the same starts",
                timed,
                10,
            ),
            Row(
                f"same minimum in {_MANY:,} toys, {label}",
                "damped steps from many starts",
                f"{same:,}",
                f"{_MANY:,}",
                same,
                _MANY,
            ),
        ]
    return rows


def _gemma(changes: list[str]) -> Likelihood:
    model = build_model(load_experiment("gemma-2012", changes))
    return joint_likelihood(model, model.asimov())


def _minuit_statistics(
    likelihood: Likelihood, toys: Toys, name: str, value: float, n_toys: int
) -> list[float]:
    """q of some toys: MIGRAD with compiled function and gradient, where ours starts too."""
    place, found = likelihood.index(name), []
    others = likelihood.others(name)
    some = Toys(toys.counts[:n_toys], toys.centers[:n_toys])
    starts, numbers = np.tile(some.centers, (3, 1, 1)), np.ones(n_toys)
    starts[:2, :, place] = 0.0
    if name != "mu2":
        starts, numbers = valley_starts(likelihood, some, name, value)
    for k in range(n_toys):
        own = replace(likelihood, counts=toys.counts[k].copy(), centers=toys.centers[k])
        free, held = own.with_fixed(others), own.with_fixed({**others, name: value})
        minuit = Minuit(free.value, toys.centers[k], grad=free.gradient)
        minuit.errordef, minuit.strategy, minuit.fixed = 1.0, 0, free.fixed
        best = np.inf
        for start in starts[: 2 if numbers[k] > 1 else 1, k]:
            minuit.values = start
            minuit.migrad()
            best = min(best, float(minuit.fval))
        if name == "mu2" and minuit.values[place] < 0:
            minuit.values[place], minuit.fixed[place] = 0.0, True
            best = float(minuit.migrad().fval)
        starts[2, k, place] = value
        minuit = Minuit(held.value, starts[2, k], grad=held.gradient)
        minuit.errordef, minuit.strategy, minuit.fixed = 1.0, 0, held.fixed
        found.append(float(minuit.migrad().fval) - best)
    return found


def _same_minimum(likelihood: Likelihood, toys: Toys, name: str, value: float) -> int:
    """Toys whose best fit is as deep as that of damped Newton steps from many starts."""
    found = batch_statistics(likelihood, toys, name, value)
    place = likelihood.index(name)
    free = ~likelihood.fixed
    at_zero = np.zeros(free.size, dtype=np.bool_)
    for other in likelihood.others(name):
        free[likelihood.index(other)], at_zero[likelihood.index(other)] = False, True
    reduction = likelihood.reduced(free, at_zero)
    counts = np.ascontiguousarray(toys.counts.T)
    deepest = np.full(len(toys.counts), np.inf)
    for start in start_values(likelihood, name):
        points = toys.centers.copy()
        points[:, place] = start
        values, _ = reduction.descend(
            points,
            counts,
            toys.centers,
            np.where(free, likelihood.inverse_sigmas, 0.0),
            likelihood.correlations.couplings,
        )
        inside = points[:, place] >= 0 if name == "mu2" else np.ones(len(values), dtype=np.bool_)
        deepest = np.where(inside, np.minimum(deepest, values), deepest)
    return int(np.sum(found.converged & (found.best_value <= deepest + 1e-7)))


def asimov_rows() -> list[Row]:
    """Expected limits of 1000 configurations: threshold, background, exposure."""
    nominal = toy_likelihood()
    configurations = [
        _configured(nominal, first, background, exposure)
        for first in range(0, 50, 5)
        for background in np.geomspace(0.1, 10, 10)
        for exposure in np.geomspace(0.1, 10, 10)
    ]
    rise = construction("qtilde").rise(0.90)
    some = configurations[::100]
    peers = [FastMinuit(likelihood) for likelihood in some]

    def roots() -> list[float]:
        return [
            peer.asimov_limit(likelihood.counts, rise)
            for peer, likelihood in zip(peers, some, strict=True)
        ]

    found = asimov_upper_limits(some, "mu2", 0.90)
    np.testing.assert_allclose(roots(), found, rtol=2e-3)
    fast = interleaved(lambda: asimov_upper_limits(configurations, "mu2", 0.90), roots, 1000, 10)
    models = [pyhf_model(likelihood) for likelihood in some[4:6]]
    slow = interleaved(
        lambda: asimov_upper_limits(configurations, "mu2", 0.90),
        lambda: [
            pyhf_limit(m, likelihood.counts)
            for m, likelihood in zip(models, some[4:6], strict=True)
        ],
        1000,
        2,
        2,
    )
    return [
        ratio_row("Asimov limit", "pyhf toms748_scan", slow, 50_000),
        ratio_row("Asimov limit", "iminuit, C function, brentq", fast, 50),
    ]


def _configured(nominal: Likelihood, first: int, background: float, exposure: float) -> Likelihood:
    """Some bins cut, other backgrounds, another exposure."""
    norms = [place for place, kind in enumerate(nominal.kinds) if kind == "norm"]
    blocks = []
    for block in nominal.blocks.blocks:
        scale = np.where(np.isin(block.factors, norms).any(axis=1), background, 1.0)
        shapes = np.ascontiguousarray(block.shapes[:, first:])
        blocks.append(replace(block, shapes=shapes, weights=block.weights * scale * exposure))
    packed = Blocks.of(blocks)
    nothing = np.zeros(packed.n_bins)
    cut = replace(nominal, blocks=packed, counts=nothing, variances=nothing)
    return cut.with_counts(cut.expected(cut.centers))
