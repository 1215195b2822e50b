"""Morphs, Gaussian bins and combinations in the likelihood, by what they must be equal to."""

from __future__ import annotations

import numpy as np
import pytest
from dense_likelihoods import templates_at
from model_arrays import expected_signal, signal_of

from analysis.fits.fit import fit
from analysis.fits.intervals import bounded_upper_limit
from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.limit import combined_limit, limit
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.sources.joint import joint_model, joint_spectra
from sim.spectra.spectra import Spectra

RISE = 1.6423744
LOW = [
    "analysis.window_kev=[0.3, 1.3]",
    "analysis.bin_width_kev=0.1",
    "detector.threshold_kev=0.3",
    "detector.resolution.noise_fwhm_kev=0.2",
    'analysis.channels=["nucleus"]',
    "background.0.rate_per_kev_kg_day=10.0",
    "background.2.norm=0.0",
    "background.3.norm=0.0",
]
"""A low threshold, at which coherent scattering counts."""


def model_of(*overrides: str) -> Model:
    return build_model(load_experiment("gemma-2012", overrides))


def place(likelihood: Likelihood, name: str) -> int:
    return likelihood.names.index(name)


@pytest.mark.parametrize("eta", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("name", "relative", "key", "nominal"),
    [
        ("resolution", 0.1, "detector.resolution.noise_fwhm_kev", 0.2),
        ("quenching", 0.05, "detector.quenching.k", 0.16),
    ],
)
def test_morphs_are_the_refolded_templates(
    name: str, relative: float, key: str, nominal: float, eta: float
) -> None:
    """At one standard deviation: the signal of the experiment with that value in its file."""
    model = model_of(*LOW, f"{key}={nominal}", f"systematics.{name}={relative}")
    changed = model_of(*LOW, f"{key}={nominal * (1 + eta * relative)}")
    likelihood = joint_likelihood(model, model.asimov())
    assert likelihood.names[len(likelihood.signal) :][:2] == ("flux_norm", name)
    morphed, nominal_one = (templates_at(likelihood, name, at) for at in (eta, 0.0))
    signal = signal_of(changed).reshape(7, -1).T
    np.testing.assert_allclose(morphed[:, :7], signal, rtol=1e-8, atol=1e-12 * signal.max())
    assert np.abs(morphed[:10, 0] / nominal_one[:10, 0] - 1).max() > 0.05


def test_morphs_that_scale() -> None:
    """Efficiency scales signals, exposure everything."""
    model = model_of(*LOW, "systematics.efficiency=0.1", "systematics.exposure=0.2")
    likelihood = joint_likelihood(model, model.asimov())
    nominal = likelihood.expected(likelihood.centers)
    signal = expected_signal(model).ravel()
    for name, change in (("efficiency", 0.1 * signal), ("exposure", 0.2 * nominal)):
        x = likelihood.centers.copy()
        x[place(likelihood, name)] = 1.0
        np.testing.assert_allclose(likelihood.expected(x) - nominal, change, rtol=1e-10, atol=1e-9)


def test_a_nuisance_weakens_the_limit() -> None:
    coarse = "analysis.bin_width_kev=1.8"
    plain, shaken = (
        model_of(coarse, *more)
        for more in ((), ("systematics.efficiency=0.4", "systematics.energy_scale=0.01"))
    )
    known = limit(plain, plain.asimov(), "mu_nu").upper
    found = limit(shaken, shaken.asimov(), "mu_nu").upper
    assert known is not None
    assert found is not None
    assert 1.05 * known < found < 1.5 * known


def test_gaussian_bins(coarse: Model) -> None:
    """With errors of sqrt(n) as good as Poisson; with twice the errors, mu^2 is known half."""
    asimov = coarse.asimov()
    upper = []
    for factor in (0.0, 1.0, 2.0):
        errors = factor * np.sqrt(asimov.counts) if factor else None
        spectra = Spectra.on_and_off(coarse.edges_kev, asimov.counts, "observed", errors=errors)
        found = limit(coarse, spectra, "mu_nu").upper
        assert found is not None
        upper.append(found)
    assert upper[1] == pytest.approx(upper[0], rel=0.02, abs=0)
    assert upper[2] == pytest.approx(2**0.5 * upper[1], rel=2e-3, abs=0)


def upper_mu2(likelihood: Likelihood) -> float:
    return bounded_upper_limit(likelihood, "mu2", RISE)[1]


def twice(model: Model, first: Spectra, second: Spectra) -> Likelihood:
    together = joint_model({"a": model, "b": model})
    return joint_likelihood(together, joint_spectra({"a": first, "b": second}))


