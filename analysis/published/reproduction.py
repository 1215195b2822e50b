"""Published limits beside ours: medians, the spread of limits in toys, and what-if variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from analysis.fits.fit import fit
from analysis.fits.minimum import minimise, treated_likelihood
from analysis.likelihood.assembly import TREATMENTS
from analysis.limits.constructions.construction import ASYMPTOTIC
from analysis.limits.gaussian_toys import (
    GaussianExperiment,
    has_closed_form,
    interval_near_zero,
)
from analysis.limits.limit import answer, limit
from analysis.limits.limit_result import Limit
from analysis.limits.question import Question, asked, signal_of
from analysis.statistics.tested import ToyBudget
from sim.config.published import PublishedCounts, PublishedLimit
from sim.cross_sections.interactions.parameter_table import leading_parameters
from sim.cross_sections.interactions.strength import STRENGTH
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.display import html_table, shown
from sim.experiment import Experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys

GAUSSIAN_TOYS = 4000
TOYS_OF_A_VALUE = 20_000
"""What one value of a parameter may take in constructions that throw toys."""
WITHOUT_TOYS = ToyBudget(0)
_TAILS = {1: 0.15865525393145707, 2: 0.022750131948179195}


@dataclass(frozen=True, slots=True, eq=False)
class ReproducedLimit:
    """One published limit (or none) beside the limit of the Asimov data in one treatment.

    Limits are compared as the largest magnitude that is not excluded: median and published are
    ``max(|lower|, |upper|)``, of the interval that holds the Standard Model where q or r has two
    (its mirror solution is left out, as the papers do).  observed is the limit of the observed
    spectra where the experiment has any, and then stands for ours in place of the median.  ratio
    is published / ours; toy_limits holds the same quantity of each toy of the Standard Model, in
    increasing order; quantile is the share of them below the published value.  toys says what they
    are: ``gaussian`` (``analysis.limits.gaussian_toys``), ``likelihood`` (each spectrum fitted), or
    ``none``.
    """

    experiment: str
    treatment: str
    asimov: Limit
    published: PublishedLimit | None
    background_family: str
    toy_limits: FloatArray
    standard_value: float = 0.0
    toys: str = "likelihood"
    papers_treatment: bool = False
    observed: Limit | None = None

    def __repr__(self) -> str:
        return (
            f"<ReproducedLimit of {self.experiment}, {self.asimov.parameter} ({self.treatment}): "
            f"published {shown(self.published_value)}, ours {shown(self.ours)} {self.asimov.unit}>"
        )

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        values = {"published": self.published_value, "observed or median": self.ours}
        rows = [("parameter", self.asimov.parameter), ("background", self.treatment)]
        rows += [(name, f"{shown(value)} {self.asimov.unit}") for name, value in values.items()]
        rows += [("published / ours", shown(self.ratio)), ("quantile", shown(self.quantile))]
        return html_table(self.experiment, rows)

    @property
    def method(self) -> str:
        """The construction, with a word where it was asymptotic for want of toys."""
        return construction_words(self.asimov)

    @property
    def median(self) -> float | None:
        """Expected limit from the Asimov data."""
        return local_reach(self.asimov, self.standard_value)

    @property
    def ours(self) -> float | None:
        """The limit of the observed spectra, or the median."""
        if self.observed is None:
            return self.median
        return local_reach(self.observed, self.standard_value)

    @property
    def published_value(self) -> float | None:
        """Published limit as a magnitude."""
        return None if self.published is None else self.published.magnitude

    @property
    def ratio(self) -> float | None:
        """published / ours."""
        if self.published_value is None or self.ours is None:
            return None
        return self.published_value / self.ours

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
        low, high = np.quantile(self.toy_limits, [_TAILS[n_sigma], 1 - _TAILS[n_sigma]])
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Variant:
    """Limits on one parameter with one ingredient of the experiment changed, by treatment.

    They are medians, or of the observed spectra where the experiment has any.  nucleus_counts is
    what the Standard Model then gives by coherent scattering in the ON period.
    """

    name: str
    changes: tuple[str, ...]
    parameter: str
    unit: str
    limits: dict[str, float | None]
    nucleus_counts: float


@dataclass(frozen=True, slots=True)
class ReproducedCounts:
    """Signal counts of the ON period: the Standard Model's here, beside the paper's."""

    experiment: str
    ours: float
    published: PublishedCounts


def construction_words(found: Limit) -> str:
    """Name of a limit's construction, and that it was asymptotic where toys were not allowed."""
    if found.calibration == ASYMPTOTIC:
        return f"{found.method}, {ASYMPTOTIC}"
    return found.method


