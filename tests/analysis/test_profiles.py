"""Profiles of one parameter: they cross their level where the limit is."""

from __future__ import annotations

import numpy as np
import pytest
from dense_likelihoods import blind

from analysis.fits.minimum import FitError
from analysis.limits.limit import limit
from analysis.limits.profiles import profile_curve
from sim.model import Model
from sim.pseudo import toys


@pytest.mark.parametrize("parameter", ["mu_nu", "q_nu", "r2_nu", "sin2_theta_w"])
def test_level_is_reached_at_the_ends(coarse: Model, parameter: str) -> None:
    curve = profile_curve(coarse, coarse.asimov(), parameter, n_points=401)
    found = limit(coarse, coarse.asimov(), parameter)
    assert curve.limit == found
    assert curve.unit == found.unit
    assert np.min(curve.rise) == pytest.approx(0, abs=1e-6)
    assert found.best_fit in curve.values
    ends = [found.upper] if parameter == "mu_nu" else [found.lower, found.upper]
    for end in ends:
        assert end is not None
        assert np.interp(end, curve.values, curve.rise) == pytest.approx(curve.level, rel=2e-3)
    assert np.all(np.diff(curve.values) > 0)
    assert curve.rise[-1] > 1.3 * curve.level


def test_fluctuated_data(coarse: Model) -> None:
    """The rise counts from the best fit of the data, not from a perfect one."""
    toy = next(iter(toys(coarse, 1, 3)))
    curve = profile_curve(coarse, toy, "q_nu")
    assert np.min(curve.rise) == pytest.approx(0, abs=1e-6)
    upper = curve.limit.upper
    assert upper is not None
    assert np.interp(upper, curve.values, curve.rise) == pytest.approx(curve.level, rel=1e-2)


def test_mu_nu_starts_at_its_bound(coarse: Model) -> None:
    curve = profile_curve(coarse, coarse.asimov(), "mu_nu", 0.95, "delta-chi2")
    assert curve.values[0] == 0
    assert curve.rise[0] == pytest.approx(0, abs=1e-9)
    assert curve.level == pytest.approx(3.8415, rel=1e-4)


def test_refused(coarse: Model) -> None:
    with pytest.raises(ValueError, match="parameter 'mu': allowed are mu_nu"):
        profile_curve(coarse, coarse.asimov(), "mu")
    with pytest.raises(ValueError, match="method 'cls' has no fixed rise"):
        profile_curve(coarse, coarse.asimov(), "mu_nu", method="cls")


def test_no_limit_no_profile(coarse: Model) -> None:
    """A model whose signal templates are empty: nothing depends on mu_nu."""
    sightless = blind(coarse)
    with pytest.raises(FitError, match="no profile of mu_nu: no-sensitivity"):
        profile_curve(sightless, sightless.asimov(), "mu_nu")
