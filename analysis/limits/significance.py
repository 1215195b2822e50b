"""Significance of a signal: how badly the data are described without it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.minimum import FitError, minimise, treated_likelihood
from sim.cross_sections.interactions.electromagnetic import MAGNETIC_MOMENT
from sim.cross_sections.interactions.strength import STRENGTH
from sim.display import html_table
from sim.model import Model
from sim.spectra import Spectra

SIGNALS = (STRENGTH, MAGNETIC_MOMENT)


@dataclass(frozen=True, slots=True)
class Significance:
    """q0 = -2 ln L(no signal) / L(best), 0 for a negative best fit; z = sqrt(q0).

    best_fit is in unit: the strength over the Standard Model (cevns), or mu^2 in (1e-11 mu_B)^2.
    Source: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (12), (53).
    """

    signal: str
    q0: float
    z: float
    best_fit: float
    unit: str

    def __repr__(self) -> str:
        best = f"best fit {self.best_fit:.4g} {self.unit}"
        return f"<Significance of {self.signal}: {self.z:.4g} sigma, {best}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            ("significance", f"{self.z:.4g} sigma"),
            ("best fit", f"{self.best_fit:.4g} {self.unit}"),
        ]
        return html_table(f"significance of {self.signal}", rows)


def significance(
    model: Model, spectra: Spectra, signal: str, treatment: str | None = None
) -> Significance:
    """Significance of coherent scattering, or of a magnetic moment, in the asymptotic formula.

    Raises
    ------
    ValueError
        for another signal.
    FitError
        if a fit fails, or nothing depends on the signal.
    """
    if signal not in SIGNALS:
        raise ValueError(f"signal {signal!r}: allowed are {', '.join(SIGNALS)}")
    known = model.signal_table.parameter(signal)
    likelihood = treated_likelihood(model, spectra, treatment)
    if not likelihood.is_sensitive_to(known.fitted):
        raise FitError(f"no bin's expectation depends on {signal}")
    place, none = likelihood.index(known.fitted), -known.origin / known.scale
    others = likelihood.others(known.fitted)
    best = minimise(likelihood, others)
    null = minimise(likelihood, {**others, known.fitted: none})
    found = float(best.x[place])
    q0 = max(null.value - best.value, 0.0) if found > none else 0.0
    unit = f"({known.scale:g} {known.unit})^2" if known.power == 0.5 else known.unit
    shown = found if known.power == 0.5 else known.physical(found)
    return Significance(signal, q0, q0**0.5, shown, unit)
