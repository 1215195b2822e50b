"""Background templates: scaling in ON and OFF, units, threshold, tables."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_arrays import BackgroundTemplate, backgrounds_of, expected_background
from scipy.integrate import quad

from sim.experiment import ConfigurationError, parse_experiment
from sim.model_assembly import build_model

MASS_KG, ON_DAYS, OFF_DAYS = 2.0, 100.0, 50.0
EDGES = np.array([3.0, 4.0, 5.0, 6.0, 7.0])
Build = Callable[..., tuple[BackgroundTemplate, ...]]


@pytest.fixture
def build(texts: Any, tmp_path: Path) -> Build:
    """Templates of one component of the four-bin experiment, given as TOML lines."""

    def of(*lines: str, name: str = "b", overrides: tuple[str, ...] = ()) -> Any:
        component = "\n".join(["[[background]]", f'name = "{name}"', *lines])
        experiment = parse_experiment(texts.small + component, "small", tmp_path, overrides)
        return backgrounds_of(build_model(experiment))

    return of


def counts(templates: tuple[BackgroundTemplate, ...]) -> np.ndarray:
    (template,) = templates
    return template.counts


FLAT = ('shape = "flat"', "rate_per_kev_kg_day = 1.5")


def test_time(build: Build) -> None:
    """Rate times mass, days and bin width, ON and OFF alike; the default scaling and norm."""
    (template,) = build(*FLAT)
    assert (template.name, template.norm_uncertainty) == ("b", np.inf)
    on = 1.5 * MASS_KG * ON_DAYS
    np.testing.assert_allclose(template.counts, [[on] * 4, [on / 2] * 4], rtol=1e-12)
    explicit = counts(build(*FLAT, 'scaling = "time"'))
    np.testing.assert_array_equal(explicit, template.counts)


def test_reactor(build: Build) -> None:
    """ON only, also if some flux is left in OFF periods."""
    for residual in ("0.0", "0.1"):
        found = counts(
            build(
                *FLAT, 'scaling = "reactor"', overrides=(f"exposure.off_residual_flux={residual}",)
            )
        )
        np.testing.assert_allclose(found, [[1.5 * MASS_KG * ON_DAYS] * 4, [0] * 4], rtol=1e-12)


def test_free(build: Build) -> None:
    """Two templates, each with the counts of one period and a norm of its own."""
    on, off = build(*FLAT, 'scaling = "free"', "norm = 0.2")
    assert (on.name, off.name) == ("b_on", "b_off")
    assert on.norm_uncertainty == off.norm_uncertainty == 0.2
    np.testing.assert_allclose(on.counts, [[300] * 4, [0] * 4], rtol=1e-12)
    np.testing.assert_allclose(off.counts, [[0] * 4, [150] * 4], rtol=1e-12)


@pytest.mark.parametrize("half_life", [0.01, 11.43, 270.9, 8143.0])
@pytest.mark.parametrize("off_start", [None, 0.0, 130.0])
def test_decay(half_life: float, off_start: float | None, build: Build) -> None:
    """Integral of 2^(-t / T) over each period; OFF follows ON unless it states its start."""
    overrides = () if off_start is None else (f"exposure.off_start_day={off_start}",)
    lines = (*FLAT, 'scaling = "decay"', f"half_life_days = {half_life}")
    found = counts(build(*lines, overrides=overrides))
    start = ON_DAYS if off_start is None else off_start

    def integral(low: float, high: float) -> float:
        nodes = [low, *(low + n * half_life for n in (1, 3, 10, 30)), high]
        return sum(
            quad(lambda t: 2 ** (-t / half_life), min(a, high), min(b, high), epsrel=1e-12)[0]
            for a, b in pairwise(nodes)
        )

    expected = [integral(0, ON_DAYS), integral(start, start + OFF_DAYS)]
    np.testing.assert_allclose(found[:, 0], 1.5 * MASS_KG * np.array(expected), rtol=1e-9)
    np.testing.assert_allclose(found, np.repeat(found[:, :1], 4, axis=1), rtol=1e-12)


def test_a_long_half_life_is_time(build: Build) -> None:
    decaying = counts(build(*FLAT, 'scaling = "decay"', "half_life_days = 1e9"))
    np.testing.assert_allclose(decaying, counts(build(*FLAT)), rtol=1e-6)


def test_no_off_period(build: Build) -> None:
    for scaling in ('"time"', '"decay"\nhalf_life_days = 3.0'):
        found = counts(build(*FLAT, f"scaling = {scaling}", overrides=("exposure.off_days=0",)))
        assert np.all(found[0] > 0)
        assert not np.any(found[1])


@pytest.mark.parametrize(
    ("norm", "uncertainty"), [("'free'", np.inf), ("0.0", 0.0), ("0", 0.0), ("0.25", 0.25)]
)
def test_norms(norm: str, uncertainty: float, build: Build) -> None:
    (template,) = build(*FLAT, f"norm = {norm}")
    assert template.norm_uncertainty == uncertainty


def by_quad(density: Callable[[float], float]) -> np.ndarray:
    """Counts per period of a density per keV, kg and day."""
    rates = [quad(density, e, e + 1, epsrel=1e-12)[0] for e in EDGES[:-1]]
    return MASS_KG * np.outer([ON_DAYS, OFF_DAYS], rates)


def test_exponential(build: Build) -> None:
    lines = ('shape = "exponential"', "rate_per_kev_kg_day = 2.0", "reference_kev = 3.0")
    found = counts(build(*lines, "scale_kev = 0.7"))
    np.testing.assert_allclose(found, by_quad(lambda e: 2 * np.exp(-(e - 3) / 0.7)), rtol=1e-9)


@pytest.mark.parametrize("index", [-1.0, -2.5, 0.0, 1.5])
def test_power_law(index: float, build: Build) -> None:
    lines = ('shape = "power-law"', "rate_per_kev_kg_day = 0.4", "reference_kev = 5.0")
    found = counts(build(*lines, f"index = {index}"))
    np.testing.assert_allclose(found, by_quad(lambda e: 0.4 * (e / 5) ** index), rtol=1e-9)


@pytest.mark.parametrize("sigma", [None, 0.3])
def test_line(sigma: float | None, build: Build) -> None:
    """As wide as the detector's resolution at its energy unless it says otherwise."""
    width = () if sigma is None else (f"sigma_kev = {sigma}",)
    fano = ("detector.resolution.fano_factor=4.0",)
    lines = ('shape = "line"', "rate_per_kg_day = 0.9", "center_kev = 4.9", *width)
    found = counts(build(*lines, overrides=fano))
    expected_sigma = sigma or np.sqrt(1 / (8 * np.log(2)) + 2.96e-3 * 4 * 4.9)

    def gauss(e: float) -> float:
        score = (e - 4.9) / expected_sigma
        return float(0.9 * np.exp(-score * score / 2) / expected_sigma / np.sqrt(2 * np.pi))

    np.testing.assert_allclose(found, by_quad(gauss), rtol=1e-9)


