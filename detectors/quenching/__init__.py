"""Quenching: ionization of nuclear recoils, a file a model."""
