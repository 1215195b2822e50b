"""The door of observed data: the spectra named in the [data] section."""

from __future__ import annotations

import numpy as np

from sim.experiment import Experiment
from sim.spectra import Spectra, Spectrum, read_spectrum


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
    on = _period(experiment, config.data.on)
    if config.data.off is None:
        if config.exposure.off_days > 0:
            raise ValueError("data.off is missing although exposure.off_days > 0")
        nothing = np.zeros_like(on.counts)
        errors = None if on.errors is None else np.stack([on.errors, nothing])
        return Spectra(on.edges_kev, np.stack([on.counts, nothing]), "observed", errors=errors)
    off = _period(experiment, config.data.off)
    same = off.edges_kev.shape == on.edges_kev.shape
    if not same or not np.allclose(off.edges_kev, on.edges_kev, rtol=1e-9, atol=0):
        raise ValueError(f"{config.data.off}: its bins differ from those of {config.data.on}")
    if config.exposure.off_days == 0:
        raise ValueError("data.off is given although exposure.off_days = 0")
    if (on.errors is None) != (off.errors is None):
        raise ValueError("data.on and data.off: both with a column 'error', or none")
    errors = None
    if on.errors is not None and off.errors is not None:
        errors = np.stack([on.errors, off.errors])
    return Spectra(on.edges_kev, np.stack([on.counts, off.counts]), "observed", errors=errors)


def _period(experiment: Experiment, name: str) -> Spectrum:
    spectrum = read_spectrum(experiment.files[name], name)
    return spectrum.cut(experiment.config.analysis.window_kev, name)
