"""Binned templates: convergence of the recoil grid, and direct integration of rate x response."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_arrays import signal_of

from sim.experiment import ConfigurationError, Experiment, load_experiment, parse_experiment
from sim.model_assembly import build_model


def change_on_halving(experiment: Experiment) -> np.ndarray:
    """Largest relative change of each monomial's bins that hold 1e-6 of their template."""
    coarse, fine = (signal_of(build_model(experiment, refinement))[:, 0] for refinement in (1, 2))
    matters = np.abs(fine) >= 1e-6 * np.abs(fine).sum(axis=1, keepdims=True)
    assert np.all(matters.sum(axis=1) > 0)
    change = np.abs(coarse - fine) / np.where(matters, np.abs(fine), np.inf)
    return np.asarray(change.max(axis=1))


@pytest.mark.parametrize("channels", ["['electron']", "['electron', 'nucleus']"])
def test_halving_the_grid_gemma(channels: str) -> None:
    experiment = load_experiment("gemma-2012", [f"analysis.channels={channels}"])
    assert change_on_halving(experiment).max() < 1e-4


@pytest.mark.parametrize("channels", ["['electron']", "['nucleus']", "['electron', 'nucleus']"])
@pytest.mark.parametrize("spectrum", ["bestiole-2023", "huber-mueller"])
def test_halving_the_grid_cevns(channels: str, spectrum: str, texts: Any) -> None:
    overrides = [f"analysis.channels={channels}", f"reactor.spectrum={spectrum}"]
    experiment = parse_experiment(texts.cevns, overrides=overrides)
    assert change_on_halving(experiment).max() < 1e-4


def test_halving_does_something(cevns: Experiment) -> None:
    """refinement reaches the grid: the counts are not bit for bit the same."""
    coarse, fine = (signal_of(build_model(cevns, refinement)) for refinement in (1, 2))
    assert not np.array_equal(coarse, fine)


@pytest.mark.parametrize("low", [0.16, 0.3, 0.75])
def test_cevns_counts_by_direct_integration(low: float, cevns: Experiment, reference: Any) -> None:
    """Both channels, all monomials, one bin of 10 eV of the CEvNS configuration."""
    flux, scheme = reference.bestiole(3.6, 20.7), reference.scheme("one-loop")
    response = reference.response(0.048, 0.11, 0.003, 0.16)
    expected = reference.nucleus_counts(flux, scheme, low, low + 0.01, response, 0.162)
    expected += reference.electron_counts(flux, scheme, low, low + 0.01, response)
    found = signal_of(build_model(cevns))[:, 0, round((low - 0.16) / 0.01)]
    np.testing.assert_allclose(found, 2.0 * 120 * expected, rtol=2e-5)


@pytest.mark.parametrize("low", [2.8, 10.9, 11.1, 54.9])
def test_gemma_counts_by_direct_integration(low: float, reference: Any) -> None:
    """One bin of 0.1 keV: at the threshold, about the K edge, at the end."""
    flux, scheme = reference.bestiole(3.0, 13.9), reference.scheme("one-loop")
    response = reference.response(1.35, 0.0, 0.003, 2.8)
    expected = reference.electron_counts(flux, scheme, low, low + 0.1, response)
    experiment = load_experiment("gemma-2012", ["analysis.channels=['electron']"])
    found = signal_of(build_model(experiment))[:, 0, round((low - 2.8) / 0.1)]
    np.testing.assert_allclose(found, 1.5 * 755.6 * expected, rtol=2e-5)


@pytest.fixture(scope="module")
def signal(texts: Any) -> Callable[..., np.ndarray]:
    """Templates (7, 2, n_bins) of the CEvNS configuration with changes."""

    def build(*overrides: str) -> np.ndarray:
        return signal_of(build_model(parse_experiment(texts.cevns, overrides=overrides)))

    return build


def test_channels_add(signal: Callable[..., np.ndarray]) -> None:
    electron, nucleus = (
        signal("analysis.channels=['electron']"),
        signal("analysis.channels=['nucleus']"),
    )
    np.testing.assert_allclose(signal(), electron + nucleus, rtol=1e-12)
    assert np.all(electron[0, 0] > 0)
    assert np.all(nucleus[0, 0] > 0)


def test_wide_bins_are_sums_of_narrow_ones(signal: Callable[..., np.ndarray]) -> None:
    narrow = signal()[:, 0].reshape(7, -1, 4).sum(axis=2)
    np.testing.assert_allclose(signal("analysis.bin_width_kev=0.04")[:, 0], narrow, rtol=1e-9)


def test_threshold_cuts_a_bin(signal: Callable[..., np.ndarray]) -> None:
    """A threshold in the middle of the first bin leaves its upper half; the others stay."""
    whole = signal("analysis.bin_width_kev=0.02")
    cut = signal("analysis.bin_width_kev=0.02", "detector.threshold_kev=0.17")
    np.testing.assert_allclose(cut[:, 0, 1:], whole[:, 0, 1:], rtol=1e-6)
    np.testing.assert_allclose(cut[:, 0, 0], signal()[:, 0, 1], rtol=1e-6)
    gone = signal("detector.threshold_kev=0.18")
    assert not np.any(gone[:, :, :2])
    assert np.all(gone[0, 0, 2:] > 0)


