"""What the sliders of an explorer move: parameters, exposure, rates of backgrounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.explorer.symbols import symbol_html, symbol_text
from analysis.limits.constructions.registry import constructions_for
from analysis.reports.text import UNITS
from sim.cross_sections.interactions.parameter_table import leading_parameters
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
    options = {*NeutrinoParameters().given(), *leading_parameters()}
    return [
        {
            "name": parameter.name,
            "fitted": parameter.fitted,
            "label": parameter.words,
            "symbol": symbol_html(parameter.symbol),
            "symbol_text": symbol_text(parameter.symbol),
            "unit": parameter.unit,
            "unit_text": UNITS.get(parameter.unit, parameter.unit),
            "scale": parameter.scale,
            "origin": parameter.origin,
            "power": parameter.power,
            "bounded": parameter.bounded,
            "has_limit": bool(constructions_for(parameter)),
            "option": f"--{parameter.name.replace('_', '-')}"
            if parameter.name in options
            else None,
        }
        for parameter in model.signal_table.parameters
        if parameter.fitted in seen
    ]


def exposure_content(experiment: Experiment) -> dict[str, float]:
    """The key, with its value, that multiplies all live times."""
    return {"exposure.scale": experiment.config.exposure.scale}


def correlations_content(model: Model) -> list[dict[str, Any]]:
    """Sets of nuisances with a common constraint, and the inverse of its correlation matrix.

    The matrix is that of nuisances in standard deviations; a model without such sets has none.
    """
    return [
        {"names": list(names), "precision": np.linalg.inv(matrix).tolist()}
        for names, matrix in model.correlations
    ]


def backgrounds_content(model: Model) -> list[dict[str, Any]]:
    """Each component of the background: its norms, and the key and value of its rate.

    A component that has its rate in a table has no key; one that is a number of counts does not
    grow with the exposure.
    """
    experiment = model.experiment
    norms = [nuisance.name for nuisance in model.nuisances if nuisance.kind == "norm"]
    found = []
    for i, component in enumerate(experiment.config.background):
        rate = next((name for name in _RATES if getattr(component, name, None) is not None), None)
        key = f"background.{i}.{rate}"
        found.append(
            {
                "name": component.name,
                "norms": [name for name in norms if _is_norm_of(name, component.name)],
                "key": None if rate is None else key,
                "grows": getattr(component, "counts", None) is None,
                "rate": None if rate is None else value_at(experiment, key),
            }
        )
    return found


def _is_norm_of(norm: str, component: str) -> bool:
    """True for the norm of a component, or one of its norms of detectors and periods."""
    own = f"norm:{component}"
    return norm in (own, f"{own}_on", f"{own}_off") or norm.startswith(f"{own}[")
