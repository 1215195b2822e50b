"""Fits: minima, profiles, batches of toys, impacts, goodness."""
