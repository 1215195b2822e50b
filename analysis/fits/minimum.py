"""Minima of the likelihood with iminuit, and the two treatments of the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from iminuit import Minuit

from analysis.fits.local_profile import LocalProfile, local_parameters
from analysis.likelihood.assembly import (
    places_of,
    selected_likelihood,
    spectrum_names,
    treatments_of,
)
from analysis.likelihood.blocks import BoolArray
from analysis.likelihood.floating_shapes import with_exact_shapes
from analysis.likelihood.likelihood import Likelihood
from analysis.likelihood.special_bins import SIMULATION
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError
from sim.model import Model
from sim.spectra.spectra import Spectra

_MOST_LOCAL = 20
"""Local parameters up to which MIGRAD, which builds a Hessian of its own, gets all of them."""


class FitError(RuntimeError):
    """A minimisation that did not converge, or a limit that does not exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """A minimum of -2 ln L: its value, place, and the errors (0 for fixed ones)."""

    value: float
    x: FloatArray
    errors: FloatArray


def treated_likelihood(
    model: Model, spectra: Spectra | None, treatment: str | None = None
) -> Likelihood:
    """Likelihood in one of the two treatments of the background, by default the configured one.

    Without spectra it is that of ``model.data()``.

    ``off-joint``: all spectra together.  ``off-fixed``: the background norms are fitted to the OFF
    spectra, those without reactor power, at the Standard Model, which smooths them, and held there
    for the ON spectra; the OFF statistics do not count.

    Raises
    ------
    FitError
        if the fit of the OFF spectra fails, or counts are negative or not finite.
    ConfigurationError
        for another treatment, or ``off-fixed`` without what it needs.
    """
    spectra = model.data() if spectra is None else spectra
    if not np.all(np.isfinite(spectra.flat)):
        raise FitError("the spectra hold counts that are not finite")
    poisson = spectra.flat[spectra.poisson]
    if np.any(poisson < 0):
        raise FitError(f"the spectra hold negative counts, down to {np.min(poisson):g}")
    if "off-fixed" not in treatments_of(model, treatment):
        return _exact(model, spectra, range(len(spectrum_names(model))))
    problem = model.off_fixed_problem()
    if problem is not None:
        raise ConfigurationError(f"{model.name}: {problem}")
    off = off_stage(model, spectra, treatment)
    fitted = minimise(off)
    on = _exact(model, spectra, last_places(model, treatment))
    names = fixed_by_off(on, model, treatment)
    return on.with_fixed({n: float(fitted.x[off.index(n)]) for n in names})


def off_places(model: Model, treatment: str | None) -> list[int]:
    """Spectra whose only use is to fix the background of others."""
    chosen = treatments_of(model, treatment)
    return [i for i in places_of(model, with_power=False) if chosen[i] == "off-fixed"]


def last_places(model: Model, treatment: str | None) -> list[int]:
    """Spectra in the likelihood, once those of ``off_places`` have fixed what they can."""
    first = set(off_places(model, treatment))
    return [i for i in range(len(spectrum_names(model))) if i not in first]


def off_stage(model: Model, spectra: Spectra, treatment: str | None = "off-fixed") -> Likelihood:
    """Likelihood of the OFF spectra in which only background norms and shapes are free."""
    off = _exact(model, spectra, off_places(model, treatment))
    free = fixed_by_off(off, model, treatment)
    pairs = zip(off.names, off.kinds, strict=True)
    held = [n for n, kind in pairs if n not in free and kind != SIMULATION]
    return off.with_fixed(dict.fromkeys(held, 0.0))


def fixed_by_off(likelihood: Likelihood, model: Model, treatment: str | None) -> list[str]:
    """Parameters that the OFF spectra fix in the treatment ``off-fixed``.

    The backgrounds of sources in another treatment are not among them.
    """
    chosen = zip(model.terms(), treatments_of(model, treatment), strict=True)
    joint = {
        name
        for terms, treated in chosen
        if treated != "off-fixed"
        for by in terms.factors
        for name in by
    }
    pairs = zip(likelihood.names, likelihood.kinds, strict=True)
    return [name for name, kind in pairs if kind in ("norm", "shape") and name not in joint]


def _exact(model: Model, spectra: Spectra, places: Sequence[int]) -> Likelihood:
    return with_exact_shapes(selected_likelihood(model, spectra, places), model, places)


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
    local = local_parameters(held, x)
    if np.sum(local) > _MOST_LOCAL and newton_start:
        return _over_common(held, x, ~held.fixed & ~local)
    minuit = Minuit(held.value, x, grad=held.gradient, name=held.names)
    minuit.fixed = held.fixed
    minuit.errors = _steps(held, x)
    _migrad(minuit)
    errors = np.where(held.fixed, 0.0, np.array(minuit.errors))
    return Minimum(float(minuit.fval or 0.0), np.array(minuit.values), errors)


def _over_common(likelihood: Likelihood, x: FloatArray, common: BoolArray) -> Minimum:
    """Minimum by MIGRAD in the common parameters, the local ones at theirs for each point.

    Errors of the local ones are those of the second derivatives at the minimum.
    """
    profile = LocalProfile(likelihood, x, common)
    names = [name for name, chosen in zip(likelihood.names, common, strict=True) if chosen]
    minuit = Minuit(profile, x[common], grad=profile.gradient, name=names)
    minuit.errors = _steps(likelihood, x)[common]
    _migrad(minuit)
    best = profile.point(np.array(minuit.values))
    errors = np.zeros_like(best)
    covariance = np.linalg.pinv(likelihood.curvature(best), hermitian=True)
    errors[~likelihood.fixed] = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    errors[common] = np.array(minuit.errors)
    return Minimum(float(minuit.fval or 0.0), best, errors)


def _migrad(minuit: Minuit) -> None:
    """Minimise, with simplex steps first at the second try; FitError if both fail."""
    minuit.errordef = 1.0
    minuit.tol = 1e-3
    minuit.migrad()
    if not minuit.valid:
        minuit.strategy = 2
        minuit.simplex().migrad()
    if not minuit.valid or not np.isfinite(minuit.fval):
        raise FitError(f"the fit did not converge: {_reason(minuit)}")


def physical_minimum(likelihood: Likelihood, start: FloatArray | None = None) -> Minimum:
    """Minimum reached from start in which no bounded parameter is negative.

    One that comes out below 0, or above by less than 1e-4 of its error, is held at 0.  Where the
    fit fails, as it runs into the wall of negative expectations, they all are, and that is the best
    point if -2 ln L rises there.

    Raises
    ------
    FitError
        if a fit fails otherwise.
    """
    bounded = likelihood.bounded()
    places = [likelihood.index(name) for name in bounded]
    try:
        best = minimise(likelihood, None, start)
    except FitError:
        if not bounded:
            raise
        best = minimise(likelihood, dict.fromkeys(bounded, 0.0))
        if np.any(likelihood.gradient(best.x)[places] < 0):
            raise
        return best
    while True:
        below = {n: 0.0 for n, p in zip(bounded, places, strict=True) if _is_below(best, p)}
        if not below:
            return best
        likelihood = likelihood.with_fixed(below)
        best = minimise(likelihood, None, best.x)


def _is_below(minimum: Minimum, place: int) -> bool:
    """Whether a bounded parameter lies below 0, or as good as on it."""
    return bool(minimum.x[place] < 1e-4 * minimum.errors[place] and minimum.x[place] != 0)


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
