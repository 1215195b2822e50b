"""Atomic units, from the constants of nature."""

from __future__ import annotations

from fluxes.constants import FINE_STRUCTURE

SPEED_OF_LIGHT = 1 / FINE_STRUCTURE
HARTREE_KEV = 27.211386245981 / 1e3
