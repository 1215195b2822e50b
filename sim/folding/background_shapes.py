"""Shapes of backgrounds that float: scales, centres, widths and ratios of lines.

A shape parameter is counted in steps eta of its uncertainty u: value = nominal * exp(u eta) for
what must stay positive, nominal * (1 + u eta) for the ratio of two lines.  A free one has u = 0.1
and no constraint.  ``BackgroundShapes.counts`` is exact at any eta; the terms of a model hold its
second-order expansion about the nominal shape, good for small excursions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import exp

import numpy as np

from sim.config.backgrounds.registry import BackgroundConfig
from sim.cross_sections.parameters import FloatArray
from sim.folding.backgrounds import ComponentRate, component_rate
from sim.instruments.instrument import Instrument

PREFIX = "shape:"
_FREE_STEP = 0.1
_DIFFERENCE = 1e-2
_LARGEST_SHIFT = 100.0
"""Of a logarithm: where a minimiser goes further, the shape stays."""
_MOST_KNOWN = 256
"""Rates that are remembered: those of a few shapes and of steps aside."""


@dataclass(frozen=True, slots=True)
class ShapeParameter:
    """One number of a background's shape; sigma is the width of its constraint in steps.

    nominal is in the unit of the number, or for the width of a line that is as wide as the
    resolution in that of each detector: the parameter then multiplies it.
    """

    component: str
    key: str
    nominal: float
    step: float
    sigma: float
    exponential: bool = True

    @property
    def place(self) -> str:
        """Its component and its key."""
        return f"{self.component}.{self.key}"

    @property
    def name(self) -> str:
        """Its name among the nuisances."""
        return PREFIX + self.place

    def value(self, eta: float) -> float:
        """The number eta steps from its nominal value."""
        shift = self.step * eta
        if not self.exponential:
            return self.nominal * (1 + shift)
        return self.nominal * exp(min(max(shift, -_LARGEST_SHIFT), _LARGEST_SHIFT))


@dataclass(frozen=True, slots=True, eq=False)
class PlacedBackground:
    """A component in one spectrum: counts are weight times its rate; norm is its name there.

    prefix stands before the names of its shape parameters, the label of its source.
    """

    component: BackgroundConfig
    instrument: Instrument
    spectrum: int
    norm: str
    weight: float
    prefix: str = ""

    @property
    def parameters(self) -> tuple[ShapeParameter, ...]:
        """Parameters of its shape."""
        own = shape_parameters(self.component, self.instrument)
        return tuple(replace(p, component=self.prefix + p.component) for p in own)

    @property
    def seen(self) -> tuple[object, ...]:
        """What its rate depends on: the component, the detector, the bins."""
        known = id(self.instrument.detector), id(self.instrument.bins)
        return self.prefix, self.component.name, *known

    @property
    def rate(self) -> ComponentRate:
        """Its rate as a function of its shape's numbers."""
        return component_rate(self.component, self.instrument)


@dataclass(frozen=True, slots=True, eq=False)
class BackgroundShapes:
    """The backgrounds of an experiment as functions of their shape parameters.

    own are the parameters of each place, rates what makes its rate: one for all places whose
    instrument sees a component alike.  Rates that were just made are remembered.
    """

    parameters: tuple[ShapeParameter, ...]
    placed: tuple[PlacedBackground, ...]
    own: tuple[tuple[ShapeParameter, ...], ...]
    rates: tuple[ComponentRate, ...]
    n_spectra: int
    _known: dict[tuple[object, ...], FloatArray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, placed: Sequence[PlacedBackground], n_spectra: int) -> BackgroundShapes:
        """Shape parameters of all components, each once; none if all shapes are fixed."""
        own = tuple(place.parameters for place in placed)
        made: dict[tuple[object, ...], ComponentRate] = {}
        rates = tuple(made.setdefault(place.seen, place.rate) for place in placed)
        found: dict[str, ShapeParameter] = {}
        for parameters in own:
            for parameter in parameters:
                found.setdefault(parameter.place, parameter)
        return cls(tuple(found.values()), tuple(placed), own, rates, n_spectra)

    def at(self, places: Sequence[int]) -> BackgroundShapes:
        """Those of the spectra at some places, in their order."""
        new = {old: i for i, old in enumerate(places)}
        own = [
            replace(place, spectrum=new[place.spectrum])
            for place in self.placed
            if place.spectrum in new
        ]
        return BackgroundShapes.of(own, len(places))

    def counts(self, etas: FloatArray) -> tuple[dict[str, FloatArray], ...]:
        """Counts (n_bins,) of each background at norm 1, by norm, for each spectrum."""
        steps = {p.place: float(eta) for p, eta in zip(self.parameters, etas, strict=True)}
        out: tuple[dict[str, FloatArray], ...] = tuple({} for _ in range(self.n_spectra))
        for place, own, rate in zip(self.placed, self.own, self.rates, strict=True):
            out[place.spectrum][place.norm] = place.weight * self._rate(rate, own, steps)
        return out

    def slopes(self, etas: FloatArray) -> tuple[tuple[dict[str, FloatArray], ...], ...]:
        """Derivatives of ``counts`` by each parameter, of the backgrounds that it changes."""
        steps = {p.place: float(eta) for p, eta in zip(self.parameters, etas, strict=True)}
        found = []
        for parameter in self.parameters:
            name = parameter.place
            out: tuple[dict[str, FloatArray], ...] = tuple({} for _ in range(self.n_spectra))
            for place, own, rate in zip(self.placed, self.own, self.rates, strict=True):
                if any(p.place == name for p in own):
                    up, down = (
                        place.weight * self._rate(rate, own, {**steps, name: steps[name] + shift})
                        for shift in (_DIFFERENCE, -_DIFFERENCE)
                    )
                    slope = (up - down) / (2 * _DIFFERENCE)
                    out[place.spectrum][place.norm] = slope
            found.append(out)
        return tuple(found)

    def _rate(
        self, rate: ComponentRate, own: tuple[ShapeParameter, ...], steps: dict[str, float]
    ) -> FloatArray:
        """Rate of a component, its own parameters some steps from their nominal values."""
        values = {p.key: p.value(steps[p.place]) for p in own}
        key = (id(rate), *values.values())
        if key not in self._known:
            if len(self._known) == _MOST_KNOWN:
                self._known.clear()
            self._known[key] = rate(values)
        return self._known[key]


def shape_parameters(
    component: BackgroundConfig, instrument: Instrument
) -> Iterator[ShapeParameter]:
    """Parameters of a component's shape as an instrument sees it."""
    for number in component.floating_numbers(instrument.detector.resolution):
        place, known = (component.name, number.key, number.nominal), number.uncertainty
        if known == "free":
            yield ShapeParameter(*place, _FREE_STEP, np.inf, number.exponential)
        elif known > 0:
            yield ShapeParameter(*place, known, 1.0, number.exponential)
