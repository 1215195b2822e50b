"""Ionization tables that are shipped, one an element."""
