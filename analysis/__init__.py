"""The statistics: likelihood, fits, limits, figures."""
