"""Reactor antineutrinos: spectra per fission, normalisation and cumulative moments."""
