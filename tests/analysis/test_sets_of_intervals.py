"""Couplings whose growth can make rates fall: limits are all intervals that a scan finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.fits.batch import Toys
from analysis.fits.intervals import two_sided_intervals
from analysis.fits.minimum import minimise, treated_likelihood
from analysis.fits.toy_fits import ToyProfiles
from analysis.fits.toy_preparation import ToyFits, generated_toys
from analysis.limits.expected import expected_limits
from analysis.limits.limit import limit
from analysis.limits.question import asked
from analysis.limits.toy_limits import hulls
from analysis.statistics import feldman_cousins
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import ToySource

BINS = ("analysis.window_kev=[0.17, 0.97]", "analysis.bin_width_kev=0.04")
RISE = 2.7055


def with_mediator(charges: str = "universal", mass_mev: float = 30.0) -> Model:
    table = f'{{model="vector-mediator", mass_mev={mass_mev}, charges="{charges}"}}'
    return build_model(load_experiment("conus-plus-2025", (*BINS, f"interaction=[{table}]")))


@pytest.fixture(scope="module")
def universal() -> Model:
    return with_mediator()


def scanned(model: Model, counts: np.ndarray, up_to: float) -> tuple[np.ndarray, np.ndarray]:
    """-2 Delta ln L on a fine grid of g_zp^2 by fits that share no start; ends where it crosses."""
    likelihood = replace(treated_likelihood(model, model.asimov()), counts=counts)
    others = likelihood.others("g_zp2")
    grid = np.linspace(0, (up_to / 1e-6) ** 2, 401)
    heights = np.array([minimise(likelihood, {**others, "g_zp2": x}).value for x in grid])
    rise = heights - heights.min()
    crossed = np.flatnonzero((rise[1:] > RISE) != (rise[:-1] > RISE))
    share = (RISE - rise[crossed]) / (rise[crossed + 1] - rise[crossed])
    return rise, 1e-6 * np.sqrt(grid[crossed] + share * (grid[1] - grid[0]))


def test_a_band_of_destructive_interference_is_an_interval_of_its_own(universal: Model) -> None:
    found = limit(universal, universal.asimov(), "g_zp")
    assert (found.method, found.disjoint, found.lower) == ("delta-chi2", True, 0.0)
    assert "interference can cancel" in found.remark
    counts = treated_likelihood(universal, universal.asimov()).counts
    _, ends = scanned(universal, counts, 1.2 * float(found.upper or 0))
    np.testing.assert_allclose(np.ravel(found.intervals)[1:], ends, rtol=2e-4)


def test_upper_limits_are_of_what_only_adds(universal: Model) -> None:
    with pytest.raises(ValueError, match="allowed are delta-chi2, feldman-cousins"):
        asked(universal.experiment, "g_zp", method="qtilde")
    constructive = with_mediator("b-l")
    found = limit(constructive, constructive.asimov(), "g_zp")
    assert (found.method, found.remark, found.disjoint) == ("qtilde", "", False)


def fitted_toys(model: Model, n_toys: int) -> ToyProfiles:
    truth = NeutrinoParameters.of({"g_zp": 3e-5})
    fits = ToyFits(model, truth, "g_zp", "off-joint")
    source = ToySource.of_spectra(model.asimov(truth))
    drawn = generated_toys(source, len(fits.constrained), 3, range(n_toys), 0)
    return ToyProfiles.of(*fits.prepared(*drawn), "g_zp2")


@pytest.mark.parametrize("charges", ["universal", "b-l"])
def test_fits_of_toys_stay_physical(charges: str) -> None:
    """Best fits of many at once are the lowest physical minima that MIGRAD finds one by one."""
    profiles = fitted_toys(with_mediator(charges), 12)
    assert np.all(profiles.converged)
    assert np.all(profiles.best_fit >= 0)
    found = hulls(profiles, RISE)
    for row in range(12):
        toys: Toys = profiles.toys
        own = replace(profiles.likelihood, counts=toys.counts[row], centers=toys.centers[row])
        alone = two_sided_intervals(own, "g_zp2", RISE, bounded=True)
        assert profiles.best_value[row] == pytest.approx(alone.best.value, abs=1e-5)
        hull = (alone.intervals[0][0], alone.intervals[-1][1])
        assert found[row] == pytest.approx(hull, rel=1e-3, abs=1e-3)


def test_the_band_of_what_is_expected_starts_at_the_bound(universal: Model) -> None:
    band = expected_limits(universal, "g_zp")
    ends = [(entry.lower or 0.0, entry.upper or 0.0) for entry in band]
    assert ends[0][0] == ends[2][0] == 0.0
    assert ends[2][1] == pytest.approx(limit(universal, universal.asimov(), "g_zp").upper)
    assert sorted(ends) == ends


def test_feldman_cousins_looks_at_every_minimum(
    universal: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A strip that an even grid steps over is found."""
    monkeypatch.setattr(feldman_cousins, "_GRID_POINTS", 3)
    budget = ToyBudget(most_toys=8_000)
    found = limit(universal, universal.asimov(), "g_zp", method="feldman-cousins", budget=budget)
    profile = limit(universal, universal.asimov(), "g_zp")
    assert found.disjoint
    np.testing.assert_allclose(found.intervals[1], profile.intervals[1], rtol=0.05)
