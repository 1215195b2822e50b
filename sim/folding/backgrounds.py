"""Background templates: each component of the configuration in the ON and OFF period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from detectors.backgrounds import (
    BackgroundShape,
    Exponential,
    Flat,
    GaussianLine,
    PowerLaw,
    mean_decay_factor,
)
from detectors.resolution import ResolutionModel
from sim.config.backgrounds import (
    ExponentialBackground,
    FlatBackground,
    LineBackground,
    PowerLawBackground,
    TableBackground,
)
from sim.config.file import ExposureConfig
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding import assembly
from sim.folding.tables import background_table

_Config = (
    FlatBackground | ExponentialBackground | PowerLawBackground | LineBackground | TableBackground
)


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundTemplate:
    """Expected counts (2, n_bins) at norm 1, and how well the norm is known.

    norm_uncertainty is the relative standard deviation of a Gaussian constraint, 0 for a fixed
    norm, infinity for a free one.
    """

    name: str
    counts: FloatArray
    norm_uncertainty: float


def background_templates(
    experiment: Experiment,
    edges_kev: FloatArray,
    energy_scale: float = 1.0,
    resolution_factor: float = 1.0,
    shapes: Mapping[str, float] | None = None,
) -> tuple[BackgroundTemplate, ...]:
    """Templates of all components; a component with scaling ``free`` gives one a period.

    energy_scale multiplies the reconstructed energy, resolution_factor the width of lines that
    are as wide as the resolution.  shapes gives other values of shape parameters by their names
    (``sim.folding.background_shapes``).

    Raises
    ------
    ValueError
        for a component that is not finite in the window.
    """
    config = experiment.config
    resolution = assembly.resolution(config.detector, resolution_factor)
    clipped = np.maximum(edges_kev, config.detector.threshold_kev) / energy_scale
    templates: list[BackgroundTemplate] = []
    for component in config.background:
        with np.errstate(over="ignore", invalid="ignore"):
            made = _shapes(component, resolution, experiment, shapes or {})
            rate = np.sum([shape.rate_per_kg_day(clipped) for shape in made], axis=0)
        if not np.all(np.isfinite(rate)):
            raise ValueError(f"background {component.name!r} is not finite in the window")
        days = np.array(effective_days(component, config.exposure))
        counts = config.detector.mass_kg * days[:, None] * rate
        templates += _by_period(component, counts)
    return tuple(templates)


def effective_days(component: _Config, exposure: ExposureConfig) -> tuple[float, float]:
    """Live days of (ON, OFF), weighted with the decay of an activity."""
    on, off = exposure.on_days, exposure.off_days
    if component.scaling == "reactor":
        return on, 0.0
    if component.half_life_days is None:
        return on, off
    off_start = on if exposure.off_start_day is None else exposure.off_start_day
    return (
        on * mean_decay_factor(component.half_life_days, 0.0, on),
        off * mean_decay_factor(component.half_life_days, off_start, off),
    )


def line_sigma_kev(component: LineBackground, resolution: ResolutionModel) -> float:
    """Width of a line: its own, or the resolution at its centre."""
    return component.sigma_kev or float(resolution.sigma_kev(component.center_kev)[0])


def _shapes(
    component: _Config,
    resolution: ResolutionModel,
    experiment: Experiment,
    shapes: Mapping[str, float],
) -> list[BackgroundShape]:
    """What a component consists of: itself, and a line's satellites."""

    def value(key: str, nominal: float) -> float:
        return shapes.get(f"{component.name}.{key}", nominal)

    match component:
        case FlatBackground():
            return [Flat(component.rate_per_kev_kg_day)]
        case ExponentialBackground():
            scale = value("scale_kev", component.scale_kev)
            return [Exponential(component.rate_per_kev_kg_day, component.reference_kev, scale)]
        case PowerLawBackground():
            rate, reference = component.rate_per_kev_kg_day, component.reference_kev
            return [PowerLaw(rate, reference, component.index)]
        case LineBackground():
            rate = component.rate_per_kg_day
            sigma = value("sigma_kev", line_sigma_kev(component, resolution))
            lines = [GaussianLine(rate, value("center_kev", component.center_kev), sigma)]
            for i, tied in enumerate(component.satellite):
                area = rate * value(f"satellite.{i}.ratio", tied.ratio)
                lines.append(GaussianLine(area, tied.center_kev, tied.sigma_kev or sigma))
            return list(lines)
        case TableBackground():
            return [background_table(experiment, component)]


def _by_period(component: _Config, counts: FloatArray) -> list[BackgroundTemplate]:
    uncertainty = np.inf if component.norm == "free" else float(component.norm)
    if component.scaling != "free":
        return [BackgroundTemplate(component.name, counts, uncertainty)]
    on, off = np.zeros_like(counts), np.zeros_like(counts)
    on[0], off[1] = counts
    return [
        BackgroundTemplate(f"{component.name}_on", on, uncertainty),
        BackgroundTemplate(f"{component.name}_off", off, uncertainty),
    ]
