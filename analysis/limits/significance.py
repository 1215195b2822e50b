"""Significance of a signal: how badly the data are described without it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.minimum import FitError, treated_likelihood
from analysis.statistics.discovery import (
    NullProbability,
    asymptotic_probability,
    excess,
    summed_probability,
    toy_probability,
)
from analysis.statistics.few_counts import few_counts
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.interactions.strength import STRENGTH
from sim.cross_sections.signal import SignalParameter
from sim.display import html_table
from sim.model import Model
from sim.spectra.spectra import Spectra

SIGNALS = (STRENGTH, MAGNETIC_MOMENT)
_MOST_FAILED = 1e-3


@dataclass(frozen=True, slots=True)
class Significance:
    """q0 = -2 ln L(no signal) / L(best), 0 for a negative best fit, and what it is worth.

    best_fit is in unit: the strength over the Standard Model (cevns), or mu^2 in (1e-11 mu_B)^2.
    p_value is the probability of a q0 as large without a signal, z = Phi^-1(1 - p) (not below 0);
    how says where it comes from: ``asymptotic``, ``toys``, or ``summed`` over all outcomes.
    is_bound: p is smaller and z larger than given.  n_failed toys count as large.  warnings begin
    with ``few-counts`` or ``toys-failed``.
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
    """Significance of coherent scattering, or of a magnetic moment.

    Probabilities are summed where outcomes are few: one or two counts with known background.
    Elsewhere the asymptotic formula is used, or n_toys toys made at the fit without a signal.

    Raises
    ------
    ValueError
        for another signal.
    FitError
        if a fit fails, or nothing depends on the signal.
    """
    known = checked_signal(model, signal)
    likelihood = treated_likelihood(model, spectra, treatment)
    name = known.fitted
    if not likelihood.is_sensitive_to(name):
        raise FitError(f"no bin's expectation depends on {signal}")
    found = excess(likelihood, name, -known.origin / known.scale)
    worth = summed_probability(likelihood, name, found)
    warnings: list[str] = []
    if worth is None and n_toys is not None:
        worth = toy_probability(likelihood, name, found, n_toys, seed)
        warnings += _failed(worth)
    elif worth is None:
        worth = asymptotic_probability(found.q0)
        words = few_counts(likelihood, found.best, found.null.x)
        warnings += [f"{words}: the formula is asymptotic, toys are not"] if words else []
    root = known.power == 0.5
    return Significance(
        signal=signal,
        q0=found.q0,
        z=worth.z,
        best_fit=found.best_fit if root else known.physical(found.best_fit),
        unit=f"({known.scale:g} {known.unit})^2" if root else known.unit,
        p_value=worth.p_value,
        how=worth.how,
        is_bound=worth.is_bound,
        n_toys=worth.n_toys,
        n_failed=worth.n_failed,
        seed=seed if worth.n_toys else None,
        warnings=tuple(warnings),
    )


def checked_signal(model: Model, signal: str) -> SignalParameter:
    """The parameter of a signal whose absence can be tested; ValueError for another."""
    if signal not in SIGNALS:
        raise ValueError(f"signal {signal!r}: allowed are {', '.join(SIGNALS)}")
    return model.signal_table.parameter(signal)


def _failed(worth: NullProbability) -> list[str]:
    if worth.n_failed <= _MOST_FAILED * worth.n_toys:
        return []
    return [f"toys-failed: {worth.n_failed} of {worth.n_toys} toys could not be fitted"]
