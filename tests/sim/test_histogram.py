"""Histograms: the protocol of UHI, and what hist, mplhep and uhi's schema make of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import hist
import numpy as np
import pytest
import uhi.io.json
import uhi.schema
from uhi.typing.plottable import PlottableAxisGeneric, PlottableHistogram, PlottableTraits

from sim.model import Model
from sim.spectra.histogram import EnergyAxis, Histogram
from sim.spectra.spectra import Spectra

EDGES = np.array([3.0, 4.0, 6.0, 7.0])
VALUES = np.array([2.0, 0.0, 5.0])
ERRORS = np.array([0.5, 0.0, 2.0])
POISSON = Histogram("on", EDGES, VALUES)
GAUSSIAN = Histogram("on", EDGES, VALUES, ERRORS)
BOTH = pytest.mark.parametrize("histogram", [POISSON, GAUSSIAN], ids=["poisson", "gaussian"])


@BOTH
def test_protocol(histogram: Histogram) -> None:
    assert isinstance(histogram, PlottableHistogram)
    assert isinstance(histogram.axes, Sequence)
    assert isinstance(histogram.axes[0], PlottableAxisGeneric)
    assert isinstance(histogram.axes[0].traits, PlottableTraits)
    typed: PlottableHistogram = histogram
    assert typed.kind == "COUNT"
    np.testing.assert_array_equal(typed.values(), VALUES)


def test_variances_and_counts() -> None:
    np.testing.assert_array_equal(POISSON.variances(), VALUES)
    np.testing.assert_array_equal(POISSON.counts(), VALUES)
    np.testing.assert_array_equal(GAUSSIAN.variances(), [0.25, 0.0, 4.0])
    np.testing.assert_array_equal(GAUSSIAN.counts(), [16.0, 0.0, 6.25])


def test_axis() -> None:
    axis = EnergyAxis(EDGES)
    assert list(axis) == [(3.0, 4.0), (4.0, 6.0), (6.0, 7.0)]
    assert (len(axis), axis[1], axis[-1]) == (3, (4.0, 6.0), (6.0, 7.0))
    assert not axis.traits.circular
    assert not axis.traits.discrete
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"bin {index} is not among 3 bins"):
            axis[index]
    assert axis == EnergyAxis(EDGES.copy())
    assert hash(axis) == hash(EnergyAxis(EDGES.copy()))
    assert axis != EnergyAxis(EDGES + 1)
    assert axis != "axis"


@BOTH
def test_the_protocol_says_what_hist_says(histogram: Histogram) -> None:
    found = histogram.to_hist()
    np.testing.assert_array_equal(found.values(), histogram.values())
    np.testing.assert_array_equal(found.variances(), histogram.variances())
    np.testing.assert_array_equal(found.axes[0].edges, EDGES)
    assert (found.name, found.axes[0].name) == ("on", "energy_kev")
    assert found.values(flow=True).shape == (3,)


@BOTH
def test_serialized(histogram: Histogram) -> None:
    """Valid in uhi's own schema, and hist makes the same of it as to_hist."""
    text = json.dumps(histogram, default=uhi.io.json.default)
    uhi.schema.validate({"on": json.loads(text)})
    assert hist.Hist(json.loads(text, object_hook=uhi.io.json.object_hook)) == histogram.to_hist()


def test_mplhep_draws_spectra(small: Model) -> None:
    mplhep = pytest.importorskip("mplhep")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure, ax = pyplot.subplots()
    spectra = small.asimov()
    (drawn,) = mplhep.histplot(spectra.histogram("on"), ax=ax, yerr=False)
    np.testing.assert_array_equal(drawn.stairs.get_data().values, spectra.counts[0])
    np.testing.assert_array_equal(drawn.stairs.get_data().edges, spectra.edges_kev)
    pyplot.close(figure)


def test_spectra_by_period() -> None:
    counts = np.array([VALUES, VALUES + 1])
    spectra = Spectra.on_and_off(EDGES, counts, "observed", errors=np.array([ERRORS, ERRORS + 1]))
    off = spectra.histogram("off")
    np.testing.assert_array_equal(off.values(), VALUES + 1)
    np.testing.assert_array_equal(off.variances(), (ERRORS + 1) ** 2)
    assert spectra.to_hist("on") == GAUSSIAN.to_hist()
    with pytest.raises(ValueError, match=r"^period 'of': allowed are on, off$"):
        spectra.histogram("of")


def test_without_hist(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "hist", None)
    with pytest.raises(ImportError, match=r"pip install 'nuem\[hist\]'"):
        POISSON.to_hist()
