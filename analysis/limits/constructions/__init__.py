"""Constructions of limits, a file each; ``registry`` finds them."""