def test_table(build: Build, tmp_path: Path) -> None:
    """Straight lines between the points, which need not be bin edges."""
    (tmp_path / "t.csv").write_text("energy_kev,rate_per_kev_kg_day\n2,1\n4.4,3\n4.5,0\n9,6\n")
    found = counts(build('shape = "table"', 'file = "t.csv"'))

    def density(e: float) -> float:
        return float(np.interp(e, [2, 4.4, 4.5, 9], [1, 3, 0, 6]))

    np.testing.assert_allclose(found[:, [0, 2, 3]], by_quad(density)[:, [0, 2, 3]], rtol=1e-9)
    middle = sum(quad(density, *r)[0] for r in ((4, 4.4), (4.4, 4.5), (4.5, 5)))
    np.testing.assert_allclose(found[0, 1], middle * MASS_KG * ON_DAYS, rtol=1e-9)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            "energy_kev,rate_per_kev_kg_day\n2,1\n1.9,3\n9,6\n",
            "t.csv, line 3: energy_kev must increase",
        ),
        (
            "energy_kev,rate_per_kev_kg_day\n2,1\n9,-6\n",
            "t.csv, line 3: rate_per_kev_kg_day must be >= 0",
        ),
        ("energy_kev,rate_per_kev_kg_day\n3.5,1\n9,6\n", "spans 3.5 to 9 keV, the window 3 to 7"),
        ("energy_kev,rate_per_kev_kg_day\n2,1\n6.5,6\n", "spans 2 to 6.5 keV, the window 3 to 7"),
        ("energy_kev,rate\n2,1\n9,6\n", "column 'rate_per_kev_kg_day' is missing"),
        ("energy_kev,rate_per_kev_kg_day\n2,1\n9,x\n", "t.csv, line 3: a number expected"),
        ("energy_kev,rate_per_kev_kg_day\n2,1\n9,nan\n", "t.csv, line 3: a finite number expected"),
        ("energy_kev,rate_per_kev_kg_day\n2,1\n9\n", "t.csv, line 3: 2 values expected, found 1"),
        ("", "t.csv: a header line and at least one row expected"),
    ],
)
def test_broken_tables(
    table: str, message: str, texts: Any, tmp_path: Path, one_line: Callable[..., str]
) -> None:
    (tmp_path / "t.csv").write_text(table)
    text = texts.small + '[[background]]\nname = "b"\nshape = "table"\nfile = "t.csv"\n'
    experiment = parse_experiment(text, "small", tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment)
    assert message in one_line(caught.value)


