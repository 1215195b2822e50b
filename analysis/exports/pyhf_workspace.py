"""Export to pyhf: the likelihood of mu_nu as a workspace, in the same parameters.

pyhf's expectation of a bin is, like ours, a sum of samples which norms multiply and nuisances
change:

==========================================  ==========================================
here                                        there
==========================================  ==========================================
mu^2 [(1e-11 mu_B)^2] >= 0                  ``normfactor`` mu2, the parameter of interest
free norm of a background                   ``normfactor`` norm:<name>, nominal 1
Gaussian norm of width s                    ``histosys`` norm:<name> from (1 - s) T to (1 + s) T
linear morph, T + eta D                     ``histosys`` <name> from T - D to T + D
norm that is fixed, or that OFF has fixed   its value multiplies the sample
==========================================  ==========================================

A ``histosys`` whose two templates lie symmetrically about the nominal one is linear in its
parameter in each of pyhf's interpolation codes, so that the two expectations are one function.
What is no such sum is refused: quadratic morphs, floating shapes, products of a Gaussian norm and
another nuisance, Gaussian bins.  q_nu and r2_nu, which enter with their squares, stay at the
Standard Model.
"""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.fits.minimum import (
    fixed_by_off,
    last_places,
    minimise,
    off_places,
    treated_likelihood,
)
from analysis.likelihood.assembly import selected_likelihood
from analysis.likelihood.blocks import Block, BoolArray
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import check_plain
from analysis.limits.constructions.qtilde import CONSTRUCTION as QTILDE
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import FloatArray
from sim.cross_sections.signal import SignalParameter
from sim.model import Model
from sim.spectra.spectra import Spectra

_SIGNAL = "magnetic_moment"
_BOUND_IN_ERRORS = 20.0
_MU2_BOUND_IN_LIMITS = 20.0


def pyhf_workspace(
    model: Model, spectra: Spectra, treatment: str | None = None, *, linear: bool = False
) -> dict[str, Any]:
    """Workspace with a channel for each spectrum; in off-fixed those with reactor power only.

    Channels are ``on`` and ``off``, of several detectors or periods ``detector/period``.  The
    parameter of interest mu2 is mu_nu^2 in (1e-11 mu_B)^2; bins where nothing is expected are left
    out.  linear leaves changes of second order out (of energy scale, quenching, resolution,
    products), an approximation, refused otherwise.

    Raises
    ------
    ValueError
        for what pyhf cannot represent, naming it.
    FitError
        if there is no limit on mu_nu, which sets the bound of its parameter.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("rovno"))
    >>> workspace = nuem.pyhf_workspace(model, model.asimov(), linear=True)
    >>> sorted(workspace)
    ['channels', 'measurements', 'observations', 'version']
    """
    if not np.all(spectra.poisson):
        raise ValueError("pyhf has Poisson bins only: these spectra have errors of their own")
    if model.shapes.parameters:
        names = ", ".join(shape.place for shape in model.shapes.parameters)
        raise ValueError(f"pyhf has no shapes of backgrounds that float, as {names}: fix them")
    if model.correlations:
        names = ", ".join(model.correlations[0][0])
        raise ValueError(f"pyhf has no correlated constraints, as of {names}: set correlation to 0")
    likelihood = treated_likelihood(model, spectra, treatment)
    check_plain(likelihood.special, "pyhf")
    known = model.signal_table.parameter(MAGNETIC_MOMENT)
    if not likelihood.is_sensitive_to(known.fitted):
        raise ValueError("no bin's expectation depends on mu_nu: there is nothing to export")
    channels = _channels(model, spectra, treatment, likelihood)
    return {
        "channels": [
            {"name": name, "samples": _samples(part, linear)} for name, part in channels.items()
        ],
        "observations": [
            {"name": name, "data": part.counts.tolist()} for name, part in channels.items()
        ],
        "measurements": [
            {
                "name": model.name,
                "config": {"poi": known.fitted, "parameters": _parameters(likelihood, known)},
            }
        ],
        "version": "1.0.0",
    }


def workspace_text(workspace: Mapping[str, Any]) -> str:
    """The workspace as JSON, numbers in full precision."""
    return json.dumps(workspace, indent=1, allow_nan=False) + "\n"


def validated_by_pyhf(workspace: Mapping[str, Any]) -> bool:
    """Check the workspace against pyhf's schema; False if pyhf is not installed.

    Raises
    ------
    ValueError
        if it does not fit the schema.
    """
    if importlib.util.find_spec("pyhf") is None:
        return False
    from pyhf import schema
    from pyhf.exceptions import InvalidSpecification

    with warnings.catch_warnings():  # of pyhf 0.7.6, about a class that jsonschema gives up
        warnings.filterwarnings("ignore", "jsonschema.RefResolver is deprecated")
        try:
            schema.validate(dict(workspace), "workspace.json")
        except InvalidSpecification as error:
            raise ValueError(f"the workspace does not fit pyhf's schema: {error}") from None
    return True


