"""Folds: rates that spectra, and many variations of one experiment, have in common, folded once.

Exposures, masses, backgrounds and normalisations only rescale templates; a threshold only cuts
bins.  What is kept here is folded for a reference that does not depend on the order in which the
variations come, so that the same experiment gets the same numbers whatever was folded before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.folding.flux_basis import FluxBasis, flux_basis
from sim.folding.nuisances import Inputs, refolded
from sim.folding.rates import CHANNELS
from sim.folding.reactor_flux import full_flux
from sim.folding.scaling import FLUX_REFERENCE, at_flux_reference
from sim.folding.templates import channel_templates
from sim.instruments.instrument import Instrument
from sim.last_used import Kept

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


class Folds:
    """Keeps fluxes and rates of the last variations of an experiment.

    thresholds_kev: values of detector.threshold_kev that will be asked for; their rates all come
    from one fold in bins that are cut at each of them.  count is the number of folds made so far,
    of a channel in one flux each.
    """

    def __init__(self, thresholds_kev: Sequence[float] = ()) -> None:
        self._thresholds = np.unique(np.asarray(thresholds_kev, dtype=np.float64))
        self._kept: Kept[Any] = Kept(_CAPACITY)
        self.count = 0

    def flux(self, experiment: Experiment) -> FluxBasis:
        """Flux of an experiment, folded at that of its reference."""
        flags = (experiment.config.systematics.flux_shape, is_linear(experiment))
        key = (_flux_key(experiment), flags)
        basis: FluxBasis = self._kept.once(("flux", key), lambda: self._scaled(experiment, flags))
        return basis

    def rates(self, instrument: Instrument, inputs: Inputs, refinement: int = 1) -> FloatArray:
        """Counts per kg and day of each template, all channels together, (n_templates, n_bins)."""
        per_channel = [self._rates(instrument, c, inputs, refinement) for c in CHANNELS]
        return np.asarray(np.sum(per_channel, axis=0))

    def _rates(
        self, instrument: Instrument, channel: str, inputs: Inputs, refinement: int
    ) -> FloatArray:
        if channel not in instrument.channels:
            return channel_templates(instrument, channel, inputs)
        threshold = instrument.detector.threshold_kev
        bins = instrument.bins
        shared = threshold in self._thresholds and bins is not None
        edges = np.zeros(0) if bins is None else bins.edges_kev
        fine = self._cut(edges) if shared else edges
        key = (
            channel,
            _inputs_key(inputs),
            fine.tobytes(),
            None if bins is None else bins.gap.tobytes(),
            refinement,
            instrument.key(threshold=not shared),
        )

        def fold() -> FloatArray:
            self.count += 1
            folded = instrument
            if shared:
                folded = instrument.at_threshold(float(self._thresholds[0])).with_bins(fine)
            return channel_templates(folded, channel, inputs, refinement)

        rates: FloatArray = self._kept.once(key, fold)
        if not shared or bins is None:
            return rates
        seen = _collapsed(rates, fine, edges, threshold)
        seen[:, bins.gap] = 0.0
        return seen

    def _scaled(self, experiment: Experiment, flags: tuple[bool, bool]) -> FluxBasis:
        reference = at_flux_reference(experiment)
        key = ("reference", _flux_key(reference), flags)
        basis: FluxBasis = self._kept.once(key, lambda: own_flux(reference))
        full = full_flux(experiment)
        return basis.scaled(full.total_cm2_s / basis.full.total_cm2_s, full)

    def _cut(self, edges_kev: FloatArray) -> FloatArray:
        inside = (self._thresholds > edges_kev[0]) & (self._thresholds < edges_kev[-1])
        return np.union1d(edges_kev, self._thresholds[inside])


def own_flux(experiment: Experiment) -> FluxBasis:
    """The flux of an experiment on its own, folded as it is."""
    return flux_basis(experiment, linear=is_linear(experiment))


def is_linear(experiment: Experiment) -> bool:
    """False where rates are no sums over parts of the flux: ``epa-max`` takes a maximum."""
    return experiment.config.physics.ionization != "epa-max"


def _flux_key(experiment: Experiment) -> tuple[Hashable, ...]:
    config = experiment.config
    reactor = config.reactor
    names = [name for name in (reactor.spectrum_table, reactor.power_history) if name is not None]
    periods = tuple((p.name, p.cores, p.residual_flux) for p in experiment.layout.periods)
    content = repr((periods, [s.kg_days > 0 for s in experiment.layout.spectra]))
    return (reactor.model_dump_json(), content, *(experiment.files[name] for name in names))


def _inputs_key(inputs: Inputs) -> tuple[Hashable, ...]:
    """Inputs by their content."""
    return (
        _digest(inputs.moments),
        inputs.energy_scale,
        inputs.quenching,
        inputs.resolution,
        inputs.ionization,
        inputs.threshold,
        inputs.quenching_steps,
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
        return rest.partition(".")[0] in (*refolded(), "flux_shape")
    cheap = _RESCALING.get(section, ())
    return cheap is not True and rest not in cheap
