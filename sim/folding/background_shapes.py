"""Shapes of backgrounds that float: scales, centres, widths and ratios of lines.

A shape parameter is counted in steps eta of its uncertainty u: value = nominal * exp(u eta) for
what must stay positive, nominal * (1 + u eta) for the ratio of two lines.  A free one has u = 0.1
and no constraint.  ``BackgroundShapes.templates`` is exact at any eta; the morphs are its
second-order expansion about the nominal shape, good for small excursions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

import numpy as np

from detectors.resolution import ResolutionModel
from sim.config.backgrounds import BackgroundConfig, ExponentialBackground, LineBackground
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding import assembly
from sim.folding.backgrounds import background_templates, line_sigma_kev
from sim.folding.nuisances import Morph

PREFIX = "shape:"
_FREE_STEP = 0.1
_DIFFERENCE = 1e-2


@dataclass(frozen=True, slots=True)
class ShapeParameter:
    """One number of a background's shape; sigma is the width of its constraint in steps."""

    place: str
    nominal: float
    step: float
    sigma: float
    exponential: bool = True

    @property
    def name(self) -> str:
        """Its name among the nuisances."""
        return PREFIX + self.place

    def value(self, eta: float) -> float:
        """The number eta steps from its nominal value."""
        shift = self.step * eta
        return self.nominal * (exp(shift) if self.exponential else 1 + shift)


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundShapes:
    """The backgrounds of an experiment as functions of their shape parameters."""

    experiment: Experiment
    edges_kev: FloatArray
    parameters: tuple[ShapeParameter, ...]

    @classmethod
    def of(cls, experiment: Experiment, edges_kev: FloatArray) -> BackgroundShapes:
        """Shape parameters of an experiment; none if all shapes are fixed."""
        resolution = assembly.resolution(experiment.config.detector)
        found = [p for c in experiment.config.background for p in _parameters(c, resolution)]
        return cls(experiment, edges_kev, tuple(found))

    def templates(self, etas: FloatArray) -> FloatArray:
        """Counts of every background, (n_backgrounds, 2, n_bins), at steps (n_parameters,)."""
        pairs = zip(self.parameters, etas, strict=True)
        shapes = {parameter.place: parameter.value(float(eta)) for parameter, eta in pairs}
        made = background_templates(self.experiment, self.edges_kev, shapes=shapes)
        return np.array([template.counts for template in made])

    def slopes(self, etas: FloatArray) -> FloatArray:
        """Derivatives of ``templates``, (n_parameters, n_backgrounds, 2, n_bins)."""
        return np.array(
            [
                (self.templates(etas + shift) - self.templates(etas - shift)) / (2 * _DIFFERENCE)
                for shift in _DIFFERENCE * np.eye(len(self.parameters))
            ]
        )

    def morphs(self, first: int) -> tuple[Morph, ...]:
        """Second-order expansion about the nominal shapes, behind first samples of the signal."""
        if not self.parameters:
            return ()
        zero = np.zeros(len(self.parameters))
        middle = self.templates(zero)
        pad = ((first, 0), (0, 0), (0, 0))
        morphs = []
        for parameter, shift in zip(self.parameters, np.eye(zero.size), strict=True):
            up, down = self.templates(shift), self.templates(-shift)
            linear, quadratic = (up - down) / 2, (up + down) / 2 - middle
            padded = np.pad(linear, pad), np.pad(quadratic, pad)
            morphs.append(Morph(parameter.name, *padded, sigma=parameter.sigma))
        return tuple(morphs)


def _parameters(
    component: BackgroundConfig, resolution: ResolutionModel
) -> Iterator[ShapeParameter]:
    numbers: list[tuple[str, float, float | str]] = []
    match component:
        case ExponentialBackground():
            numbers = [("scale_kev", component.scale_kev, component.scale_uncertainty)]
        case LineBackground():
            sigma = line_sigma_kev(component, resolution)
            numbers = [
                ("center_kev", component.center_kev, component.center_uncertainty),
                ("sigma_kev", sigma, component.sigma_uncertainty),
            ]
    for key, nominal, uncertainty in numbers:
        place = f"{component.name}.{key}"
        if uncertainty == "free":
            yield ShapeParameter(place, nominal, _FREE_STEP, np.inf)
        elif float(uncertainty) > 0:
            yield ShapeParameter(place, nominal, float(uncertainty), 1.0)
    if isinstance(component, LineBackground):
        for i, tied in enumerate(component.satellite):
            if tied.ratio_uncertainty > 0:
                place, known = f"{component.name}.satellite.{i}.ratio", tied.ratio_uncertainty
                yield ShapeParameter(place, tied.ratio, known, 1.0, exponential=False)
