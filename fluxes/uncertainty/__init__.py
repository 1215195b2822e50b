"""Uncertainties of the flux: covariances and their components."""
