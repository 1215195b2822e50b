"""The constants of nature are those of CODATA 2022 in scipy.constants."""

from __future__ import annotations

from types import ModuleType

import pytest
import scipy
from scipy import constants

import detectors.constants
import fluxes.constants
import sim.cross_sections.constants

CODATA = {
    "ATOMIC_MASS_MEV": ("atomic mass constant energy equivalent in MeV", 1),
    "AVOGADRO_PER_MOL": ("Avogadro constant", 1),
    "ELECTRON_MASS_MEV": ("electron mass energy equivalent in MeV", 1),
    "PROTON_MASS_MEV": ("proton mass energy equivalent in MeV", 1),
    "NEUTRON_MASS_MEV": ("neutron mass energy equivalent in MeV", 1),
    "ELEMENTARY_CHARGE_C": ("elementary charge", 1),
    "FINE_STRUCTURE": ("fine-structure constant", 1),
    "HBAR_C_MEV_FM": ("reduced Planck constant times c in MeV fm", 1),
    "ALPHA": ("fine-structure constant", 1),
    "FERMI_MEV2": ("Fermi coupling constant", 1e-6),
    "HARTREE_KEV": ("Hartree energy in eV", 1e-3),
    "HBAR_C_MEV_CM": ("reduced Planck constant times c in MeV fm", 1e-13),
}
NOT_CODATA = {
    "CHARGE_RADIUS_COUPLING_CM2",  # made of the others
    "HBAR_C2_MEV2_CM2",
    "KEV_PER_MEV",
    "SECONDS_PER_DAY",
    "SIN2_THETA_W_LOW",
    "W_MASS_MEV",
}
HAS_CODATA_2022 = tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 15)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (module, name)
        for module in (fluxes.constants, detectors.constants, sim.cross_sections.constants)
        for name in vars(module)
        if name.isupper() and name not in NOT_CODATA
    ],
)
def test_constants_are_codata_2022(module: ModuleType, name: str) -> None:
    entry, factor = CODATA[name]
    tolerance = 1e-15 if HAS_CODATA_2022 else 1e-8  # older scipy: CODATA 2018
    assert getattr(module, name) == pytest.approx(constants.value(entry) * factor, rel=tolerance)
