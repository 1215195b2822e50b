"""Interactions of the neutrino, a file each: what ``registry`` finds here is part of the house."""
