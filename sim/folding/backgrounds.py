"""Background shapes: the rate of a component in the bins of an instrument, per kg and day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.config.backgrounds.registry import BackgroundConfig
from sim.cross_sections.parameters import FloatArray
from sim.instruments.instrument import Instrument
from sim.layout.backgrounds import RATES


def reference_rate(component: BackgroundConfig) -> float:
    """Rate at which a component's shape is made: as stated, 1 where it is a table by name."""
    for key in RATES:
        stated = getattr(component, key, None)
        if isinstance(stated, float):
            return stated
    return 1.0


def background_rate(
    component: BackgroundConfig,
    instrument: Instrument,
    energy_scale: float = 1.0,
    resolution_factor: float = 1.0,
    floating: Mapping[str, float] | None = None,
) -> FloatArray:
    """Counts per kg and day (n_bins,) of a component at its reference rate.

    energy_scale multiplies the reconstructed energy, resolution_factor the width of lines that
    are as wide as the resolution.  floating gives other values of the numbers of its shape, by key
    (``sim.folding.background_shapes``).

    Raises
    ------
    ValueError
        for a component that is not finite in the window, or does not go with a counting mode.
    """
    if instrument.bins is None:
        if component.is_counted:
            return np.array([reference_rate(component)])
        raise ValueError(
            f"background {component.name!r}: a counting experiment has no energies, "
            f"give shape = 'counts'"
        )
    resolution = instrument.detector.resolution.build(resolution_factor)
    edges_kev = instrument.bins.edges_kev
    clipped = np.maximum(edges_kev, instrument.detector.threshold_kev) / energy_scale
    with np.errstate(over="ignore", invalid="ignore"):
        made = component.build(
            reference_rate(component), floating or {}, resolution, instrument.files
        )
        first, *rest = (shape.rate_per_kg_day(clipped) for shape in made)
        rate = np.array(sum(rest, first))
    if not np.all(np.isfinite(rate)):
        raise ValueError(f"background {component.name!r} is not finite in the window")
    rate[instrument.bins.gap] = 0.0
    return rate
