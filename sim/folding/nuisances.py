"""Nuisances: how the counts change when an input is off by its uncertainty.

A nuisance eta, in standard deviations, changes a shape as T + eta D + eta^2 H.  What only
multiplies has D = sigma T.  Where the change is had by folding again at +1 and -1 sigma,
D = (T+ - T-) / 2 and H = (T+ + T-) / 2 - T, exact at -1, 0 and +1 sigma.  Steep templates are
folded at -2 and +2 sigma too, and change with eta^3 and eta^4.  Changes of several nuisances add.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from fluxes.moments import FluxMoments
from sim.config.systematics import (
    Changes,
    Per,
    SystematicsConfig,
    Uncertainty,
    UncertaintyConfig,
)
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.instruments.target import target
from sim.layout.layout import Layout, Spectrum
from sim.layout.periods import check_names

_DEVIATIONS = ("ionization", "quenching_fit_1", "quenching_fit_2")
"""Inputs whose factor less 1 counts standard deviations, and may be negative."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A key of [systematics]: what it changes, how, and what has a parameter of its own.

    refolds is the field of ``Inputs`` that it multiplies; None: it multiplies the counts.
    direction counts, from 1 on, those of the covariance of a fitted quenching curve, which no key
    states; 0 for others.
    """

    key: str
    per: Per
    signal: bool = True
    backgrounds: bool = False
    refolds: str | None = None
    direction: int = 0


@cache
def kinds() -> tuple[Kind, ...]:
    """Keys of [systematics] with their ``Changes``, and directions of a fitted curve."""
    found = []
    for key, field in SystematicsConfig.model_fields.items():
        for changes in field.metadata:
            if isinstance(changes, Changes):
                refolds = key if changes.refolded else None
                found.append(Kind(key, changes.per, changes.signal, changes.backgrounds, refolds))
    for direction in (1, 2):
        key = f"quenching_fit_{direction}"
        found.append(Kind(key, "material", refolds=key, direction=direction))
    return tuple(found)


def refolded() -> tuple[str, ...]:
    """Inputs whose uncertainty is propagated by folding again."""
    return tuple(kind.key for kind in kinds() if kind.refolds is not None)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is folded: a flux, and factors on energy, quenching, resolution and threshold.

    ionization - 1 is by how many of its standard deviations the ionization model is off,
    quenching_fit_1 - 1 and quenching_fit_2 - 1 a fitted curve along those of its covariance.
    """

    moments: FluxMoments
    energy_scale: float = 1.0
    quenching: float = 1.0
    resolution: float = 1.0
    ionization: float = 1.0
    threshold: float = 1.0
    quenching_fit_1: float = 1.0
    quenching_fit_2: float = 1.0

    @property
    def quenching_steps(self) -> tuple[float, float]:
        """Standard deviations along the directions of a fitted quenching curve."""
        return self.quenching_fit_1 - 1, self.quenching_fit_2 - 1

    def varied(self, name: str, factor: float) -> Inputs:
        """With one of the factors at another value."""
        changes: dict[str, Any] = {name: factor}
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Touch:
    """A nuisance parameter in a spectrum: its kind, its name, and sigma there."""

    kind: Kind
    name: str
    sigma: float

    @property
    def reach(self) -> int:
        """How many sigma away it can be folded: a factor is not below a fifth."""
        return 2 if self.kind.key in _DEVIATIONS or 2 * self.sigma <= 0.8 else 1


@dataclass(frozen=True, slots=True, eq=False)
class Systematics:
    """Parameters of [systematics] in their order, which touch each spectrum, and correlations."""

    names: tuple[str, ...]
    touches: tuple[tuple[Touch, ...], ...]
    correlations: tuple[tuple[tuple[str, ...], FloatArray], ...]


def systematics_of(experiment: Experiment) -> Systematics:
    """The nuisances of an experiment, besides its flux shape and its backgrounds.

    Raises
    ------
    LayoutError
        for a table that names no detector.
    """
    layout, section = experiment.layout, experiment.config.systematics
    names: dict[str, None] = {}
    touches: list[list[Touch]] = [[] for _ in layout.spectra]
    correlations = []
    for kind in kinds():
        own: dict[str, None] = {}
        for i, touch in _touches(layout, kind, section):
            touches[i].append(touch)
            own[touch.name] = None
        names |= own
        stated = getattr(section, kind.key, 0.0)
        if isinstance(stated, UncertaintyConfig) and stated.correlation > 0 and len(own) > 1:
            rho, n = stated.correlation, len(own)
            correlations.append((tuple(own), (1 - rho) * np.eye(n) + rho))
    return Systematics(tuple(names), tuple(map(tuple, touches)), tuple(correlations))


def _touches(layout: Layout, kind: Kind, section: SystematicsConfig) -> Iterator[tuple[int, Touch]]:
    if kind.direction:
        yield from _fitted(layout, kind)
        return
    stated: Uncertainty = getattr(section, kind.key)
    per: Per = kind.per
    sigmas: Mapping[str, float] | float
    if isinstance(stated, UncertaintyConfig):
        per, sigmas = stated.per or kind.per, stated.sigma
    elif isinstance(stated, dict):
        detectors = [detector.name for detector in layout.detectors]
        check_names(stated, detectors, ("systematics", kind.key), "detector")
        per, sigmas = "detector", stated
    else:
        sigmas = stated
    for i, spectrum in enumerate(layout.spectra):
        sigma = sigmas if isinstance(sigmas, float) else sigmas.get(spectrum.detector.name, 0.0)
        if sigma > 0:
            yield i, Touch(kind, _name(layout, kind.key, per, spectrum), sigma)


def _fitted(layout: Layout, kind: Kind) -> Iterator[tuple[int, Touch]]:
    """One standard deviation along a direction, wherever a fitted quenching has as many."""
    for i, spectrum in enumerate(layout.spectra):
        detector = spectrum.detector
        own = [
            detector.quenching_by_element.get(part.atom.symbol, detector.quenching).n_directions(
                part
            )
            for part in target(detector).constituents
        ]
        if max(own) >= kind.direction:
            yield i, Touch(kind, _name(layout, kind.key, kind.per, spectrum), 1.0)


def _name(layout: Layout, key: str, per: Per, spectrum: Spectrum) -> str:
    detector, period = spectrum.place
    marks: Sequence[str]
    match per:
        case "all":
            return key
        case "material":
            marks = [spectrum.detector.material]
        case "detector":
            marks = [detector]
        case "period":
            marks = [period]
        case "detector+period":
            marks = [detector, period]
    if not layout.is_plain:
        return f"{key}[{','.join(marks)}]"
    return f"{key}_{period}" if period in marks else key