def local_reach(found: Limit, standard_value: float) -> float | None:
    """Largest magnitude in the accepted interval that holds the Standard Model, or is nearest."""
    if not found.intervals:
        return None
    shifted = [(low - standard_value, high - standard_value) for low, high in found.intervals]
    low, high = interval_near_zero(shifted)
    return max(abs(low + standard_value), abs(high + standard_value))


@dataclass(frozen=True, slots=True)
class ObservedStrength:
    """Coherent scattering in observed spectra: strength over the Standard Model, and how it fits.

    chi2 is -2 ln L at the best strength, chi2_without at none.
    """

    name: str
    strength: float
    error: float
    chi2: float
    chi2_without: float
    n_bins: int


def observed_strengths(experiment: Experiment, model: Model) -> list[ObservedStrength]:
    """The fit of an experiment's observed spectra and of every variant; empty without spectra."""
    if model.observed is None:
        return []
    names = ["as in the preset", *(entry.name for entry in experiment.config.variant)]
    changed = (
        build_model(experiment.changed(entry.changes)) for entry in experiment.config.variant
    )
    results = []
    for name, built in zip(names, chain([model], changed), strict=True):
        found = fit(built, built.data(), [STRENGTH])
        strength = next(p for p in found.parameters if p.name == STRENGTH)
        results.append(
            ObservedStrength(
                name,
                strength.value,
                strength.error or 0.0,
                found.minus_two_log_likelihood,
                _without(built),
                found.n_bins,
            )
        )
    return results


def _without(model: Model) -> float:
    """-2 ln L of the observed spectra without coherent scattering."""
    likelihood = treated_likelihood(model, model.data())
    known = model.signal_table.parameter(STRENGTH)
    held = likelihood.others() | {known.fitted: known.inverse(0.0)}
    return minimise(likelihood, held).value


def background_family(experiment: Experiment) -> str:
    """The background components and how their norms are known, in one line."""
    parts = []
    for component in experiment.config.background:
        known = "free" if component.norm == "free" else f"known to {component.norm:.3g}"
        parts.append(f"{component.name} ({component.shape}, {component.scaling}, {known})")
    return " + ".join(parts) or "none"


def treatments(experiment: Experiment) -> list[str]:
    """The treatments of the background that an experiment allows."""
    fixable = experiment.off_fixed_problem() is None
    return [name for name in TREATMENTS if name != "off-fixed" or fixable]


def reproduce_limits(
    experiment: Experiment,
    seed: int,
    model: Model | None = None,
    n_toys: int = 0,
) -> list[ReproducedLimit]:
    """Every parameter that is seen, in every treatment, one row for each published limit of it.

    The construction and confidence level are those of the published limit; one that throws toys
    takes at most ``TOYS_OF_A_VALUE`` for a value, and in other treatments than the paper's none: it
    is asymptotic there.  Bands come from Gaussian toys, or with n_toys > 0 from that many fitted
    spectra, there only where a published limit is compared.

    Raises
    ------
    ConfigurationError
        if the experiment cannot be built or a treatment does not fit it.
    """
    built = model or build_model(experiment)
    sees_nuclei = _sees_nuclei(built)
    papers = experiment.config.published.background
    rows = []
    for treatment in treatments(experiment):
        with_toys = treatment == (papers or built.treatment)
        budget = ToyBudget(TOYS_OF_A_VALUE, seed) if with_toys else WITHOUT_TOYS
        for parameter in (*leading_parameters(), STRENGTH):
            for entry in _entries(experiment, parameter):
                if parameter == STRENGTH and entry is None and not sees_nuclei:
                    continue
                cl, method = (0.90, None) if entry is None else (entry.cl, entry.method)
                question = asked(experiment, parameter, cl, method, treatment, budget)
                asimov = answer(question, built, built.asimov())
                row = ReproducedLimit(
                    experiment=experiment.name,
                    treatment=treatment,
                    asimov=asimov,
                    published=entry,
                    background_family=background_family(experiment),
                    toy_limits=np.zeros(0),
                    standard_value=standard_value(built, parameter),
                    toys="none",
                    observed=_observed_limit(built, question),
                    papers_treatment=papers == treatment,
                )
                rows.append(_with_band(row, question, built, n_toys, seed))
    return rows


