"""The exported workspace is our likelihood: same expectation, same limits in pyhf."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from dense_likelihoods import blind
from scipy.optimize import brentq

from analysis.exports.pyhf_workspace import pyhf_workspace, validated_by_pyhf, workspace_text
from analysis.fits.minimum import treated_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.limit import limit
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

# pyhf 0.7.6 validates with a class that jsonschema has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated")

COARSE = "analysis.bin_width_kev=5.8"
MANY = (
    COARSE,
    "systematics.efficiency=0.05",
    "systematics.flux_shape=true",
    "background.1.norm=0.4",
    "background.2.norm=0.0",
    "exposure.off_residual_flux=0.1",
)
Build = Callable[..., Model]


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(load_experiment("gemma-2012", [COARSE]))


@pytest.fixture(scope="module")
def many() -> Model:
    """Flux shape, an efficiency, a Gaussian and a fixed norm, and signal in OFF."""
    return build_model(load_experiment("gemma-2012", MANY))


def toy_of(model: Model) -> Spectra:
    return next(iter(toys(model, 1, 3)))


def opened(workspace: dict[str, Any]) -> tuple[Any, Any]:
    """pyhf's model and data of a workspace, with an optimizer that goes to the end."""
    import pyhf

    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-10))
    read = pyhf.Workspace(json.loads(workspace_text(workspace)))
    theirs = read.model()
    return theirs, read.data(theirs)


def expected_by_both(
    workspace: dict[str, Any], likelihood: Likelihood, values: dict[str, float]
) -> tuple[Any, Any]:
    """The counts that pyhf and we expect where the nuisances have values (norms: relative)."""
    theirs, _ = opened(workspace)
    point = theirs.config.suggested_init()
    x = likelihood.centers.copy()
    for name, value in values.items():
        place = likelihood.index(name)
        width = likelihood.inverse_sigmas[place]
        x[place] = value
        gaussian_norm = name.startswith("norm:") and width > 0
        there = (value - 1) * width if gaussian_norm else value
        point[theirs.config.par_slice(name).start] = there
    counts = theirs.expected_data(np.array(point), include_auxdata=False)
    slices = theirs.config.channel_slices
    return np.concatenate([counts[slices["on"]], counts[slices["off"]]]), likelihood.expected(x)


def test_expectation_is_the_same_function(many: Model) -> None:
    """At random points within three standard deviations, beyond pyhf's |alpha| < 1 too."""
    likelihood = treated_likelihood(many, many.asimov())
    workspace = pyhf_workspace(many, many.asimov())
    generator = np.random.default_rng(8)
    free = [
        name
        for name, kind, held in zip(
            likelihood.names, likelihood.kinds, likelihood.fixed, strict=True
        )
        if kind != "signal" and not held
    ]
    assert {"flux_norm", "efficiency", "flux_shape_1", "norm:inverse-energy"} <= set(free)
    assert "norm:ge71-k" not in free
    for _ in range(5):
        values = {"mu2": float(generator.uniform(0, 40))}
        for name in free:
            center, width = (
                array[likelihood.index(name)]
                for array in (likelihood.centers, likelihood.inverse_sigmas)
            )
            reach = 3 / width if width > 0 else 0.5
            values[name] = float(center + reach * generator.uniform(-1, 1))
        theirs, ours = expected_by_both(workspace, likelihood, values)
        np.testing.assert_allclose(theirs, ours, rtol=1e-12)


