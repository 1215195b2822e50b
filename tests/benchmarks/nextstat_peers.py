"""The toy model in NextStat, one thread: `.venv/bin/pip install nextstat` to have its row."""

from __future__ import annotations

import json
import os
from typing import Any

os.environ["RAYON_NUM_THREADS"] = "1"

import nextstat
import numpy as np
from toy_peers import pyhf_model

from analysis.likelihood.likelihood import Likelihood

Array = np.ndarray[Any, np.dtype[np.float64]]


class NextStatToys:
    """Fits of the workspace that pyhf has, its parameter of interest free or held.

    Auxiliary measurements stay where they are: its toys change the counts alone.
    """

    def __init__(self, likelihood: Likelihood) -> None:
        spec: dict[str, Any] = pyhf_model(likelihood).spec
        (channel,) = spec["channels"]
        config = {"poi": "mu2", "parameters": spec["parameters"]}
        workspace = {
            "channels": spec["channels"],
            "observations": [{"name": channel["name"], "data": likelihood.counts.tolist()}],
            "measurements": [{"name": "toys", "config": config}],
            "version": "1.0.0",
        }
        self._model = nextstat.from_pyhf(json.dumps(workspace))
        self._fits = nextstat.MaximumLikelihoodEstimator()

    def statistics(self, counts: Array, tested: float) -> list[float]:
        """q of every toy, counts (m, n): best fit with mu2 >= 0, and fit at the tested value."""
        bounds = list(self._model.suggested_bounds())
        bounds[self._model.poi_index()] = (tested, tested)
        found = []
        for toy in counts.tolist():
            best = self._fits.fit_minimum(self._model, data=toy)
            there = self._fits.fit_minimum(self._model, data=toy, bounds=bounds)
            found.append(2 * (there.nll - best.nll))
        return found
