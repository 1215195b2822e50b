"""The [systematics] section: relative uncertainties and what they are common to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from sim.section import OF_A_LABORATORY, RelativeUncertainty, Section

Per = Literal["all", "material", "detector", "period", "detector+period"]
"""What has a nuisance parameter of its own."""

SharedName = Literal[
    "flux_norm",
    "flux_shape",
    "efficiency",
    "exposure",
    "energy_scale",
    "quenching",
    "resolution",
    "ionization",
    "threshold",
]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the nuisance of a key changes: counts of the signal, of backgrounds, or both.

    per is what has a parameter of its own unless the file says otherwise.  refolded: the key is a
    field of ``sim.folding.nuisances.Inputs``, and what it changes is folded again; else it
    multiplies the counts.
    """

    per: Per
    signal: bool = True
    backgrounds: bool = False
    refolded: bool = False


class UncertaintyConfig(Section):
    """An uncertainty with what has a nuisance parameter of its own, and how these correlate."""

    sigma: RelativeUncertainty
    """Relative uncertainty."""
    per: Per | None = None
    """What has a parameter of its own; left out: as for a number."""
    correlation: Annotated[float, Field(ge=0, lt=1), OF_A_LABORATORY] = 0.0
    """Correlation of any two of the parameters, 0 to 1, 1 excluded."""


Uncertainty = RelativeUncertainty | UncertaintyConfig | dict[str, RelativeUncertainty]
"""A number, a number with its correlation, or a table by detector (0 for those not named)."""


class SystematicsConfig(Section):
    """Relative uncertainties, each a Gaussian nuisance parameter; 0 leaves it out.

    A key with ``Changes`` is a nuisance, and nothing else has to know of one that only scales.

    flux_norm and efficiency scale all signal rates, exposure signal and background, energy_scale
    the reconstructed energy, quenching the uncertain number of its model (Lindhard's k),
    resolution its width, threshold the efficiency's half_kev or, without a turn-on, threshold_kev.
    ionization is the atomic model's own error, 1 for its size as it is known.
    flux_shape adds the components of the flux covariance, besides flux_norm.  shared names those
    that a combination of experiments has in common.
    """

    flux_norm: Annotated[Uncertainty, Changes("all")] = 0.0
    """Relative uncertainty of the flux; scales the signal."""
    efficiency: Annotated[Uncertainty, Changes("detector")] = 0.0
    """Relative uncertainty of the efficiency; scales the signal."""
    exposure: Annotated[Uncertainty, Changes("detector", backgrounds=True)] = 0.0
    """Relative uncertainty of the exposure; scales signal and backgrounds."""
    energy_scale: Annotated[Uncertainty, Changes("detector", backgrounds=True, refolded=True)] = 0.0
    """Relative uncertainty of the reconstructed energy."""
    quenching: Annotated[Uncertainty, Changes("material", refolded=True)] = 0.0
    """Relative uncertainty of the quenching (of Lindhard's k, or of the factor)."""
    resolution: Annotated[Uncertainty, Changes("detector", backgrounds=True, refolded=True)] = 0.0
    """Relative uncertainty of the width of the resolution."""
    ionization: Annotated[float, Field(ge=0, le=3), Changes("material", refolded=True)] = 0.0
    """Error of the ionization model in units of what it is known to; for orbital and best."""
    threshold: Annotated[Uncertainty, Changes("detector", refolded=True)] = 0.0
    """Relative uncertainty of efficiency.half_kev, or of threshold_kev without a turn-on."""
    flux_shape: bool = False
    """Adds the components of the flux covariance, besides flux_norm."""
    shared: tuple[SharedName, ...] = ("flux_norm", "flux_shape")
    """Nuisances that a combination of experiments has in common."""
