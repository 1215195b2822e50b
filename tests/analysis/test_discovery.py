"""Significance: textbook tail probabilities, toys against sums, and what cannot be resolved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from counting_files import one_bin
from scipy.stats import binom, norm, poisson

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.fits.quality import goodness_of_fit
from analysis.limits.reach import discovery_reach
from analysis.limits.significance import Significance, significance
from analysis.statistics.discovery import excess, toy_probability
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model


def model_of(path: Path) -> Model:
    return build_model(load_experiment(str(path)))


def answered(path: Path, n_toys: int | None = None) -> Significance:
    model = model_of(path)
    assert model.observed is not None
    return significance(model, model.observed, "mu_nu", n_toys=n_toys)


@pytest.mark.parametrize(
    ("n", "background", "z", "asymptotic"),
    [(8, 3.0, 2.260, 2.386), (5, 0.5, 3.580, 3.745), (0, 3.0, 0.0, 0.0)],
)
def test_one_count_on_a_known_background_is_summed(
    tmp_path: Path, n: int, background: float, z: float, asymptotic: float
) -> None:
    found = answered(one_bin(tmp_path, n, background))
    assert found.how == "summed"
    assert found.p_value == pytest.approx(poisson.sf(n - 1, background), rel=1e-6, abs=0)
    assert found.z == pytest.approx(z, abs=5e-4)
    assert found.q0**0.5 == pytest.approx(asymptotic, abs=5e-4)


def test_no_outcome_as_large_is_a_bound(tmp_path: Path) -> None:
    found = answered(one_bin(tmp_path, 60, 0.5))
    assert found.is_bound
    assert found.p_value == 1e-12
    assert found.z == pytest.approx(norm.isf(1e-12))
    assert found.words().startswith(">7.03")


def test_on_and_off_summed_and_by_toys(tmp_path: Path) -> None:
    """At the null fit ON and OFF are Poisson of (n + m)/2 each: summed here over their plane."""
    n, m = 9, 2
    path = one_bin(tmp_path, n, 3.0, norm='"free"', off=(1.0, m))
    found = answered(path)
    counts = np.arange(60)
    on, off = (axis.ravel() for axis in np.meshgrid(counts, counts, indexing="ij"))

    def q0(on: np.ndarray, off: np.ndarray) -> np.ndarray:
        """Li & Ma, Astrophys. J. 272, 317 (1983), Eq. (17) with alpha = 1, squared."""
        both = np.maximum((on + off) / 2, 1e-300)
        terms = [k * np.log(np.maximum(k, 1e-300) / both) for k in (on, off)]
        return np.asarray(np.where(on > off, 2 * sum(terms), 0.0))

    mean = (n + m) / 2
    weight = poisson.pmf(on, mean) * poisson.pmf(off, mean)
    exact = float(np.sum(weight[q0(on, off) >= q0(np.array([n]), np.array([m])) - 1e-6]))
    assert found.q0 == pytest.approx(float(q0(np.array([n]), np.array([m]))[0]), rel=1e-6)
    assert (found.how, found.n_failed) == ("summed", 0)
    assert found.p_value == pytest.approx(exact, rel=1e-6)
    assert binom.sf(n - 1, n + m, 0.5) == pytest.approx(exact, rel=0.8)
    model = model_of(path)
    likelihood = treated_likelihood(model, model.data())
    thrown = toy_probability(likelihood, "mu2", excess(likelihood, "mu2", 0.0), 40_000, 1)
    assert thrown.n_failed == 0
    assert thrown.p_value == pytest.approx(exact, abs=4 * (exact / 40_000) ** 0.5)


def test_toys_never_say_zero(tmp_path: Path) -> None:
    path = one_bin(tmp_path, 40, 3.0, norm="0.1")
    found = answered(path, 200)
    assert found.p_value == pytest.approx(1 / 201)
    assert found.is_bound
    assert "p < 0.00498, 200 toys, 0 failed" in found.words()


def test_few_counts_are_said(tmp_path: Path) -> None:
    found = answered(one_bin(tmp_path, 4, 3.0, norm="0.3"))
    assert found.how == "asymptotic"
    assert found.warnings[0].startswith("few-counts: the bins that decide expect 4")


def test_goodness_by_toys_is_never_zero(tmp_path: Path) -> None:
    """40 counts where 3 are expected: none of 200 toys is as far."""
    model = model_of(one_bin(tmp_path, 40, 3.0))
    assert model.observed is not None
    found = goodness_of_fit(model, model.observed, 200)
    assert found.p_value == pytest.approx(1 / 201)
    assert "p < 0.00498 (200 toys)" in found.words()
    several = model_of(one_bin(tmp_path / "b", 6, 3.0))
    assert several.observed is not None
    counts = np.arange(100)
    q = 2 * (3.0 - counts + counts * np.log(np.maximum(counts, 1e-300) / 3.0))
    exact = float(np.sum(poisson.pmf(counts, 3.0)[q >= q[6] - 1e-9]))
    p = goodness_of_fit(several, several.observed, 20_000).p_value
    assert p == pytest.approx(exact, abs=4 * (exact / 20_000) ** 0.5)


def test_either_sign_is_tested_against_the_standard_model() -> None:
    """t0 of Asimov data is -2 ln L of the Standard Model, p = 2 Phi(-sqrt t0); toys are near."""
    model = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"]))
    data = model.asimov(NeutrinoParameters.of({"q_nu": -4e-12}))
    found = significance(model, data, "q_nu")
    likelihood = treated_likelihood(model, data)
    null = minimise(likelihood, likelihood.others())
    assert found.q0 == pytest.approx(null.value, rel=1e-6)
    assert found.best_fit == pytest.approx(-4e-12, rel=1e-4)
    assert found.p_value == pytest.approx(2 * norm.sf(null.value**0.5), rel=1e-6)
    assert found.z == pytest.approx(norm.isf(found.p_value), rel=1e-6)
    assert found.warnings[0].startswith("two-valleys")
    thrown = significance(model, data, "q_nu", n_toys=4_000)
    assert (thrown.how, thrown.warnings) == ("toys", ())
    assert found.p_value / 2 < thrown.p_value < 2 * found.p_value
    with pytest.raises(ValueError, match="only adds"):
        discovery_reach(model, "q_nu")
    with pytest.raises(ValueError, match="parameter 'q'"):
        significance(model, data, "q")
