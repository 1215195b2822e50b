"""Folding: from flux, cross sections and response to templates."""
