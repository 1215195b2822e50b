"""Quenching: ionization of nuclear recoils, a file a model; measured points and their fit."""
