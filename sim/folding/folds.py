"""Folds: rates that many variations of one experiment have in common, folded once.

Exposures, masses, backgrounds and normalisations only rescale templates; a threshold only cuts
bins.  What is kept here is folded for a reference that does not depend on the order in which the
variations come, so that the same experiment gets the same numbers whatever was folded before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding.nuisances import REFOLDED, Inputs
from sim.folding.reactor_flux import PeriodFluxes, flux_deviations, period_fluxes
from sim.folding.scaling import FLUX_REFERENCE, at_flux_reference
from sim.folding.templates import channel_templates
from sim.last_used import Kept
from sim.variation import varied

_CAPACITY = 64

_RESCALING: dict[str, Any] = {
    "name": True,
    "description": True,
    "reference": True,
    "reactor": True,
    "exposure": True,
    "systematics": True,
    "background": True,
    "data": True,
    "published": True,
    "variant": True,
    "detector": {"mass_kg", "threshold_kev"},
}
"""What a rate per kg and day at given inputs, bins and threshold does not depend on."""
_SYSTEMATICS = (*REFOLDED, "flux_shape")
"""Systematics that fold further inputs."""


@dataclass(frozen=True, slots=True, eq=False)
class FoldedFlux:
    """What is folded of a flux, and the factor by which the actual flux is larger.

    deviations are the one-sigma shifts of the flux as inputs, none unless they are asked for.
    """

    inputs: Inputs
    deviations: tuple[Inputs, ...]
    scale: float


_FoldedReference = tuple[float, Inputs, tuple[Inputs, ...]]
"""Total flux of a reference, its inputs, and those of its one-sigma shifts."""


class Folds:
    """Keeps fluxes and rates of the last variations of an experiment.

    thresholds_kev: values of detector.threshold_kev that will be asked for; their rates all come
    from one fold in bins that are cut at each of them.
    """

    def __init__(self, thresholds_kev: Sequence[float] = ()) -> None:
        self._thresholds = np.unique(np.asarray(thresholds_kev, dtype=np.float64))
        self._kept: Kept[Any] = Kept(_CAPACITY)

    def flux(self, experiment: Experiment) -> tuple[PeriodFluxes, FoldedFlux]:
        """Flux of an experiment, and that of its reference."""
        key = _flux_key(experiment)
        fluxes: PeriodFluxes = self._kept.once(("fluxes", key), lambda: period_fluxes(experiment))
        total, inputs, deviations = self._kept.once(
            ("folded", key, experiment.config.systematics.flux_shape),
            lambda: self._folded_reference(experiment),
        )
        return fluxes, FoldedFlux(inputs, deviations, fluxes.on.total_cm2_s / total)

    def rates(
        self,
        experiment: Experiment,
        channel: str,
        inputs: Inputs,
        edges_kev: FloatArray,
        refinement: int,
    ) -> FloatArray:
        """Counts per kg and day of each template in each bin, (n_templates, n_bins)."""
        threshold = experiment.config.detector.threshold_kev
        shared = threshold in self._thresholds
        fine = self._cut(edges_kev) if shared else edges_kev
        key = (
            channel,
            _inputs_key(inputs),
            fine.tobytes(),
            refinement,
            self._lowest if shared else threshold,
            experiment.config.model_dump_json(exclude=_RESCALING),
        )

        def fold() -> FloatArray:
            folded = experiment
            if shared:
                folded = varied(experiment, {"detector.threshold_kev": self._lowest})
            return channel_templates(folded, channel, inputs, fine, refinement)

        rates: FloatArray = self._kept.once(key, fold)
        return _collapsed(rates, fine, edges_kev, threshold) if shared else rates

    def _folded_reference(self, experiment: Experiment) -> _FoldedReference:
        reference = at_flux_reference(experiment)
        key = ("reference", _flux_key(reference), reference.config.systematics.flux_shape)
        found: _FoldedReference = self._kept.once(key, lambda: _folded(reference))
        return found

    @property
    def _lowest(self) -> float:
        return float(self._thresholds[0])

    def _cut(self, edges_kev: FloatArray) -> FloatArray:
        inside = (self._thresholds > edges_kev[0]) & (self._thresholds < edges_kev[-1])
        return np.union1d(edges_kev, self._thresholds[inside])


def folded_flux(experiment: Experiment, fluxes: PeriodFluxes) -> FoldedFlux:
    """The flux of an experiment on its own, folded as it is."""
    deviations: tuple[Inputs, ...] = ()
    if experiment.config.systematics.flux_shape:
        deviations = _deviations(experiment, fluxes)
    return FoldedFlux(_inputs(fluxes), deviations, 1.0)


def _inputs(fluxes: PeriodFluxes) -> Inputs:
    off = None if fluxes.off is None else fluxes.off.moments()
    return Inputs(fluxes.on.moments(), fluxes.off_share, off)


def _deviations(experiment: Experiment, fluxes: PeriodFluxes) -> tuple[Inputs, ...]:
    return tuple(
        Inputs(
            FluxMoments.of(shift.on),
            fluxes.off_share,
            None if shift.off is None else FluxMoments.of(shift.off),
        )
        for shift in flux_deviations(experiment, fluxes.reactor)
    )


def _folded(reference: Experiment) -> _FoldedReference:
    fluxes = period_fluxes(reference)
    own = folded_flux(reference, fluxes)
    return fluxes.on.total_cm2_s, own.inputs, own.deviations


def _flux_key(experiment: Experiment) -> tuple[str, float, str | None]:
    config = experiment.config
    table = config.reactor.spectrum_table
    text = None if table is None else experiment.files[table]
    return config.reactor.model_dump_json(), config.exposure.off_residual_flux, text


def _inputs_key(inputs: Inputs) -> tuple[Hashable, ...]:
    """Inputs by their content."""
    off = inputs.off_moments
    return (
        _digest(inputs.moments),
        None if off is None else _digest(off),
        inputs.off_share,
        inputs.energy_scale,
        inputs.quenching,
        inputs.resolution,
    )


def _digest(moments: FluxMoments) -> bytes:
    spectrum = moments.spectrum
    content = spectrum.edges_mev.tobytes() + spectrum.coefficients.tobytes()
    return hashlib.blake2b(content).digest()


def _collapsed(
    rates: FloatArray, fine_kev: FloatArray, edges_kev: FloatArray, threshold_kev: float
) -> FloatArray:
    """Rates in the bins from those in finer ones, of which the ones below the threshold drop."""
    seen = np.where(fine_kev[:-1] >= threshold_kev, rates, 0.0)
    return np.asarray(np.add.reduceat(seen, np.searchsorted(fine_kev, edges_kev[:-1]), axis=1))


def needs_fold(key: str) -> bool:
    """False for a key of the experiment file that only rescales or cuts what is folded."""
    section, _, rest = key.partition(".")
    if section == "reactor":
        return rest not in FLUX_REFERENCE
    if section == "systematics":
        return rest in _SYSTEMATICS
    cheap = _RESCALING.get(section, ())
    return cheap is not True and rest not in cheap
