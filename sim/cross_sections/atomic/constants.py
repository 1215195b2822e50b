"""Atomic units, from the constants of nature, and the integrals over atomic electrons."""

from __future__ import annotations

from fluxes.constants import FINE_STRUCTURE

SPEED_OF_LIGHT = 1 / FINE_STRUCTURE
HARTREE_KEV = 27.211386245981 / 1e3

INTEGRALS = ("weak", "magnetic", "charge")
"""I_w, I_mu and I_q: S weighted by Q, 1 / Q and 1 / Q^3, each 1 for a free electron."""
