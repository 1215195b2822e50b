"""Expected bands, impacts, significance, contours, goodness of fit, combinations."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.fits.impacts import impacts
from analysis.fits.minimum import FitError
from analysis.fits.quality import goodness_of_fit
from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.expected import expected_mu_nu_limits
from analysis.limits.limit import combined_limit, limit
from analysis.limits.lowest_ionization import change_with_lowest_ionization
from analysis.limits.significance import significance
from analysis.statistics.feldman_cousins import feldman_cousins
from analysis.statistics.tested import ToyBudget
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys

COARSE = ("analysis.bin_width_kev=0.9",)
SEEN = (
    "detector.threshold_kev=0.16",
    "analysis.window_kev=[0.16, 1.0]",
    "analysis.bin_width_kev=0.02",
    "detector.resolution.noise_fwhm_kev=0.048",
    "detector.quenching.k=0.162",
)


@pytest.fixture(scope="module")
def gemma() -> Model:
    return build_model(load_experiment("gemma-2012", COARSE))


def test_expected_bands_are_ordered_and_centred(gemma: Model) -> None:
    median = limit(gemma, gemma.asimov(), "mu_nu").upper
    assert median is not None
    band = expected_mu_nu_limits(gemma)
    values = [value for value in band.values() if value is not None]
    assert values == sorted(values)
    assert band[0] == pytest.approx(median, rel=1e-4)
    sigma = (median / 1e-11) ** 2 / 1.2815515655446004
    for n, factor in ((1, 1 + 1.28155), (2, 2 + 1.28155), (-1, -1 + (1 + 1.28155**2) ** 0.5)):
        assert band[n] == pytest.approx(1e-11 * (factor * sigma) ** 0.5, rel=3e-2)


def test_expected_band_of_toys(gemma: Model) -> None:
    """The asymptotic band holds the share of toys that it should."""
    band = expected_mu_nu_limits(gemma)
    found = np.array([limit(gemma, toy, "mu_nu").upper for toy in toys(gemma, 300, 11)])
    assert np.mean(found < band[0]) == pytest.approx(0.5, abs=0.09)
    assert np.mean((found > band[-1]) & (found < band[1])) == pytest.approx(0.683, abs=0.08)


def test_impacts_name_the_degenerate_background_first(gemma: Model) -> None:
    found = impacts(gemma, gemma.asimov())
    assert found[0].nuisance == "norm:inverse-energy"
    assert found[0].shift_up < -0.5 < 0.5 < found[0].shift_down
    assert {i.nuisance for i in found} >= {"flux_norm", "norm:flat"}
    flux = next(i for i in found if i.nuisance == "flux_norm")
    assert flux.pull == pytest.approx(0, abs=1e-2)


def test_significance_grows_with_the_signal(gemma: Model) -> None:
    weak, strong = (
        significance(gemma, gemma.asimov(NeutrinoParameters(mu_nu=mu)), "mu_nu").z
        for mu in (5e-11, 1e-10)
    )
    assert strong == pytest.approx(4 * weak, rel=0.05)
    assert significance(gemma, gemma.asimov(), "mu_nu").z == pytest.approx(0, abs=1e-2)


def test_significance_of_coherent_scattering() -> None:
    model = build_model(load_experiment("gemma-2012", SEEN))
    found = significance(model, model.asimov(), "cevns")
    assert found.best_fit == pytest.approx(1, abs=1e-3)
    assert found.z > 3
    empty = build_model(load_experiment("gemma-2012", [*SEEN, "analysis.channels=['electron']"]))
    with pytest.raises(FitError, match="depends on cevns"):
        significance(empty, empty.asimov(), "cevns")


def test_significance_does_not_hang_on_the_norm_of_an_absent_signal() -> None:
    """Without coherent scattering there is nothing that a flux error could scale."""
    found = []
    for flux_norm in (0.0, 0.1, 0.3):
        overrides = [*SEEN, "analysis.channels=['nucleus']", f"systematics.flux_norm={flux_norm}"]
        model = build_model(load_experiment("gemma-2012", overrides))
        found.append(significance(model, model.asimov(), "cevns").z)
    assert found[1:] == pytest.approx([found[0]] * 2, rel=1e-4)


def test_strength_carries_the_error_of_the_flux() -> None:
    """Rates of 1 known without statistical error to 10 %: the strength is 1 / (1 +- 0.1)."""
    nuclei = [*SEEN, "analysis.channels=['nucleus']"]
    overrides = [*nuclei, "systematics.flux_norm=0.1", "detector.mass_kg=1e6"]
    model = build_model(load_experiment("gemma-2012", overrides))
    found = limit(model, model.asimov(), "cevns")
    z = 2.7055434540954146**0.5
    assert found.best_fit == pytest.approx(1, abs=1e-4)
    assert found.lower == pytest.approx(1 / (1 + 0.1 * z), rel=3e-3)
    assert found.upper == pytest.approx(1 / (1 - 0.1 * z), rel=3e-3)


def test_goodness_of_fit(gemma: Model) -> None:
    """A toy of the model is not unusual; the same with a bump is."""
    toy = next(toys(gemma, 1, 4))
    assert 0.02 < goodness_of_fit(gemma, toy, 200).p_value < 0.999
    toy.counts[0, 30] *= 1.5
    assert goodness_of_fit(gemma, toy, 200).p_value < 0.01


def test_combination_is_more_exposure(gemma: Model) -> None:
    double = build_model(load_experiment("gemma-2012", [*COARSE, "detector.mass_kg=3.0"]))
    both = combined_limit({"a": (gemma, gemma.asimov()), "b": (gemma, gemma.asimov())}, "mu_nu")
    expected = limit(double, double.asimov(), "mu_nu").upper
    assert both.upper == pytest.approx(expected, rel=1e-6)


def test_shared_and_separate_nuisances() -> None:
    """Two experiments whose flux error is their own know the signal's norm better than one."""
    wide = [*COARSE, "systematics.flux_norm=0.3"]
    own = [*wide, "systematics.shared=[]"]
    truth = NeutrinoParameters(mu_nu=2e-10)
    reaches = []
    for overrides in (wide, own):
        model = build_model(load_experiment("gemma-2012", overrides))
        parts = {label: (model, model.asimov(truth)) for label in ("a", "b")}
        reaches.append(combined_limit(parts, "mu_nu").upper)
    assert reaches[1] < 0.99 * reaches[0]


