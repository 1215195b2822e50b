"""Minima of the likelihood with iminuit, and the two treatments of the background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from iminuit import Minuit

from analysis.likelihood.floating_shapes import with_exact_shapes
from analysis.likelihood.likelihood import (
    TREATMENTS,
    Likelihood,
    joint_likelihood,
    period_likelihood,
)
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError
from sim.folding.background_shapes import PREFIX
from sim.model import Model
from sim.spectra import Spectra


class FitError(RuntimeError):
    """A minimisation that did not converge, or a limit that does not exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """A minimum of -2 ln L: its value, place, and the errors (0 for fixed ones)."""

    value: float
    x: FloatArray
    errors: FloatArray


def treated_likelihood(model: Model, spectra: Spectra, treatment: str | None = None) -> Likelihood:
    """Likelihood in one of the two treatments of the background, by default the configured one.

    ``off-joint``: ON and OFF together.  ``off-fixed``: the background norms are fitted to the OFF
    spectrum at the Standard Model, which smooths it, and held there for the ON spectrum; the
    OFF statistics do not count.

    Raises
    ------
    FitError
        if the fit of the OFF spectrum fails, or counts are negative or not finite.
    ConfigurationError
        for another treatment, or ``off-fixed`` without what it needs.
    """
    if not np.all(np.isfinite(spectra.counts)):
        raise FitError("the spectra hold counts that are not finite")
    if spectra.errors is None and np.any(spectra.counts < 0):
        raise FitError(f"the spectra hold negative counts, down to {np.min(spectra.counts):g}")
    name = treatment or model.experiment.config.analysis.background
    if name == "off-joint":
        return with_exact_shapes(joint_likelihood(model, spectra), model, (0, 1))
    if name != "off-fixed":
        raise ConfigurationError(
            f"background treatment {name!r}: allowed are {', '.join(TREATMENTS)}"
        )
    problem = model.experiment.config.off_fixed_problem()
    if problem is not None:
        raise ConfigurationError(f"{model.experiment.name}: {problem}")
    off = off_stage(model, spectra)
    fitted = minimise(off)
    on = with_exact_shapes(period_likelihood(model, spectra, "on"), model, (0,))
    return on.with_fixed({n: float(fitted.x[off.index(n)]) for n in fixed_by_off(on)})


def off_stage(model: Model, spectra: Spectra) -> Likelihood:
    """Likelihood of the OFF spectrum in which only background norms and shapes are free."""
    off = with_exact_shapes(period_likelihood(model, spectra, "off"), model, (1,))
    return off.with_fixed({n: 0.0 for n in off.names if n not in fixed_by_off(off)})


def fixed_by_off(likelihood: Likelihood) -> list[str]:
    """Parameters that the OFF spectrum fixes in the treatment ``off-fixed``."""
    return [name for name in likelihood.names if name.startswith(("norm:", PREFIX))]


def minimise(
    likelihood: Likelihood,
    fixed: Mapping[str, float] | None = None,
    start: FloatArray | None = None,
    *,
    newton_start: bool = True,
) -> Minimum:
    """Local minimum reached from start (by default the nominal point), some parameters held.

    Newton steps lead there; MIGRAD starts where they end, and its word counts.  Without
    newton_start MIGRAD makes the whole way, as an independent check of the steps.

    Raises
    ------
    FitError
        if MIGRAD does not converge.
    """
    held = likelihood.with_fixed(fixed) if fixed else likelihood
    x = (likelihood.centers if start is None else start).copy()
    x[held.fixed] = held.centers[held.fixed]
    if newton_start:
        x, _ = held.descend(x)
    if bool(np.all(held.fixed)):
        return Minimum(held.value(x), x, np.zeros_like(x))
    minuit = Minuit(held.value, x, grad=held.gradient, name=held.names)
    minuit.errordef = 1.0
    minuit.tol = 1e-3
    minuit.fixed = held.fixed
    minuit.errors = _steps(held, x)
    minuit.migrad()
    if not minuit.valid:
        minuit.strategy = 2
        minuit.simplex().migrad()
    if not minuit.valid or not np.isfinite(minuit.fval):
        raise FitError(f"the fit did not converge: {_reason(minuit)}")
    errors = np.where(held.fixed, 0.0, np.array(minuit.errors))
    return Minimum(float(minuit.fval), np.array(minuit.values), errors)


def _steps(likelihood: Likelihood, x: FloatArray) -> FloatArray:
    """First steps of the minimiser: the errors that the Fisher matrix gives one by one."""
    information = np.diag(likelihood.fisher(x))
    return np.where(information > 0, 1 / np.sqrt(np.maximum(information, 1e-300)), 0.1)


def _reason(minuit: Minuit) -> str:
    state = minuit.fmin
    if state is None:
        return "no minimum was found"
    if state.has_reached_call_limit:
        return "the call limit was reached"
    if state.is_above_max_edm:
        return f"the estimated distance to the minimum is {state.edm:.3g}"
    return "the minimum is not valid"