@pytest.mark.parametrize(
    "lines",
    [
        FLAT,
        ('shape = "power-law"', "rate_per_kev_kg_day = 1", "reference_kev = 5", "index = -1"),
        ('shape = "line"', "rate_per_kg_day = 0.9", "center_kev = 4.9"),
    ],
)
def test_threshold_cuts_bins(lines: tuple[str, ...], build: Build) -> None:
    """Nothing below the threshold; of the bin that holds it, the part above."""
    usual, cut, finer = (
        counts(build(*lines, overrides=(f"detector.threshold_kev={t}",))) for t in (3.0, 4.5, 4.75)
    )
    assert not np.any(cut[:, 0])
    np.testing.assert_array_equal(cut[:, 2:], usual[:, 2:])
    assert np.all(finer[:, 1] < cut[:, 1])
    assert np.all(cut[:, 1] < usual[:, 1])
    if lines == FLAT:
        np.testing.assert_allclose(cut[:, 1], usual[:, 1] / 2, rtol=1e-12)


def test_power_law_from_zero(texts: Any) -> None:
    lines = 'shape = "power-law"\nrate_per_kev_kg_day = 1\nreference_kev = 5\nindex = -1\n'
    experiment = parse_experiment(
        texts.small + '[[background]]\nname = "b"\n' + lines,
        overrides=["detector.threshold_kev=0", "analysis.window_kev=[0, 4]"],
    )
    with pytest.raises(ConfigurationError, match="a power law needs a window above 0 keV"):
        build_model(experiment)


@pytest.mark.parametrize("index", [800.0, -5000.0])
def test_a_background_is_finite_or_refused(index: float, texts: Any) -> None:
    """A steep power law overflows: an error of one line, not a warning and infinite counts."""
    text = texts.small + (
        '[[background]]\nname = "b"\nshape = "power-law"\nrate_per_kev_kg_day = 1.0\n'
        f"reference_kev = 0.5\nindex = {index}\n"
    )
    try:
        model = build_model(parse_experiment(text))
    except ConfigurationError:
        return
    assert np.all(np.isfinite(expected_background(model)))