def test_lowest_ionization_cuts_the_leak(signal: Callable[..., np.ndarray]) -> None:
    """A cut on true energy, at the width of Dresden-II: 1/T^2 leaks through the tail of the
    resolution and loses most, 1/T less, the weak part least; high bins lose nothing."""
    changes = ["analysis.channels=['nucleus']", "detector.resolution.noise_fwhm_kev=0.1613"]
    usual, cut = (
        signal(*changes, f"detector.min_ionization_kev={lowest}") for lowest in (0.003, 0.05)
    )
    lost = 1 - cut[:, 0] / usual[:, 0]
    assert lost[3, 0] > 0.95 > lost[1, 0] > 0.75 > lost[0, 0] > 0.5
    np.testing.assert_allclose(lost[:, -1], 0, atol=1e-4)


def test_lowest_ionization_may_be_as_small_as_one_likes(signal: Callable[..., np.ndarray]) -> None:
    """A smaller cut never takes counts away."""
    small, smaller = (
        signal("analysis.channels=['nucleus']", f"detector.min_ionization_kev={cut}")
        for cut in ("1e-7", "1e-9")
    )
    assert np.all(smaller[[0, 1, 3, 5], 0] >= 0.9999 * small[[0, 1, 3, 5], 0])


def test_efficiency_scales(signal: Callable[..., np.ndarray]) -> None:
    halved = signal("detector.efficiency.plateau=0.5")
    np.testing.assert_allclose(halved, signal() / 2, rtol=1e-12)


@pytest.mark.parametrize("acts_on", ["true", "reconstructed"])
def test_a_turn_on_takes_the_low_bins(acts_on: str, signal: Callable[..., np.ndarray]) -> None:
    turned = signal(
        "detector.efficiency.half_kev=0.3",
        "detector.efficiency.width_kev=0.03",
        f"detector.efficiency.acts_on='{acts_on}'",
    )
    ratio = (turned / signal())[0, 0]
    assert ratio[0] < 0.1
    assert 0.3 < ratio[14] < 0.7
    assert ratio[-1] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("width", [0.03, 0.001])
def test_halving_with_an_efficiency_on_true_energy(width: float, texts: Any) -> None:
    """Also with a turn-on much narrower than the resolution."""
    overrides = [
        "detector.efficiency.half_kev=0.3",
        f"detector.efficiency.width_kev={width}",
        "detector.efficiency.acts_on='true'",
    ]
    assert change_on_halving(parse_experiment(texts.cevns, overrides=overrides)).max() < 1e-4


def test_more_quenching_less_signal(signal: Callable[..., np.ndarray]) -> None:
    """7 % in k is 16 % in the rate of CONUS+ (section 4)."""
    usual, less = (
        signal("analysis.channels=['nucleus']", f"detector.quenching.k={k}")[0, 0].sum()
        for k in (0.162, 0.155)
    )
    assert usual / less - 1 == pytest.approx(0.16, abs=0.03)


@pytest.mark.parametrize(
    "overrides",
    [
        ["analysis.window_kev=[14000.0, 14010.0]", "analysis.bin_width_kev=1.0"],
        ["analysis.window_kev=[2.0, 3.0]", "analysis.channels=['nucleus']"],
        [
            "analysis.window_kev=[1.0, 3.0]",
            "detector.threshold_kev=2.5",
            "analysis.channels=['nucleus']",
        ],
    ],
)
def test_threshold_above_the_end_point(
    overrides: list[str], texts: Any, one_line: Callable[..., str]
) -> None:
    experiment = parse_experiment(texts.cevns, overrides=overrides)
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment)
    message = one_line(caught.value)
    assert message.startswith("cevns: the threshold or window start, ")
    assert "end point" in message


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("detector.material=Xx", "'Xx'"),
        ("detector.material=germanium", "'germanium'"),
        ("detector.resolution.noise_fwhm_kev=1e-7", "resolution"),
    ],
)
def test_what_cannot_be_built(
    override: str, found: str, texts: Any, one_line: Callable[..., str]
) -> None:
    overrides = [override, "detector.resolution.fano_factor=0.0"]
    experiment = parse_experiment(texts.cevns, overrides=overrides)
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment)
    message = one_line(caught.value)
    assert message.startswith("cevns: ")
    assert found in message


def test_an_unknown_material_names_its_key(texts: Any) -> None:
    experiment = parse_experiment(texts.cevns, overrides=["detector.material=Xx"])
    with pytest.raises(ConfigurationError, match="material"):
        build_model(experiment)


def test_the_number_of_threads_does_not_matter() -> None:
    """Studies promise the same bits on every worker, whatever threads its BLAS has."""
    program = (
        "from sim.experiment import load_experiment; from sim.model_assembly import build_model; "
        "samples = build_model(load_experiment('gemma-2012')).samples(); "
        "print({name: counts.tobytes().hex() for name, counts in samples.items()})"
    )
    folded = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    }
    assert len(folded) == 1
