"""Significance of a signal: how badly the data are described without it."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fit import best_fit
from analysis.likelihood import SIGNAL_PARAMETERS
from analysis.minimum import minimise, treated_likelihood
from sim.model import CEVNS, Model
from sim.spectra import Spectra

SIGNALS = ("cevns", "mu_nu")


@dataclass(frozen=True, slots=True)
class Significance:
    """q0 = -2 ln L(no signal) / L(best), 0 for a negative best fit; z = sqrt(q0).

    best_fit: strength over the Standard Model (cevns), or mu^2 in (1e-11 mu_B)^2.
    Source: Cowan et al., Eur. Phys. J. C 71, 1554 (2011), Eqs. (12), (53).
    """

    signal: str
    q0: float
    z: float
    best_fit: float


def significance(
    model: Model, spectra: Spectra, signal: str, treatment: str | None = None
) -> Significance:
    """Significance of coherent scattering, or of a magnetic moment, in the asymptotic formula.

    Raises
    ------
    ValueError
        for another signal, or an experiment without coherent scattering.
    FitError
        if a fit fails.
    """
    if signal not in SIGNALS:
        raise ValueError(f"signal {signal!r}: allowed are {', '.join(SIGNALS)}")
    name, absent, offset = (CEVNS, -1.0, 1.0) if signal == "cevns" else ("mu2", 0.0, 0.0)
    likelihood = treated_likelihood(model, spectra, treatment, [name])
    if name not in likelihood.names:
        raise ValueError("no coherent scattering is seen in the window of this experiment")
    held = {other: 0.0 for other in SIGNAL_PARAMETERS if other != name}
    best = best_fit(likelihood.with_fixed(held), [])
    null = minimise(likelihood, {**held, name: absent})
    strength = float(best.x[likelihood.index(name)])
    q0 = max(null.value - best.value, 0.0) if strength > absent else 0.0
    return Significance(signal, q0, q0**0.5, strength + offset)
