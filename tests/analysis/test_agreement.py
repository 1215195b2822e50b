"""Agreement of detectors and periods, against fits that are made one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2

from analysis.fits.agreement import agreement
from analysis.fits.joint_minima import joint_minima
from analysis.fits.minimum import treated_likelihood
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.sources.joint import joint_model, joint_spectra
from sim.spectra.spectra import Spectra

RUNS = Path(__file__).parents[1] / "data/examples/b-germanium-runs.toml"
COARSE = "analysis.bin_width_kev=1.8"


def minimum(model: Model, spectra: Spectra, name: str) -> tuple[float, float, float]:
    """-2 ln L, x and its error of a fit without a bound."""
    likelihood = treated_likelihood(model, spectra)
    best = joint_minima(likelihood.with_fixed(likelihood.others(name)), bounded=False)[0]
    place = likelihood.index(name)
    return best.value, float(best.x[place]), float(best.errors[place])


@pytest.fixture(scope="module")
def pair() -> dict[str, Model]:
    """Two experiments that share nothing."""
    words = [COARSE, "systematics.shared=[]"]
    return {
        label: build_model(load_experiment("gemma-2012", [*words, f"reactor.baseline_m={far}"]))
        for label, far in (("near", 10), ("far", 14))
    }


def test_without_anything_shared_it_is_the_sum_of_two_fits(pair: dict[str, Model]) -> None:
    """chi2 = -2 ln L together less those of each alone; a truth each that differ by much."""
    truths = {"near": 1e-11, "far": 1.2e-10}
    data = {k: m.asimov(NeutrinoParameters(mu_nu=truths[k])) for k, m in pair.items()}
    model, spectra = joint_model(pair), joint_spectra(data)
    found = agreement(model, spectra, ["mu_nu"], "detector")
    alone = {label: minimum(pair[label], data[label], "mu2") for label in pair}
    together = minimum(model, spectra, "mu2")
    assert found.chi2 == pytest.approx(together[0] - sum(v for v, _, _ in alone.values()), rel=1e-6)
    assert found.n_degrees == 1
    assert found.p_value == pytest.approx(chi2.sf(found.chi2, 1), rel=1e-9)
    for label, (_, x, error) in alone.items():
        (value,) = found.parts[f"{label}/detector"]
        assert value.name == "mu_nu_squared"
        assert value.unit == "mu_B^2"
        assert value.value == pytest.approx(1e-22 * x, rel=1e-4)
        assert value.error == pytest.approx(1e-22 * error, rel=1e-2)
    assert found.together[0].value == pytest.approx(1e-22 * together[1], rel=1e-4)


def test_the_same_truth_agrees(pair: dict[str, Model]) -> None:
    model = joint_model(pair)
    truth = NeutrinoParameters(mu_nu=6e-11)
    found = agreement(model, model.asimov(truth), ["mu_nu"], "detector")
    assert found.chi2 == pytest.approx(0, abs=1e-6)
    assert found.p_value == pytest.approx(1, abs=1e-2)
    for (value,) in (*found.parts.values(), found.together):
        assert value.value == pytest.approx(3.6e-21, rel=1e-3)


def test_detectors_and_periods_of_one_experiment() -> None:
    """Nuisances stay common; OFF says nothing of the signal and is silent."""
    model = build_model(load_experiment(RUNS))
    spectra = model.asimov(NeutrinoParameters(mu_nu=5e-11))
    by_detector = agreement(model, spectra, ["mu_nu"], "detector")
    assert list(by_detector.parts) == ["C2", "C3", "C5"]
    assert by_detector.n_degrees == 2
    by_period = agreement(model, spectra, ["mu_nu"], "period")
    assert list(by_period.parts) == ["on-1", "on-2"]
    assert by_period.silent == ("off",)
    flat = spectra.flat.copy()
    first = model.spectra[0].n_bins
    flat[:first] *= np.linspace(1.3, 1.0, first)
    odd = agreement(model, replace(spectra, flat=flat), ["mu_nu"], "detector")
    assert odd.chi2 > 4 > by_detector.chi2 + 3
    assert odd.p_value < 0.15


def test_one_part_cannot_agree(pair: dict[str, Model]) -> None:
    model = pair["near"]
    with pytest.raises(ValueError, match="agreement needs two parts"):
        agreement(model, model.asimov(), ["mu_nu"], "detector")
