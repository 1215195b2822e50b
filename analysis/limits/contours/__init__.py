"""Contours: regions of two parameters."""
