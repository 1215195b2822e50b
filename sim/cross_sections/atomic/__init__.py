"""Atoms from first principles: orbitals, their continuum, and the integrals of ionization."""
