"""Damage known before it is believed: seals of files, and the guarded cache of kernels."""
