"""Background shapes: the rate of a component in the bins of an instrument, per kg and day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.resolution import ResolutionModel
from sim.config.backgrounds.registry import BackgroundConfig
from sim.cross_sections.parameters import FloatArray
from sim.instruments.instrument import Instrument
from sim.layout.backgrounds import RATES

BoolArray = npt.NDArray[np.bool_]


def reference_rate(component: BackgroundConfig) -> float:
    """Rate at which a component's shape is made: as stated, 1 where it is a table by name."""
    for key in RATES:
        stated = getattr(component, key, None)
        if isinstance(stated, float):
            return stated
    return 1.0


@dataclass(frozen=True, slots=True, eq=False)
class ComponentRate:
    """The rate of a component in the bins of an instrument as a function of its shape's numbers.

    resolution and edges_kev are as ``component_rate`` made them, the first None for a counting
    experiment; gap (n_bins,) marks the bins between regions.
    """

    component: BackgroundConfig
    reference: float
    resolution: ResolutionModel | None
    edges_kev: FloatArray
    gap: BoolArray
    files: Mapping[str, str]

    def __call__(self, floating: Mapping[str, float]) -> FloatArray:
        """Counts per kg and day (n_bins,), with other values of the numbers of its shape, by key.

        Raises
        ------
        ValueError
            for a component that is not finite in the window.
        """
        if self.resolution is None:
            return np.array([self.reference])
        with np.errstate(over="ignore", invalid="ignore"):
            made = self.component.build(self.reference, floating, self.resolution, self.files)
            rate = made[0].rate_per_kg_day(self.edges_kev)
            for shape in made[1:]:
                rate = rate + shape.rate_per_kg_day(self.edges_kev)
        if not np.isfinite(rate).all():
            raise ValueError(f"background {self.component.name!r} is not finite in the window")
        rate[self.gap] = 0.0
        return rate


def component_rate(
    component: BackgroundConfig,
    instrument: Instrument,
    energy_scale: float = 1.0,
    resolution_factor: float = 1.0,
) -> ComponentRate:
    """The rate of a component at its reference rate; see ``background_rate``.

    Raises
    ------
    ValueError
        for a component that does not go with a counting mode.
    """
    reference, bins = reference_rate(component), instrument.bins
    if bins is None and not component.is_counted:
        raise ValueError(
            f"background {component.name!r}: a counting experiment has no energies, "
            f"give shape = 'counts'"
        )
    if bins is None:
        nothing = np.zeros(0)
        return ComponentRate(component, reference, None, nothing, nothing > 0, {})
    resolution = instrument.detector.resolution.build(resolution_factor)
    edges_kev = np.maximum(bins.edges_kev, instrument.detector.threshold_kev) / energy_scale
    return ComponentRate(component, reference, resolution, edges_kev, bins.gap, instrument.files)


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
    return component_rate(component, instrument, energy_scale, resolution_factor)(floating or {})


def background_errors(component: BackgroundConfig, instrument: Instrument) -> FloatArray | None:
    """Errors (n_bins,) of ``background_rate`` from the statistics of a simulation, or None."""
    if instrument.bins is None:
        return None
    clipped = np.maximum(instrument.bins.edges_kev, instrument.detector.threshold_kev)
    found = component.errors(instrument.files, clipped)
    return None if found is None else np.where(instrument.bins.gap, 0.0, found)
