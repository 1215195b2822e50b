"""Fitted spectra: the components are those of the likelihood at the best fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from model_arrays import arrays_of, backgrounds_of, signal_of

from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import BEYOND, STANDARD_MODEL, FittedSpectra, fitted_spectra
from analysis.fits.intervals import best_bounded
from analysis.fits.minimum import minimise
from analysis.likelihood.assembly import joint_likelihood, used_bins
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra


@pytest.fixture(scope="module")
def morphed() -> Model:
    """Coarse bins with a quadratic morph and two linear ones that touch the backgrounds."""
    changes = ["analysis.bin_width_kev=1.8", "systematics.energy_scale=0.01"]
    return build_model(load_experiment("gemma-2012", [*changes, "systematics.exposure=0.02"]))


@pytest.fixture(scope="module")
def toy(morphed: Model) -> Spectra:
    return next(iter(toys(morphed, 1, 4, NeutrinoParameters(mu_nu=6e-11))))


@pytest.fixture(scope="module")
def fitted(morphed: Model, toy: Spectra) -> FittedSpectra:
    return fitted_spectra(morphed, toy, fit(morphed, toy))


def test_sum_is_the_expectation_of_the_likelihood(
    morphed: Model, toy: Spectra, fitted: FittedSpectra
) -> None:
    likelihood = joint_likelihood(morphed, toy)
    best = minimise(likelihood, likelihood.others("mu2"))
    assert best.x[0] > 1
    np.testing.assert_allclose(fitted.expected, likelihood.expected(best.x), rtol=1e-4)
    names = [background.name for background in backgrounds_of(morphed)]
    assert list(fitted.components) == [STANDARD_MODEL, BEYOND, *names]
    on, off = fitted.parts(fitted.components[BEYOND])
    assert np.all(off == 0)
    ratio = on / signal_of(morphed)[1, 0]
    np.testing.assert_allclose(ratio, best.x[0], rtol=0.2)


def test_charge_and_radius_enter_with_their_squares(morphed: Model, toy: Spectra) -> None:
    result = fit(morphed, toy, ("q_nu",))
    q = next(p.value for p in result.parameters if p.name == "q_nu") / 1e-12
    exposure = {n.name: n.value for n in result.nuisances}
    beyond = fitted_spectra(morphed, toy, result).components[BEYOND]
    samples = arrays_of(morphed).samples.copy()
    for morph in arrays_of(morphed).morphs:
        eta = exposure[morph.name]
        samples += eta * morph.linear + eta**2 * morph.quadratic
    wanted = q * samples[2] + q**2 * samples[3]
    np.testing.assert_allclose(beyond, wanted.ravel(), rtol=1e-9)


def test_floating_shapes_are_exact() -> None:
    """A line whose centre has moved far: the templates are those at its fitted place."""
    changes = ["analysis.bin_width_kev=1.8", "systematics.flux_norm=0.0"]
    there = build_model(load_experiment("gemma-2012", [*changes, "background.2.center_kev=12.0"]))
    floating = load_experiment("gemma-2012", [*changes, "background.2.center_uncertainty=free"])
    model = build_model(floating)
    result = fit(model, there.asimov())
    fitted = fitted_spectra(model, there.asimov(), result)
    assert result.minus_two_log_likelihood < 1e-3
    shift = next(n.value for n in result.nuisances if n.name == "shape:ge71-k.center_kev")
    assert abs(shift) > 1
    line = backgrounds_of(there)[2].counts
    np.testing.assert_allclose(fitted.components["ge71-k"], line.ravel(), atol=2e-3 * line.max())


def test_views(fitted: FittedSpectra, toy: Spectra) -> None:
    """Rates per keV, kg and day; ON less OFF of a time-like background is nothing."""
    kg_days = np.array([1.5 * 755.6, 1.5 * 187.0])
    per_kev = toy.counts / 1.8
    np.testing.assert_allclose(fitted.rate(toy.flat, "on"), per_kev[0] / kg_days[0])
    np.testing.assert_allclose(fitted.rate(toy.flat, "off"), per_kev[1] / kg_days[1])
    difference = per_kev[0] / kg_days[0] - per_kev[1] / kg_days[1]
    np.testing.assert_allclose(fitted.rate(toy.flat, "difference"), difference)
    flat = fitted.rate(fitted.components["flat"], "difference")
    np.testing.assert_allclose(flat, 0, atol=1e-12)
    parts = np.array(fitted.parts(fitted.expected))
    variance = (parts / kg_days[:, None] ** 2).sum(axis=0) / 1.8**2
    np.testing.assert_allclose(fitted.error("difference") ** 2, variance)


def test_pulls_of_a_toy_are_standard_normal(fitted: FittedSpectra) -> None:
    for view in ("on", "off", "difference"):
        pulls = fitted.pulls(view)
        assert pulls.size == 29
        assert 0.7 < np.std(pulls) < 1.4, view


def test_gaussian_bins_have_their_own_errors(fitted: FittedSpectra) -> None:
    errors = np.full_like(fitted.spectra.counts, 7.0)
    gaussian = replace(fitted, spectra=fitted.spectra.with_errors(errors))
    np.testing.assert_allclose(gaussian.error("on"), 7 / (1.8 * 1.5 * 755.6))
    merged = gaussian.merged(10)
    assert merged.spectra.errors is not None
    np.testing.assert_allclose(merged.spectra.errors[0], [7 * 3**0.5] * 9 + [7 * 2**0.5])


def test_merging_keeps_the_counts(fitted: FittedSpectra) -> None:
    merged = fitted.merged(10)
    assert merged.spectra.edges_kev.size == 11
    np.testing.assert_array_equal(
        merged.spectra.edges_kev, fitted.spectra.edges_kev[[*range(0, 29, 3), 29]]
    )
    assert merged.spectra.counts.sum() == fitted.spectra.counts.sum()
    assert merged.spectra.counts[0, -1] == fitted.spectra.counts[0, 27:].sum()
    sums = [[part.sum() for part in own.parts(own.expected)] for own in (merged, fitted)]
    np.testing.assert_allclose(sums[0], sums[1])
    assert fitted.merged(29).spectra.edges_kev.size == 30


def test_refused(morphed: Model, toy: Spectra, fitted: FittedSpectra) -> None:
    with pytest.raises(ValueError, match="view 'sum': allowed are on, off, difference"):
        fitted.rate(toy.flat, "sum")
    on, off = fitted.infos
    with pytest.raises(ValueError, match=r"view 'difference': allowed are on$"):
        replace(fitted, infos=(on, replace(off, kg_days=0.0))).error("difference")


def test_a_fit_of_the_strength_by_origin() -> None:
    """What kappa adds to coherent scattering, with all that nuisances do to it."""
    model = build_model(load_experiment("conus-plus-2025", ["systematics.energy_scale=0.02"]))
    toy = next(iter(toys(model, 1, 4)))
    result = fit(model, toy, ("cevns",))
    kappa = next(p.value for p in result.parameters if p.name == "cevns")
    assert kappa != pytest.approx(1.0, abs=1e-3)
    etas = {p.name: p.value for p in result.nuisances}
    there, standard = (
        model.expected_flat(NeutrinoParameters.of({"cevns": value}), etas) for value in (kappa, 1.0)
    )
    beyond = fitted_spectra(model, toy, result).components[BEYOND]
    assert np.abs(beyond).sum() > 1
    np.testing.assert_allclose(beyond.ravel(), there - standard, rtol=1e-9, atol=1e-11)


def test_views_of_several_detectors() -> None:
    """Each spectrum, each detector with all its periods, and ON less OFF of each."""
    examples = Path(__file__).parents[1] / "data" / "examples"
    model = build_model(load_experiment(examples / "b-germanium-runs.toml"))
    toy = next(iter(toys(model, 1, 2)))
    found = fitted_spectra(model, toy, fit(model, toy))
    names = [info.name for info in model.spectra]
    detectors = ["C2", "C3", "C5"]
    assert set(found.views) == {*names, *detectors, *(f"{d}/difference" for d in detectors)}
    joint = joint_likelihood(model, toy)
    best, _ = best_bounded(joint, "mu2")
    used = np.concatenate([used_bins(terms) for terms in model.terms()])
    np.testing.assert_allclose(found.expected[used], joint.expected(best.x), rtol=1e-3)
    for place, info in enumerate(model.spectra):
        rate = found.rate(toy.flat, info.name)
        np.testing.assert_allclose(
            rate * np.diff(info.edges_kev) * info.kg_days, toy.parts()[place]
        )
        assert 0.8 < np.nanstd(found.pulls(info.name)) < 1.2
    own = [i for i, info in enumerate(model.spectra) if info.detector == "C3"]
    together = sum(toy.parts()[i] for i in own) / sum(model.spectra[i].kg_days for i in own)
    widths = np.diff(found.edges_kev("C3"))
    np.testing.assert_allclose(found.rate(toy.flat, "C3") * widths, together)
    flat = found.components["flat[C3]"]
    np.testing.assert_allclose(found.rate(flat, "C3/difference"), 0, atol=1e-12)
    merged = found.merged(20)
    assert all(info.n_bins <= 20 for info in merged.infos)
    assert merged.spectra.flat.sum() == toy.flat.sum()
