"""Exports to the formats of others."""
