"""Fits of toys that fail: few, from 0.1 to 1e6 counts; and data that no parameter describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from model_arrays import BackgroundTemplate, with_arrays

from analysis.fits.batch import batch_statistics, toys_at
from analysis.fits.minimum import treated_likelihood
from analysis.limits.constructions.registry import constructions_for
from analysis.limits.limit import limit
from analysis.statistics.tested import ToyBudget
from sim.model import Model
from sim.spectra.spectra import Spectra

B = np.arange(1.0, 9.0)


@pytest.fixture(scope="module")
def planted(coarse: Model) -> Callable[..., Model]:
    """Eight bins: mu^2 falls as 1/T, on a flat background with a norm that is free or known."""

    def build(background: float, width: float, off: float = 1.0) -> Model:
        signal = np.zeros((7, 2, 8))
        signal[1, 0] = background / 20 / B
        flat = np.full(8, background / 8)
        known = BackgroundTemplate("flat", np.stack([flat, off * flat]), width)
        return with_arrays(
            coarse, edges_kev=np.arange(9.0) + 1, signal=signal, backgrounds=(known,), morphs=()
        )

    return build


@pytest.mark.parametrize("width", [0.0, 0.1, np.inf])
def test_few_fits_fail(planted: Callable[..., Model], width: float) -> None:
    """Fifty experiments of 0.1 to 1e6 expected counts, 1000 toys each, at no and at much signal."""
    failed = total = 0
    for background in np.logspace(-1, 6, 50):
        model = planted(float(background), width)
        likelihood = treated_likelihood(model, model.asimov())
        for mu2 in (0.0, 5.0):
            truth = likelihood.centers.copy()
            truth[likelihood.index("mu2")] = mu2
            toys = toys_at(likelihood, truth, 1000, 5)
            found = batch_statistics(likelihood, toys, "mu2", mu2)
            failed += int(np.sum(~found.converged))
            total += len(found.converged)
    assert failed < 1e-4 * total


def test_a_pair_that_no_parameter_describes(planted: Callable[..., Model]) -> None:
    """ON up and down from bin to bin, OFF flat: numbers, but never just ok, with every method."""
    model = planted(800.0, np.inf)
    jagged = np.where(np.arange(8) % 2, 200.0, 50.0)
    spectra = Spectra.on_and_off(model.edges_kev, np.stack([jagged, np.full(8, 100.0)]), "observed")
    parameter: Any = model.signal_table.parameter("mu_nu")
    for known in constructions_for(parameter):
        found = limit(model, spectra, "mu_nu", 0.9, known.name, None, ToyBudget(2_000, 1))
        assert found.status == "poor-fit", known.name
        assert found.warnings[0].startswith("poor-fit: -2 ln L = ")
        assert found.quality is not None
        assert found.quality.p_value < 1e-3
        assert found.upper is not None
