"""Parts of a model of several sources: folded anew with a change, and its instruments."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.limits.atomic_models import limits_by_ionization
from analysis.limits.limit import limit
from analysis.limits.lowest_ionization import change_with_lowest_ionization
from analysis.limits.quenching_curves import limits_by_quenching
from sim.experiment import ConfigurationError, Experiment, load_experiment
from sim.model import Model
from sim.sources.parts import instrument_at, refolded
from sim.sources.sources import Sources

COARSE = ["analysis.window_kev=[2.8, 52.8]", "analysis.bin_width_kev=5"]


def together(*changes: str) -> Sources:
    return Sources.together(
        {
            "near": load_experiment("gemma-2012", [*COARSE, *changes]),
            "far": load_experiment("gemma-2012", [*COARSE, "reactor.baseline_m=20", *changes]),
        }
    )


@pytest.fixture(scope="module")
def model() -> Model:
    return together().model()


def test_every_experiment_changes(model: Model) -> None:
    def longer(own: Experiment) -> Experiment:
        return own.changed(["exposure.on_days=1000"])

    wanted = together("exposure.on_days=1000").model()
    for found in (refolded(model, longer), refolded(together(), longer)):
        np.testing.assert_array_equal(found.expected_flat(), wanted.expected_flat())


def test_the_chosen_spectra_stay_chosen(model: Model) -> None:
    chosen = model.select(detector=["far/*"], period=["on"])
    found = refolded(chosen, lambda own: own)
    assert [info.name for info in found.spectra] == ["far/detector/on"]
    np.testing.assert_array_equal(found.expected_flat(), chosen.expected_flat())


def test_the_instrument_of_the_source_that_a_spectrum_is_of() -> None:
    heavy = load_experiment("gemma-2012", [*COARSE, "detector.threshold_kev=2.5"])
    own = Sources.together({"a": load_experiment("gemma-2012", COARSE), "b": heavy}).model()
    places = [info.name for info in own.spectra]
    thresholds = [instrument_at(own, i).detector.threshold_kev for i in range(len(places))]
    assert thresholds == [2.5 if name.startswith("b/") else thresholds[0] for name in places]
    assert thresholds[0] != 2.5


def test_limits_of_several_under_each_ionization_model(model: Model) -> None:
    rows = {row.ionization: row for row in limits_by_ionization(model, "mu_nu")}
    free = together("physics.ionization='free'").model()
    wanted = limit(free, free.asimov(), "mu_nu")
    assert rows["free"].limit is not None
    assert rows["free"].limit.upper == pytest.approx(wanted.upper, rel=1e-12)
    assert rows["rrpa"].limit is None


def test_limits_of_several_under_each_curve(model: Model) -> None:
    assert len(limits_by_quenching(together(), "mu_nu")) == 7
    mixed = Sources.together(
        {"a": load_experiment("gemma-2012", COARSE), "b": load_experiment("connie-2024")}
    )
    with pytest.raises(ConfigurationError, match="curves of one element expected, found Ge and Si"):
        limits_by_quenching(mixed, "mu_nu")


def test_the_lowest_ionization_of_several(model: Model) -> None:
    found = limit(model, model.asimov(), "mu_nu")
    assert change_with_lowest_ionization(model, found) == pytest.approx(0.0, abs=1e-3)