def test_limits_in_pyhf(model: Model) -> None:
    """CLs by pyhf's own scan, and q~ = 1.6424, on fluctuated data: ours within 1e-3."""
    import pyhf

    toy = toy_of(model)
    theirs, data = opened(pyhf_workspace(model, toy))
    ours = limit(model, toy, "mu_nu", method="cls").upper
    assert ours is not None
    scale = (ours / 1e-11) ** 2
    observed, _ = pyhf.infer.intervals.upper_limits.toms748_scan(
        data, theirs, 0.2 * scale, 3 * scale, level=0.1, rtol=1e-4
    )
    assert 1e-11 * float(observed) ** 0.5 == pytest.approx(ours, rel=1e-3)
    config = theirs.config
    settings = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())

    def rise(mu2: float) -> float:
        return float(pyhf.infer.test_statistics.qmu_tilde(mu2, data, theirs, *settings))

    one_sided = limit(model, toy, "mu_nu", method="qtilde").upper
    assert one_sided is not None
    found = brentq(lambda mu2: rise(mu2) - 1.642374415, 0.2 * scale, 2 * scale, rtol=1e-7)
    assert 1e-11 * found**0.5 == pytest.approx(one_sided, rel=1e-5)


@pytest.mark.parametrize("treatment", ["off-joint", "off-fixed"])
def test_likelihood_ratio_is_the_same(model: Model, treatment: str) -> None:
    """In both treatments, q~ of a toy at three values of mu^2."""
    import pyhf

    from analysis.fits.intervals import Profile, best_bounded

    toy = toy_of(model)
    theirs, data = opened(pyhf_workspace(model, toy, treatment))
    assert theirs.config.channels == {"off-joint": ["off", "on"], "off-fixed": ["on"]}[treatment]
    likelihood = treated_likelihood(model, toy, treatment)
    best, _ = best_bounded(likelihood, "mu2")
    profile = Profile(likelihood, "mu2", best)
    config = theirs.config
    settings = (config.suggested_init(), config.suggested_bounds(), config.suggested_fixed())
    for mu2 in (20.0, 30.0, 50.0):
        rise = profile(mu2) - best.value
        assert rise > 0.1
        found = float(pyhf.infer.test_statistics.qmu_tilde(mu2, data, theirs, *settings))
        assert found == pytest.approx(rise, rel=1e-4)


def test_valid_by_the_schema(model: Model) -> None:
    workspace = pyhf_workspace(model, model.asimov())
    assert validated_by_pyhf(workspace) is True
    assert json.loads(workspace_text(workspace)) == workspace
    del workspace["channels"][0]["samples"][0]["data"]
    with pytest.raises(ValueError, match="does not fit pyhf's schema"):
        validated_by_pyhf(workspace)


def test_written_without_pyhf(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for name in [n for n in sys.modules if n.partition(".")[0] == "pyhf"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyhf", None)
    assert validated_by_pyhf(pyhf_workspace(model, model.asimov())) is False


def test_no_off_period() -> None:
    changes = [COARSE, "exposure.off_days=0.0", "systematics.flux_norm=0.0"]
    alone = build_model(load_experiment("gemma-2012", changes))
    workspace = pyhf_workspace(alone, alone.asimov())
    assert [channel["name"] for channel in workspace["channels"]] == ["on"]
    assert validated_by_pyhf(workspace)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["background.2.center_uncertainty=0.01"],
            "no shapes of backgrounds that float, as ge71-k.center_kev: fix them",
        ),
        (["systematics.energy_scale=0.01"], "no quadratic morphs: systematics.energy_scale"),
        (
            ["systematics.exposure=0.02", "background.1.norm=0.4"],
            "no product of a Gaussian norm and another nuisance: the norm of 'inverse-energy' and "
            "exposure",
        ),
    ],
)
def test_what_pyhf_cannot_represent(changes: list[str], message: str) -> None:
    model = build_model(load_experiment("gemma-2012", [COARSE, *changes]))
    with pytest.raises(ValueError, match=message):
        pyhf_workspace(model, model.asimov())


def test_gaussian_bins_and_blind_data(model: Model) -> None:
    spectra = model.asimov()
    with pytest.raises(ValueError, match="pyhf has Poisson bins only"):
        pyhf_workspace(model, spectra.with_errors(np.sqrt(spectra.counts)))
    sightless = blind(model)
    with pytest.raises(ValueError, match="no bin's expectation depends on mu_nu"):
        pyhf_workspace(sightless, sightless.asimov())
