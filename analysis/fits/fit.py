"""The best fit of a spectrum: signal parameters and nuisances in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.intervals import start_values
from analysis.fits.minimum import FitError, Minimum, minimise, treated_likelihood
from analysis.fits.strength import StrengthProfile
from analysis.likelihood.degeneracy import can_be_imitated, undetermined
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS, Likelihood
from analysis.likelihood.scales import SCALES
from sim.display import html_fields, html_table, shown
from sim.model import Model
from sim.spectra import Spectra


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
class FitResult:
    """Best fit in physical units; status ``ok``.

    at_bound: mu^2 < 0 would fit better, and the best physical point, mu^2 = 0, is given.
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

    def __repr__(self) -> str:
        fitted = ", ".join(
            f"{p.name} = {shown(p.value)} ± {shown(p.error)} {p.unit}"
            for p in self.parameters
            if p.error is not None
        )
        return f"<FitResult {self.status} ({self.treatment}): {fitted or 'at the bound'}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [("status", self.status + (", mu_nu at its bound of 0" if self.at_bound else ""))]
        rows += [("background", self.treatment)]
        rows += [("-2 ln L", f"{self.minus_two_log_likelihood:.4f} with {self.n_bins} bins")]
        rows += [
            (p.name, f"{shown(p.value, 6)} ± {shown(p.error)} {p.unit}")
            for p in (*self.parameters, *self.nuisances)
        ]
        return html_table("best fit", rows)


def fit(
    model: Model,
    spectra: Spectra,
    free: Sequence[str] = ("mu_nu",),
    treatment: str | None = None,
) -> FitResult:
    """Best fit with the named parameters free, the others at the Standard Model.

    Raises
    ------
    ValueError
        for an unknown parameter.
    FitError
        if the fit fails, the data do not depend on a free parameter, or cannot tell it from
        others.
    """
    scaled = _scaled_names(free)
    chosen = treatment or model.experiment.config.analysis.background
    if "cevns" in free:
        return _strength_fit(model, spectra, chosen)
    likelihood = treated_likelihood(model, spectra, chosen)
    for name, place in zip(free, scaled, strict=True):
        if place not in likelihood.names or not likelihood.is_sensitive_to(place):
            raise FitError(f"no bin's expectation depends on {name}")
        if can_be_imitated(likelihood, place):
            raise FitError(f"the free backgrounds can imitate {name} in every bin")
    held = likelihood.with_fixed({n: 0.0 for n in SIGNAL_PARAMETERS if n not in scaled})
    best, at_bound = _best(held, scaled)
    best, flat = _with_known_errors(held, best)
    lost = [name for name, place in zip(free, scaled, strict=True) if place in flat]
    if lost:
        others = ", ".join(sorted(set(flat) - set(scaled)) or lost)
        raise FitError(f"the data cannot tell {', '.join(lost)} from {others}")
    return FitResult(
        status="ok",
        at_bound=at_bound,
        treatment=chosen,
        minus_two_log_likelihood=best.value,
        n_bins=likelihood.counts.size,
        n_free=int(np.sum(~held.fixed)) - at_bound,
        parameters=_signal_parameters(model, likelihood, best, free),
        nuisances=_nuisances(likelihood, best, scaled),
        undetermined=flat,
    )


def _with_known_errors(likelihood: Likelihood, best: Minimum) -> tuple[Minimum, tuple[str, ...]]:
    """The minimum without the errors that mean nothing, and the names of what is undetermined.

    A signal parameter at a point where the expectation does not depend on it in first order
    (q = 0 without interference) is determined, but has no error there.
    """
    flat = undetermined(likelihood, best.x)
    errors = best.errors.copy()
    errors[[likelihood.index(name) for name in flat]] = 0.0
    still = likelihood.fisher(best.x).diagonal() == 0
    alone = tuple(n for n in flat if n in SIGNAL_PARAMETERS and still[likelihood.index(n)])
    return replace(best, errors=errors), tuple(name for name in flat if name not in alone)


