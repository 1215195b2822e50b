"""Significance of a signal: how badly the data are described without it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.limits.question import known_parameter
from analysis.statistics.discovery import (
    NullProbability,
    asymptotic_probability,
    departure,
    excess,
    summed_probability,
    toy_probability,
)
from analysis.statistics.few_counts import few_counts
from analysis.statistics.measured_coverage import bends
from sim.cross_sections.interactions.strength import STRENGTH
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table
from sim.model import Model
from sim.spectra.spectra import Spectra

_MOST_FAILED = 1e-3


@dataclass(frozen=True, slots=True)
class Significance:
    """q0 = -2 ln L(no signal) / L(best), 0 for a negative best fit, and what it is worth.

    best_fit is in unit: the parameter, or x where rates go with a power of it, as mu^2.  Of a
    parameter of either sign q0 is t0 and p that of a departure from the Standard Model either way.
    p_value is the probability of a q0 as large without a signal, z = Phi^-1(1 - p) (not below 0);
    how says where it comes from: ``asymptotic``, ``toys``, or ``summed`` over all outcomes.
    is_bound: p is smaller and z larger than given.  n_failed toys count as large.  warnings begin
    with ``few-counts``, ``two-valleys`` or ``toys-failed``.
    Source: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (12), (53).
    """

    signal: str
    q0: float
    z: float
    best_fit: float
    unit: str
    p_value: float
    how: str
    is_bound: bool = False
    n_toys: int = 0
    n_failed: int = 0
    seed: int | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        best = f"best fit {self.best_fit:.4g} {self.unit}"
        return f"<Significance of {self.signal}: {self.words()}, {best}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            ("significance", self.words()),
            ("best fit", f"{self.best_fit:.4g} {self.unit}"),
            *(("warning", text) for text in self.warnings),
        ]
        return html_table(f"significance of {self.signal}", rows)

    def words(self) -> str:
        """Significance and p-value as people read them."""
        z, p = (">", "<") if self.is_bound else ("", "=")
        made = f"{self.n_toys} toys, {self.n_failed} failed" if self.n_toys else self.how
        return f"{z}{self.z:.4g} sigma (p {p} {self.p_value:.3g}, {made})"


def significance(
    model: Model,
    spectra: Spectra,
    signal: str,
    treatment: str | None = None,
    n_toys: int | None = None,
    seed: int = 1,
) -> Significance:
    """Significance of a parameter of the signal: its absence, or the Standard Model, is tested.

    The absence of coherent scattering, of a moment and of whatever else only adds; of a parameter
    of either sign the Standard Model, against values on both sides and in every valley.

    Probabilities are summed where outcomes are few: one or two counts with known background.
    Elsewhere the asymptotic formula is used, or n_toys toys made at the fit without a signal.

    Raises
    ------
    ValueError
        for an unknown parameter.
    FitError
        if a fit fails, or nothing depends on the signal.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("conus-plus-2025"))
    >>> print(nuem.significance(model, model.asimov(), "cevns"))
    <Significance of cevns: 2.21 sigma (p = 0.0135, asymptotic), best fit 1 Standard Model>
    """
    known = known_parameter(model, signal)
    likelihood = treated_likelihood(model, spectra, treatment)
    name = known.fitted
    if not likelihood.is_sensitive_to(name):
        raise FitError(f"no bin's expectation depends on {signal}")
    one_sided = only_adds(known)
    if one_sided:
        found = excess(likelihood, name, without(known))
    else:
        found = departure(likelihood, name, bounded=known.bounded)
    worth = summed_probability(likelihood, name, found)
    warnings: list[str] = []
    if worth is None and n_toys is not None:
        worth = toy_probability(likelihood, name, found, n_toys, seed)
        warnings += _failed(worth)
    elif worth is None:
        worth = asymptotic_probability(found)
        words = few_counts(likelihood, found.best, found.null.x)
        warnings += [f"{words}: the formula is asymptotic, toys are not"] if words else []
        if not one_sided and bends(likelihood, name):
            warnings.append("two-valleys: -2 ln L may have two, the formula is of one, toys of all")
    plain = known.power == 1
    return Significance(
        signal=signal,
        q0=found.q0,
        z=worth.z,
        best_fit=known.physical(found.best_fit) if plain else found.best_fit,
        unit=known.unit if plain else known.fitted_unit,
        p_value=worth.p_value,
        how=worth.how,
        is_bound=worth.is_bound,
        n_toys=worth.n_toys,
        n_failed=worth.n_failed,
        seed=seed if worth.n_toys else None,
        warnings=tuple(warnings),
    )


def only_adds(parameter: SignalParameter) -> bool:
    """True if its absence is no more signal than any value: one-sided, or the strength."""
    return parameter.one_sided or parameter.name == STRENGTH


def without(parameter: SignalParameter) -> float:
    """x of a parameter that only adds where it adds nothing."""
    return -parameter.origin / parameter.scale


def _failed(worth: NullProbability) -> list[str]:
    if worth.n_failed <= _MOST_FAILED * worth.n_toys:
        return []
    return [f"toys-failed: {worth.n_failed} of {worth.n_toys} toys could not be fitted"]
