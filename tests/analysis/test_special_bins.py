"""Simulated bins and the combined chi-square: check values, free betas by hand, pyhf, numpy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from iminuit import Minuit

from analysis.fits import newton_kernels
from analysis.fits.batch import batch_statistics, toys_at
from analysis.fits.minimum import minimise
from analysis.likelihood import kernels, single_kernels
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.experiment import ConfigurationError, load_experiment
from sim.model_assembly import build_model

pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")
Array = np.ndarray[Any, np.dtype[np.float64]]

TEXT = """
name = "simulated"

[reactor]
thermal_power_gw = 3.6
baseline_m = 20.7

[detector]
material = "Ge"
mass_kg = 10.0
threshold_kev = 1.0
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.06
fano_factor = 0.11

[detector.quenching]
k = 0.162

[exposure]
on_days = 10.0
off_days = 5.0

[analysis]
window_kev = [2.0, 8.0]
bin_width_kev = 1.0
channels = ["electron"]

[systematics]
flux_norm = 0.03

[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 0.1

[[background]]
name = "simulated"
shape = "table"
file = "simulated.csv"
norm = 0.2
"""
RATES = np.array([0.5, 0.4, 0.3, 0.2, 0.1, 0.05])
ERRORS = np.array([0.05, 0.08, 0.0, 0.06, 0.03, 0.02])


def table(errors: Array = ERRORS) -> str:
    rows = [
        f"{2 + i},{3 + i},{rate},{error}"
        for i, (rate, error) in enumerate(zip(RATES, errors, strict=True))
    ]
    return "\n".join(["low_kev,high_kev,rate_per_kev_kg_day,error", *rows]) + "\n"


def likelihood(folder: Path, *overrides: str) -> Likelihood:
    (folder / "simulated.csv").write_text(table(), "utf-8")
    (folder / "a.toml").write_text(TEXT, "utf-8")
    model = build_model(load_experiment(folder / "a.toml", list(overrides)))
    return joint_likelihood(model, model.asimov())


CHECKS = [
    (10.0, 8.0, 0.01, 0.426468),
    (0.0, 2.0, 0.09, 3.64),
    (100.0, 90.0, -1.0, 1.07407),
    (3.0, 5.0, -1.0, 0.97778),
    (0.0, 5.0, -1.0, 10.0),
]


@pytest.mark.parametrize(("count", "mean", "spread", "term"), CHECKS)
def test_check_values(count: float, mean: float, spread: float, term: float) -> None:
    """-2 ln L of one bin from Conway's quadratic equation and the formula of Ji et al."""
    assert kernels.bin_term(count, mean, 0.0, spread, 1.0)[0] == pytest.approx(term, rel=1e-5)
    assert newton_kernels.special_term(count, mean, spread, 1.0) == pytest.approx(term, rel=1e-5)


def test_no_spread_is_the_poisson_term() -> None:
    plain = kernels.poisson_term(7.0, 9.5)
    assert kernels.bin_term(7.0, 9.5, 0.0, 1e-14, 1.0) == pytest.approx(plain, rel=1e-8)


@pytest.mark.parametrize("spread", [0.01, 0.3, -1.0])
@pytest.mark.parametrize(("count", "mean"), [(10.0, 8.0), (0.0, 2.0), (3.0, 11.0), (50.0, 20.0)])
def test_derivatives_of_a_bin(count: float, mean: float, spread: float) -> None:
    """Slope and curvature in each of the kernels' files, against differences of the term."""
    step, center = 1e-4, 0.9

    def at(mean: float) -> tuple[float, float]:
        found: tuple[float, float] = kernels.bin_term(count, mean, 0.0, spread, center)
        return found

    slope = (at(mean + step)[0] - at(mean - step)[0]) / (2 * step)
    bend = (at(mean + step)[1] - at(mean - step)[1]) / (4 * step)
    assert at(mean)[1] == pytest.approx(slope, rel=1e-6, abs=1e-7)
    r, w = newton_kernels.special_residual(count, mean, spread, center)
    assert (2 * r, w) == pytest.approx((slope, max(bend, 0.0)), rel=1e-5, abs=1e-6)
    if count > 0 or spread > 0:
        counts, change, term, residual, weight = (np.zeros(1) for _ in range(5))
        counts[0], change[0] = count, mean - count
        special = np.array([spread]), np.array([0])
        single_kernels.special_terms(
            counts, change, special, 0, np.array([center]), term, residual, weight
        )
        assert term[0] == pytest.approx(at(mean)[0], rel=1e-10)
        assert (2 * residual[0], weight[0]) == pytest.approx((2 * r, w), rel=1e-12)


def with_free_betas(given: Likelihood, held: dict[str, float]) -> float:
    """Lowest -2 ln L with every beta a parameter of its own, by iminuit."""
    bins, special = given.special.simulated, given.special
    free = np.flatnonzero(~given.with_fixed(held).fixed)

    def value(p: Array) -> float:
        x = given.with_fixed(held).centers.copy()
        x[free] = p[: free.size]
        mean = np.maximum(given.expected(x), 1e-9)
        mean[bins] *= p[free.size :]
        n = given.counts
        logs = n * np.log(np.where(n > 0, n, 1.0) / mean)
        centers, deltas = given.centers[special.places[bins]], special.spreads[bins] ** 0.5
        pulls = (p[free.size :] - centers) / deltas
        prior = ((x - given.centers) * given.inverse_sigmas)[free]
        return float(2 * np.sum(mean - n + logs) + np.sum(pulls**2) + np.sum(prior**2))

    start = np.concatenate([given.centers[free], np.ones(bins.size)])
    minuit = Minuit(value, start)
    minuit.errordef, minuit.tol, minuit.strategy = 1.0, 1e-4, 2
    minuit.migrad(ncall=20000)
    return float(minuit.fval or 0.0)


def test_betas_are_eliminated(tmp_path: Path) -> None:
    """Toys with measured betas: minima as with every beta free, alone and in step."""
    given = likelihood(tmp_path)
    assert given.special.simulated.size == 10
    assert sum(kind == "simulation" for kind in given.kinds) == 10
    relative = ERRORS[0] * 100 / given.counts[0]
    assert given.special.spreads[0] ** 0.5 == pytest.approx(relative, rel=1e-12)
    toys = toys_at(given, given.centers, 3, 4)
    betas = toys.centers[:, given.special.places[given.special.simulated]]
    assert np.all(np.std(betas, axis=0) > 0)
    found = batch_statistics(given, toys, "mu2", 1.0)
    assert found.converged.all()
    for row in range(2):
        own = replace(
            given,
            counts=np.ascontiguousarray(toys.counts[row]),
            centers=np.ascontiguousarray(toys.centers[row]),
        )
        held = {**own.others(), "mu2": float(found.best_fit[row])}
        assert minimise(own, held).value == pytest.approx(found.best_value[row], rel=0, abs=1e-5)
        assert with_free_betas(own, held) == pytest.approx(found.best_value[row], rel=0, abs=1e-4)


def test_fisher_information_knows_the_simulation(tmp_path: Path) -> None:
    """Variance of a bin: lambda + (lambda delta)^2."""
    given = likelihood(tmp_path)
    wanted = given.counts + np.tile((ERRORS * 100) ** 2, 2) * np.repeat([1.0, 0.25], 6)
    np.testing.assert_allclose(given.spreads(given.centers), wanted, rtol=1e-10)


def test_as_pyhf_has_it(tmp_path: Path) -> None:
    """The same model with staterror modifiers: -2 ln L ratios of two signals, to 1e-5."""
    pyhf = pytest.importorskip("pyhf")
    counts = [12.0, 7.0, 4.0]
    signal, background, errors = [3.0, 2.0, 1.0], [8.0, 6.0, 5.0], [0.8, 1.2, 0.5]
    model = pyhf.Model(
        {
            "channels": [
                {
                    "name": "one",
                    "samples": [
                        {
                            "name": "signal",
                            "data": signal,
                            "modifiers": [
                                {"name": "mu", "type": "normfactor", "data": None},
                                {"name": "stat", "type": "staterror", "data": [0.0] * 3},
                            ],
                        },
                        {
                            "name": "background",
                            "data": background,
                            "modifiers": [{"name": "stat", "type": "staterror", "data": errors}],
                        },
                    ],
                }
            ]
        },
        poi_name="mu",
    )
    data = [*counts, *model.config.auxdata]
    values = []
    for mu in (0.0, 1.0):
        _, fitted = pyhf.infer.mle.fixed_poi_fit(mu, data, model, return_fitted_val=True)
        values.append(float(fitted))
    total = np.add(signal, background)
    found = []
    for mu in (0.0, 1.0):
        means = mu * np.array(signal) + np.array(background)
        spreads = (np.array(errors) / total) ** 2
        found.append(
            sum(
                kernels.bin_term(n, mean, 0.0, spread, 1.0)[0]
                for n, mean, spread in zip(counts, means, spreads, strict=True)
            )
        )
    assert found[1] - found[0] == pytest.approx(values[1] - values[0], rel=0, abs=1e-5)


def test_combined_chi_square(tmp_path: Path) -> None:
    """A fit with statistic = "cnp" against numpy and iminuit; toys in step end there too."""
    (tmp_path / "simulated.csv").write_text(table(), "utf-8")
    text = TEXT.replace('name = "simulated"\nshape', 'name = "other"\nshape')
    text = text.replace('shape = "table"\nfile = "simulated.csv"', "shape = 'flat'\n")
    (tmp_path / "b.toml").write_text(
        text.replace("norm = 0.2", "rate_per_kev_kg_day = 0.4\nnorm = 0.2"), "utf-8"
    )
    model = build_model(load_experiment(tmp_path / "b.toml", ["analysis.statistic=cnp"]))
    given = joint_likelihood(model, model.asimov())
    assert given.special.combined.size == given.counts.size
    toys = toys_at(given, given.centers, 2, 9)
    found = batch_statistics(given, toys, "mu2", 1.0)
    assert found.converged.all()
    own = given.with_counts(np.ascontiguousarray(toys.counts[0]))
    own = replace(own, centers=np.ascontiguousarray(toys.centers[0]))
    held = {**own.others(), "mu2": float(found.best_fit[0])}
    free = np.flatnonzero(~own.with_fixed(held).fixed)

    def value(p: Array) -> float:
        x = own.with_fixed(held).centers.copy()
        x[free] = p
        mean, n = own.expected(x), own.counts
        chi2 = np.where(
            n > 0, (n - mean) ** 2 * (1 / np.where(n > 0, n, 1) + 2 / mean) / 3, 2 * mean
        )
        pulls = ((x - own.centers) * own.inverse_sigmas)[free]
        return float(np.sum(chi2) + np.sum(pulls**2))

    minuit = Minuit(value, own.centers[free])
    minuit.migrad()
    assert found.best_value[0] == pytest.approx(float(minuit.fval or 0.0), rel=0, abs=1e-4)
    assert minimise(own, held).value == pytest.approx(found.best_value[0], rel=0, abs=1e-5)


def test_combined_bins_refuse_simulations(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'cnp' has no place for errors of simulations"):
        likelihood(tmp_path, "analysis.statistic=cnp")
