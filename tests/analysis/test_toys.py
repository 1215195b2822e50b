"""Toys of the off-joint fit: no bias, honest errors, and the coverage of the limit."""

from __future__ import annotations

import numpy as np
import pytest
from model_arrays import monomials_at

from analysis.fits.minimum import minimise, treated_likelihood
from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.limit import limit
from sim.cross_sections.parameters import NeutrinoParameters
from sim.model import Model
from sim.pseudo import toys

N_TOYS = 250
TRUTH = NeutrinoParameters(mu_nu=4.5e-11)


def test_mu2_is_unbiased_and_its_error_honest(coarse: Model) -> None:
    """Without the bound: mean of theta_hat, and of its pull; width of the pull."""
    truth = monomials_at(TRUTH, coarse.couplings)[1]
    found = [
        minimise(likelihood, likelihood.others("mu2"))
        for spectra in toys(coarse, N_TOYS, 31, TRUTH)
        for likelihood in (joint_likelihood(coarse, spectra),)
    ]
    values = np.array([m.x[0] for m in found])
    pulls = (values - truth) / np.array([m.errors[0] for m in found])
    assert abs(values.mean() - truth) < 3.5 * values.std() / np.sqrt(N_TOYS)
    assert abs(pulls.mean()) < 3.5 / np.sqrt(N_TOYS)
    assert pulls.std(ddof=1) == pytest.approx(1, abs=3.5 / np.sqrt(2 * N_TOYS))


def test_upper_limit_covers(coarse: Model) -> None:
    """90 % of the limits lie above a truth of 1.7 sigma; more above a small one."""
    upper = np.array(
        [limit(coarse, spectra, "mu_nu").upper for spectra in toys(coarse, N_TOYS, 32, TRUTH)],
        dtype=np.float64,
    )
    covered = np.mean(upper > TRUTH.mu_nu)
    assert covered == pytest.approx(0.9, abs=3.5 * np.sqrt(0.09 / N_TOYS))
    small = NeutrinoParameters(mu_nu=1e-11)
    upper = np.array(
        [limit(coarse, spectra, "mu_nu").upper for spectra in toys(coarse, 60, 33, small)],
        dtype=np.float64,
    )
    assert np.mean(upper > small.mu_nu) > 0.97


def test_median_of_the_toys_is_the_asimov_limit(coarse: Model) -> None:
    upper = [limit(coarse, spectra, "mu_nu").upper for spectra in toys(coarse, 400, 34)]
    asimov = limit(coarse, coarse.asimov(), "mu_nu").upper
    assert np.median(np.array(upper, dtype=np.float64)) == pytest.approx(asimov, rel=0.06, abs=0)


def test_off_fixed_misses_the_off_fluctuations(coarse: Model) -> None:
    """What the older treatment leaves out: its pulls are wider than 1 by sqrt(on / off) or so."""
    truth = monomials_at(TRUTH, coarse.couplings)[1]
    pulls = []
    for spectra in toys(coarse, 80, 35, TRUTH):
        likelihood = treated_likelihood(coarse, spectra, "off-fixed")
        found = minimise(likelihood, likelihood.others("mu2"))
        pulls.append((found.x[0] - truth) / found.errors[0])
    assert np.std(pulls) > 1.5
