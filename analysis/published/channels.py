"""Channels: how many counts of the Standard Model come from electrons, and how many from nuclei."""

from __future__ import annotations

import numpy as np

from analysis.likelihood.assembly import places_of, selected_likelihood
from sim.cross_sections.interactions.strength import STRENGTH
from sim.model import Model


def channel_counts(model: Model) -> dict[str, float]:
    """Expected Standard Model counts of the spectra with reactor power, by channel."""
    places = places_of(model, with_power=True)
    likelihood = selected_likelihood(model, model.asimov(), places)
    fitted = model.signal_table.parameter(STRENGTH).fitted
    nuclei = float(np.sum(likelihood.along(fitted)[0]))
    samples = list(model.expected(by="sample").values())
    both = float(sum(samples[i]["standard-model"].sum() for i in places))
    return {"electron": both - nuclei, "nucleus": nuclei}