def _channels(
    model: Model, spectra: Spectra, treatment: str | None, treated: Likelihood
) -> dict[str, Likelihood]:
    """Likelihoods of the channels; a spectrum without bins has none."""
    held = {}
    if off_places(model, treatment):
        names = fixed_by_off(treated, model, treatment)
        held = {name: float(treated.centers[treated.index(name)]) for name in names}
    parts = {
        model.spectra[place].period
        if spectra.is_on_and_off
        else model.spectra[place].name: selected_likelihood(model, spectra, [place])
        for place in last_places(model, treatment)
    }
    return {name: part.with_fixed(held) for name, part in parts.items() if part.counts.size}


def _samples(part: Likelihood, linear: bool) -> list[dict[str, Any]]:
    """The samples of a channel that have content, the Standard Model first."""
    block = part.blocks.blocks[0]
    signal, norms = block.has(_places(part, "signal")), block.has(_places(part, "norm"))
    others = block.has([part.index(name) for name in part.others(_poi(part))])
    terms = {"standard_model": ~signal & ~norms, _SIGNAL: signal & ~others}
    for place in _places(part, "norm"):
        terms[part.names[place].removeprefix("norm:")] = block.powers(place) > 0
    samples = [_sample(part, block, name, chosen, linear) for name, chosen in terms.items()]
    filled = [s for s in samples if any(s["data"]) or s["modifiers"]]
    return filled or samples[:1]


def _poi(part: Likelihood) -> str:
    return next(known.fitted for known in part.signal if known.name == MAGNETIC_MOMENT)


def _places(part: Likelihood, kind: str) -> list[int]:
    return [place for place, own in enumerate(part.kinds) if own == kind]


def _sample(
    part: Likelihood, block: Block, name: str, chosen: BoolArray, linear: bool
) -> dict[str, Any]:
    morphs = block.has(_places(part, "morph"))
    nominal = block.sum_of(chosen & ~morphs, np.ones(len(part.names)))
    changes = _changes(part, block, name, chosen, linear)
    norm = f"norm:{name}"
    modifiers: list[dict[str, Any]] = []
    if name == _SIGNAL:
        modifiers.append(_normfactor(_poi(part)))
    elif norm in part.names:
        place = part.index(norm)
        width = float(part.inverse_sigmas[place])
        if part.fixed[place]:
            factor = float(part.centers[place])
            nominal = factor * nominal
            changes = {morph: factor * change for morph, change in changes.items()}
        elif width > 0:
            if changes and not linear:
                raise ValueError(
                    f"pyhf has no product of a Gaussian norm and another nuisance: the norm of "
                    f"{name!r} and {', '.join(changes)} change the same sample; free or fix the "
                    f"norm, leave the nuisance out, or ask for the linear form"
                )
            changes = {**changes, norm: nominal / width}
        else:
            modifiers.append(_normfactor(norm))
    if not np.any(nominal) and not changes:
        return {"name": name, "data": nominal.tolist(), "modifiers": []}
    modifiers += [_histosys(morph, nominal, change) for morph, change in changes.items()]
    return {"name": name, "data": nominal.tolist(), "modifiers": modifiers}


def _changes(
    part: Likelihood, block: Block, name: str, chosen: BoolArray, linear: bool
) -> dict[str, FloatArray]:
    """Linear change of a sample, some of the terms, for each nuisance that changes it."""
    changes, ones = {}, np.ones(len(part.names))
    for place in _places(part, "morph"):
        morph, powers = part.names[place], block.powers(place)
        if np.any(chosen & (powers > 1)) and not linear:
            raise ValueError(
                f"pyhf has no quadratic morphs: systematics.{morph} changes {name!r} to second "
                f"order; set it to 0 for the export, or ask for the linear form"
            )
        if np.any(chosen & (powers == 1)) and not part.fixed[place]:
            changes[morph] = block.sum_of(chosen & (powers == 1), ones)
    return changes


def _normfactor(name: str) -> dict[str, Any]:
    return {"name": name, "type": "normfactor", "data": None}


def _histosys(name: str, nominal: FloatArray, change: FloatArray) -> dict[str, Any]:
    data = {"hi_data": (nominal + change).tolist(), "lo_data": (nominal - change).tolist()}
    return {"name": name, "type": "histosys", "data": data}


def _parameters(likelihood: Likelihood, known: SignalParameter) -> list[dict[str, Any]]:
    """Starts and bounds of the norms: bounds so wide that they do not act."""
    _, upper = QTILDE.upper_limit(likelihood, known, 0.90)
    best = minimise(likelihood, likelihood.others(known.fitted))
    parameters: list[dict[str, Any]] = [
        {
            "name": known.fitted,
            "inits": [upper / 2],
            "bounds": [[0.0, _MU2_BOUND_IN_LIMITS * upper]],
        }
    ]
    for j, name in enumerate(likelihood.names):
        unconstrained = likelihood.inverse_sigmas[j] == 0 and not likelihood.fixed[j]
        if likelihood.kinds[j] == "norm" and unconstrained:
            value, reach = float(best.x[j]), _BOUND_IN_ERRORS * float(best.errors[j])
            bounds = [value - reach, value + reach]
            parameters.append({"name": name, "inits": [value], "bounds": [bounds]})
    return parameters
