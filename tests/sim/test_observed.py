"""The door of observed data: CSV out and in again, the window, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_arrays import backgrounds_of, signal_of

from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import ConfigurationError, parse_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toy_array
from sim.spectra.spectra import Spectra
from sim.spectra.spectrum_table import Spectrum, read_spectrum

HEADER = "low_kev,high_kev,counts\n"
DATA = '[data]\non = "on.csv"\noff = "off.csv"\n'
GOOD = HEADER + "3,4,310\n4,5,300\n5,6,305.5\n6,7,0\n"
OneLine = Callable[[BaseException], str]


@pytest.fixture
def fitted(texts: Any, tmp_path: Path) -> Callable[..., Model]:
    """The four-bin model with these tables as its data."""

    def build(on: str, off: str | None, *overrides: str, data: str = DATA) -> Model:
        (tmp_path / "on.csv").write_text(on, encoding="utf-8")
        if off is not None:
            (tmp_path / "off.csv").write_text(off, encoding="utf-8")
        text = texts.small + texts.flat + data
        return build_model(parse_experiment(text, "small", tmp_path, overrides))

    return build


# There and back


@pytest.mark.parametrize("kind", ["asimov", "toy"])
def test_export_read_back_is_the_same(
    kind: str, small: Model, fitted: Callable[..., Model]
) -> None:
    spectra = small.asimov(NeutrinoParameters(mu_nu=3.3e-11))
    if kind == "toy":
        spectra = Spectra.on_and_off(spectra.edges_kev, toy_array(small, 1, 5)[0], "toy")
    model = fitted(spectra.to_csv("on"), spectra.to_csv("off"))
    assert model.observed is not None
    assert model.observed.kind == "observed"
    assert model.observed.truth is None
    np.testing.assert_array_equal(model.observed.counts, spectra.counts)
    np.testing.assert_array_equal(model.observed.edges_kev, spectra.edges_kev)
    assert model.data() is model.observed
    np.testing.assert_array_equal(signal_of(model), signal_of(small))


def test_export_of_a_preset_keeps_the_templates(tmp_path: Path) -> None:
    """522 bins of 0.1 keV from linspace: the same edges, the same templates."""
    from sim.experiment import load_experiment, preset_text

    model = build_model(load_experiment("gemma-2012"))
    asimov = model.asimov()
    for period in ("on", "off"):
        (tmp_path / f"{period}.csv").write_text(asimov.to_csv(period))
    again = build_model(parse_experiment(preset_text("gemma-2012") + DATA, "gemma", tmp_path))
    np.testing.assert_array_equal(again.data().counts, asimov.counts)
    np.testing.assert_array_equal(again.edges_kev, model.edges_kev)
    np.testing.assert_array_equal(signal_of(again), signal_of(model))


def test_csv_text() -> None:
    spectra = Spectra.on_and_off(
        np.array([0.1, 0.30000000000000004, 1]), np.array([[1, 2.5], [0, 1e-7]]), "toy"
    )
    assert (
        spectra.to_csv("on")
        == HEADER + "0.1,0.30000000000000004,1.0\n0.30000000000000004,1.0,2.5\n"
    )
    assert spectra.to_csv("off").endswith(
        "0.1,0.30000000000000004,0.0\n0.30000000000000004,1.0,1e-07\n"
    )


def test_read_spectrum() -> None:
    """Comments, columns in any order, further columns, spaces."""
    text = "# found in a drawer\n\ncounts, weight ,high_kev,low_kev\n3, 1 ,2,1\n4,1,2.5,2\n"
    found = read_spectrum(text, "x.csv")
    assert found.edges_kev.tolist() == [1, 2, 2.5]
    assert found.counts.tolist() == [3, 4]
    assert found.errors is None


def test_a_column_of_errors_makes_the_bins_gaussian(fitted: Callable[..., Model]) -> None:
    """Negative counts are then allowed; the errors come with the Asimov data and out again."""
    table = "low_kev,high_kev,counts,error\n3,4,310,20\n4,5,-3,7\n5,6,5,1\n"
    model = fitted(table, table)
    assert model.observed is not None
    np.testing.assert_array_equal(model.observed.errors, [[20, 7, 1], [20, 7, 1]])
    np.testing.assert_array_equal(model.asimov().errors, model.observed.errors)
    again = fitted(model.observed.to_csv("on"), model.observed.to_csv("off")).observed
    assert again is not None
    np.testing.assert_array_equal(again.errors, model.observed.errors)
    alone = fitted(table, None, "exposure.off_days=0", data='[data]\non = "on.csv"\n').observed
    assert alone is not None
    np.testing.assert_array_equal(alone.errors, [[20, 7, 1], [0, 0, 0]])
    with pytest.raises(ConfigurationError, match="both with a column 'error', or none"):
        fitted(table, GOOD, "analysis.window_kev=[3.0, 6.0]", "analysis.bin_width_kev=1.0")
    with pytest.raises(ValueError, match=r"errors must be > 0, found 0\.0 in bin 1"):
        read_spectrum(table.replace("-3,7", "-3,0"), "x.csv")


def test_the_bins_are_those_of_the_data(fitted: Callable[..., Model]) -> None:
    """Of any width, not those of the configuration; templates follow."""
    uneven = HEADER + "3,3.5,10\n3.5,6,11\n6,7,12\n"
    model = fitted(uneven, uneven)
    assert model.edges_kev.tolist() == [3, 3.5, 6, 7]
    assert signal_of(model).shape == (7, 2, 3)
    np.testing.assert_allclose(backgrounds_of(model)[0].counts[0], [150, 750, 300], rtol=1e-12)


# The window


@pytest.mark.parametrize(
    ("window", "first", "last"),
    [("[3.0, 7.0]", 0, 4), ("[4.0, 6.0]", 1, 3), ("[3.5, 6.5]", 1, 3), ("[1.0, 9.0]", 0, 4)],
)
def test_only_whole_bins_in_the_window(
    window: str, first: int, last: int, fitted: Callable[..., Model]
) -> None:
    model = fitted(GOOD, GOOD, f"analysis.window_kev={window}", "analysis.bin_width_kev=1.0")
    assert model.observed is not None
    np.testing.assert_array_equal(model.edges_kev, np.arange(3.0, 8)[first : last + 1])
    counts = np.array([310, 300, 305.5, 0])[first:last]
    np.testing.assert_array_equal(model.observed.counts, [counts, counts])


def test_cut_forgives_rounding() -> None:
    edges = np.array([2.8000000000000003, 2.9, 3.0000000000000004])
    whole = Spectrum(edges, np.array([1.0, 2.0])).cut((2.8, 3.0), "x.csv")
    assert whole.counts.tolist() == [1, 2]
    np.testing.assert_array_equal(whole.edges_kev, edges)
    second = Spectrum(edges, np.array([1.0, 2.0])).cut((2.81, 3.0), "x.csv")
    assert second.counts.tolist() == [2]


def test_no_bin_in_the_window(fitted: Callable[..., Model], one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        fitted(GOOD, GOOD, "analysis.window_kev=[4.5, 5.5]")
    message = one_line(caught.value)
    assert message == "small: on.csv: no bin lies in the window 4.5 to 5.5 keV"


# Refusals


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (HEADER + "3,4,1\n4.5,5,1\n", "bins must adjoin: bin 0 ends at 4.0, bin 1 starts at 4.5"),
        (HEADER + "3,4,1\n3.5,5,1\n", "bins must adjoin: bin 0 ends at 4.0, bin 1 starts at 3.5"),
        (HEADER + "4,5,1\n3,4,1\n", "bins must adjoin: bin 0 ends at 5.0, bin 1 starts at 3.0"),
        (HEADER + "3,3,1\n3,5,1\n", "bin 0 ends at 3.0 before it starts: 3.0"),
        (HEADER + "3,4,1\n5,4,1\n", "bin 1 ends at 4.0 before it starts: 5.0"),
        (HEADER + "3,4,1\n4,5,-1\n", "counts must be >= 0, found -1.0 in bin 1"),
        (HEADER + "3,4,1\n4,5,nan\n", "line 3: a finite number expected, found 'nan'"),
        (HEADER + "3,4,1\n4,5,inf\n", "line 3: a finite number expected, found 'inf'"),
        (HEADER + "3,4,1\n4,5,x\n", "line 3: a number expected, found 'x'"),
        (HEADER + "3,4,1\n4,5\n", "line 3: 3 values expected, found 2"),
        (HEADER + "3,4,1\n4,5,1,1\n", "line 3: 3 values expected, found 4"),
        (HEADER, "a header line and at least one row expected"),
        ("", "a header line and at least one row expected"),
        ("low,high,counts\n3,4,1\n", "column 'low_kev' is missing; found low, high, counts"),
        ("low_kev,high_kev,n\n3,4,1\n", "column 'counts' is missing"),
    ],
)
@pytest.mark.parametrize("period", ["on", "off"])
def test_broken_tables(
    table: str, message: str, period: str, fitted: Callable[..., Model], one_line: OneLine
) -> None:
    tables = (table, GOOD) if period == "on" else (GOOD, table)
    with pytest.raises(ConfigurationError) as caught:
        fitted(*tables)
    text = one_line(caught.value)
    assert text.startswith(f"small: {period}.csv")
    assert message in text


@pytest.mark.parametrize(
    "off",
    [
        HEADER + "3,4,1\n4,5,1\n5,6,1\n",
        HEADER + "3,4,1\n4,5.5,1\n5.5,6,1\n6,7,1\n",
        HEADER + "3,5,1\n5,7,1\n",
    ],
)
def test_off_in_other_bins(off: str, fitted: Callable[..., Model], one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        fitted(GOOD, off)
    assert one_line(caught.value) == "small: off.csv: its bins differ from those of on.csv"


def test_off_in_bins_equal_to_rounding(fitted: Callable[..., Model]) -> None:
    off = GOOD.replace("4,5,300", "4,5.000000000001,300").replace("5,6,", "5.000000000001,6,")
    assert fitted(GOOD, off).observed is not None


def test_off_is_missing(fitted: Callable[..., Model], one_line: OneLine) -> None:
    on_only = '[data]\non = "on.csv"\n'
    with pytest.raises(ConfigurationError) as caught:
        fitted(GOOD, None, data=on_only)
    assert one_line(caught.value) == "small: data.off is missing although exposure.off_days > 0"
    model = fitted(GOOD, None, "exposure.off_days=0", data=on_only)
    assert model.observed is not None
    assert model.observed.counts.tolist() == [[310, 300, 305.5, 0], [0, 0, 0, 0]]


def test_off_without_off_days(fitted: Callable[..., Model], one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        fitted(GOOD, GOOD, "exposure.off_days=0")
    assert one_line(caught.value) == "small: data.off is given although exposure.off_days = 0"


def test_no_file(fitted: Callable[..., Model]) -> None:
    with pytest.raises(FileNotFoundError, match=r"off\.csv"):
        fitted(GOOD, None)


def test_a_large_gap_is_seen_at_large_energies() -> None:
    """The slack for rounding is relative: a gap of 1 eV at 50 keV is a gap."""
    with pytest.raises(ValueError, match="bins must adjoin"):
        read_spectrum(HEADER + "49,50,1\n50.001,51,1\n", "x.csv")
    found = read_spectrum(HEADER + "49,50,1\n50.00000000001,51,1\n", "x.csv")
    assert found.edges_kev.size == 3


def test_files_travel_with_the_experiment(fitted: Callable[..., Model]) -> None:
    experiment = fitted(GOOD, GOOD.replace("310", "155")).experiment
    assert set(experiment.files) == {"on.csv", "off.csv"}
    assert experiment.files["on.csv"] == GOOD
    changed = fitted(GOOD.replace("310", "311"), GOOD.replace("310", "155")).experiment
    assert changed.sha256() != experiment.sha256()
