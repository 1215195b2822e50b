"""The best fit of a spectrum: signal parameters and nuisances in physical units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.intervals import start_values
from analysis.likelihood import SCALED_NAMES, SIGNAL_PARAMETERS, Likelihood
from analysis.minimum import FitError, Minimum, minimise, treated_likelihood
from sim.model import Model
from sim.parameters import MU_SCALE, Q_SCALE, R2_SCALE_CM2
from sim.spectra import Spectra


@dataclass(frozen=True, slots=True)
class FittedParameter:
    """A parameter at the best fit; error is None for one that is held or at its bound."""

    name: str
    value: float
    error: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class FitResult:
    """Best fit in physical units; status ``ok``.

    at_bound: mu^2 < 0 would fit better, and the best physical point, mu^2 = 0, is given.
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
        if the fit fails, or the data do not depend on a free parameter.
    """
    for name in free:
        if name not in SCALED_NAMES:
            raise ValueError(f"parameter {name!r}: allowed are {', '.join(SCALED_NAMES)}")
    chosen = treatment or model.experiment.config.analysis.background
    likelihood = treated_likelihood(model, spectra, chosen)
    scaled = [SCALED_NAMES[name] for name in free]
    for name, place in zip(free, scaled, strict=True):
        if not likelihood.is_sensitive_to(place):
            raise FitError(f"no bin's expectation depends on {name}")
    held = likelihood.with_fixed({n: 0.0 for n in SIGNAL_PARAMETERS if n not in scaled})
    best, at_bound = _best(held, scaled)
    errors = dict(zip(likelihood.names, best.errors, strict=True))
    values = dict(zip(likelihood.names, best.x, strict=True))
    return FitResult(
        status="ok",
        at_bound=at_bound,
        treatment=chosen,
        minus_two_log_likelihood=best.value,
        n_bins=likelihood.counts.size,
        n_free=int(np.sum(~held.fixed)) - at_bound,
        parameters=_signal_parameters(model, values, errors),
        nuisances=tuple(
            FittedParameter(name, float(values[name]), _error(errors[name]), "relative")
            for name in likelihood.names[len(SIGNAL_PARAMETERS) :]
        ),
    )


def _best(likelihood: Likelihood, free: Sequence[str]) -> tuple[Minimum, bool]:
    """Best of the minima from several starts, with mu^2 held at 0 where it came out negative."""
    starts = [likelihood.centers]
    for name in free:
        if name != "mu2":
            for value in start_values(likelihood, name):
                start = likelihood.centers.copy()
                start[likelihood.names.index(name)] = value
                starts.append(start)
    best = min((minimise(likelihood, None, start) for start in starts), key=lambda m: m.value)
    if "mu2" not in free or best.x[0] >= 0:
        return best, False
    at_zero = [minimise(likelihood, {"mu2": 0.0}, start) for start in starts]
    return min(at_zero, key=lambda m: m.value), True


def _signal_parameters(
    model: Model, values: dict[str, float], errors: dict[str, float]
) -> tuple[FittedParameter, ...]:
    mu2 = max(float(values["mu2"]), 0.0)
    radius = R2_SCALE_CM2 * float(values["r"]) + model.couplings.sm_charge_radius_cm2
    return (
        FittedParameter("mu_nu", MU_SCALE * mu2**0.5, None, "mu_B"),
        FittedParameter(
            "mu_nu_squared", MU_SCALE**2 * mu2, _error(errors["mu2"], MU_SCALE**2), "mu_B^2"
        ),
        FittedParameter("q_nu", Q_SCALE * float(values["q"]), _error(errors["q"], Q_SCALE), "e"),
        FittedParameter("r2_nu", radius, _error(errors["r"], R2_SCALE_CM2), "cm^2"),
    )


def _error(error: float, scale: float = 1.0) -> float | None:
    return scale * float(error) if error > 0 else None
