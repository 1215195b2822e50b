"""What must be the same however an experiment with several spectra is written down."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.experiment import parse_experiment
from sim.model import Model
from sim.model_assembly import build_model

HEAD = """
name = "relations"

[reactor]
thermal_power_gw = 3.0
baseline_m = 20.0

[detector]
material = "Ge"
min_ionization_kev = 0.003
threshold_kev = 0.2
resolution.noise_fwhm_kev = 0.06

[analysis]
window_kev = [0.2, 1.4]
bin_width_kev = 0.1

[systematics]
flux_norm = 0.03
quenching = 0.02
"""
A = '[[detector.unit]]\nname = "a"\nmass_kg = 1.0\n'
B = '[[detector.unit]]\nname = "b"\nmass_kg = 2.0\nthreshold_kev = 0.25\n'
ON = '[[exposure.period]]\nname = "on"\nstart = 2024-01-01\nstop = 2024-03-01\n'
OFF = (
    '[[exposure.period]]\nname = "off"\nstart = 2024-03-01\nstop = 2024-03-21\npower_fraction = 0\n'
)
FLAT = (
    '[[background]]\nname = "flat"\nshape = "flat"\nrate_per_kev_kg_day = 10.0\n'
    'norm_per = "detector"\n'
)
LINE = (
    '[[background]]\nname = "line"\nshape = "line"\nrate_per_kg_day = { a = 5.0, b = 8.0 }\n'
    'center_kev = 1.0\nscaling = "decay"\nhalf_life_days = 20.0\n'
)


def model(*sections: str, folder: Path = Path(), overrides: tuple[str, ...] = ()) -> Model:
    text = HEAD + "".join(f"\n{section}" for section in sections)
    return build_model(parse_experiment(text, "relations", folder, list(overrides)))


def totals(built: Model) -> dict[tuple[str, str], Any]:
    return built.expected()


def test_the_order_of_sections_does_not_matter() -> None:
    one = totals(model(A, B, ON, OFF, FLAT, LINE))
    other = totals(model(B, A, OFF, ON, LINE, FLAT))
    assert set(one) == set(other)
    for place, counts in one.items():
        np.testing.assert_allclose(other[place], counts, rtol=1e-12)


def test_the_order_of_spectra_is_that_of_the_file() -> None:
    built = model(B, A, OFF, ON, FLAT)
    places = [(info.detector, info.period) for info in built.spectra]
    assert places == [("b", "off"), ("b", "on"), ("a", "off"), ("a", "on")]


@pytest.mark.parametrize("split", ["month", "week", "10 d", 7])
def test_parts_add_up(split: str | int) -> None:
    """Without decays to rounding, with them too: means of the parts are the mean of the whole."""
    value = f'"{split}"' if isinstance(split, str) else split
    whole = model(A, B, ON, OFF, FLAT, LINE)
    parts = model(A, B, ON + f"split = {value}\n", OFF, FLAT, LINE)
    assert len(parts.spectra) > len(whole.spectra)
    for detector in "ab":
        own = [n for (d, p), n in totals(parts).items() if d == detector and "on-" in p]
        counts = np.sum(own, axis=0)
        np.testing.assert_allclose(counts, totals(whole)[detector, "on"], rtol=1e-11)
    spans = [(i.start, i.stop) for i in parts.spectra if i.detector == "a" and "on-" in i.period]
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert (spans[0][0], spans[-1][1]) == (whole.spectra[0].start, whole.spectra[0].stop)


def test_names_and_dates_of_months() -> None:
    built = model(A, ON.replace("2024-01-01", "2024-01-31") + 'split = "month"\n', FLAT)
    found = [(i.period, f"{i.start:%m-%d}", i.days) for i in built.spectra if i.start]
    assert found == [("on-01", "01-31", 29.0), ("on-02", "02-29", 1.0)]


def test_live_time_of_a_part_is_its_share() -> None:
    stated = model(A, ON + 'live_days = 30.0\nsplit = "10 d"\n', FLAT).spectra
    assert [info.live_days for info in stated] == pytest.approx([5.0] * 6)
    fraction = model(A, ON + "live_fraction = { a = 0.5 }\nsplit = 4\n", FLAT).spectra
    assert [info.kg_days for info in fraction] == pytest.approx([7.5] * 4)


def test_half_mass_twins_are_one_detector() -> None:
    twin = '[[detector.unit]]\nname = "{}"\nmass_kg = 0.5\n'
    one = totals(model(A, ON, OFF, FLAT))
    two = totals(model(twin.format("c"), twin.format("d"), ON, OFF, FLAT))
    for period in ("on", "off"):
        np.testing.assert_allclose(
            two["c", period] + two["d", period], one["a", period], rtol=1e-13
        )
    built = model(twin.format("c"), twin.format("d"), ON, OFF, FLAT)
    assert len({id(terms.shapes) for terms in built.terms()}) == 1


def test_a_detector_of_no_mass_changes_nothing() -> None:
    alone, beside = model(A, ON, OFF, FLAT), model(A, B.replace("2.0", "1e-9"), ON, OFF, FLAT)
    for place, counts in totals(alone).items():
        np.testing.assert_allclose(totals(beside)[place], counts, rtol=1e-14)


def test_a_detector_that_a_table_does_not_name_does_not_run() -> None:
    built = model(A, B, ON, OFF + "live_days = { a = 20.0 }\n", FLAT)
    places = [(info.detector, info.period) for info in built.spectra]
    assert places == [("a", "on"), ("a", "off"), ("b", "on")]


def test_a_history_of_constant_rows_is_a_power_fraction(tmp_path: Path) -> None:
    rows = "start,stop,power\n2023-12-01,2024-02-01,0.7\n2024-02-01,2024-03-01,0.7\n"
    gigawatts = rows.replace("power\n", "power_gw\n").replace("0.7", "2.1")
    stated = totals(model(A, ON + "power_fraction = 0.7\n", OFF, FLAT))
    for table in (rows, gigawatts):
        (tmp_path / "power.csv").write_text(table, "utf-8")
        history = ("reactor.power_history='power.csv'",)
        built = model(A, ON, OFF, FLAT, folder=tmp_path, overrides=history)
        for place, counts in totals(built).items():
            np.testing.assert_allclose(counts, stated[place], rtol=1e-13)


def test_the_mean_of_a_history_is_over_the_calendar(tmp_path: Path) -> None:
    """31 days at full power and 29 at half."""
    rows = "start_day,stop_day,power\n-5,31,1\n31,60,0.5\n"
    (tmp_path / "power.csv").write_text(rows, "utf-8")
    built = model(A, ON, FLAT, folder=tmp_path, overrides=("reactor.power_history='power.csv'",))
    assert built.spectra[0].flux_fraction == pytest.approx((31 + 14.5) / 60, rel=1e-14)


def test_fractions_of_a_history_that_change_in_a_period(tmp_path: Path) -> None:
    """As two periods with these fractions."""
    columns = "start_day,stop_day,power,u235,u238,pu239,pu241\n"
    rows = "0,30,1,0.60,0.08,0.27,0.05\n30,60,0.5,0.50,0.08,0.35,0.07\n"
    (tmp_path / "power.csv").write_text(columns + rows, "utf-8")
    history = ("reactor.power_history='power.csv'",)
    day = '[[exposure.period]]\nname = "{}"\nstart_day = {}\ndays = {}\n'
    whole = model(A, day.format("p", 0, 60), FLAT, folder=tmp_path, overrides=history)
    parts = model(
        A, day.format("p", 0, 30), day.format("q", 30, 30), FLAT, folder=tmp_path, overrides=history
    )
    summed = totals(parts)["a", "p"] + totals(parts)["a", "q"]
    np.testing.assert_allclose(summed, totals(whole)["a", "p"], rtol=1e-10)


def test_a_narrow_resolution_and_one_wide_bin_count() -> None:
    """Argon without quenching above a turn-on."""
    text = """
