"""Nuisances: templates that move must move as if the experiment itself were another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from model_arrays import arrays_of, signal_of

from fluxes.moments import FluxMoments
from fluxes.reactor.oscillation import mixing_parameters, oscillated, three_flavour
from fluxes.spectrum import from_bin_averages
from fluxes.uncertainty.covariance import flux_uncertainty
from sim.experiment import ConfigurationError, Experiment, parse_experiment
from sim.folding.nuisances import Inputs, refolded
from sim.folding.responses import changes_with
from sim.folding.templates import channel_templates
from sim.instruments.instrument import instrument_of
from sim.model import Model
from sim.model_assembly import build_model

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}

TEXT = """
name = "nuisances"

[reactor]
thermal_power_gw = 3.6
baseline_m = 20.7

[detector]
material = "Ge"
mass_kg = 3.0
threshold_kev = 0.2
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 0.06
fano_factor = 0.11

[detector.quenching]
k = 0.162

[detector.efficiency]
plateau = 0.9
half_kev = 0.15
width_kev = 0.05
acts_on = "true"

[exposure]
on_days = 120.0
off_days = 40.0
off_residual_flux = 0.1

[analysis]
window_kev = [0.2, 1.4]
bin_width_kev = 0.1

[[background]]
name = "exponential"
shape = "exponential"
rate_per_kev_kg_day = 30.0
reference_kev = 0.2
scale_kev = 0.3

[[background]]
name = "line"
shape = "line"
rate_per_kg_day = 4.0
center_kev = 1.297
sigma_kev = 0.05

