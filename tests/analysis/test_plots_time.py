"""Figures against time: what is drawn are the rates of the periods and the power of the reactor."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.container import ErrorbarContainer
from matplotlib.dates import date2num

from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import FittedSpectra, fitted_spectra
from analysis.plots.time import DATE_LABEL, DAYS_LABEL, plot_power, plot_rate
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys

RUNS = Path(__file__).parents[1] / "data/examples/b-germanium-runs.toml"


@pytest.fixture(scope="module")
def model() -> Model:
    return build_model(load_experiment(RUNS))


@pytest.fixture(scope="module")
def fitted(model: Model) -> FittedSpectra:
    toy = next(toys(model, 1, 5, NeutrinoParameters(mu_nu=2e-10)))
    return fitted_spectra(model, toy, fit(model, toy))


def test_rates_are_counts_over_exposure(model: Model, fitted: FittedSpectra) -> None:
    """Points in the middle of each period, the fit from its begin to its end."""
    ax = plot_rate(fitted, low_kev=1.0, high_kev=12.0)
    drawn = [c for c in ax.containers if isinstance(c, ErrorbarContainer)]
    assert [container.get_label() for container in drawn] == ["C2", "C3", "C5"]
    infos = model.spectra[:3]
    times, rates = drawn[0].lines[0].get_data(orig=False)
    for k, (info, counts) in enumerate(zip(infos, fitted.spectra.parts(), strict=False)):
        inside = (info.edges_kev[:-1] > 0.999) & (info.edges_kev[1:] < 12.001)
        assert rates[k] == pytest.approx(counts[inside].sum() / info.kg_days, rel=1e-12)
        ends = date2num([info.start, info.stop])
        assert times[k] == pytest.approx(np.mean(ends), abs=1e-6)
    solid, dashed = (
        next(line for line in ax.lines if line.get_linestyle() == stroke) for stroke in ("-", "--")
    )
    total = fitted.parts(fitted.expected)[0]
    inside = (infos[0].edges_kev[:-1] > 0.999) & (infos[0].edges_kev[1:] < 12.001)
    assert solid.get_ydata()[0] == pytest.approx(total[inside].sum() / infos[0].kg_days, rel=1e-9)
    assert dashed.get_ydata()[0] < solid.get_ydata()[0]


def test_power_is_that_of_the_periods(model: Model) -> None:
    ax = plot_power(model.spectra)
    assert ax.get_xlabel() == DATE_LABEL
    levels = ax.lines[0].get_ydata()
    assert levels[~np.isnan(levels)].tolist() == [0.98, 0.98, 0.0, 0.0, 1.0, 1.0]


def test_without_dates_in_days() -> None:
    plain = build_model(load_experiment("gemma-2012", ["analysis.bin_width_kev=1.8"]))
    ax = plot_power(plain.spectra)
    assert ax.get_xlabel() == DAYS_LABEL
    days = ax.lines[0].get_xdata()
    assert days[1] - days[0] == pytest.approx(plain.spectra[0].days)
