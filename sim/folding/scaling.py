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
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.experiment import Experiment
from sim.folding.backgrounds import effective_days
from sim.variation import varied

FLUX_REFERENCE = {"thermal_power_gw": 1.0, "baseline_m": 10.0, "flux_cm2_s": 1e13}
"""Keys of the reactor that only scale its flux, and where they are folded."""
_DAYS = ("on_days", "off_days", "off_start_day")
_RATES = ("rate_per_kev_kg_day", "rate_per_kg_day")
_DECAY = {"scaling": "time", "half_life_days": None}


def only_scales(experiment: Experiment, key: str) -> bool:
    """True for a key that multiplies templates, as long as no period vanishes or appears."""
    section, _, rest = key.partition(".")
    match section:
        case "exposure":
            return rest in _DAYS
        case "detector":
            return rest == "mass_kg"
        case "background":
            return rest.partition(".")[2] in _RATES
        case "reactor":
            return rest in FLUX_REFERENCE and flux_scales(experiment)
    return False


def flux_scales(experiment: Experiment) -> bool:
    """False where the keys of ``FLUX_REFERENCE`` change more than the size of the flux."""
    return not (experiment.config.reactor.core or experiment.config.reactor.oscillation)


def at_flux_reference(experiment: Experiment) -> Experiment:
    """The experiment with its flux at the reference, where the keys change nothing but its size."""
    return varied(experiment, _flux_changes(experiment))


def at_reference(experiment: Experiment) -> Experiment:
    """The experiment with all keys that only scale at the reference; activities do not decay."""
    changes = _flux_changes(experiment) | {"detector.mass_kg": 1.0, "exposure.on_days": 1.0}
    if experiment.config.exposure.off_days > 0:
        changes["exposure.off_days"] = 1.0
    for i, component in enumerate(experiment.config.background):
        given = [name for name in _RATES if hasattr(component, name)]
        changes |= {f"background.{i}.{name}": 1.0 for name in given}
        if component.scaling == "decay":
            changes |= {f"background.{i}.{name}": value for name, value in _DECAY.items()}
    return varied(experiment, changes)


def sample_scales(experiment: Experiment) -> FloatArray:
    """Factors of the samples of a model in ON and OFF, (7 + n_backgrounds, 2).

    They are those between the model ``at_reference`` and that of the experiment.
    """
    config = experiment.config
    exposure, mass = config.exposure, config.detector.mass_kg
    size = mass * _flux_size(config)
    rows = [(size * exposure.on_days, size * exposure.off_days)] * len(MONOMIALS)
    for component in config.background:
        size = mass
        for name in _RATES:
            size *= getattr(component, name, 1.0)
        on, off = effective_days(component, exposure)
        if component.scaling == "reactor":
            off = exposure.off_days
        rows += [(size * on, size * off)] * (2 if component.scaling == "free" else 1)
    return np.array(rows)


def _flux_changes(experiment: Experiment) -> dict[str, Any]:
    reactor = experiment.config.reactor
    given = [key for key in FLUX_REFERENCE if getattr(reactor, key) is not None]
    if not flux_scales(experiment):
        return {}
    return {f"reactor.{key}": FLUX_REFERENCE[key] for key in given}


def _flux_size(config: ExperimentConfig) -> float:
    """Size of the flux over that at the reference."""
    reactor, known = config.reactor, FLUX_REFERENCE
    if config.templates is not None or reactor.core or reactor.oscillation:
        return 1.0
    if reactor.active_normalisation == "flux":
        return (reactor.flux_cm2_s or 0.0) / known["flux_cm2_s"]
    power = (reactor.thermal_power_gw or 0.0) / known["thermal_power_gw"]
    return power * (known["baseline_m"] / (reactor.baseline_m or np.inf)) ** 2
