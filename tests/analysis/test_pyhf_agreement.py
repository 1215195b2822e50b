"""CLs limits on mu^2 of the same single-channel models by pyhf, observed and expected.

The numbers, and the script that made them with pyhf, are in ``references/``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import Dense, likelihood_of

from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import rise_points
from analysis.limits.constructions.cls import CONSTRUCTION as CLS
from analysis.statistics.tails import background_only
from sim.cross_sections.signal import SignalParameter

REFERENCE = json.loads(
    (Path(__file__).parent / "references" / "pyhf_limits.json").read_text(encoding="utf-8")
)
MOMENT = SignalParameter("mu_nu", "mu2", "mu", "mu_B", 1e-11, power=0.5, bounded=True)
CASES = {case["name"]: case for case in REFERENCE["cases"]}


def of_case(case: dict[str, Any]) -> Likelihood:
    backgrounds = np.array(case["backgrounds"]).T
    n_bins, n_norms = backgrounds.shape
    templates = np.zeros((n_bins, 7 + n_norms))
    templates[:, 0], templates[:, 1] = case["standard"], case["signal"]
    templates[:, 7:] = backgrounds
    flux = np.zeros((1, n_bins, 7 + n_norms))
    flux[0, :, :2] = case["flux_sigma"] * templates[:, :2]
    sigmas = np.array([*[np.inf] * 3, 1.0, *case["norm_sigmas"]])
    return likelihood_of(
        names=("mu2", "q", "r", "flux_norm", *(f"norm:{k}" for k in range(n_norms))),
        arrays=Dense(templates, flux, np.zeros_like(flux)),
        counts=np.array(case["counts"]),
        variances=np.zeros(n_bins),
        centers=np.array([0.0, 0.0, 0.0, 0.0, *[1.0] * n_norms]),
        inverse_sigmas=1 / sigmas,
        fixed=np.zeros(sigmas.size, dtype=bool),
    )


def test_both_regimes_are_there() -> None:
    assert REFERENCE["pyhf"] == "0.7.6"
    totals = [sum(case["counts"]) for case in CASES.values()]
    assert min(totals) < 40
    assert max(totals) > 1e4
    above = [case["observed"] > case["expected"][2] for case in CASES.values()]
    assert set(above) == {True, False}


@pytest.mark.parametrize("name", CASES)
def test_observed_limit(name: str) -> None:
    case = CASES[name]
    found = CLS.upper_limit(of_case(case), MOMENT, REFERENCE["cl"])[1]
    assert found == pytest.approx(case["observed"], rel=1e-3, abs=0)


@pytest.mark.parametrize("name", CASES)
def test_expected_limits(name: str) -> None:
    """pyhf expects what Asimov data with the nuisances at their fit to the data lead to."""
    case = CASES[name]
    intervals = [CLS.interval_of_estimate(REFERENCE["cl"], x) for x in (-2, -1, 0, 1, 2)]
    rises = [interval[1] ** 2 for interval in intervals if interval is not None]
    found = rise_points(background_only(of_case(case)), "mu2", rises)
    assert found == pytest.approx(case["expected"], rel=1e-3, abs=0)
