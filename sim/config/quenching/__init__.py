"""The [detector.quenching] section: a model of quenching a file."""
