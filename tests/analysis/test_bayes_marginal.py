"""The marginal posterior: limits against nested quadrature by scipy, levels against limits."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log
from pathlib import Path

import numpy as np
import pytest
from counting_files import one_bin
from scipy.integrate import quad
from scipy.optimize import brentq

from analysis.fits.batch import Toys
from analysis.fits.minimum import FitError, treated_likelihood
from analysis.fits.toy_fits import ToyProfiles
from analysis.likelihood.blocks import Blocks
from analysis.limits.constructions.registry import construction
from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.statistics import tested
from analysis.statistics.nuisance_volume import log_volume
from sim.cross_sections.parameters import MU_SCALE
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model


def built(path: Path) -> Model:
    return build_model(load_experiment(str(path)))


def mu2(found: Limit) -> float:
    return ((found.upper or np.nan) / MU_SCALE) ** 2


def integrated(n: int, m: int, background: float, cl: float) -> float:
    """Quantile of s by nested quadratures: n in ON, m in OFF of the same length, flat priors."""

    def density(s: float) -> float:
        def at(b: float) -> float:
            return exp(n * log(s + b) - s - b + (m * log(b) if m else 0.0) - b)

        return float(quad(at, 1e-12, 8 * (n + m + 10), limit=200, points=[m / 2 + 0.5, m + 1])[0])

    end = 3.0 * n + 30
    total = quad(density, 0, end, limit=100, epsrel=1e-6)[0]
    return float(
        brentq(
            lambda u: quad(density, 0, u, limit=100, epsrel=1e-6)[0] / total - cl,
            0.1,
            end,
            xtol=1e-4,
        )
    )


@pytest.mark.parametrize(("n", "m", "rel"), [(3, 5, 1e-3), (8, 3, 1e-3), (1, 0, 2e-3)])
def test_of_on_and_off(tmp_path: Path, n: int, m: int, rel: float) -> None:
    """A free norm, with few counts and, without any in OFF, at the wall."""
    model = built(one_bin(tmp_path, n, max(m, 1), norm='"free"', off=(1.0, m)))
    found = limit(model, model.data(), "mu_nu", method="bayes-marginal")
    wanted = integrated(n, m, max(m, 1), 0.9)
    assert mu2(found) == pytest.approx(wanted, rel=rel)
    profiled = limit(model, model.data(), "mu_nu", method="bayes-flat")
    assert abs(mu2(profiled) / wanted - 1) > 0.015


def test_without_nuisances_it_is_the_profiled_one(tmp_path: Path) -> None:
    model = built(one_bin(tmp_path, 4, 3.0))
    upper = [
        mu2(limit(model, model.data(), "mu_nu", method=method))
        for method in ("bayes-flat", "bayes-marginal")
    ]
    assert upper[0] == upper[1]


@pytest.mark.parametrize("norm", ["0.0", "0.3", '"free"'])
def test_nothing_seen(tmp_path: Path, norm: str) -> None:
    """The posterior is exp(-s) whatever is known of the background, unless its norm is negative."""
    off = (1.0, 3) if norm == '"free"' else None
    model = built(one_bin(tmp_path, 0, 3.0, norm=norm, off=off))
    found = limit(model, model.data(), "mu_nu", method="bayes-marginal")
    assert mu2(found) == pytest.approx(2.302585, rel=1e-3 if norm == "0.3" else 1e-5)


def test_levels_are_those_of_the_limits(tmp_path: Path) -> None:
    """The level of the limit of each data set is its confidence level."""
    path = one_bin(tmp_path, 5, 4.0, norm='"free"', off=(2.0, 9))
    model = built(path)
    counts = np.array([[5.0, 9.0], [2.0, 6.0], [11.0, 8.0]])
    likelihood = treated_likelihood(model, model.data())
    toys = Toys(np.asfortranarray(counts), np.tile(likelihood.centers, (3, 1)))
    profiles = ToyProfiles.of(likelihood, toys, "mu2")
    upper = np.array(
        [
            mu2(limit(model, model.data().with_counts(row), "mu_nu", method="bayes-marginal"))
            for row in counts
        ]
    )
    levels = construction("bayes-marginal").levels(
        tested.Tested(profiles, True, upper, profiles.rise(upper))
    )
    np.testing.assert_allclose(levels, 0.9, rtol=0, atol=4e-3)


def test_volumes_of_a_gaussian(tmp_path: Path) -> None:
    """With many counts the volume is Laplace's: (2 pi)^(F / 2) / sqrt(det H)."""
    model = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=5.8"]))
    likelihood = treated_likelihood(model, model.asimov())
    held = likelihood.with_fixed(likelihood.others())
    _, log_det = np.linalg.slogdet(held.curvature(held.centers))
    free = int(np.sum(~held.fixed))
    found = log_volume(held, held.centers, 512)
    assert found == pytest.approx(free / 2 * np.log(2 * np.pi) - log_det / 2, abs=0.03)


def test_what_has_no_posterior(tmp_path: Path) -> None:
    """A norm that no bin feels: a named status, not a number."""
    model = built(one_bin(tmp_path, 3, 2.0, norm='"free"'))
    likelihood = treated_likelihood(model, model.data())
    held = likelihood.with_fixed(likelihood.others() | {"norm:b": 1.0})
    assert log_volume(held, held.centers, 64) == 0.0
    blocks = [replace(b, weights=0.0 * b.weights) for b in likelihood.blocks.blocks]
    flat = replace(likelihood, blocks=Blocks.of(blocks), counts=np.zeros(1))
    with pytest.raises(FitError, match="does not rise"):
        log_volume(flat.with_fixed(flat.others()), flat.centers, 64)
