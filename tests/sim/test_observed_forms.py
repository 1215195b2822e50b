"""Observed data as one long table, a pattern, a list of events, or counts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sim.experiment import ConfigurationError, load_experiment, parse_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.observed import observed_spectra
from sim.spectra.spectra import Spectra

EXAMPLES = Path(__file__).parent.parent / "data" / "examples"
OBSERVED = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))["observed"]

TEXT = """
name = "forms"
[reactor]
thermal_power_gw = 3.0
baseline_m = 20.0
[detector]
material = "Ge"
min_ionization_kev = 0.003
threshold_kev = 3.0
resolution.noise_fwhm_kev = 1.0
[[detector.unit]]
name = "a"
mass_kg = 1.0
window_kev = [3.0, 6.0]
bin_width_kev = 1.0
[[detector.unit]]
name = "b"
mass_kg = 2.0
window_kev = [3.0, 7.0]
bin_width_kev = 2.0
[[exposure.period]]
name = "on"
start = 2024-01-01
stop = 2024-01-11
[[exposure.period]]
name = "off"
start = 2024-01-11
stop = 2024-01-16
power_fraction = 0.0
[analysis]
channels = ["electron"]
[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 2.0
"""
LONG = """# a comment
detector,period,low_kev,high_kev,counts
a,on,3,4,10
a,on,4,5,11
a,on,5,6,12
a,off,3,4,5
a,off,4,5,4
a,off,5,6,3
b,on,3,5,70
b,on,5,7,80
b,off,3,5,30
b,off,5,7,20
"""
FLAT = [10, 11, 12, 5, 4, 3, 70, 80, 30, 20]


def observed(folder: Path, data: str) -> Spectra:
    found = observed_spectra(parse_experiment(TEXT + f"\n[data]\n{data}\n", "forms", folder))
    assert found is not None
    return found


def test_a_long_table(tmp_path: Path) -> None:
    (tmp_path / "long.csv").write_text(LONG, "utf-8")
    found = observed(tmp_path, 'file = "long.csv"')
    np.testing.assert_array_equal(found.flat, FLAT)
    assert [info.name for info in found.infos] == ["a/on", "a/off", "b/on", "b/off"]
    assert found.kind == "observed"
    built = build_model(parse_experiment(TEXT + '\n[data]\nfile = "long.csv"\n', "forms", tmp_path))
    assert built.data().flat_errors is None
    np.testing.assert_array_equal(built.data().flat, FLAT)
    np.testing.assert_array_equal(built.data()["b", "off"].contents, [30, 20])
    with pytest.raises(ValueError, match="those of one detector with both; found a/on, a/off"):
        assert built.data().counts is None


def test_what_is_written_is_read(tmp_path: Path) -> None:
    built = build_model(parse_experiment(TEXT, "forms"))
    (tmp_path / "asimov.csv").write_text(built.asimov().to_long_csv(), "utf-8")
    found = observed(tmp_path, 'file = "asimov.csv"')
    np.testing.assert_array_equal(found.flat, built.asimov().flat)
    gaussian = built.asimov().with_errors(np.full(10, 0.5))
    (tmp_path / "asimov.csv").write_text(gaussian.to_long_csv(), "utf-8")
    found = observed(tmp_path, 'file = "asimov.csv"')
    np.testing.assert_array_equal(found.flat_errors, np.full(10, 0.5))


def test_a_pattern_of_tables(tmp_path: Path) -> None:
    start = 0
    for name, edges in (("a", [3, 4, 5, 6]), ("b", [3, 5, 7])):
        for period in ("on", "off"):
            counts = FLAT[start : start + len(edges) - 1]
            start += len(counts)
            rows = [f"{a},{b},{n}" for a, b, n in zip(edges, edges[1:], counts, strict=False)]
            table = "\n".join(["low_kev,high_kev,counts", *rows])
            (tmp_path / f"{name}-{period}.csv").write_text(table, "utf-8")
    found = observed(tmp_path, 'file = "{detector}-{period}.csv"')
    np.testing.assert_array_equal(found.flat, FLAT)


def test_events_are_binned(tmp_path: Path) -> None:
    """By UTC date-time or day; outside of window and periods they do not count."""
    dated = [
        ("a", "2024-01-01", 3.5),
        ("a", "2024-01-10T23:59:59+00:00", 3.0),
        ("a", "2024-01-11T00:30:00+01:00", 5.99),  # still the 10th in UTC
        ("a", "2024-01-11", 3.5),
        ("b", "2024-01-15T12:00", 6.0),
        ("b", "2024-01-16", 6.0),  # after the end
        ("b", "2023-12-31", 6.0),
        ("b", "2024-01-02", 7.0),  # the upper edge is outside
        ("b", "2024-01-02", 2.9),
    ]
    expected = [2, 0, 1, 1, 0, 0, 0, 0, 0, 1]
    rows = "\n".join(f"{d},{t},{e}" for d, t, e in dated)
    (tmp_path / "events.csv").write_text(f"detector,time,energy_kev\n{rows}\n", "utf-8")
    np.testing.assert_array_equal(observed(tmp_path, 'events = "events.csv"').flat, expected)
    days = [("a", 0.0, 3.5), ("a", 9.99, 3.0), ("a", 9.98, 5.99), ("a", 10.0, 3.5), ("b", 14.5, 6)]
    rows = "\n".join(f"{d},{t},{e}" for d, t, e in days)
    (tmp_path / "events.csv").write_text(f"detector,time,energy_kev\n{rows}\n", "utf-8")
    np.testing.assert_array_equal(observed(tmp_path, 'events = "events.csv"').flat, expected)


def test_a_split_rebins_events(tmp_path: Path) -> None:
    rows = "\n".join(f"a,{day + 0.5},4.5" for day in range(10))
    (tmp_path / "events.csv").write_text(f"detector,time,energy_kev\n{rows}\n", "utf-8")
    text = TEXT.replace("stop = 2024-01-11\n", 'stop = 2024-01-11\nsplit = "3 d"\n', 1)
    found = observed_spectra(
        parse_experiment(text + '[data]\nevents = "events.csv"\n', "forms", tmp_path)
    )
    assert found is not None
    series = found.time_series("a", 4.0, 5.0)
    assert [info.period for info in series.infos] == ["on-01", "on-02", "on-03", "on-04", "off"]
    np.testing.assert_allclose(series.rate_per_kg_day, [1, 1, 1, 1, 0])


@pytest.mark.parametrize("letter", ["b", "c"])
def test_pseudo_data_of_the_examples(letter: str, tmp_path: Path) -> None:
    names = {"b": "b-germanium-runs.toml", "c": "c-two-cores.toml"}
    for file in EXAMPLES.glob("*"):
        shutil.copy(file, tmp_path / file.name)
    given = load_experiment(
        tmp_path / names[letter], [f"data={{file='{OBSERVED[letter]['data']}'}}"]
    )
    found = observed_spectra(given)
    assert found is not None
    assert found.flat.sum() == OBSERVED[letter]["sum_of_counts"]


def counting(counts: str) -> Model:
    return build_model(
        load_experiment(EXAMPLES / "d-bubble-chamber.toml", [f"data={{counts={counts}}}"])
    )


def test_counts() -> None:
    built = counting("{ on-100 = 441, on-300 = 78, off-100 = 12, off-300 = 2 }")
    np.testing.assert_array_equal(built.data().flat, [441, 78, 12, 2])
    nested = counting("{ detector = { on-100 = 441, on-300 = 78, off-100 = 12, off-300 = 2 } }")
    np.testing.assert_array_equal(nested.data().flat, [441, 78, 12, 2])


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ("{ on-100 = 441 }", "data.counts: detector/on-300 is missing"),
        ("{ on-10 = 441 }", "detector/on-10 is no spectrum; nearest valid name: detector/on-100"),
        ("{ on-100 = -1 }", "greater than or equal to 0"),
    ],
)
def test_counts_that_are_refused(counts: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        counting(counts)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (LONG.replace("b,off", "c,off"), "long.csv, line 11: c/off is no spectrum"),
        (LONG.replace("b,off,3,5,30\nb,off,5,7,20\n", ""), "long.csv: no row of b/off"),
        (LONG.replace("a,off,5,6,3", "a,off,5,6.5,3"), "long.csv, a/off: its bins differ"),
        (LONG.replace("a,on,4,5,11\n", ""), "a/on: bins must adjoin"),
        (LONG.replace(",counts", ",count"), "column 'counts' is missing"),
        (LONG.replace("a,on,3,4,10", "a,on,3,4,ten"), "line 3: counts: a number expected"),
        (LONG.replace("a,on,3,4,10", "a,on,3,4"), "line 3: 5 values expected, found 4"),
        (LONG.replace("a,on,3,4,10", "a,on,3,4,-10"), "counts must be >= 0, found -10"),
    ],
)
def test_tables_that_are_refused(
    table: str, message: str, tmp_path: Path, one_line: Callable[[BaseException], str]
) -> None:
    (tmp_path / "long.csv").write_text(table, "utf-8")
    given = parse_experiment(TEXT + '\n[data]\nfile = "long.csv"\n', "forms", tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        build_model(given)
    assert message in one_line(caught.value)
