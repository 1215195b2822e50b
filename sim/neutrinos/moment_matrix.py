"""Moments in the mass basis: matrices of named elements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sim.neutrinos.moments import ComplexMatrix

KINDS = ("dirac", "majorana")
ELEMENTS = ("11", "22", "33", "12", "13", "23")


@dataclass(frozen=True, slots=True)
class MomentMatrix:
    """Magnetic and electric moments of three mass states [mu_B], by element such as ``12``.

    Of Dirac neutrinos the matrices are Hermitian, with real elements on the diagonal; of Majorana
    ones antisymmetric and imaginary, so that only 12, 13, 23 exist and the number given is the
    imaginary part above the diagonal.

    Raises
    ------
    ValueError
        for another kind or element, or a complex number where it must be real.
    """

    kind: str = "majorana"
    magnetic: Mapping[str, complex] = field(default_factory=dict)
    electric: Mapping[str, complex] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind!r}: allowed are {', '.join(KINDS)}")
        allowed = ELEMENTS if self.kind == "dirac" else ELEMENTS[3:]
        for name, value in (*self.magnetic.items(), *self.electric.items()):
            if name not in allowed:
                raise ValueError(
                    f"moment {name!r} of a {self.kind} neutrino: allowed are {', '.join(allowed)}"
                )
            if complex(value).imag and (self.kind == "majorana" or name[0] == name[1]):
                raise ValueError(f"moment {name!r} of a {self.kind} neutrino must be real")

    def matrices(self) -> tuple[ComplexMatrix, ComplexMatrix]:
        """mu and eps, each (3, 3)."""
        return self._matrix(self.magnetic), self._matrix(self.electric)

    def _matrix(self, elements: Mapping[str, complex]) -> ComplexMatrix:
        out = np.zeros((3, 3), dtype=np.complex128)
        for name, value in elements.items():
            i, k = int(name[0]) - 1, int(name[1]) - 1
            element = 1j * value if self.kind == "majorana" else complex(value)
            out[k, i] = np.conj(element)
            out[i, k] = element
        return out
