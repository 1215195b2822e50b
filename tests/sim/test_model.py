"""Model: templates scaled with mass and days in ON and OFF, expected and Asimov spectra."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_arrays import backgrounds_of, expected_background, expected_signal, signal_of

from detectors.matter.materials import material
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment, parse_experiment
from sim.folding.reactor_flux import flux_cross_check_cm2_s
from sim.instruments.assembly import quenching
from sim.instruments.instrument import instrument_of
from sim.model import Model
from sim.model_assembly import build_model


@pytest.fixture(scope="module")
def changed(texts: Any) -> Callable[..., Model]:
    """The four-bin model with a flat background and changes."""

    def build(*overrides: str) -> Model:
        return build_model(parse_experiment(texts.small + texts.flat, "small", overrides=overrides))

    return build


def test_shapes_and_bins(changed: Callable[..., Model]) -> None:
    model = changed()
    np.testing.assert_allclose(model.edges_kev, [3, 4, 5, 6, 7], rtol=1e-15)
    assert signal_of(model).shape == (7, 2, 4)
    assert [b.name for b in backgrounds_of(model)] == ["flat"]
    assert model.observed is None


def test_signal_scales_with_mass_and_days(changed: Callable[..., Model]) -> None:
    base = signal_of(changed())
    np.testing.assert_allclose(signal_of(changed("detector.mass_kg=6.0")), 3 * base, rtol=1e-12)
    np.testing.assert_allclose(signal_of(changed("exposure.on_days=50.0")), base / 2, rtol=1e-12)
    np.testing.assert_array_equal(signal_of(changed("exposure.off_days=500.0")), base)


def test_signal_in_off_is_the_residual_flux(changed: Callable[..., Model]) -> None:
    """ON by ON days, OFF by OFF days times the flux that is left."""
    assert not np.any(signal_of(changed())[:, 1])
    model = changed("exposure.off_residual_flux=0.04")
    ratio = signal_of(model)[:, 1] / signal_of(model)[:, 0]
    np.testing.assert_allclose(ratio, 0.04 * 50 / 100, rtol=1e-12)
    np.testing.assert_array_equal(signal_of(model)[:, 0], signal_of(changed())[:, 0])


def test_expected_signal_is_the_sum_of_monomials(changed: Callable[..., Model]) -> None:
    model = changed("exposure.off_residual_flux=0.04")
    total = model.couplings.sm_charge_radius_cm2 + 3e-32
    found = expected_signal(model, NeutrinoParameters(mu_nu=2e-11, q_nu=-1.5e-12, r2_nu=total))
    weights = [1, 4, -1.5, 2.25, 3, 9, -4.5]
    expected = sum(w * template for w, template in zip(weights, signal_of(model), strict=True))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_array_equal(expected_signal(model), signal_of(model)[0])


def test_asimov_is_signal_and_background(changed: Callable[..., Model]) -> None:
    model = changed()
    truth = NeutrinoParameters(mu_nu=5e-11)
    spectra = model.asimov(truth)
    assert (spectra.kind, spectra.truth) == ("asimov", truth)
    np.testing.assert_array_equal(spectra.edges_kev, model.edges_kev)
    expected = signal_of(model)[0] + 25 * signal_of(model)[1] + [[300], [150]]
    np.testing.assert_allclose(spectra.counts, expected, rtol=1e-12)
    assert np.all(model.asimov().counts[0] < spectra.counts[0])
    np.testing.assert_array_equal(model.data().counts, model.asimov().counts)


def test_backgrounds_add(small: Model) -> None:
    """Flat 1.5 and a table from 2.0 at 1 keV to 0.5 at 10 keV, 2 kg, 100 and 50 days."""
    table = [2 - 1.5 / 9 * (middle - 1) for middle in (3.5, 4.5, 5.5, 6.5)]
    expected = np.outer([200, 100], 1.5 + np.array(table))
    np.testing.assert_allclose(expected_background(small), expected, rtol=1e-9)
    no_background = build_model(small.experiment.replaced("analysis", background="off-joint"))
    np.testing.assert_array_equal(signal_of(no_background), signal_of(small))


def test_the_sign_of_the_charge(changed: Callable[..., Model]) -> None:
    older = signal_of(changed("physics.charge_sign=-1"))
    signs = np.array([1, 1, -1, 1, 1, 1, -1])[:, None, None]
    np.testing.assert_array_equal(older, signs * signal_of(changed()))


def test_scheme(changed: Callable[..., Model]) -> None:
    """The template of 1 is the Standard Model of the scheme."""
    one_loop, tree = changed(), changed("physics.couplings=tree")
    assert tree.couplings.sm_charge_radius_cm2 == 0.0
    ratio = signal_of(tree)[0, 0] / signal_of(one_loop)[0, 0]
    np.testing.assert_allclose(ratio, (0.97714**2 + 0.25) / (0.9521**2 + 0.4938**2), rtol=3e-3)
    angle = signal_of(changed("physics.couplings=tree", "physics.sin2_theta_w=0.25"))[0, 0]
    assert np.all(angle > signal_of(tree)[0, 0])


def test_normalisations(changed: Callable[..., Model]) -> None:
    """By power, by a stated flux, and both with one of them active."""
    by_power = changed()
    stated = ("reactor.flux_cm2_s=1e13", "reactor.normalisation=flux")
    by_flux = changed(*stated)
    assert by_flux.flux.total_cm2_s == pytest.approx(1e13)
    ratio = signal_of(by_flux)[:, 0] / signal_of(by_power)[:, 0]
    np.testing.assert_allclose(ratio, 1e13 / by_power.flux.total_cm2_s, rtol=1e-12)
    both = changed("reactor.flux_cm2_s=1e13", "reactor.normalisation=power")
    np.testing.assert_array_equal(signal_of(both), signal_of(by_power))


def test_cross_check_of_the_flux(texts: Any) -> None:
    """The total that is not active: from power, as stated, or as published."""

    def check(*overrides: str) -> float | None:
        return flux_cross_check_cm2_s(parse_experiment(texts.small, overrides=overrides))

    by_power = build_model(parse_experiment(texts.small)).flux.total_cm2_s
    stated = "reactor.flux_cm2_s=1e13"
    assert check() is None
    assert check(stated, "reactor.normalisation=power") == 1e13
    assert check(stated, "reactor.normalisation=flux") == pytest.approx(by_power, rel=1e-12, abs=0)
    assert check("published.flux_cm2_s=2e13") == 2e13
    assert flux_cross_check_cm2_s(load_experiment("gemma-2012")) == 2.7e13


def test_quenching_of_each_element(texts: Any) -> None:
    """k = 0.133 Z^(2/3) A^(-1/2) of the element unless the file gives it."""
    for formula, z, k in (("Ge", 32, 0.1572994), ("Si", 14, 0.14578)):
        element = material(formula).constituents[0]
        override = f"detector.material={formula}"
        found = quenching(
            instrument_of(parse_experiment(texts.small, overrides=[override])), element
        )
        np.testing.assert_allclose(found.ionization_kev(1.0), lindhard(z, k), rtol=1e-4)
        given = [override, "detector.quenching.k=0.162"]
        found = quenching(instrument_of(parse_experiment(texts.small, overrides=given)), element)
        np.testing.assert_allclose(found.ionization_kev(1.0), lindhard(z, 0.162), rtol=1e-12)
    assert lindhard(32, 0.162) == pytest.approx(0.1754808, rel=1e-6, abs=0)


def lindhard(z: int, k: float) -> float:
    """Quenching factor at 1 keV."""
    epsilon = 11.5 * z ** (-7 / 3)
    g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
    return float(k * g / (1 + k * g))


@pytest.mark.parametrize(
    ("spectrum", "expected", "tolerance"),
    [("huber-mueller", 295, 0.005), ("bestiole-2023", 300, 0.03)],
)
def test_counts_of_conus_plus(spectrum: str, expected: float, tolerance: float, texts: Any) -> None:
    """Section 4: the Standard Model's counts in 327 kg d, thresholds of three detectors averaged.

    Published 347 +- 59; computed for the physics page 295 (Huber-Mueller), 300 (BESTIOLE).
    """
    overrides = [f"reactor.spectrum={spectrum}", "analysis.channels=['nucleus']"]
    counts = []
    for threshold in (0.16, 0.17, 0.18):
        changes = [*overrides, f"detector.threshold_kev={threshold}"]
        signal = signal_of(build_model(parse_experiment(texts.cevns, overrides=changes)))
        counts.append(float(signal[0, 0].sum()) / (2 * 120) * 327)
    assert np.mean(counts) == pytest.approx(expected, rel=tolerance)


def test_every_spectrum_names_the_standard_model_among_its_samples() -> None:
    """Without reactor power it is nothing, and still there."""
    model = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=5.22"]))
    on, off = model.expected(by="sample").values()
    assert on["standard-model"].sum() > 0
    assert not off["standard-model"].any()
