"""Discovery reach: numbers of formulas, and a constrained background by scipy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from counting_files import one_bin
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import poisson

from analysis.limits.reach import Reach, discovery_reach
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model


def model_of(path: Path, *overrides: str) -> Model:
    return build_model(load_experiment(str(path), overrides))


def reach_of(path: Path, assumed: float | None = None) -> tuple[Reach, ...]:
    return discovery_reach(model_of(path), "mu_nu", assumed)


def counts(moment: float | None) -> float:
    assert moment is not None
    return (moment / 1e-11) ** 2


@pytest.mark.parametrize(("background", "signal"), [(20.0, 14.845), (3.0, 6.543)])
def test_smallest_signal_on_a_known_background(
    tmp_path: Path, background: float, signal: float
) -> None:
    three, five = reach_of(one_bin(tmp_path, 0, background))
    assert counts(three.truth) == pytest.approx(signal, abs=1e-3)
    s = counts(five.truth)
    z2 = 2 * ((s + background) * np.log(1 + s / background) - s)
    assert z2 == pytest.approx(25.0, rel=1e-6)
    assert three.exposure_factor is None


def test_median_of_a_count_by_sums(tmp_path: Path) -> None:
    """3 sigma on 3 needs 10 counts, whose probability is one half at s = 6.669."""
    three, five = reach_of(one_bin(tmp_path, 0, 3.0))
    assert counts(three.summed_truth) == pytest.approx(6.669, abs=1e-3)
    needed = next(n for n in range(100) if poisson.sf(n - 1, 3.0) <= 2.8665157e-7)
    wanted = brentq(lambda s: poisson.sf(needed - 1, s + 3.0) - 0.5, 1.0, 60.0)
    assert counts(five.summed_truth) == pytest.approx(wanted, rel=1e-5)


def test_exposure_of_an_assumed_moment(tmp_path: Path) -> None:
    """s = 10, b = 20: 2.080 sigma, which grows with the root of the exposure."""
    three, five = reach_of(one_bin(tmp_path, 0, 20.0), 10**0.5 * 1e-11)
    assert three.exposure_factor == pytest.approx((3 / 2.080) ** 2, rel=1e-3)
    assert five.exposure_factor == pytest.approx((5 / 2.080) ** 2, rel=1e-3)


def test_uncertain_background_limits_the_exposure(tmp_path: Path) -> None:
    """b known to 20 %: s = 10 on 20 never is 3 sigma; s = 30 is, where scipy finds it."""
    path = one_bin(tmp_path, 0, 20.0, norm="0.2")
    assert reach_of(path, 10**0.5 * 1e-11)[0].exposure_factor is None
    found = reach_of(path, 30**0.5 * 1e-11)[0].exposure_factor

    def z(factor: float) -> float:
        n = 50.0 * factor

        def height(norm: float) -> float:
            mean = 20.0 * factor * norm
            return 2 * (mean - n + n * np.log(n / mean)) + ((norm - 1) / 0.2) ** 2

        return float(
            minimize_scalar(height, bounds=(0.5, 4.0), options={"xatol": 1e-10}).fun ** 0.5
        )

    assert found == pytest.approx(brentq(lambda f: z(f) - 3.0, 1e-2, 1e2), rel=1e-4)


def test_the_factor_is_that_of_the_key() -> None:
    """exposure.scale at the factor gives the significance that was asked for."""
    overrides = ["analysis.bin_width_kev=0.9"]
    model = build_model(load_experiment("gemma-2012", overrides))
    three = discovery_reach(model, "mu_nu", 3e-11)[0]
    assert three.exposure_factor is not None
    scaled = build_model(
        load_experiment("gemma-2012", [*overrides, f"exposure.scale={three.exposure_factor!r}"])
    )
    assert discovery_reach(scaled, "mu_nu", 3e-11)[0].truth == pytest.approx(3e-11, rel=1e-5)
    with pytest.raises(ValueError, match="above that of no signal"):
        discovery_reach(model, "cevns", 0.0)
