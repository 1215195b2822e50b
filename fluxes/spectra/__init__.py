"""Antineutrino spectra per fission, a file a model."""
