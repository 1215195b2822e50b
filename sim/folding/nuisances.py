"""Nuisances: how templates change when an input is off by its uncertainty.

A morph gives, for each sample (seven signal monomials, then the backgrounds), the linear and the
quadratic change per standard deviation eta of one input: template(eta) = T + eta D + eta^2 H.
Where the change is computed by folding again at +1 and -1 sigma, D = (T+ - T-) / 2 and
H = (T+ + T-) / 2 - T, so that the morph is exact at -1, 0 and +1 sigma.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from fluxes.moments import FluxMoments
from sim.cross_sections.parameters import FloatArray

REFOLDED = ("energy_scale", "quenching", "resolution")
"""Inputs whose uncertainty is propagated by folding again."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is folded: the flux, and factors on reconstructed energy, quenching and resolution.

    moments are those of the ON flux; the OFF flux is off_share of it plus, if given, off_moments.
    """

    moments: FluxMoments
    off_share: float = 0.0
    off_moments: FluxMoments | None = None
    energy_scale: float = 1.0
    quenching: float = 1.0
    resolution: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Morph:
    """Change of all samples with one nuisance parameter, each array (n_samples, 2, n_bins).

    The parameter has a Gaussian prior of mean 0 and width sigma, infinite for a free one.
    """

    name: str
    linear: FloatArray
    quadratic: FloatArray
    sigma: float = 1.0


def linear_morph(name: str, change: FloatArray) -> Morph:
    """A morph that is linear in its parameter: a norm, or a component of the flux."""
    return Morph(name, change, np.zeros_like(change))


def refolded_morph(
    name: str,
    uncertainty: float,
    fold: Callable[[Inputs], FloatArray],
    inputs: Inputs,
    nominal: FloatArray,
) -> Morph:
    """Relative uncertainty of an input named in REFOLDED, from folds at +1 and -1 sigma."""
    up, down = (fold(_varied(inputs, name, 1 + sign * uncertainty)) for sign in (1, -1))
    return Morph(name, (up - down) / 2, (up + down) / 2 - nominal)


def _varied(inputs: Inputs, name: str, factor: float) -> Inputs:
    match name:
        case "energy_scale":
            return replace(inputs, energy_scale=factor)
        case "quenching":
            return replace(inputs, quenching=factor)
        case "resolution":
            return replace(inputs, resolution=factor)
    raise ValueError(f"nuisance {name!r}: allowed are {', '.join(REFOLDED)}")
