"""Detectors as an experiment configures them: targets, tables, responses."""
