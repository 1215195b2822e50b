"""Responses: the shapes, per kg and day, that the spectra of one instrument have in common.

A spectrum weighs them with its mass, time, flux, decay and rates (``sim.folding.terms``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.config.backgrounds.registry import BackgroundConfig
from sim.cross_sections.parameters import FloatArray
from sim.folding.background_shapes import ShapeParameter, shape_parameters
from sim.folding.backgrounds import background_rate
from sim.folding.flux_basis import FluxBasis
from sim.folding.folds import Folds
from sim.folding.nuisances import Inputs, Touch
from sim.instruments.instrument import Instrument

BoolArray = npt.NDArray[np.bool_]

_SAME = 1e-14
_MILD = 0.2
_GOOD = 0.02
_CONTENT = 1e-3
"""Of the largest bin of a template: bins with less hold nothing that a fit would feel."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a sample with a nuisance: scale times a row of the shapes, per eta^order."""

    nuisance: str
    order: int
    row: int
    scale: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A template in one flux, or a component: its row of the shapes, and its changes."""

    row: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Response:
    """shapes (K, n_bins), and of what each is: sample, nuisance and order.

    signal holds for each member of the flux basis the samples by template, deviations for each
    shift of the flux and each baseline the rows of it; components holds the backgrounds by place,
    whose names are names.
    """

    instrument: Instrument
    shapes: FloatArray
    labels: tuple[tuple[str, str, int], ...]
    signal: tuple[dict[str, Sample], ...]
    deviations: tuple[tuple[dict[str, int], ...], ...]
    components: dict[int, Sample]
    names: tuple[str, ...]


class ResponseMaker:
    """Makes the responses of an experiment from its flux, each once."""

    def __init__(
        self,
        basis: FluxBasis,
        folds: Folds,
        components: Sequence[BackgroundConfig],
        refinement: int,
    ) -> None:
        self._basis, self._folds, self._refinement = basis, folds, refinement
        self._components = components
        self._made: dict[object, Response] = {}

    def response(
        self, instrument: Instrument, touches: Sequence[Touch], present: frozenset[int]
    ) -> Response:
        """The response of a spectrum; the same object for all with the same content.

        present are the places of the components that its detector sees in some period.
        """
        refolded = tuple(
            (touch.kind.refolds, touch.sigma, touch.kind.backgrounds)
            for touch in touches
            if touch.kind.refolds is not None
        )
        bins = None if instrument.bins is None else instrument.bins.edges_kev.tobytes()
        key = (instrument.key(), bins, refolded, present)
        if key not in self._made:
            self._made[key] = self._make(instrument, touches, present)
        return self._made[key]

    def _make(
        self, instrument: Instrument, touches: Sequence[Touch], present: frozenset[int]
    ) -> Response:
        rows = _Rows()
        signal = tuple(
            self._signal(instrument, Inputs(moments), touches, rows)
            for moments in self._basis.moments
        )
        deviations = tuple(
            tuple(
                self._shift(instrument, Inputs(moments), rows, f"flux_shape_{i}")
                for moments in shift
            )
            for i, shift in enumerate(self._basis.deviations, start=1)
        )
        components = {
            i: sample
            for i, component in enumerate(self._components)
            if i in present
            and (sample := _component(component, instrument, touches, rows)) is not None
        }
        return Response(
            instrument,
            rows.array(),
            tuple(rows.labels),
            signal,
            deviations,
            components,
            tuple(component.name for component in self._components),
        )

    def _shift(
        self, instrument: Instrument, inputs: Inputs, rows: _Rows, nuisance: str
    ) -> dict[str, int]:
        """Rows of the templates of a shift of the flux that are not empty."""
        rates = self._folds.rates(instrument, inputs, self._refinement)
        return {
            template: rows.add((template, nuisance, 1), rates[t])
            for t, template in enumerate(instrument.physics.theory.signal.templates)
            if np.any(rates[t])
        }

    def _signal(
        self, instrument: Instrument, inputs: Inputs, touches: Sequence[Touch], rows: _Rows
    ) -> dict[str, Sample]:
        """The templates in one flux, those that are not empty."""
        whole = self._folds.rates(instrument, inputs, self._refinement)
        changes: dict[str, FloatArray] = {}
        for touch in touches:
            name = touch.kind.refolds
            if name is not None:

                def fold(factor: float, name: str = name) -> FloatArray:
                    varied = inputs.varied(name, factor)
                    return self._folds.rates(instrument, varied, self._refinement)

                changes[touch.kind.key] = changes_with(fold, whole, touch.sigma, touch.reach)
        found = {}
        for t, template in enumerate(instrument.physics.theory.signal.templates):
            own = {key: change[:, t] for key, change in changes.items()}
            sample = rows.sample(template, whole[t], own)
            if sample is not None:
                found[template] = sample
        return found


def _component(
    component: BackgroundConfig, instrument: Instrument, touches: Sequence[Touch], rows: _Rows
) -> Sample | None:
    """A background, with what energy scale, resolution and its own shape change of it."""
    whole = background_rate(component, instrument)
    changes: dict[str, FloatArray] = {}
    for touch in touches:
        name = touch.kind.refolds
        if name is None or not touch.kind.backgrounds:
            continue

        def made(factor: float, name: str = name) -> FloatArray:
            scale, width = (factor if name == n else 1.0 for n in ("energy_scale", "resolution"))
            return background_rate(component, instrument, scale, width)

        changes[touch.kind.key] = changes_with(made, whole, touch.sigma, touch.reach)
    for parameter in shape_parameters(component, instrument):

        def shaped(factor: float, parameter: ShapeParameter = parameter) -> FloatArray:
            value = {parameter.key: parameter.value(factor - 1)}
            return background_rate(component, instrument, floating=value)

        changes[parameter.name] = changes_with(shaped, whole, 1.0, 1)
    return rows.sample(component.name, whole, changes)


def changes_with(
    made: Callable[[float], FloatArray], whole: FloatArray, sigma: float, reach: int
) -> FloatArray:
    """Changes (4, ..., n_bins) of templates (..., n_bins) with eta, eta^2, eta^3 and eta^4.

    made gives the templates at a factor 1 + sigma eta.  A template follows the parabola through
    those at eta = -1, 0 and 1.  With a reach of 2, one that the parabola misses at -2 or 2 by more
    than 2 % of a bin goes through these as well.
    """
    up, down = made(1 + sigma), made(1 - sigma)
    odd, even = (up - down) / 2, (up + down) / 2 - whole
    found = np.array([odd, even, np.zeros_like(odd), np.zeros_like(odd)])
    if reach < 2 or not (_departs(up, whole, _MILD).any() or _departs(down, whole, _MILD).any()):
        return found
    far_up, far_down = made(1 + 2 * sigma), made(1 - 2 * sigma)
    steep = _departs(whole + 2 * odd + 4 * even, far_up, _GOOD)
    steep |= _departs(whole - 2 * odd + 4 * even, far_down, _GOOD)
    far_odd, far_even = (far_up - far_down) / 2, (far_up + far_down) / 2 - whole
    through_five = [
        (8 * odd - far_odd) / 6,
        (16 * even - far_even) / 12,
        (far_odd - 2 * odd) / 6,
        (far_even - 4 * even) / 12,
    ]
    return np.where(steep[..., None], through_five, found)


def _departs(templates: FloatArray, reference: FloatArray, share: float) -> BoolArray:
    """Whether templates (..., n_bins) differ from a reference by a share of a bin with content."""
    least = _CONTENT * np.max(np.abs(reference), axis=-1, keepdims=True, initial=0.0)
    allowed = share * np.maximum(np.abs(reference), least)
    return np.asarray(np.any(np.abs(templates - reference) > allowed, axis=-1))


class _Rows:
    """Shapes as they come, with their labels."""

    def __init__(self) -> None:
        self._arrays: list[FloatArray] = []
        self.labels: list[tuple[str, str, int]] = []
        self._n_bins = 0

    def add(self, label: tuple[str, str, int], array: FloatArray) -> int:
        """Row of an array, appended."""
        self._arrays.append(array)
        self.labels.append(label)
        return len(self._arrays) - 1

    def sample(self, name: str, whole: FloatArray, changes: dict[str, FloatArray]) -> Sample | None:
        """A sample and its changes; one that only scales the sample has no row of its own."""
        self._n_bins = whole.size
        own = self.add((name, "", 0), whole) if np.any(whole) else -1
        found = []
        for nuisance, by_order in changes.items():
            for order, change in enumerate(by_order, start=1):
                if not np.any(change):
                    continue
                scale = _common_scale(change, whole) if own >= 0 else 0.0
                if scale:
                    found.append(Change(nuisance, order, own, scale))
                else:
                    row = self.add((name, nuisance, order), change)
                    found.append(Change(nuisance, order, row, 1.0))
        return Sample(own, tuple(found)) if own >= 0 or found else None

    def array(self) -> FloatArray:
        """All of them, (K, n_bins)."""
        return np.array(self._arrays).reshape(len(self._arrays), self._n_bins)


def _common_scale(column: FloatArray, shape: FloatArray) -> float:
    """f if column = f shape to 1e-14 of its largest entry, else 0."""
    largest = float(np.max(np.abs(shape)))  # whose square may be no number
    unit = shape / largest
    scale = float(column @ unit) / float(unit @ unit) / largest
    same = np.all(np.abs(column - scale * shape) <= _SAME * np.max(np.abs(column)))
    return scale if same else 0.0
