"""Media: targets as a charge sees them, by their density and by what is known of their optics."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi

from detectors.matter.materials import Material, material, parse_formula
from sim.cross_sections.constants import ALPHA, ELECTRON_MASS_MEV, HBAR_C_MEV_CM

HBAR_C_EV_CM = HBAR_C_MEV_CM * 1e6
ELECTRON_MASS_EV = ELECTRON_MASS_MEV * 1e6

_DENSITIES_G_CM3 = {
    "Ge": 5.3234,
    "Si": 2.329,
    "Xe": 2.942,
    "Ar": 1.396,
    "CsI": 4.51,
    "NaI": 3.67,
    "CaWO4": 6.06,
}
"""Germanium and silicon: crystals of natural composition, as in mendeleev 1.3.0; the liquids of
xenon and argon at their boiling points and the scintillators [remembered]."""

_FLOORS_EV = {"Ge": 0.0, "Si": 0.0, "Xe": 50.0, "Ar": 50.0}
_FLOOR_OF_ELEMENTS_EV = 100.0


@dataclass(frozen=True, slots=True)
class Medium:
    """Formula units of a target in space.

    atoms: each element with its atoms in a formula unit; units_per_cm3: formula units per cm^3;
    electrons: those of a formula unit; floor_ev: least energy loss of which the model speaks.
    """

    name: str
    atoms: tuple[tuple[str, int], ...]
    units_per_cm3: float
    electrons: int
    floor_ev: float

    @property
    def plasma_energy_squared_ev2(self) -> float:
        """(hbar omega_p)^2 of all its electrons."""
        return plasma_energy_squared_ev2(self.units_per_cm3 * self.electrons)


def plasma_energy_squared_ev2(electrons_per_cm3: float) -> float:
    """(hbar omega_p)^2 = 4 pi alpha (hbar c)^3 N / m of N free electrons per volume."""
    return 4 * pi * ALPHA * HBAR_C_EV_CM**3 * electrons_per_cm3 / ELECTRON_MASS_EV


def medium(target: Material, density_g_cm3: float | None = None) -> Medium:
    """The medium that a target forms.

    A density that is given is that of the target as it is.  The known ones are of natural
    composition: isotopes leave the atoms per volume as they are.

    Raises
    ------
    ValueError
        if no density is known for the target and none is given.
    """
    counts = parse_formula(target.formula)
    name = _known_name(counts) or target.formula
    weighed = target
    if density_g_cm3 is None:
        if name not in _DENSITIES_G_CM3:
            raise ValueError(
                f"no density is known for material {target.formula!r}, only for "
                f"{', '.join(_DENSITIES_G_CM3)}: set physics.density_g_cm3"
            )
        density_g_cm3, weighed = _DENSITIES_G_CM3[name], material(target.formula)
    return Medium(
        name=name,
        atoms=tuple(counts.items()),
        units_per_cm3=units_per_kg(weighed) * density_g_cm3 * 1e-3,
        electrons=sum(c.atom.z * counts[c.atom.symbol] for c in target.constituents),
        floor_ev=_FLOORS_EV.get(name, _FLOOR_OF_ELEMENTS_EV),
    )


def units_per_kg(target: Material) -> float:
    """Formula units in a kilogram of a target."""
    first = target.constituents[0]
    return first.atoms_per_kg / parse_formula(target.formula)[first.atom.symbol]


def _known_name(counts: dict[str, int]) -> str | None:
    """Name of the known medium with the same formula unit: CsI for ``CsI(Tl)``."""
    return next((name for name in _DENSITIES_G_CM3 if parse_formula(name) == counts), None)