[[background]]
name = "decaying"
shape = "flat"
rate_per_kev_kg_day = 3.0
scaling = "decay"
half_life_days = 30.0
"""


def experiment(*overrides: str) -> Experiment:
    return parse_experiment(TEXT, "nuisances", overrides=overrides)


def model(*overrides: str) -> Model:
    return build_model(experiment(*overrides))


@pytest.fixture(scope="module")
def nominal() -> Model:
    return model()


def morph(built: Model, name: str) -> Any:
    return next(m for m in arrays_of(built).morphs if m.name == name)


def morphed(built: Model, name: str, eta: float) -> np.ndarray:
    return np.asarray(arrays_of(built).samples + morph(built, name).change(eta))


def changed(name: str, factor: float) -> list[str]:
    """The configuration of an experiment whose input is off by a factor."""
    match name:
        case "quenching":
            return [f"detector.quenching.k={0.162 * factor!r}"]
        case "resolution":
            return [
                f"detector.resolution.noise_fwhm_kev={0.06 * factor!r}",
                f"detector.resolution.fano_factor={0.11 * factor**2!r}",
            ]
    # Energies read too high by a factor: the same events lie at edges that much lower.
    low, high, width = (energy / factor for energy in (0.2, 1.4, 0.1))
    return [
        f"analysis.window_kev=[{low!r}, {high!r}]",
        f"analysis.bin_width_kev={width!r}",
        f"detector.threshold_kev={low!r}",
    ]


# Morphs from folds


def test_changes_of_a_known_function() -> None:
    """What is a parabola in the factor comes back whole, a cubic one at -1, 0, 1."""
    shape = np.array([1.0, -2.0, 5.0])

    def cubic(factor: float) -> np.ndarray:
        x = factor - 1
        return np.asarray(shape * (3 + 2 * x + 7 * x**2 + 50 * x**3))

    linear, quadratic, *higher = changes_with(cubic, 3 * shape, 0.2, 1)
    assert not np.any(higher)
    for eta in (-1.0, 0.0, 1.0):
        value = 3 * shape + eta * linear + eta**2 * quadratic
        np.testing.assert_allclose(value, cubic(1 + 0.2 * eta), rtol=1e-12)
    np.testing.assert_allclose(linear, shape * (2 * 0.2 + 50 * 0.2**3), rtol=1e-12)
    np.testing.assert_allclose(quadratic, shape * 7 * 0.04, rtol=1e-12)


def test_inputs_vary_one_by_one() -> None:
    inputs = Inputs(FluxMoments.of(from_bin_averages(np.array([1.0, 2.0]), np.array([1.0]))))
    for name in refolded():
        varied = inputs.varied(name, 1.2)
        assert getattr(varied, name) == 1.2
        assert all(getattr(varied, other) == 1.0 for other in refolded() if other != name)


# Energy scale, quenching, resolution


@pytest.mark.parametrize(
    ("name", "uncertainty"), [("energy_scale", 0.02), ("quenching", 0.03), ("resolution", 0.1)]
)
def test_at_one_sigma_it_is_the_other_experiment(name: str, uncertainty: float) -> None:
    built = model(f"systematics.{name}={uncertainty}")
    for eta in (-1, 1):
        other = model(*changed(name, 1 + eta * uncertainty))
        scale = np.abs(arrays_of(other).samples).max(axis=2, keepdims=True)
        difference = np.abs(morphed(built, name, eta) - arrays_of(other).samples)
        assert np.all(difference <= 1e-11 * scale + 1e-9 * np.abs(arrays_of(other).samples))
        assert not np.allclose(signal_of(other), signal_of(built), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("name", "uncertainty"), [("energy_scale", 0.02), ("quenching", 0.03), ("resolution", 0.1)]
)
def test_at_half_a_sigma_it_is_close(name: str, uncertainty: float) -> None:
    """Within 3 % of the largest change at one sigma of each sample."""
    built = model(f"systematics.{name}={uncertainty}")
    for eta in (-0.5, 0.5):
        other = model(*changed(name, 1 + eta * uncertainty))
        change = np.abs(morph(built, name).linear).max(axis=2, keepdims=True)
        difference = np.abs(morphed(built, name, eta) - arrays_of(other).samples)
        assert np.all(difference <= 0.03 * change + 1e-11 * np.abs(arrays_of(built).samples))


@pytest.mark.parametrize(
    ("name", "uncertainty", "missed"),
    [("energy_scale", 0.02, 0.05), ("quenching", 0.1, 0.3), ("resolution", 0.1, 0.0)],
)
def test_at_two_sigma_it_is_within_two_percent(
    name: str, uncertainty: float, missed: float
) -> None:
    """Where a sample has a thousandth of its largest bin; the parabola misses by more."""
    nucleus = 'analysis.channels=["nucleus"]'
    built = model(f"systematics.{name}={uncertainty}", nucleus)
    nominal, up, down = (morphed(built, name, eta) for eta in (0, 1, -1))
    worst = 0.0
    for eta in (-2, 2):
        wanted = arrays_of(model(*changed(name, 1 + eta * uncertainty), nucleus)).samples
        size = np.abs(wanted)
        content = size > 1e-3 * size.max(axis=2, keepdims=True)
        found = np.abs(morphed(built, name, eta) - wanted)
        assert np.all(found[content] <= 0.02 * size[content])
        parabola = nominal + eta * (up - down) / 2 + eta**2 * ((up + down) / 2 - nominal)
        worst = max(worst, float(np.max(np.abs(parabola - wanted)[content] / size[content])))
    assert worst > missed


def test_steep_templates_alone_go_through_five() -> None:
    """Of two templates the steep one, exact at -2, -1, 0, 1, 2; the other stays a parabola."""
    rise = np.array([1.2, 0.1])[:, None] * np.array([1.0, 1.1])

    def made(factor: float) -> np.ndarray:
        return np.asarray(np.exp(rise * (factor - 1) / 0.1))

    changes = changes_with(made, made(1.0), 0.1, 2)
    for eta in (-2, -1, 1, 2):
        powers = np.array([eta, eta**2, eta**3, eta**4])
        at = made(1.0)[0] + powers @ changes[:, 0]
        np.testing.assert_allclose(at, made(1 + 0.1 * eta)[0], rtol=1e-12)
    assert not np.any(changes[2:, 1])
    np.testing.assert_array_equal(changes[:2, 1], changes_with(made, made(1.0), 0.1, 1)[:2, 1])


def test_quenching_moves_recoils_of_nuclei_only() -> None:
    built = model("systematics.quenching=0.03", 'analysis.channels=["electron"]')
    found = morph(built, "quenching")
    assert not np.any(found.linear)
    assert not np.any(found.quadratic)
    both = morph(model("systematics.quenching=0.03"), "quenching")
    assert np.all(both.linear[0, 0, :4] > 0)
    assert not np.any(both.linear[7:])


def test_energy_scale_moves_backgrounds_too() -> None:
    """A falling exponential read 2 % too high: rate(E / 1.02) / 1.02, from bin to bin."""
    built = model("systematics.energy_scale=0.02")
    up = morphed(built, "energy_scale", 1)[7, 0]
    edges = np.linspace(0.2, 1.4, 13) / 1.02
    primitive = -30 * 0.3 * np.exp(-(edges - 0.2) / 0.3)
    np.testing.assert_allclose(up, 3.0 * 120 * np.diff(primitive), rtol=1e-9, atol=0)


def test_resolution_widens_lines_of_the_detector() -> None:
    """A line without sigma_kev is as wide as the resolution, whose uncertainty widens it."""
    text = TEXT.replace("sigma_kev = 0.05\n", "")
    built = build_model(parse_experiment(text, overrides=["systematics.resolution=0.1"]))
    other = build_model(parse_experiment(text, overrides=changed("resolution", 1.1)))
    assert not np.allclose(
        arrays_of(other).samples[8], arrays_of(built).samples[8], rtol=1e-3, atol=0
    )
    up = morphed(built, "resolution", 1)
    np.testing.assert_allclose(up[8], arrays_of(other).samples[8], rtol=1e-6, atol=1e-60)


# Norms


@pytest.mark.parametrize("name", ["flux_norm", "efficiency", "exposure"])
def test_norms_are_linear(name: str, nominal: Model) -> None:
    """The signal of both periods by the same factor; exposure the backgrounds as well."""
    built = model(f"systematics.{name}=0.07")
    found = morph(built, name)
    assert not np.any(found.quadratic)
    np.testing.assert_allclose(found.linear[:7], 0.07 * signal_of(nominal), rtol=1e-12, atol=0)
    expected = 0.07 * arrays_of(nominal).samples[7:] if name == "exposure" else np.zeros((3, 2, 12))
    np.testing.assert_allclose(found.linear[7:], expected, rtol=1e-12, atol=0)


def test_flux_norm_is_more_power() -> None:
    built = model("systematics.flux_norm=0.05")
    more = model(f"reactor.thermal_power_gw={3.6 * 1.05!r}")
    np.testing.assert_allclose(
        morphed(built, "flux_norm", 1)[:7], signal_of(more), rtol=1e-10, atol=0
    )


def test_names_and_what_is_left_out(nominal: Model) -> None:
    assert [m.name for m in arrays_of(nominal).morphs] == []
    names = ["flux_norm", "efficiency", "exposure", "energy_scale", "quenching", "resolution"]
    built = model(*(f"systematics.{name}=0.01" for name in reversed(names)))
    assert [m.name for m in arrays_of(built).morphs] == names
    np.testing.assert_array_equal(arrays_of(built).samples, arrays_of(nominal).samples)
    for found in arrays_of(built).morphs:
        assert found.linear.shape == found.quadratic.shape == arrays_of(built).samples.shape


# Shape of the flux


@pytest.fixture(scope="module")
def kernels() -> np.ndarray:
    """ON counts of the Standard Model for 1 cm^-2 s^-1 in each 25 keV, (12 bins, 500)."""
    plain = instrument_of(experiment())
    columns = []
    for i in range(500):
        box = from_bin_averages(np.array([0.025 * i, 0.025 * (i + 1)]), np.array([40.0]))
        inputs = Inputs(FluxMoments.of(box))
        rates = [channel_templates(plain, c, inputs)[0] for c in ("electron", "nucleus")]
        columns.append(3.0 * 120.0 * (rates[0] + rates[1]))
    return np.array(columns).T


def test_kernels_fold_to_the_rate(kernels: np.ndarray, nominal: Model) -> None:
    """The boxes are what they should be: with the flux of each they give the counts."""
    content = -np.diff(nominal.flux.moments().above(np.linspace(0, 12.5, 501)[1:])[0], prepend=0)
    content[0] = nominal.flux.total_cm2_s - nominal.flux.moments().above(np.array([0.025]))[0, 0]
    np.testing.assert_allclose(kernels @ content, signal_of(nominal)[0, 0], rtol=1e-3, atol=0)


def test_components_have_the_variance_of_the_covariance(kernels: np.ndarray) -> None:
    """K C K^T with C of 500 bins, against sum of D_i^2 over the components that are kept."""
    built = model("systematics.flux_shape=true")
    uncertainty = flux_uncertainty("bestiole-2023", FRACTIONS, 0.6)
    covariance = uncertainty.covariance(np.linspace(0, 12.5, 501))
    covariance *= built.flux.fissions_cm2_s**2
    expected = kernels @ covariance @ kernels.T
    components = np.array([m.linear[0, 0] for m in arrays_of(built).morphs])
    found = components.T @ components
    # 1 % of the variance of a flux moment may be left out, never put in.
    diagonal = np.diag(found) / np.diag(expected)
    assert np.all((diagonal > 0.97) & (diagonal < 1.003)), diagonal
    sigma = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found, expected, rtol=0, atol=0.03 * np.outer(sigma, sigma).max())
    total = found.sum() / expected.sum()
    assert 0.98 < total < 1.003
    relative = sigma / signal_of(built)[0, 0]
    assert np.all((relative > 0.02) & (relative < 0.2))


@pytest.mark.parametrize("spectrum", ["huber-mueller", "kopeikin-2012", "vogel-engel"])
def test_components_of_other_spectra(spectrum: str, kernels: np.ndarray) -> None:
    """The same to the curvature of these spectra in 25 keV.  Where coherent scattering ends, from
    0.4 keV on, the rate is a small difference of flux moments: the components, which keep 99 % of
    the variance of each moment, keep there only 74 % of that of the rate (huber-mueller)."""
    built = model(f"reactor.spectrum={spectrum}", "systematics.flux_shape=true")
    captures = 0.0 if spectrum == "kopeikin-2012" else 0.6
    uncertainty = flux_uncertainty(spectrum, FRACTIONS, captures)
    covariance = uncertainty.covariance(np.linspace(0, 12.5, 501))
    covariance *= built.flux.fissions_cm2_s**2
    expected = kernels @ covariance @ kernels.T
    components = np.array([m.linear[0, 0] for m in arrays_of(built).morphs])
    found = components.T @ components
    ratio = np.diag(found) / np.diag(expected)
    assert np.all((ratio > 0.7) & (ratio < 1.01)), ratio
    assert np.sum(ratio > 0.97) >= 10
    assert 0.98 < found.sum() / expected.sum() < 1.005


def test_components_are_named_linear_and_constrained() -> None:
    built = model("systematics.flux_shape=true", "systematics.flux_norm=0.03")
    shapes = [m for m in arrays_of(built).morphs if m.name.startswith("flux_shape")]
    assert [m.name for m in shapes] == [f"flux_shape_{i + 1}" for i in range(len(shapes))]
    names = [m.name for m in arrays_of(built).morphs]
    assert names == ["flux_norm", *(m.name for m in shapes)]
    for component in shapes:
        assert not np.any(component.quadratic)
        assert not np.any(component.linear[7:])
        # The OFF flux is a tenth of the ON flux, and a third of the days.
        np.testing.assert_allclose(
            component.linear[:, 1], component.linear[:, 0] * 0.1 * 40 / 120, rtol=1e-12, atol=0
        )
    first = np.abs(shapes[0].linear[0, 0].sum())
    assert all(np.abs(s.linear[0, 0].sum()) < first for s in shapes[1:])


def test_components_of_cores_with_other_fuel() -> None:
    """Two cores at one place, one all U-235 and one all Pu-239, are one core of their mean: the
    fissions, not the powers, decide."""
    fresh, old = ("{ u235 = 1.0, u238 = 0.0, pu239 = 0.0, pu241 = 0.0 }",) * 2
    old = old.replace("u235 = 1.0", "u235 = 0.0").replace("pu239 = 0.0", "pu239 = 1.0")
    cores = "".join(
        f"[[reactor.core]]\nthermal_power_gw = 1.8\nbaseline_m = 20.7\nfission_fractions = {f}\n"
        for f in (fresh, old)
    )
    text = TEXT.replace("thermal_power_gw = 3.6\nbaseline_m = 20.7\n", cores)
    overrides = ["systematics.flux_shape=true", "reactor.spectrum=huber-mueller"]
    two = build_model(parse_experiment(text, overrides=overrides))
    share = 211.12 / (202.36 + 211.12)
    mean = f"{{ u235 = {share!r}, u238 = 0.0, pu239 = {1 - share!r}, pu241 = 0.0 }}"
    one = build_model(
        parse_experiment(TEXT, overrides=[*overrides, f"reactor.fission_fractions={mean}"])
    )
    np.testing.assert_allclose(signal_of(two), signal_of(one), rtol=1e-9, atol=0)
    assert len(arrays_of(two).morphs) == len(arrays_of(one).morphs)
    variances = [
        np.sum([m.linear[0, 0] ** 2 for m in arrays_of(b).morphs], axis=0) for b in (two, one)
    ]
    np.testing.assert_allclose(variances[0], variances[1], rtol=1e-6, atol=0)


def test_shape_of_cores_that_stay_on() -> None:
    """A core with the same power in both periods: what shifts ON by x shifts OFF as well."""
    core = (
        "[[reactor.core]]\nthermal_power_gw = 3.6\nbaseline_m = 20.7\noff_thermal_power_gw = 3.6\n"
    )
    text = TEXT.replace("thermal_power_gw = 3.6\nbaseline_m = 20.7\n", core)
    text = text.replace("off_residual_flux = 0.1\n", "")
    built = build_model(parse_experiment(text, overrides=["systematics.flux_shape=true"]))
    np.testing.assert_allclose(
        signal_of(built)[:, 1], signal_of(built)[:, 0] / 3, rtol=1e-9, atol=0
    )
    first = morph(built, "flux_shape_1").linear[0]
    np.testing.assert_allclose(first[1], first[0] / 3, rtol=1e-9, atol=0)


POWER = "thermal_power_gw = 3.6\nbaseline_m = 20.7\n"
SPENT = "[reactor.spent_fuel]\nfraction = 0.25\n"


BOTH = POWER + 'normalisation = "flux"\n'


@pytest.mark.parametrize(
    ("head", "spent"),
    [("", ""), ("", SPENT), (BOTH, ""), (BOTH, SPENT)],
)
def test_shape_of_a_stated_flux(head: str, spent: str) -> None:
    """Errors in proportion to the reactor's flux, power given or not; spent fuel has none."""
    by_power = model("systematics.flux_shape=true")
    reactor = f"flux_cm2_s = {2 * by_power.flux.total_cm2_s!r}\n{head}{spent}"
    text = TEXT.replace(POWER, reactor)
    stated = build_model(parse_experiment(text, overrides=["systematics.flux_shape=true"]))
    shapes = [m for m in arrays_of(by_power).morphs if m.name.startswith("flux_shape")]
    assert len(shapes) > 1
    for shape in shapes:
        found = morph(stated, shape.name).linear[0, 0]
        scale = np.abs(shape.linear[0, 0]).max()
        np.testing.assert_allclose(found, 2 * shape.linear[0, 0], rtol=1e-6, atol=1e-9 * scale)


