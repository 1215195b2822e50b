"""The best fit of a spectrum: signal parameters and nuisances in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from analysis.fits.covariance import (
    Covariance,
    covariance_of,
    in_fit_units,
    inverse_curvature,
)
from analysis.fits.joint_minima import EQUAL, joint_minima
from analysis.fits.minimum import FitError, Minimum, treated_likelihood
from analysis.fits.quality import Quality, quality_of
from analysis.likelihood.degeneracy import can_be_imitated, undetermined
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import SIMULATION
from sim.cross_sections.signal import Signal, SignalParameter
from sim.display import html_fields, html_table, shown
from sim.model import Model
from sim.spectra.spectra import Spectra

_NOTABLE = 9.0


@dataclass(frozen=True, slots=True)
class FittedParameter:
    """A parameter at the best fit; error is None for one that is held or at its bound."""

    name: str
    value: float
    error: float | None
    unit: str

    def __repr__(self) -> str:
        value = f"{shown(self.value)} ± {shown(self.error)} {self.unit}"
        return f"<FittedParameter {self.name} = {value}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("fitted parameter", self)


@dataclass(frozen=True, slots=True)
class OtherMinimum:
    """Another minimum of a fit: how far its -2 ln L lies above the best, and where it is."""

    rise: float
    parameters: tuple[FittedParameter, ...]


@dataclass(frozen=True, slots=True)
class FitResult:
    """Best fit in physical units; status ``ok``, or ``poor-fit`` where the data are not described.

    quality is its goodness, warnings say what is wrong in words.  other_minima are those whose
    -2 ln L is at most 9 above the best; one within 0.01 is as good, and a warning names it.
    covariance is that of all free parameters, None where there is none.
    at_bound: a bounded parameter below 0 would fit better, and the best physical point is given.
    undetermined: nuisances that the data cannot tell from each other; they have no error.
    minus_two_log_likelihood is relative to the saturated model, so that it is distributed about
    as chi-square with n_bins - n_free degrees of freedom.
    """

    status: str
    at_bound: bool
    treatment: str
    minus_two_log_likelihood: float
    n_bins: int
    n_free: int
    parameters: tuple[FittedParameter, ...]
    nuisances: tuple[FittedParameter, ...]
    undetermined: tuple[str, ...] = ()
    quality: Quality | None = None
    other_minima: tuple[OtherMinimum, ...] = ()
    warnings: tuple[str, ...] = ()
    covariance: Covariance | None = None

    def content(self) -> dict[str, Any]:
        """All but the covariance as plain values: quality as ``goodness`` and ``pulls``."""
        content = asdict(self)
        del content["covariance"]
        goodness = content.pop("quality") or {}
        pulls = goodness.pop("pulls", {})
        return {**content, "goodness": goodness or None, "pulls": pulls}

    def __repr__(self) -> str:
        fitted = ", ".join(
            f"{p.name} = {shown(p.value)} ± {shown(p.error)} {p.unit}"
            for p in self.parameters
            if p.error is not None
        )
        return f"<FitResult {self.status} ({self.treatment}): {fitted or 'at the bound'}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            ("status", self.status + (", a parameter at its bound of 0" if self.at_bound else ""))
        ]
        rows += [("background", self.treatment)]
        rows += [("goodness", self.quality.words())] if self.quality else []
        rows += [("warning", text) for text in self.warnings]
        rows += [("-2 ln L", f"{self.minus_two_log_likelihood:.4f} with {self.n_bins} bins")]
        rows += [
            (p.name, f"{shown(p.value, 6)} ± {shown(p.error)} {p.unit}")
            for p in (*self.parameters, *self.nuisances)
        ]
        return html_table("best fit", rows)


def fit(
    model: Model,
    spectra: Spectra | None = None,
    free: Sequence[str] | None = None,
    treatment: str | None = None,
) -> FitResult:
    """Best fit with the named parameters free, the others at the Standard Model.

    By default the first of those that every fit reports is free.

    Raises
    ------
    ValueError
        for an unknown parameter, or two of which data can tell only one.
    FitError
        if the fit fails, the data do not depend on a free parameter, or cannot tell it from
        others.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> result = nuem.fit(model)
    >>> result.status, [p.name for p in result.parameters]
    ('ok', ['mu_nu', 'mu_nu_squared', 'q_nu', 'r2_nu'])
    """
    signal = model.signal_table
    free = (first_reported(signal),) if free is None else free
    scaled = _fitted_names(signal, free)
    chosen = treatment or model.treatment
    likelihood = treated_likelihood(model, spectra, chosen)
    for name, place in zip(free, scaled, strict=True):
        if not likelihood.is_sensitive_to(place):
            raise FitError(f"no bin's expectation depends on {name}")
        if can_be_imitated(likelihood, place):
            raise FitError(f"the free backgrounds can imitate {name} in every bin")
    held = likelihood.with_fixed(likelihood.others(*scaled))
    best, *others = joint_minima(held)
    quality = quality_of(held, best)
    at_bound = sum(best.x[held.index(name)] == 0 for name in held.bounded())
    best, flat = _with_known_errors(held, best)
    lost = [name for name, place in zip(free, scaled, strict=True) if place in flat]
    if lost:
        rivals = ", ".join(sorted(set(flat) - set(scaled)) or lost)
        raise FitError(f"the data cannot tell {', '.join(lost)} from {rivals}")
    rivalling = tuple(
        OtherMinimum(one.value - best.value, _signal_parameters(signal, likelihood, one, free))
        for one in others
        if one.value - best.value < _NOTABLE
    )
    return FitResult(
        status="poor-fit" if quality.poor else "ok",
        at_bound=at_bound > 0,
        treatment=chosen,
        minus_two_log_likelihood=best.value,
        n_bins=likelihood.counts.size,
        n_free=int(np.sum(~held.fixed)) - at_bound,
        parameters=_signal_parameters(signal, likelihood, best, free),
        nuisances=_nuisances(likelihood, best),
        undetermined=flat,
        quality=quality,
        other_minima=rivalling,
        warnings=(*quality.warnings(), *_as_good(rivalling)),
        covariance=_covariance(held, best, flat),
    )


def _covariance(likelihood: Likelihood, best: Minimum, flat: Sequence[str]) -> Covariance | None:
    units = {name: nuisance_unit(likelihood, name) for name in likelihood.names}
    return covariance_of(likelihood, best, flat, units)


def _as_good(others: Sequence[OtherMinimum]) -> list[str]:
    """A warning for every minimum that is as good as the best."""
    return [
        "two-minima: as good a fit is at "
        + ", ".join(f"{p.name} = {shown(p.value)} {p.unit}" for p in one.parameters)
        for one in others
        if one.rise < EQUAL
    ]


def first_reported(signal: Signal) -> str:
    """The first parameter that every fit reports, by its user's name."""
    return next(parameter.name for parameter in signal.parameters if parameter.reported)


