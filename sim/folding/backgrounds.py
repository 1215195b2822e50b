"""Background shapes: the rate of a component in the bins of an instrument, per kg and day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from detectors.backgrounds import BackgroundShape, Exponential, Flat, GaussianLine, PowerLaw
from detectors.resolution import ResolutionModel
from sim.config.backgrounds import (
    BackgroundConfig,
    CountsBackground,
    ExponentialBackground,
    FlatBackground,
    LineBackground,
    PowerLawBackground,
    TableBackground,
)
from sim.cross_sections.parameters import FloatArray
from sim.instruments import assembly
from sim.instruments.instrument import Instrument
from sim.instruments.tables import background_table
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
    shapes: Mapping[str, float] | None = None,
) -> FloatArray:
    """Counts per kg and day (n_bins,) of a component at its reference rate.

    energy_scale multiplies the reconstructed energy, resolution_factor the width of lines that
    are as wide as the resolution.  shapes gives other values of shape parameters by their names
    (``sim.folding.background_shapes``).

    Raises
    ------
    ValueError
        for a component that is not finite in the window, or does not go with a counting mode.
    """
    if isinstance(component, CountsBackground):
        if instrument.bins is not None:
            raise ValueError(
                f"background {component.name!r}: shape = 'counts' goes with "
                f"analysis.mode = 'counting'"
            )
        return np.array([reference_rate(component)])
    if instrument.bins is None:
        raise ValueError(
            f"background {component.name!r}: a counting experiment has no energies, "
            f"give shape = 'counts'"
        )
    resolution = assembly.resolution(instrument.detector, resolution_factor)
    edges_kev = instrument.bins.edges_kev
    clipped = np.maximum(edges_kev, instrument.detector.threshold_kev) / energy_scale
    with np.errstate(over="ignore", invalid="ignore"):
        made = _parts(component, resolution, instrument, shapes or {})
        rate = np.asarray(np.sum([shape.rate_per_kg_day(clipped) for shape in made], axis=0))
    if not np.all(np.isfinite(rate)):
        raise ValueError(f"background {component.name!r} is not finite in the window")
    rate[instrument.bins.gap] = 0.0
    return rate


def line_sigma_kev(component: LineBackground, resolution: ResolutionModel) -> float:
    """Width of a line: its own, or the resolution at its centre."""
    return component.sigma_kev or float(resolution.sigma_kev(component.center_kev)[0])


def _parts(
    component: BackgroundConfig,
    resolution: ResolutionModel,
    instrument: Instrument,
    shapes: Mapping[str, float],
) -> list[BackgroundShape]:
    """What a component consists of: itself, and a line's satellites."""

    def value(key: str, nominal: float) -> float:
        return shapes.get(f"{component.name}.{key}", nominal)

    rate = reference_rate(component)
    match component:
        case FlatBackground():
            return [Flat(rate)]
        case ExponentialBackground():
            scale = value("scale_kev", component.scale_kev)
            return [Exponential(rate, component.reference_kev, scale)]
        case PowerLawBackground():
            return [PowerLaw(rate, component.reference_kev, component.index)]
        case LineBackground():
            sigma = value("sigma_kev", line_sigma_kev(component, resolution))
            lines = [GaussianLine(rate, value("center_kev", component.center_kev), sigma)]
            for i, tied in enumerate(component.satellite):
                area = rate * value(f"satellite.{i}.ratio", tied.ratio)
                lines.append(GaussianLine(area, tied.center_kev, tied.sigma_kev or sigma))
            return list(lines)
        case TableBackground():
            return [background_table(instrument, component)]
    raise ValueError(f"background {component.name!r} has no shape in energy")
