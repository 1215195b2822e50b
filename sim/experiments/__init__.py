"""Experiment files (TOML) that ship with nuem."""