def _strength_fit(model: Model, spectra: Spectra, treatment: str) -> FitResult:
    """Fit of the strength of coherent scattering; the error is where -2 ln L rises by 1."""
    profile = StrengthProfile.of(model, spectra, treatment)
    strength, error, value = profile.best()
    likelihood = treated_likelihood(model, spectra, treatment)
    minimum = profile.minimum(strength)
    held = likelihood.with_fixed(dict.fromkeys(SIGNAL_PARAMETERS, 0.0))
    unit = SCALES["cevns"].unit
    return FitResult(
        status="ok",
        at_bound=False,
        treatment=treatment,
        minus_two_log_likelihood=value,
        n_bins=likelihood.counts.size,
        n_free=int(np.sum(~held.fixed)) + 1,
        parameters=(
            *_signal_parameters(model, likelihood, minimum, ()),
            FittedParameter("cevns", strength, error, unit),
        ),
        nuisances=_nuisances(likelihood, minimum, ()),
    )


def _nuisances(
    likelihood: Likelihood, best: Minimum, free: Sequence[str]
) -> tuple[FittedParameter, ...]:
    return tuple(
        FittedParameter(name, float(value), _error(error), nuisance_unit(name))
        for name, value, error in zip(likelihood.names, best.x, best.errors, strict=True)
        if name not in SIGNAL_PARAMETERS and name not in free
    )


def _scaled_names(free: Sequence[str]) -> list[str]:
    """Likelihood names of the free parameters, each once."""
    for name in free:
        if name not in SCALES:
            raise ValueError(f"parameter {name!r}: allowed are {', '.join(SCALES)}")
    scaled = [SCALES[name].name for name in free]
    if len(set(scaled)) < len(scaled):
        raise ValueError("r2_nu and sin2_theta_w are one parameter in two units: free one of them")
    if "cevns" in free and len(free) > 1:
        raise ValueError("the strength of coherent scattering (cevns) is fitted alone")
    return scaled


def best_fit(likelihood: Likelihood, free: Sequence[str], *, bounded: bool = False) -> Minimum:
    """Lowest of the minima reached from the nominal point and from all start values of free.

    bounded: a minimum at mu^2 < 0, or above by less than 1e-4 of its error, is replaced by the one
    at mu^2 = 0 that is reached from there.
    """
    starts = [likelihood.centers]
    for name in free:
        for value in start_values(likelihood, name):
            start = likelihood.centers.copy()
            start[likelihood.index(name)] = value
            starts.append(start)
    found = [minimise(likelihood, None, start) for start in starts]

    def bound(minimum: Minimum) -> float:
        return 1e-4 * float(minimum.errors[0])

    if bounded:
        found = [
            minimise(likelihood, {"mu2": 0.0}, m.x) if m.x[0] < bound(m) and m.x[0] != 0 else m
            for m in found
        ]
    return min(found, key=lambda minimum: minimum.value)


def _best(likelihood: Likelihood, free: Sequence[str]) -> tuple[Minimum, bool]:
    """Best physical fit, and whether mu^2 is at its bound of 0."""
    interfering = [name for name in free if name in ("q", "r")]
    best = best_fit(likelihood, interfering, bounded="mu2" in free)
    return best, "mu2" in free and best.x[0] == 0


def _signal_parameters(
    model: Model, likelihood: Likelihood, best: Minimum, free: Sequence[str]
) -> tuple[FittedParameter, ...]:
    """mu_nu, its square, q_nu and r2_nu always; other parameters when they are free."""
    fitted = []
    for name in dict.fromkeys(["mu_nu", "q_nu", "r2_nu", *free]):
        scale, place = SCALES[name], likelihood.index(SCALES[name].name)
        x, error = float(best.x[place]), float(best.errors[place])
        if name != "mu_nu":
            value = scale.physical(x, model)
            fitted.append(FittedParameter(name, value, _error(error, scale.factor), scale.unit))
            continue
        square = max(x, 0.0)
        fitted.append(FittedParameter(name, scale.physical(square, model), None, scale.unit))
        squared = scale.factor**2
        fitted.append(
            FittedParameter("mu_nu_squared", squared * square, _error(error, squared), "mu_B^2")
        )
    return tuple(fitted)


def nuisance_unit(name: str) -> str:
    """Unit of a nuisance: ``relative`` for a norm, else standard deviations of its prior."""
    return "relative" if "norm:" in name else "sigma"


def _error(error: float, scale: float = 1.0) -> float | None:
    return scale * float(error) if error > 0 else None