def reproduced_counts(experiment: Experiment, model: Model) -> list[ReproducedCounts]:
    """The published signal counts beside those of the Standard Model here."""
    published = experiment.config.published.counts
    if not published:
        return []
    ours = channel_counts(model)
    return [ReproducedCounts(experiment.name, ours[entry.channel], entry) for entry in published]


def channel_counts(model: Model) -> dict[str, float]:
    """Expected Standard Model counts by channel in the spectra that see reactor power."""
    powered = [(info.detector, info.period) for info in model.spectra if info.powered]
    standard, without = (
        _standard_counts(model, NeutrinoParameters.of(values), powered)
        for values in ({}, {STRENGTH: 0.0})
    )
    return {"electron": without, "nucleus": standard - without}


def _standard_counts(
    model: Model, truth: NeutrinoParameters, places: Sequence[tuple[str, str]]
) -> float:
    """Signal counts of some spectra at a truth."""
    by_sample = model.expected(truth, by="sample")
    signal = ("standard-model", "beyond")
    return float(
        sum(np.sum(counts) for at in places for n, counts in by_sample[at].items() if n in signal)
    )


def headline(experiment: Experiment, model: Model) -> tuple[str, float, str | None]:
    """Parameter, confidence level and method by which an experiment's variants are compared.

    Those of the first published limit; without one, the strength of coherent scattering where it
    is seen, else the magnetic moment.
    """
    limits = experiment.config.published.limits
    if limits:
        return limits[0].parameter, limits[0].cl, limits[0].method
    return (STRENGTH if _sees_nuclei(model) else leading_parameters()[0]), 0.90, None


def variants(experiment: Experiment, model: Model | None = None) -> list[Variant]:
    """Limits with the changes that the experiment file lists under [[variant]].

    Constructions that throw toys are asymptotic.
    """
    parameter = headline(experiment, model or build_model(experiment))[0]
    results, unit = [], signal_of(experiment).parameter(parameter).unit
    for entry in experiment.config.variant:
        changed = experiment.changed(entry.changes)
        built = build_model(changed)
        _, cl, method = headline(changed, built)
        limits = {
            treatment: local_reach(
                limit(built, built.data(), parameter, cl, method, treatment, WITHOUT_TOYS),
                standard_value(built, parameter),
            )
            for treatment in treatments(changed)
        }
        counts = channel_counts(built)["nucleus"]
        results.append(Variant(entry.name, entry.changes, parameter, unit, limits, counts))
    return results


def standard_value(model: Model, parameter: str) -> float:
    """Value of a parameter in the Standard Model; 0 for the strength, of which the size counts."""
    return 0.0 if parameter == STRENGTH else model.signal_table.parameter(parameter).origin


def _observed_limit(model: Model, question: Question) -> Limit | None:
    return None if model.observed is None else answer(question, model, model.observed)


def _sees_nuclei(model: Model) -> bool:
    """True if coherent scattering gives at least one count."""
    return channel_counts(model)["nucleus"] >= 1


def _entries(experiment: Experiment, parameter: str) -> Sequence[PublishedLimit | None]:
    """The published limits on a parameter, or None for one row without."""
    found = [e for e in experiment.config.published.limits if e.parameter == parameter]
    return found or [None]


def _with_band(
    row: ReproducedLimit, question: Question, model: Model, n_toys: int, seed: int
) -> ReproducedLimit:
    if not row.asimov.found:
        return row
    if n_toys > 0:
        if row.published is None:
            return row
        limits = _fitted_limits(model, question, n_toys, seed, row.standard_value)
        return replace(row, toy_limits=limits, toys="likelihood")
    if not has_closed_form(question):
        return row
    gaussian = GaussianExperiment.of(model, question.parameter, question.treatment)
    limits = gaussian.reaches(question, GAUSSIAN_TOYS, seed, row.median)
    return replace(row, toy_limits=limits, toys="gaussian")


def _fitted_limits(
    model: Model, question: Question, n_toys: int, seed: int, standard_value: float
) -> FloatArray:
    quick = replace(question, budget=WITHOUT_TOYS)
    found = (answer(quick, model, spectra) for spectra in toys(model, n_toys, seed))
    reaches = (local_reach(one, standard_value) for one in found)
    return np.sort(np.array([value for value in reaches if value is not None], dtype=np.float64))
