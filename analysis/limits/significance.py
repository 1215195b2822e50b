"""Significance of a signal: how badly the data are described without it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.minimum import FitError, minimise, treated_likelihood
from sim.display import html_table
from sim.model import Model
from sim.spectra import Spectra

SIGNALS = ("cevns", "mu_nu")


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
        if a fit fails, or no coherent scattering is seen.
    """
    if signal not in SIGNALS:
        raise ValueError(f"signal {signal!r}: allowed are {', '.join(SIGNALS)}")
    chosen = treatment or model.experiment.config.analysis.background
    likelihood = treated_likelihood(model, spectra, chosen)
    parameter = model.signal_table.parameter(signal)
    name, none = parameter.fitted, parameter.inverse(0.0)
    if not likelihood.is_sensitive_to(name):
        raise FitError(f"no bin's expectation depends on {signal}")
    best = minimise(likelihood, likelihood.others(name))
    null = minimise(likelihood, likelihood.others() | {name: none})
    x = float(best.x[likelihood.index(name)])
    q0 = max(null.value - best.value, 0.0) if x > none else 0.0
    if parameter.power != 1:
        unit = f"({parameter.scale:g} {parameter.unit})^{1 / parameter.power:g}"
        return Significance(signal, q0, q0**0.5, x, unit)
    return Significance(signal, q0, q0**0.5, parameter.physical(x), parameter.unit)
