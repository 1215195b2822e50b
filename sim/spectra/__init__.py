"""Spectra: counts of every detector and period, and the tables that they are read from."""
