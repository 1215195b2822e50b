"""A curve fitted to measured points, whose covariance is among the nuisances of the experiment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from detectors.matter.materials import Constituent
from detectors.quenching.curve import Quenching
from sim.config.quenching.section import QuenchingSection

if TYPE_CHECKING:
    from detectors.quenching.fit import QuenchingFit


class FittedQuenching(QuenchingSection):
    """A curve fitted to measured points; its covariance becomes nuisances by itself.

    Each independent direction of the covariance is a nuisance, ``quenching_fit_1`` and so on, of
    one standard deviation, folded again.  systematics.quenching comes on top.
    """

    citations = ("Lindhard1963",)
    told_by = "fit"

    model: Literal["fitted"] = "fitted"
    """Quenching of nuclear recoils."""
    fit: Annotated[tuple[str, ...], Field(min_length=1)]
    """Data sets that are fitted; `nuem quenching MATERIAL --list` names them."""
    family: Literal[
        "lindhard", "lindhard-binding", "modified-lindhard", "adiabatic", "linear", "constant"
    ] = "lindhard"
    """Form of the curve."""
    material: str | None = None
    """Whose data sets they are; left out: the element's."""
    scale_errors: bool = True
    """Errors with the scale factor of the fit, where chi2 or tension exceeds 1 a degree."""

    def build(self, element: Constituent, texts: Mapping[str, str]) -> Quenching:
        """The fitted curve."""
        return self.fitted(element).curve

    def moved(self, element: Constituent, steps: tuple[float, ...]) -> Quenching:
        """The curve some standard deviations away, along each direction of its covariance."""
        return self.fitted(element).moved(steps)

    def n_directions(self, element: Constituent) -> int:
        """Number of independent directions of the covariance."""
        return len(self.fitted(element).directions)

    def fitted(self, element: Constituent) -> QuenchingFit:
        """The fit to the data sets.

        Raises
        ------
        ValueError
            for a material or data set without points, or a family that does not apply.
        """
        material = self.material or element.atom.symbol
        return _fitted(self.family, material, self.fit, self.scale_errors)


@lru_cache(maxsize=16)
def _fitted(family: str, material: str, names: tuple[str, ...], scaled: bool) -> QuenchingFit:
    from detectors.quenching.families import curve_family
    from detectors.quenching.fit import fit_quenching
    from detectors.quenching.points import chosen_data

    data = chosen_data(material, names)
    return fit_quenching(curve_family(family, material, data[0].quantity), data, scaled=scaled)