def test_shape_of_off_cores_at_another_power() -> None:
    """A third of the power in OFF, a third of the days: a ninth of the shift, however scaled."""
    core = POWER.replace("3.6", "3.6\noff_thermal_power_gw = 1.2")
    for head in ("", 'flux_cm2_s = 5e13\nnormalisation = "flux"\n'):
        text = TEXT.replace(POWER, f"{head}[[reactor.core]]\n{core}")
        text = text.replace("off_residual_flux = 0.1\n", "")
        built = build_model(parse_experiment(text, overrides=["systematics.flux_shape=true"]))
        for found in arrays_of(built).morphs[:-1]:
            scale = np.abs(found.linear[0, 0]).max()
            np.testing.assert_allclose(
                found.linear[0, 1], found.linear[0, 0] / 9, rtol=1e-6, atol=1e-9 * scale
            )


def test_shape_of_a_flux_that_oscillates() -> None:
    """At 1.7 km: the variance of the rate is that of every deviation, oscillated and folded."""
    far = ["reactor.baseline_m=1700.0", "reactor.oscillation=true"]
    built = model(*far, "systematics.flux_shape=true")
    oscillation = three_flavour(mixing_parameters())
    known = flux_uncertainty("bestiole-2023", FRACTIONS, 0.6)
    seen = known.mapped(lambda spectrum: oscillated(spectrum, oscillation, 1700.0))
    scale = built.flux.total_cm2_s / seen.central.integral()
    config = built.experiment
    counts = [
        sum(
            channel_templates(
                instrument_of(config), channel, Inputs(FluxMoments.of(shift.scaled(scale)))
            )[0]
            for channel in ("electron", "nucleus")
        )
        for shift in (seen.central, *seen.deviations.values())
    ]
    expected = np.sqrt(np.sum(np.square(counts[1:]), axis=0)) / counts[0]
    found = np.sqrt(np.sum([m.linear[0, 0] ** 2 for m in arrays_of(built).morphs], axis=0))
    np.testing.assert_allclose(found / signal_of(built)[0, 0], expected, rtol=1e-6, atol=0)


def test_shape_of_a_table_is_not_known(tmp_path: Any, one_line: Any) -> None:
    (tmp_path / "flux.csv").write_text("energy_mev,total\n0.5,1.0\n8.0,0.5\n", encoding="utf-8")
    overrides = [
        "reactor.spectrum=table",
        'reactor.spectrum_table="flux.csv"',
        "systematics.flux_shape=true",
    ]
    given = parse_experiment(TEXT, "nuisances", tmp_path, overrides)
    with pytest.raises(ConfigurationError) as caught:
        build_model(given)
    expected = "nuisances: systematics.flux_shape: the uncertainty of a spectrum table is not known"
    assert one_line(caught.value) == expected
