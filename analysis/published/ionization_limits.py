"""What a reproduced limit becomes with other models of ionization."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.limits.atomic_models import with_ionization
from analysis.limits.limit import limit
from analysis.published.reproduction import WITHOUT_TOYS, ReproducedLimit, local_reach
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT, MILLICHARGE
from sim.experiment import ConfigurationError, Experiment
from sim.model import Model
from sim.model_assembly import build_model

MODELS = ("stepping", "epa-max", "pai", "best")
"""The published ones, a charge in matter, and all that is known."""
_PARAMETERS = (MAGNETIC_MOMENT, MILLICHARGE)


@dataclass(frozen=True, slots=True)
class LimitsByModel:
    """A row of a reproduction under each of MODELS: the largest magnitude that is not excluded.

    The limits are of the observed spectra where the experiment has any, else medians of the Asimov
    data of each model.  A model that does not apply, or a limit that is not found, is None;
    reasons say why a model does not apply.
    """

    experiment: str
    parameter: str
    unit: str
    treatment: str
    papers_treatment: bool
    published: float | None
    limits: dict[str, float | None]
    reasons: dict[str, str]


def limits_by_model(experiment: Experiment, rows: Sequence[ReproducedLimit]) -> list[LimitsByModel]:
    """The rows on magnetic moment and millicharge under each of MODELS; none without electrons.

    Constructions that throw toys are asymptotic.
    """
    if "electron" not in experiment.config.analysis.channels or experiment.config.templates:
        return []
    wanted = [row for row in rows if row.asimov.parameter in _PARAMETERS]
    found: list[dict[str, float | None]] = [{} for _ in wanted]
    reasons: dict[str, str] = {}
    for name in MODELS:
        try:
            model = build_model(with_ionization(experiment, name))
        except ConfigurationError as error:
            reasons[name] = str(error)
            continue
        known: dict[tuple[object, ...], float | None] = {}
        for row, limits in zip(wanted, found, strict=True):
            asked = row.asimov
            key = (asked.parameter, row.treatment, asked.cl, asked.method)
            if key not in known:
                known[key] = _reach(model, row)
            limits[name] = known[key]
    return [
        LimitsByModel(
            row.experiment,
            row.asimov.parameter,
            row.asimov.unit,
            row.treatment,
            row.papers_treatment,
            row.published_value,
            {name: limits.get(name) for name in MODELS},
            reasons,
        )
        for row, limits in zip(wanted, found, strict=True)
    ]


def _reach(model: Model, row: ReproducedLimit) -> float | None:
    asked = row.asimov
    how = (asked.parameter, asked.cl, asked.method, row.treatment, WITHOUT_TOYS)
    return local_reach(limit(model, model.data(), *how), row.standard_value)
