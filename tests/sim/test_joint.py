"""Joint models: several experiments as one, against each on its own."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.fits.fit import fit
from analysis.likelihood.assembly import joint_likelihood
from analysis.limits.limit import limit
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, Experiment, load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import ToySource, toy_array
from sim.sources.joint import joint_model, joint_spectra
from sim.sources.sources import Sources

COARSE = "analysis.bin_width_kev=1.8"
TRUTH = NeutrinoParameters(mu_nu=6e-11, q_nu=1e-12)


def gemma(*words: str) -> Experiment:
    return load_experiment("gemma-2012", [COARSE, *words])


@pytest.fixture(scope="module")
def near() -> Model:
    return build_model(
        gemma("reactor.baseline_m=10", 'name="near"', "systematics.energy_scale=0.01")
    )


@pytest.fixture(scope="module")
def far() -> Model:
    return build_model(gemma('name="far"', "analysis.window_kev=[2.8, 20.8]"))


@pytest.fixture(scope="module")
def both(near: Model, far: Model) -> Model:
    return joint_model({"near": near, "far": far})


def test_names(both: Model) -> None:
    assert both.name == "near + far"
    assert [info.name for info in both.spectra] == [
        *("near/detector/on", "near/detector/off"),
        *("far/detector/on", "far/detector/off"),
    ]
    assert [info.source for info in both.spectra] == ["near", "near", "far", "far"]
    names = [nuisance.name for nuisance in both.nuisances]
    assert "near/energy_scale" in names
    assert "norm:near/flat" in names
    assert "norm:far/flat" in names
    assert names.count("flux_norm") == 1
    with pytest.raises(ValueError, match="for one source, found 2"):
        _ = both.experiment


def test_expects_what_each_expects(both: Model, near: Model, far: Model) -> None:
    nuisances = {"flux_norm": 0.3, "near/energy_scale": -0.7, "norm:far/flat": 1.1}
    alone = np.concatenate(
        [
            near.expected_flat(TRUTH, {"flux_norm": 0.3, "energy_scale": -0.7}),
            far.expected_flat(TRUTH, {"flux_norm": 0.3, "norm:flat": 1.1}),
        ]
    )
    np.testing.assert_array_equal(both.expected_flat(TRUTH, nuisances), alone)
    np.testing.assert_array_equal(
        both.asimov(TRUTH).flat,
        joint_spectra({"n": near.asimov(TRUTH), "f": far.asimov(TRUTH)}).flat,
    )


def test_minus_two_log_likelihood_is_the_sum(both: Model, near: Model, far: Model) -> None:
    """At a point, the pull of what is shared counted once."""
    data = {"near": near.asimov(TRUTH), "far": far.asimov(TRUTH)}
    joint = joint_likelihood(both, joint_spectra(data))
    random = np.random.default_rng(3)
    x = joint.centers + 0.05 * random.normal(size=joint.centers.size)
    values = dict(zip(joint.names, x, strict=True))
    total = -(values["flux_norm"] ** 2)
    for label, model in (("near", near), ("far", far)):
        part = joint_likelihood(model, data[label])
        own = values | {name.replace(f"{label}/", ""): x for name, x in values.items()}
        total += part.value(np.array([own[name] for name in part.names]))
    assert joint.value(x) == pytest.approx(total, rel=1e-12, abs=0)


def test_selection_of_one_source_is_that_source(both: Model, near: Model) -> None:
    found = both.select(["near/*"])
    assert [source.label for source in found.sources] == ["near"]
    assert found.experiment.name == "near"
    alone = limit(near, near.asimov(), "q_nu")
    assert limit(found, found.asimov(), "q_nu").intervals == alone.intervals
    with pytest.raises(ValueError, match=r"'nera/\*' is no detector"):
        both.select(["nera/*"])


def test_off_fixed_needs_chosen_spectra(both: Model) -> None:
    on = both.select(period=["on"])
    assert fit(both, both.asimov(), treatment="off-fixed").status == "ok"
    with pytest.raises(ConfigurationError, match="no chosen spectrum without reactor power"):
        fit(on, on.asimov(), treatment="off-fixed")


def test_a_parameter_that_one_source_lacks(near: Model) -> None:
    """The other does not depend on it, and the limit is that of the one that has it."""
    words = ['interaction=[{model="vector-mediator", mass_mev=1.0}]']
    vector = build_model(gemma(*words))
    together = joint_model({"plain": near, "vector": vector})
    (name,) = set(vector.signal_table.fitted_names) - set(near.signal_table.fitted_names)
    parameter = next(p.name for p in vector.signal_table.parameters if p.fitted == name)
    truth = NeutrinoParameters.of({parameter: 1e-6})
    split = np.split(together.expected_flat(truth), [near.asimov().flat.size])
    np.testing.assert_array_equal(split[0], near.expected_flat())
    np.testing.assert_array_equal(split[1], vector.expected_flat(truth))


def test_gaussian_beside_poisson_bins(near: Model, far: Model) -> None:
    """Toys of the Poisson bins are whole numbers, and the likelihood is the sum of both."""
    gaussian = near.asimov().with_errors(2 * np.sqrt(near.asimov().flat))
    spectra = joint_spectra({"near": gaussian, "far": far.asimov()})
    n = near.asimov().flat.size
    assert not np.any(spectra.poisson[:n])
    assert np.all(spectra.poisson[n:])
    assert next(iter(spectra)).errors is not None
    assert list(spectra)[-1].errors is None
    drawn = ToySource.of_spectra(spectra).counts(400, 5)
    assert np.all(drawn[:, n:] == np.floor(drawn[:, n:]))
    pulls = (drawn - spectra.flat) / np.sqrt(spectra.variances(spectra.flat))
    assert np.std(pulls) == pytest.approx(1, abs=0.02)


def test_sources_of_one_experiment_are_its_model() -> None:
    """Hash and toys are the experiment's own; those of a selection differ."""
    experiment = gemma()
    whole = Sources.of(experiment)
    assert whole.hashed() == experiment.sha256()
    np.testing.assert_array_equal(
        toy_array(whole.model(), 3, 1), toy_array(build_model(experiment), 3, 1)
    )
    on = Sources.together({"any": experiment}, periods=["on"])
    assert on.hashed() != whole.hashed()
    assert [info.period for info in on.model().spectra] == ["on"]
    with pytest.raises(ConfigurationError, match="'onn' is no period"):
        Sources.together({"any": experiment}, periods=["onn"]).model()
