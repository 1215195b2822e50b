"""Constants of nature on this floor: CODATA 2022, as in ``scipy.constants``.

They stand here as numbers because importing that module takes longer than checking an experiment
file; ``tests/test_constants.py`` compares each with it.
"""

from __future__ import annotations

ELECTRON_MASS_MEV = 0.51099895069
PROTON_MASS_MEV = 938.27208943
NEUTRON_MASS_MEV = 939.56542194
ELEMENTARY_CHARGE_C = 1.602176634e-19
FINE_STRUCTURE = 0.0072973525643
HBAR_C_MEV_FM = 197.3269804593025
