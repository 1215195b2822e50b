"""The [detector.resolution] section: a model of the energy resolution a file."""
