"""Export to HS3, the HEP Statistics Serialization Standard: the likelihood as it is, term by term.

The expectation of a bin is a sum of products of parameters times shapes.  Each product is a sample
of a ``histfactory_dist``, with a ``normfactor`` for each of its factors (of a square two), so that
changes of second order, products of a norm and a nuisance, and all parameters of the signal are
held exactly.  Constraints are ``gaussian_dist`` among the auxiliary distributions.  Format:
https://github.com/hep-statistics-serialization-standard, version 0.2.

What it cannot hold is refused: shapes of backgrounds that float (they are no polynomials), bins
with errors of their own, correlated constraints.
"""

from __future__ import annotations

import importlib.util
import json
import logging.config
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.fits.minimum import treated_likelihood
from analysis.likelihood.assembly import used_bins
from analysis.likelihood.blocks import Block
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import check_plain
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.parameters import FloatArray
from sim.model import Model
from sim.spectra.spectra import Spectra
from sim.store import provenance

HS3_VERSION = "0.2"
NAME = "nuem"
_LIKELIHOOD, _DOMAIN, _VALUES = "likelihood", "default_domain", "default_values"


@dataclass(frozen=True, slots=True, eq=False)
class Channel:
    """Neighbouring bins of a spectrum in which something is expected: edges, counts, samples."""

    name: str
    spectrum: str
    edges_kev: FloatArray
    counts: FloatArray
    samples: Mapping[tuple[str, ...], FloatArray]


def hs3_workspace(
    model: Model, spectra: Spectra, parameter: str = MAGNETIC_MOMENT, treatment: str | None = None
) -> dict[str, Any]:
    """Workspace whose parameter of interest is the fitted x of a parameter of the signal.

    Every run of neighbouring bins of a spectrum is a channel.  Other parameters of the signal are
    constant at the Standard Model: who frees one has its limits, too.

    Raises
    ------
    ValueError
        for what HS3 cannot hold, or a parameter on which no bin depends, naming it.
    """
    known = model.signal_table.parameter(parameter)
    if not np.all(spectra.poisson):
        raise ValueError("HS3 has Poisson bins only: these spectra have errors of their own")
    if model.shapes.parameters:
        words = ", ".join(shape.place for shape in model.shapes.parameters)
        raise ValueError(f"HS3 has no shapes of backgrounds that float, as {words}: fix them")
    if model.correlations:
        words = ", ".join(model.correlations[0][0])
        raise ValueError(f"HS3 has no correlated constraints, as of {words}: set correlation = 0")
    likelihood = treated_likelihood(model, spectra, treatment)
    check_plain(likelihood.special, "HS3")
    if not likelihood.is_sensitive_to(known.fitted):
        raise ValueError(f"no bin's expectation depends on {parameter}: there is nothing to export")
    channels = list(_channels(model, likelihood))
    used = {name for channel in channels for factors in channel.samples for name in factors}
    names = [name for name in likelihood.names if name in used]
    constraints = [_constraint(likelihood, name) for name in names if _is_known(likelihood, name)]
    return {
        "metadata": _metadata(model),
        "distributions": [*map(_distribution, channels), *constraints],
        "data": [_data(channel) for channel in channels],
        "likelihoods": [
            {
                "name": _LIKELIHOOD,
                "distributions": [channel.name for channel in channels],
                "data": [f"data:{channel.name}" for channel in channels],
                "aux_distributions": [constraint["name"] for constraint in constraints],
            }
        ],
        "domains": [_domain(model, names)],
        "parameter_points": [_values(likelihood, names, known.fitted)],
        "analyses": [
            {
                "name": model.name,
                "likelihood": _LIKELIHOOD,
                "domains": [_DOMAIN],
                "init": _VALUES,
                "parameters_of_interest": [known.fitted],
            }
        ],
        "misc": {NAME: _remarks(model, spectra, channels)},
    }


def hs3_text(workspace: Mapping[str, Any]) -> str:
    """The workspace as JSON, numbers in full precision."""
    return json.dumps(workspace, indent=1, allow_nan=False) + "\n"


@contextmanager
def _logging_left_alone() -> Iterator[None]:
    """pyhs3 sets up the logging of the whole process as it is imported, and so disables ours."""
    before = logging.config.dictConfig
    logging.config.dictConfig = lambda config: None
    try:
        yield
    finally:
        logging.config.dictConfig = before


def validated_by_pyhs3(workspace: Mapping[str, Any]) -> bool:
    """Load the workspace with pyhs3; False if it is not installed.

    Raises
    ------
    ValueError
        if pyhs3 refuses it.
    """
    if importlib.util.find_spec("pyhs3") is None:
        return False
    from pydantic import ValidationError

    with _logging_left_alone():
        from pyhs3 import Workspace

    try:
        Workspace(**json.loads(hs3_text(workspace)))
    except ValidationError as error:
        raise ValueError(f"pyhs3 refuses the workspace: {error.errors()[0]['msg']}") from None
    return True