name = "argon"
[reactor]
thermal_power_gw = 2.0
baseline_m = 30.0
[detector]
material = "Ar"
mass_kg = 10.0
threshold_kev = 0.0
min_ionization_kev = 0.001
quenching = { model = "constant", factor = 1.0 }
efficiency = { half_kev = 0.1, width_kev = 0.02, acts_on = "true" }
[exposure]
on_days = 100.0
off_days = 0.0
"""
    wide = text + (
        "[detector.resolution]\nnoise_fwhm_kev = 0.001\n"
        '[analysis]\nchannels = ["nucleus"]\nwindow_kev = [0.0, 5.0]\nbin_width_kev = 5.0\n'
    )
    counting = text + (
        '[detector.resolution]\nmodel = "none"\n'
        '[analysis]\nchannels = ["nucleus"]\nmode = "counting"\n'
    )
    one, other = (build_model(parse_experiment(t)) for t in (wide, counting))
    for mine, theirs in zip(one.samples().values(), other.samples().values(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=1e-12)
    assert other.spectra[0].n_bins == 1


def test_regions_with_a_gap() -> None:
    """Nothing is expected in the gap; the bins beside it are those of regions without one."""
    gap = ("analysis.regions_kev=[[0.2, 0.6, 0.1], [1.0, 1.4, 0.2]]",)
    text = HEAD.replace("window_kev = [0.2, 1.4]\nbin_width_kev = 0.1\n", "")
    built = build_model(parse_experiment(text + A + ON + OFF + FLAT, overrides=list(gap)))
    edges = built.spectra[0].edges_kev
    np.testing.assert_allclose(edges, [0.2, 0.3, 0.4, 0.5, 0.6, 1.0, 1.2, 1.4], rtol=1e-14)
    whole, own = totals(model(A, ON, OFF, FLAT)), totals(built)
    for place, counts in own.items():
        np.testing.assert_allclose(counts[:4], whole[place][:4], rtol=1e-6)
        assert counts[4] == 0
        np.testing.assert_allclose(counts[5], whole[place][8:10].sum(), rtol=1e-6)


def test_exposure_scale_multiplies_live_times() -> None:
    once = model(A, B, ON, OFF, FLAT, LINE)
    twice = model(A, B, ON, OFF, FLAT, LINE, overrides=("exposure.scale=2.5",))
    np.testing.assert_allclose(twice.asimov().flat, 2.5 * once.asimov().flat, rtol=1e-13)
    assert twice.spectra[0].days == once.spectra[0].days


def test_cores_whose_power_a_background_follows() -> None:
    """Each core's own, all weighted with 1/L^2."""
    cores = (
        '[[reactor.core]]\nname = "near"\nthermal_power_gw = 3.0\nbaseline_m = 20.0\n'
        '[[reactor.core]]\nname = "far"\nthermal_power_gw = 3.0\nbaseline_m = 40.0\n'
    )
    text = HEAD.replace("thermal_power_gw = 3.0\nbaseline_m = 20.0\n", cores)
    period = ON + "power_fraction = { near = 0.0, far = 0.5 }\n"
    sides = {"near": 0.0, "far": 0.5, None: 0.5 * 0.25 / 1.25}
    for core, share in sides.items():
        own = "" if core is None else f'cores = ["{core}"]\n'
        text_of = text + A + period + FLAT + f'scaling = "reactor"\n{own}'
        built = build_model(parse_experiment(text_of))
        flat = built.expected(by="sample")["a", "on"].get("norm:flat[a]", np.zeros(12))
        assert flat.sum() == pytest.approx(10.0 * 1.2 * 60 * share, rel=1e-12)
        assert built.spectra[0].flux_fraction == pytest.approx(0.1, rel=1e-12)