def _with_known_errors(likelihood: Likelihood, best: Minimum) -> tuple[Minimum, tuple[str, ...]]:
    """The minimum with the errors of its curvature, and the names of what is undetermined.

    What is undetermined has no error, and MIGRAD's are kept where the curvature says nothing.
    A signal parameter at a point where the expectation does not depend on it in first order
    (q = 0 without interference) is determined, but has no error there.
    """
    flat = undetermined(likelihood, best.x)
    errors = best.errors.copy()
    known = inverse_curvature(likelihood, best, flat)
    if known is not None:
        errors[known[0]] = np.sqrt(np.diag(known[1]))
    errors[[likelihood.index(name) for name in flat]] = 0.0
    still = likelihood.fisher(best.x).diagonal() == 0
    signal = likelihood.others()
    alone = tuple(n for n in flat if n in signal and still[likelihood.index(n)])
    return replace(best, errors=errors), tuple(name for name in flat if name not in alone)


def _nuisances(likelihood: Likelihood, best: Minimum) -> tuple[FittedParameter, ...]:
    return tuple(
        FittedParameter(name, float(value), _error(error), nuisance_unit(likelihood, name))
        for name, kind, value, error in zip(
            likelihood.names, likelihood.kinds, best.x, best.errors, strict=True
        )
        if kind not in ("signal", SIMULATION)
    )


def _fitted_names(signal: Signal, free: Sequence[str]) -> list[str]:
    """Fitted names of the free parameters, each once."""
    fitted = [signal.parameter(name).fitted for name in free]
    if len(set(fitted)) < len(fitted):
        raise ValueError(f"free parameters: each once, found {', '.join(free)}")
    for names, reason in signal.exclusive:
        if len(names & set(fitted)) > 1:
            raise ValueError(reason)
    return fitted


def _signal_parameters(
    signal: Signal, likelihood: Likelihood, best: Minimum, free: Sequence[str]
) -> tuple[FittedParameter, ...]:
    """Those that are always reported, and the free ones; with its square what is a root."""
    fitted = []
    reported = [p.name for p in signal.parameters if p.reported]
    for name in dict.fromkeys([*reported, *free]):
        parameter = signal.parameter(name)
        place = likelihood.index(parameter.fitted)
        x, error = float(best.x[place]), float(best.errors[place])
        fitted += _in_its_unit(parameter, x, error)
    return tuple(fitted)


def _in_its_unit(parameter: SignalParameter, x: float, error: float) -> list[FittedParameter]:
    """A parameter at x; the error of a root is that of its power, which comes along."""
    label, unit, scale = in_fit_units(parameter)
    if parameter.power == 1:
        value = parameter.physical(x)
        return [FittedParameter(label, value, _error(error, scale), unit)]
    physical = max(x, 0.0)
    return [
        FittedParameter(parameter.name, parameter.physical(physical), None, parameter.unit),
        FittedParameter(label, scale * physical, _error(error, scale), unit),
    ]


def nuisance_unit(likelihood: Likelihood, name: str) -> str:
    """Unit of a nuisance: ``relative`` for a norm, else standard deviations of its prior."""
    return "relative" if likelihood.kinds[likelihood.index(name)] == "norm" else "sigma"


def _error(error: float, scale: float = 1.0) -> float | None:
    return scale * float(error) if error > 0 else None
