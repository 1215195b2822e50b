"""The strength of coherent scattering over the Standard Model: kappa times the nucleus channel.

kappa multiplies the nucleus channel with everything that the nuisances do to it, so the profile
over the nuisances is taken with a likelihood made for each value of kappa.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.intervals import crossing
from analysis.fits.minimum import FitError, Minimum, minimise, treated_likelihood
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS
from sim.cross_sections.parameters import MONOMIALS, FloatArray
from sim.folding.nuisances import Morph
from sim.model import Model, build_model
from sim.spectra import Spectra


@dataclass(frozen=True, slots=True, eq=False)
class StrengthProfile:
    """min of -2 ln L over the nuisances at a strength of coherent scattering, mu^2 = q = r = 0."""

    model: Model
    electrons: Model
    spectra: Spectra
    treatment: str

    @classmethod
    def of(cls, model: Model, spectra: Spectra, treatment: str) -> StrengthProfile:
        """Profile of an experiment; folds the electron channel alone once more.

        Raises
        ------
        FitError
            if no coherent scattering is seen in the window.
        """
        if "nucleus" not in model.experiment.config.analysis.channels:
            raise FitError("the nucleus channel is switched off")
        electrons = _without_nuclei(model)
        if np.array_equal(model.signal, electrons.signal):
            raise FitError("no coherent scattering is seen in the window of this experiment")
        return cls(model, electrons, spectra, treatment)

    def minimum(self, strength: float) -> Minimum:
        """Fit of the nuisances at a strength."""
        likelihood = treated_likelihood(self.scaled(strength), self.spectra, self.treatment)
        return minimise(likelihood, dict.fromkeys(SIGNAL_PARAMETERS, 0.0))

    def __call__(self, strength: float) -> float:
        return self.minimum(strength).value

    def best(self) -> tuple[float, float, float]:
        """Best strength (it may be negative), its error (a rise of 1), and -2 ln L there."""
        from scipy.optimize import minimize_scalar

        step = self.scale()
        found = minimize_scalar(self, bracket=(1 - step, 1 + step), tol=1e-7)
        best, value = float(found.x), float(found.fun)
        upper = crossing(self, best, 0.5 * step, value + 1)
        return best, upper - best, value

    def scale(self) -> float:
        """A first guess of the error of the strength, from the bins' own fluctuations."""
        nuclei = (self.model.signal[0] - self.electrons.signal[0])[0]
        expected = self.model.asimov().counts[0]
        seen = nuclei > 0
        return float(np.sum(nuclei[seen] ** 2 / expected[seen]) ** -0.5)

    def scaled(self, strength: float) -> Model:
        """The model with its nucleus channel multiplied."""

        def mixed(whole: FloatArray, electrons: FloatArray) -> FloatArray:
            return electrons + strength * (whole - electrons)

        others = {morph.name: morph for morph in self.electrons.morphs}
        first = len(MONOMIALS)
        morphs = []
        for morph in self.model.morphs:
            other = others.get(morph.name) or Morph(
                morph.name, np.zeros_like(morph.linear), np.zeros_like(morph.quadratic)
            )
            linear, quadratic = morph.linear.copy(), morph.quadratic.copy()
            linear[:first] = mixed(linear[:first], other.linear[:first])
            quadratic[:first] = mixed(quadratic[:first], other.quadratic[:first])
            morphs.append(replace(morph, linear=linear, quadratic=quadratic))
        signal = mixed(self.model.signal, self.electrons.signal)
        return replace(self.model, signal=signal, morphs=tuple(morphs))


def strength_interval(
    profile: Callable[[float], float], best: float, error: float, value: float, rise: float
) -> tuple[float, float]:
    """Where the profile has risen by a given amount on both sides of the best strength."""
    low = crossing(profile, best, -0.5 * error, value + rise)
    return low, crossing(profile, best, 0.5 * error, value + rise)


def channel_counts(model: Model) -> dict[str, float]:
    """Expected Standard Model counts of the ON period by channel."""
    both = float(np.sum(model.signal[0, 0]))
    if "nucleus" not in model.experiment.config.analysis.channels:
        return {"electron": both, "nucleus": 0.0}
    electrons = float(np.sum(_without_nuclei(model).signal[0, 0]))
    return {"electron": electrons, "nucleus": both - electrons}


def _without_nuclei(model: Model) -> Model:
    """The same experiment with the nucleus channel off, or with no signal if it has no other."""
    channels = model.experiment.config.analysis.channels
    if "electron" in channels:
        return build_model(model.experiment.replaced("analysis", channels=["electron"]))
    morphs = []
    for morph in model.morphs:
        linear, quadratic = morph.linear.copy(), morph.quadratic.copy()
        linear[: len(MONOMIALS)] = 0.0
        quadratic[: len(MONOMIALS)] = 0.0
        morphs.append(replace(morph, linear=linear, quadratic=quadratic))
    return replace(model, signal=np.zeros_like(model.signal), morphs=tuple(morphs))
