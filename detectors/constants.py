"""Constants of nature on this floor: CODATA 2022, as in ``scipy.constants``.

They stand here as numbers because importing that module takes longer than checking an experiment
file; ``tests/test_constants.py`` compares each with it.
"""

from __future__ import annotations

ATOMIC_MASS_MEV = 931.49410372
AVOGADRO_PER_MOL = 6.02214076e23
ELECTRON_MASS_MEV = 0.51099895069
HBAR_C_MEV_FM = 197.3269804593025
