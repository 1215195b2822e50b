"""Published limits beside ours: medians, the spread of limits in toys, and what-if variants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.likelihood import TREATMENTS
from analysis.limits import Limit, limit
from sim.experiment import Experiment, parse_experiment
from sim.model import Model, build_model
from sim.parameters import FloatArray
from sim.pseudo import toys
from sim.published_config import PublishedLimit


@dataclass(frozen=True, slots=True, eq=False)
class ReproducedLimit:
    """One published limit (or none) beside the limit of the Asimov data in one treatment.

    Limits are compared as the largest magnitude that is not excluded: median and published are
    max(|lower|, |upper|).  ratio is published / median; toy_limits holds the same quantity of
    each toy of the Standard Model, in increasing order; quantile is the share of them below the
    published value.
    """

    experiment: str
    treatment: str
    asimov: Limit
    published: PublishedLimit | None
    background_family: str
    toy_limits: FloatArray

    @property
    def median(self) -> float | None:
        """Expected limit from the Asimov data."""
        return self.asimov.reach

    @property
    def published_value(self) -> float | None:
        """Published limit as a magnitude."""
        if self.published is None:
            return None
        return max(abs(self.published.lower or 0.0), abs(self.published.upper))

    @property
    def ratio(self) -> float | None:
        """published / median."""
        if self.published_value is None or self.median is None:
            return None
        return self.published_value / self.median

    @property
    def quantile(self) -> float | None:
        """Share of the toys whose limit is below the published one."""
        if self.published_value is None or self.toy_limits.size == 0:
            return None
        return float(np.mean(self.toy_limits < self.published_value))

    def band(self, n_sigma: int) -> tuple[float, float] | None:
        """Central band of the toys' limits: 68.3 % for 1, 95.4 % for 2."""
        if self.toy_limits.size == 0:
            return None
        tail = {1: 0.15865525393145707, 2: 0.022750131948179195}[n_sigma]
        low, high = np.quantile(self.toy_limits, [tail, 1 - tail])
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Variant:
    """Median limits with one ingredient of the experiment changed."""

    name: str
    changes: tuple[str, ...]
    medians: dict[str, float | None]


def background_family(experiment: Experiment) -> str:
    """The background components and how their norms are known, in one line."""
    parts = []
    for component in experiment.config.background:
        known = "free" if component.norm == "free" else f"known to {component.norm:.3g}"
        parts.append(f"{component.name} ({component.shape}, {component.scaling}, {known})")
    return " + ".join(parts) or "none"


def reproduce_limits(
    experiment: Experiment, n_toys: int, seed: int, model: Model | None = None
) -> list[ReproducedLimit]:
    """Every parameter in both treatments; toys only where a published limit is compared.

    Raises
    ------
    ConfigurationError
        if the experiment cannot be built or a treatment does not fit it.
    """
    built = model or build_model(experiment)
    published = {entry.parameter: entry for entry in experiment.config.published.limits}
    rows = []
    for treatment in TREATMENTS:
        if treatment == "off-fixed" and experiment.config.off_fixed_problem() is not None:
            continue
        for parameter in ("mu_nu", "q_nu", "r2_nu"):
            entry = published.get(parameter)
            cl = 0.90 if entry is None else entry.cl
            rows.append(
                ReproducedLimit(
                    experiment=experiment.name,
                    treatment=treatment,
                    asimov=limit(built, built.asimov(), parameter, cl, treatment=treatment),
                    published=entry,
                    background_family=background_family(experiment),
                    toy_limits=_toy_limits(
                        built, parameter, cl, treatment, 0 if entry is None else n_toys, seed
                    ),
                )
            )
    return rows


def variants(experiment: Experiment) -> list[Variant]:
    """Median mu_nu limits with the changes that the experiment file lists under [[variant]]."""
    results = []
    for entry in experiment.config.variant:
        changed = parse_experiment(experiment.source, experiment.name, overrides=entry.changes)
        model = build_model(changed)
        medians = {
            treatment: limit(model, model.asimov(), "mu_nu", treatment=treatment).reach
            for treatment in TREATMENTS
            if treatment == "off-joint" or changed.config.off_fixed_problem() is None
        }
        results.append(Variant(entry.name, entry.changes, medians))
    return results


def _toy_limits(
    model: Model, parameter: str, cl: float, treatment: str, n_toys: int, seed: int
) -> FloatArray:
    found = (
        limit(model, spectra, parameter, cl, treatment=treatment).reach
        for spectra in toys(model, n_toys, seed)
    )
    return np.sort(np.array([value for value in found if value is not None], dtype=np.float64))