def _channels(model: Model, likelihood: Likelihood) -> Iterator[Channel]:
    first, several = 0, len({info.detector for info in model.spectra}) > 1
    places = {(info.detector, info.period): i for i, info in enumerate(model.spectra)}
    for block in likelihood.blocks.blocks:
        info = model.spectra[places[block.detector, block.period]]
        used = np.flatnonzero(used_bins(model.terms()[places[block.detector, block.period]]))
        counts = likelihood.counts[first : first + used.size]
        first += used.size
        samples = _samples(block, likelihood)
        cuts = [0, *(np.flatnonzero(np.diff(used) > 1) + 1), used.size]
        name = info.name if several else info.period
        for number, (low, high) in enumerate(pairwise(cuts), start=1):
            if high > low:
                yield Channel(
                    name if len(cuts) == 2 else f"{name}#{number}",
                    info.name,
                    info.edges_kev[used[low] : used[high - 1] + 2],
                    counts[low:high],
                    {factors: content[low:high] for factors, content in samples.items()},
                )


def _samples(block: Block, likelihood: Likelihood) -> dict[tuple[str, ...], FloatArray]:
    """Counts of each product of parameters, fixed ones multiplied in."""
    fixed = {int(i): float(likelihood.centers[i]) for i in np.flatnonzero(likelihood.fixed)}
    found: dict[tuple[str, ...], FloatArray] = {}
    for row, weight, places in zip(block.shape_of, block.weights, block.factors, strict=True):
        factors, size = [], float(weight)
        for place in sorted(int(p) for p in places if p < len(likelihood.names)):
            if place in fixed and likelihood.kinds[place] != "signal":
                size *= fixed[place]
            else:
                factors.append(likelihood.names[place])
        key = tuple(factors)
        found[key] = found.get(key, np.zeros(block.shapes.shape[1])) + size * block.shapes[row]
    return {key: content for key, content in found.items() if np.any(content)}


def _distribution(channel: Channel) -> dict[str, Any]:
    return {
        "name": channel.name,
        "type": "histfactory_dist",
        "axes": [_axis(channel)],
        "samples": [
            {
                "name": "*".join(factors) or "standard_model",
                "data": {"contents": content.tolist()},
                "modifiers": [
                    {"name": _modifier(factors, i), "type": "normfactor", "parameter": factor}
                    for i, factor in enumerate(factors)
                ],
            }
            for factors, content in channel.samples.items()
        ],
    }


def _modifier(factors: tuple[str, ...], place: int) -> str:
    """Name of a modifier, that of its parameter, of a second one with a mark."""
    before = factors[:place].count(factors[place])
    return factors[place] + (f"#{before + 1}" if before else "")


def _axis(channel: Channel) -> dict[str, Any]:
    return {"name": f"energy_kev:{channel.name}", "edges": channel.edges_kev.tolist()}


def _data(channel: Channel) -> dict[str, Any]:
    return {
        "name": f"data:{channel.name}",
        "type": "binned",
        "axes": [_axis(channel)],
        "contents": channel.counts.tolist(),
    }


def _is_known(likelihood: Likelihood, name: str) -> bool:
    return bool(likelihood.inverse_sigmas[likelihood.index(name)] > 0)


def _constraint(likelihood: Likelihood, name: str) -> dict[str, Any]:
    place = likelihood.index(name)
    return {
        "name": f"constraint:{name}",
        "type": "gaussian_dist",
        "x": float(likelihood.centers[place]),
        "mean": name,
        "sigma": float(1 / likelihood.inverse_sigmas[place]),
    }


def _domain(model: Model, names: list[str]) -> dict[str, Any]:
    bounded = {p.fitted for p in model.signal_table.parameters if p.bounded}
    axes = [{"name": name, **({"min": 0.0} if name in bounded else {})} for name in names]
    return {"name": _DOMAIN, "type": "product_domain", "axes": axes}


def _values(likelihood: Likelihood, names: list[str], interest: str) -> dict[str, Any]:
    """Nominal values; the signal is held at the Standard Model but for what is of interest."""
    points = []
    for name in names:
        place = likelihood.index(name)
        point: dict[str, Any] = {"name": name, "value": float(likelihood.centers[place])}
        if likelihood.kinds[place] == "signal" and name != interest:
            point["const"] = True
        points.append(point)
    return {"name": _VALUES, "parameters": points}


def _metadata(model: Model) -> dict[str, Any]:
    configs = [source.experiment.config for source in model.sources]
    return {
        "hs3_version": HS3_VERSION,
        "packages": [{"name": NAME, "version": str(provenance()["nuem_version"])}],
        "publications": [config.reference for config in configs if config.reference],
        "description": "; ".join(config.description or config.name for config in configs),
    }


def _remarks(model: Model, spectra: Spectra, channels: list[Channel]) -> dict[str, Any]:
    """What the format has no place for: units of parameters, and what the channels are."""
    infos = {info.name: info for info in model.spectra}
    return {
        "experiment": model.name,
        "experiment_sha256": ", ".join(s.experiment.sha256() for s in model.sources),
        "spectra": spectra.kind,
        "units": {
            p.fitted: f"{p.fitted_label} in {p.fitted_unit}" for p in model.signal_table.parameters
        },
        "channels": {
            channel.name: {
                "detector": infos[channel.spectrum].detector,
                "period": infos[channel.spectrum].period,
                "powered": infos[channel.spectrum].powered,
            }
            for channel in channels
        },
    }
