"""The door of observed data: the spectra named in the [data] section."""

from __future__ import annotations

import numpy as np

from sim.experiment import Experiment
from sim.parameters import FloatArray
from sim.spectra import Spectra, cut_to_window, read_spectrum


def observed_spectra(experiment: Experiment) -> Spectra | None:
    """Observed ON and OFF spectra in the analysis window, or None without a [data] section.

    Raises
    ------
    ValueError
        if a table is not a spectrum, ON and OFF differ in binning, or an ON-only data set
        belongs to an exposure with OFF days.
    """
    config = experiment.config
    if config.data is None:
        return None
    edges, on = _period(experiment, config.data.on)
    if config.data.off is None:
        if config.exposure.off_days > 0:
            raise ValueError("data.off is missing although exposure.off_days > 0")
        return Spectra(edges, np.stack([on, np.zeros_like(on)]), "observed")
    off_edges, off = _period(experiment, config.data.off)
    if off_edges.shape != edges.shape or not np.allclose(off_edges, edges, rtol=1e-9, atol=0):
        raise ValueError(f"{config.data.off}: its bins differ from those of {config.data.on}")
    if config.exposure.off_days == 0:
        raise ValueError("data.off is given although exposure.off_days = 0")
    return Spectra(edges, np.stack([on, off]), "observed")


def _period(experiment: Experiment, name: str) -> tuple[FloatArray, FloatArray]:
    edges, counts = read_spectrum(experiment.files[name], name)
    return cut_to_window(edges, counts, experiment.config.analysis.window_kev, name)
