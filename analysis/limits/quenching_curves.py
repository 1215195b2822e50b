"""The quenching curve as a systematic: one limit under each shipped curve of a detector.

The measurements of ionization below 1 keV disagree, and an experiment's limit is quoted under one
curve; this is the spread that the choice leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from detectors.quenching.curve import CONUS_K
from sim.display import html_fields
from sim.experiment import ConfigurationError, Experiment
from sim.instruments.target import target
from sim.model import Model
from sim.sources.parts import experiments_of, refolded
from sim.sources.sources import Sources
from sim.spectra.spectra import Spectra

_LINDHARD: Mapping[str, Any] = {"model": "lindhard"}
_SARKIS: Mapping[str, Any] = {"model": "sarkis"}
SHIPPED_CURVES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "Ge": {
        "Lindhard, k of the element": _LINDHARD,
        "Lindhard, k = 0.162 (Bonhomme 2022)": {"model": "lindhard", "k": CONUS_K},
        "Lindhard with binding (Sarkis 2020)": _SARKIS,
        "adiabatic (Scholz 2016)": {"model": "adiabatic", "k": 0.1789, "xi_recoil_kev": 0.16},
        "iron-filtered neutrons (Fef)": {"model": "dresden2", "curve": "Fef"},
        "YBe photoneutrons": {"model": "dresden2", "curve": "YBe"},
    },
    "Si": {
        "Lindhard, k of the element": _LINDHARD,
        "Lindhard with binding (Sarkis 2020)": _SARKIS,
    },
}
"""Curves of the ionization in an element, each as a [detector.quenching] section."""


@dataclass(frozen=True, slots=True)
class CurveLimit:
    """A limit under one quenching curve; quenching is its section in the experiment file."""

    curve: str
    quenching: Mapping[str, Any]
    limit: Limit

    def __repr__(self) -> str:
        return f"<CurveLimit of {self.curve}: {self.limit}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("limit under a quenching curve", self)


def limits_by_quenching(
    subject: Experiment | Sources | Model,
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    spectra: Spectra | None = None,
) -> list[CurveLimit]:
    """Limit under the curve of the experiment, then under each shipped curve of its element.

    Several experiments have one element; each curve stands in all of them.

    With spectra given all curves are fitted to them; without, each to the observed spectra of the
    subject, or to its own Asimov spectra.

    Raises
    ------
    ConfigurationError
        for a target whose ionization has no shipped curves, or that is measured in heat, and for
        experiments of different elements.
    """
    results = []
    for curve, section in _curves(experiments_of(subject)).items():
        model = refolded(subject, partial(_with_curve, section=section))
        data = spectra or model.data()
        found = limit(model, data, parameter, cl, method, treatment)
        results.append(CurveLimit(curve, section, found))
    return results


def _with_curve(experiment: Experiment, section: Mapping[str, Any]) -> Experiment:
    """The experiment with a quenching curve; with none in the section, as it is."""
    if not section:
        return experiment
    return experiment.replaced("detector", quenching=dict(section))


def _curves(experiments: Sequence[Experiment]) -> dict[str, Mapping[str, Any]]:
    """The sections by curve, that of the experiment itself first."""
    own, *others = experiments
    known = _shipped(own)
    for other in others:
        if _shipped(other) != known:
            raise ConfigurationError(
                f"{own.name} and {other.name}: curves of one element expected, found "
                f"{own.layout.detectors[0].material} and {other.layout.detectors[0].material}"
            )
    if others:
        return {"as in the experiments": {}, **known}
    quenching = own.layout.detectors[0].quenching.model_dump(mode="json", exclude_none=True)
    return {"as in the experiment": quenching, **known}


def _shipped(experiment: Experiment) -> Mapping[str, Mapping[str, Any]]:
    """Shipped curves of the element of an experiment.

    Raises
    ------
    ConfigurationError
        if there are none.
    """
    detector = experiment.layout.detectors[0]
    elements = [part.atom.symbol for part in target(detector).constituents]
    known = SHIPPED_CURVES.get(elements[0], {}) if len(elements) == 1 else {}
    if not known or detector.resolution.model not in ("ionization", "ccd"):
        raise ConfigurationError(
            f"{experiment.name}: curves are shipped for the ionization in "
            f"{' and '.join(SHIPPED_CURVES)}, found {detector.material} with resolution "
            f"{detector.resolution.model!r}"
        )
    return known
