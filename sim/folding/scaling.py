"""Scaling: the keys of an experiment that only multiply its templates, and by how much.

Live days, the mass, the size of the flux and the rates of backgrounds multiply a sample of a period
(a signal monomial or a background in ON or OFF) and all that nuisances change of it by one number.
An experiment with these keys at the reference therefore stands for all that differ from it in
nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.config.file import ExperimentConfig
from sim.cross_sections.parameters import FloatArray
from sim.experiment import Experiment
from sim.layout.backgrounds import RATES
from sim.physics import loses_flux, physics_of
from sim.variation import varied

FLUX_REFERENCE = {"thermal_power_gw": 1.0, "baseline_m": 10.0, "flux_cm2_s": 1e13}
"""Keys of the reactor that only scale its flux, and where they are folded."""
_DAYS = ("on_days", "off_days", "off_start_day")
_DECAY = {
    "scaling": "time",
    "half_life_days": None,
    "reference_date": None,
    "reference_day": None,
}


def only_scales(experiment: Experiment, key: str) -> bool:
    """True for a key that multiplies templates, as long as no period vanishes or appears."""
    section, _, rest = key.partition(".")
    match section:
        case "exposure":
            return rest in (*_DAYS, "scale")
        case "detector":
            return rest == "mass_kg" and experiment.layout.is_plain
        case "background":
            return rest.partition(".")[2] in RATES
        case "reactor":
            return rest in FLUX_REFERENCE and flux_scales(experiment)
    return False


def flux_scales(experiment: Experiment) -> bool:
    """False where the keys of ``FLUX_REFERENCE`` change more than the size of the flux."""
    reactor = experiment.config.reactor
    return not (reactor.core or reactor.oscillation or loses_flux(experiment.config))


def at_flux_reference(experiment: Experiment) -> Experiment:
    """The experiment with its flux at the reference, where the keys change nothing but its size."""
    return varied(experiment, _flux_changes(experiment))


def at_reference(experiment: Experiment) -> Experiment:
    """The experiment with all keys that only scale at the reference; activities do not decay."""
    exposure = experiment.config.exposure
    changes = _flux_changes(experiment) | {"exposure.scale": 1.0}
    if experiment.layout.is_plain:
        changes |= {"detector.mass_kg": 1.0, "exposure.on_days": 1.0}
        if exposure.off_days:
            changes["exposure.off_days"] = 1.0
    for i, component in enumerate(experiment.config.background):
        given = [name for name in RATES if isinstance(getattr(component, name, None), float)]
        changes |= {f"background.{i}.{name}": 1.0 for name in given}
        if component.scaling == "decay":
            changes |= {f"background.{i}.{name}": value for name, value in _DECAY.items()}
    return varied(experiment, changes)


def sample_scales(experiment: Experiment) -> FloatArray:
    """Factors of the samples of a model in each spectrum, (n_templates + n_norms, n_spectra).

    They are those between the model ``at_reference`` and that of the experiment; 1 where there is
    nothing.
    """
    sizes = _sizes(experiment)
    sizes[: _n_templates(experiment)] *= _flux_size(experiment.config)
    if experiment.layout.is_plain:
        return sizes
    reference = _sizes(at_reference(experiment))
    return np.divide(sizes, reference, out=np.ones_like(sizes), where=reference > 0)


def _sizes(experiment: Experiment) -> FloatArray:
    """Mass times live time of each sample, of backgrounds with their decay and rate."""
    config, layout = experiment.config, experiment.layout
    rows = [[spectrum.kg_days for spectrum in layout.spectra]]
    rows *= _n_templates(experiment)
    by_norm: dict[str, list[float]] = {}
    for placement in experiment.placed:
        component = config.background[placement.component]
        size = placement.size
        if component.scaling == "reactor":
            size = layout.spectra[placement.spectrum].kg_days
        norms = by_norm.setdefault(placement.norm, [1.0] * len(layout.spectra))
        norms[placement.spectrum] = size * (1.0 if placement.rate is None else placement.rate)
    return np.array([*rows, *by_norm.values()])


def _n_templates(experiment: Experiment) -> int:
    return len(physics_of(experiment.config).theory.signal.templates)


def _flux_changes(experiment: Experiment) -> dict[str, Any]:
    reactor = experiment.config.reactor
    given = [key for key in FLUX_REFERENCE if getattr(reactor, key) is not None]
    if not flux_scales(experiment):
        return {}
    return {f"reactor.{key}": FLUX_REFERENCE[key] for key in given}


def _flux_size(config: ExperimentConfig) -> float:
    """Size of the flux over that at the reference."""
    reactor, known = config.reactor, FLUX_REFERENCE
    if config.templates is not None or reactor.core or reactor.oscillation or loses_flux(config):
        return 1.0
    if reactor.active_normalisation == "flux":
        return (reactor.flux_cm2_s or 0.0) / known["flux_cm2_s"]
    power = (reactor.thermal_power_gw or 0.0) / known["thermal_power_gw"]
    return power * (known["baseline_m"] / (reactor.baseline_m or np.inf)) ** 2
