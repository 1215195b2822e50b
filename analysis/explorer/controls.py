"""What the sliders of an explorer move: parameters, exposure, rates of backgrounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.explorer.symbols import symbol_html, symbol_text
from analysis.limits.limit import METHODS
from analysis.reports.text import NAMES, UNITS
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import Experiment
from sim.model import Model
from sim.variation import value_at

_RATES = ("rate_per_kev_kg_day", "rate_per_kg_day")


def parameters_content(model: Model) -> list[dict[str, Any]]:
    """The signal parameters that some bin depends on.

    The value is origin + scale * x^power of the x that the terms know by ``fitted``.  option is
    that of the command which sets a truth, if there is one; has_limit says if the command can be
    asked for a limit.
    """
    seen = {name for terms in model.terms() for factors in terms.factors for name in factors}
    options = {*NeutrinoParameters().given(), "r2_nu"}
    return [
        {
            "name": parameter.name,
            "fitted": parameter.fitted,
            "label": NAMES.get(parameter.name, parameter.name.replace("_", " ")),
            "symbol": symbol_html(parameter.symbol),
            "symbol_text": symbol_text(parameter.symbol),
            "unit": parameter.unit,
            "unit_text": UNITS.get(parameter.unit, parameter.unit),
            "scale": parameter.scale,
            "origin": parameter.origin,
            "power": parameter.power,
            "bounded": parameter.bounded,
            "has_limit": parameter.name in METHODS,
            "option": f"--{parameter.name.replace('_', '-')}"
            if parameter.name in options
            else None,
        }
        for parameter in model.signal_table.parameters
        if parameter.fitted in seen
    ]


def exposure_content(experiment: Experiment) -> dict[str, float]:
    """Keys, with their values, that multiply every count when they are all multiplied.

    These are the live days, or the mass where an activity decays as days go by.
    """
    decays = any(component.scaling == "decay" for component in experiment.config.background)
    if decays:
        return {"detector.mass_kg": experiment.config.detector.mass_kg}
    days = experiment.config.exposure
    return {
        f"exposure.{name}": value
        for name, value in (("on_days", days.on_days), ("off_days", days.off_days))
        if value > 0
    }


def correlations_content(model: Model) -> list[dict[str, Any]]:
    """Sets of nuisances with a common constraint, and the inverse of its correlation matrix.

    The matrix is that of nuisances in standard deviations; a model without such sets has none.
    """
    sets = getattr(model, "correlations", ())
    return [
        {"names": list(names), "precision": np.linalg.inv(matrix).tolist()}
        for names, matrix in sets
    ]


def backgrounds_content(model: Model) -> list[dict[str, Any]]:
    """Each component of the background: its norms, and the key and value of its rate.

    A component that has its rate in a table has no key.
    """
    experiment = model.experiment
    norms = [nuisance.name for nuisance in model.nuisances if nuisance.kind == "norm"]
    found = []
    for i, component in enumerate(experiment.config.background):
        rate = next((name for name in _RATES if hasattr(component, name)), None)
        key = f"background.{i}.{rate}"
        found.append(
            {
                "name": component.name,
                "norms": [name for name in norms if _is_norm_of(name, component.name)],
                "key": None if rate is None else key,
                "rate": None if rate is None else value_at(experiment, key),
            }
        )
    return found


def _is_norm_of(norm: str, component: str) -> bool:
    """True for the norm of a component, or one of its norms of periods."""
    own = f"norm:{component}"
    return norm in (own, f"{own}_on", f"{own}_off")