def test_combination_needs_one_standard_model(gemma: Model) -> None:
    tree = build_model(load_experiment("gemma-2012", [*COARSE, "physics.couplings=tree"]))
    with pytest.raises(ConfigurationError, match="same couplings"):
        combined_limit({"a": (gemma, gemma.asimov()), "b": (tree, tree.asimov())}, "mu_nu")


def test_feldman_cousins_by_toys(gemma: Model) -> None:
    """At the boundary between the one-sided 1.64 and the two-sided 2.71; reproducible."""
    likelihood = joint_likelihood(gemma, gemma.asimov())
    moment = gemma.signal_table.parameter("mu_nu")
    found = feldman_cousins(likelihood, moment, 0.9, ToyBudget(8_000, seed=3))
    assert found.best_fit == pytest.approx(0, abs=0.1)
    ((low, high),) = found.intervals
    sigma = 12.1
    assert low == 0
    assert 1.28 < high / sigma < 2.0
    assert 0 < found.errors[0][1] < 0.05 * high
    assert feldman_cousins(likelihood, moment, 0.9, ToyBudget(8_000, seed=3)) == found


def test_feldman_cousins_by_toys_reaches_beyond_every_level(gemma: Model) -> None:
    """The nuisances double the error: 4 errors without them are only 1.8 with them."""
    likelihood = joint_likelihood(gemma, gemma.asimov())
    moment = gemma.signal_table.parameter("mu_nu")
    ((low, high),) = feldman_cousins(likelihood, moment, 0.99, ToyBudget(10_000)).intervals
    assert low == 0
    assert 2.2 < high / 12.1 < 2.9


def test_the_bracket_grows_until_its_ends_are_excluded(
    gemma: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interval does not end where the values that are looked at first do."""
    likelihood = joint_likelihood(gemma, gemma.asimov())
    moment = gemma.signal_table.parameter("mu_nu")
    wide = feldman_cousins(likelihood, moment, 0.99, ToyBudget(10_000)).intervals[0][1]
    monkeypatch.setattr("analysis.statistics.feldman_cousins._MARGIN_IN_SIGMA", -1.0)
    narrow = feldman_cousins(likelihood, moment, 0.99, ToyBudget(10_000)).intervals[0][1]
    assert narrow == pytest.approx(wide, rel=0.02)


def test_lowest_ionization_matters_for_leaking_spectra() -> None:
    """A wide resolution at a low threshold lets the 1/T^2 of a charge leak in from below."""
    leaky = load_experiment(
        "gemma-2012",
        [*SEEN, "detector.resolution.noise_fwhm_kev=0.17", "detector.threshold_kev=0.2"],
    )
    model = build_model(leaky)
    change = change_with_lowest_ionization(leaky, limit(model, model.asimov(), "q_nu"))
    sharp = load_experiment("gemma-2012", COARSE)
    known = build_model(sharp)
    none = change_with_lowest_ionization(sharp, limit(known, known.asimov(), "mu_nu"))
    assert none == pytest.approx(0, abs=1e-5)
    assert change is not None
    assert abs(change) > 1e-5
