"""Families of quenching curves with parameters to fit, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from detectors.matter.atoms import atom
from detectors.quenching.alternatives import AdiabaticLindhard, LinearQuenching, ModifiedLindhard
from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON
from detectors.quenching.curve import ConstantQuenching, Lindhard, Quenching
from detectors.tables import FloatArray


@dataclass(frozen=True, slots=True)
class CurveFamily:
    """Quenching curves of one form: the names of its parameters, their start and least values.

    curve makes the curve of an array of values; meaning is the formula in words.
    """

    name: str
    meaning: str
    parameters: tuple[str, ...]
    start: tuple[float, ...]
    least: tuple[float, ...]
    curve: Callable[[FloatArray], Quenching]

    def factor(self, values: FloatArray, recoil_kev: FloatArray) -> FloatArray:
        """Quenching factors of the curve at these recoil energies > 0."""
        return self.curve(values).ionization_kev(recoil_kev) / recoil_kev


FAMILIES = ("lindhard", "lindhard-binding", "modified-lindhard", "adiabatic", "linear", "constant")
"""Names of all families."""

_ANY = -np.inf
_SARKIS = {"Si": SARKIS_SILICON, "Ge": SARKIS_GERMANIUM}


def curve_families(material: str, quantity: str) -> dict[str, CurveFamily]:
    """The families that apply to a material: Lindhard's to the ionization of an element only."""
    families = [_linear(), _constant()]
    if quantity == "ionization":
        families = [*_of_an_element(material), *families]
    return {family.name: family for family in families}


def curve_family(name: str, material: str, quantity: str) -> CurveFamily:
    """One family.

    Raises
    ------
    ValueError
        for an unknown name, or a family that does not apply.
    """
    found = curve_families(material, quantity)
    if name not in found:
        raise ValueError(
            f"quenching model {name!r}: for the {quantity} of {material} there are "
            f"{', '.join(found)}"
        )
    return found[name]


def _of_an_element(symbol: str) -> list[CurveFamily]:
    z, k = atom(symbol).z, 0.15
    families = [
        CurveFamily(
            "lindhard", "k g / (1 + k g)", ("k",), (k,), (0.0,), lambda x: Lindhard(z, x[0])
        ),
        CurveFamily(
            "modified-lindhard",
            "k g / (1 + k g) - q / e",
            ("k", "q"),
            (k, 0.0),
            (0.0, _ANY),
            lambda x: ModifiedLindhard(z, x[0], x[1]),
        ),
        CurveFamily(
            "adiabatic",
            "[1 - exp(-T / xi)] k g / (1 + k g)",
            ("k", "xi_kev"),
            (k, 0.1),
            (0.0, 1e-3),
            lambda x: AdiabaticLindhard(z, x[0], x[1]),
        ),
    ]
    if symbol in _SARKIS:
        sarkis = _SARKIS[symbol]
        binding = CurveFamily(
            "lindhard-binding",
            f"Lindhard with a binding energy of {1000 * sarkis.binding_kev:g} eV (Sarkis et al.)",
            ("k",),
            (k,),
            (0.0,),
            lambda x: replace(sarkis, k=x[0]),
        )
        families.insert(1, binding)
    return families


def _linear() -> CurveFamily:
    return CurveFamily(
        "linear",
        "intercept + slope T",
        ("intercept", "slope_per_kev"),
        (0.15, 0.0),
        (_ANY, _ANY),
        lambda x: LinearQuenching(x[0], x[1]),
    )


def _constant() -> CurveFamily:
    return CurveFamily(
        "constant",
        "one factor at all energies",
        ("factor",),
        (0.15,),
        (1e-6,),
        lambda x: ConstantQuenching(x[0]),
    )
