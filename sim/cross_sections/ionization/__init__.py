"""Ionization: how a target's bound electrons answer, a file a model."""