def test_an_experiment_twice_is_twice_the_exposure() -> None:
    """With the flux in common; with a flux of its own each, the two know it better."""
    words = ("analysis.bin_width_kev=1.8", "systematics.flux_norm=0.4")
    once, own = model_of(*words), model_of(*words, "systematics.shared=[]")
    single = joint_likelihood(once, once.asimov())
    heavy = model_of(*words, "detector.mass_kg=3.0")
    double = upper_mu2(joint_likelihood(heavy, heavy.asimov()))
    shared = twice(once, once.asimov(), once.asimov())
    assert [name for name in shared.names if "flux" in name] == ["flux_norm"]
    assert "norm:a/flat" in shared.names
    assert "norm:b/flat" in shared.names
    assert upper_mu2(shared) == pytest.approx(double, rel=1e-4, abs=0)
    separate = twice(own, own.asimov(), own.asimov())
    assert "a/flux_norm" in separate.names
    assert upper_mu2(separate) < 0.99 * double
    assert upper_mu2(separate) < upper_mu2(single)


def test_combination_adds_the_terms() -> None:
    """-2 ln L at a point is the sum of the parts', the shared pull counted once."""
    model = model_of("analysis.bin_width_kev=1.8", "systematics.energy_scale=0.02")
    drawn = list(toys(model, 2, 3, NeutrinoParameters(mu_nu=5e-11)))
    both = twice(model, *drawn)
    random = np.random.default_rng(1)
    x = both.centers + 0.1 * random.normal(size=both.centers.size)
    values = dict(zip(both.names, x, strict=True))
    total = -(values["flux_norm"] ** 2)
    for label, spectra in zip("ab", drawn, strict=True):
        part = joint_likelihood(model, spectra)
        labelled = [name.replace("norm:", f"norm:{label}/") for name in part.names]
        own = [
            values.get(n, values.get(k, values.get(f"{label}/{n}")))
            for n, k in zip(part.names, labelled, strict=True)
        ]
        total += part.value(np.array(own, dtype=np.float64))
    assert both.value(x) == pytest.approx(total, rel=1e-12, abs=0)


def test_weak_mixing_angle_is_the_radius_in_other_units(coarse: Model) -> None:
    """delta sin^2 = (CR / 2) delta r2: the same interval, about 0.23857."""
    spectra = next(toys(coarse, 1, 8))
    radius = limit(coarse, spectra, "r2_nu")
    angle = limit(coarse, spectra, "sin2_theta_w")
    mapped = [
        tuple(0.23857 + 2.379559e30 / 2 * (edge + 8.275113e-33) for edge in interval)
        for interval in radius.intervals
    ]
    np.testing.assert_allclose(angle.intervals, mapped, rtol=1e-5)


def test_strength_of_coherent_scattering() -> None:
    """Asimov data of the Standard Model give 1; more nuclear recoils give more."""
    model = model_of(*LOW, "detector.mass_kg=100.0")
    interval = limit(model, model.asimov(), "cevns")
    assert interval.best_fit == pytest.approx(1, abs=1e-3)
    assert interval.lower is not None
    assert 0 < interval.lower < 1
    counts = model.asimov().counts + 0.5 * expected_signal(model)
    spectra = Spectra.on_and_off(model.edges_kev, counts, "observed")
    result = fit(model, spectra, ("cevns",))
    strength = next(p for p in result.parameters if p.name == "cevns")
    assert strength.value == pytest.approx(1.5, abs=0.02)
    assert strength.error is not None


def test_flux_components_are_shared_by_their_source() -> None:
    """Of one model with itself as many as of one; of two models those of both."""
    overrides = ["analysis.bin_width_kev=1.8", "systematics.flux_shape=true"]
    models = {
        name: build_model(load_experiment("gemma-2012", [*overrides, f"reactor.spectrum={name!r}"]))
        for name in ("huber-mueller", "bestiole-2023")
    }
    n_own = {
        name: sum(n.name.startswith("flux_shape") for n in model.nuisances)
        for name, model in models.items()
    }
    assert all(n_own.values())
    first, second = models.values()

    def together(*parts: Model) -> list[str]:
        labelled = {f"e{i}": (model, model.asimov()) for i, model in enumerate(parts)}
        found = combined_limit(labelled, "mu_nu")
        assert found.status == "ok"
        return [name for name in found.content()["pulls"] if "flux_shape" in name]

    assert len(together(first, first)) == n_own["huber-mueller"]
    both = together(first, second)
    assert len(both) == sum(n_own.values())
    assert all(name.startswith("flux_shape:") for name in both)
    fractions = ["reactor.fission_fractions.u235=0.5", "reactor.fission_fractions.pu239=0.38"]
    other = build_model(
        load_experiment("gemma-2012", [*overrides, *fractions, "reactor.spectrum='huber-mueller'"])
    )
    assert len(together(first, other)) > n_own["huber-mueller"]
