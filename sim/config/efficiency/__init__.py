"""The [detector.efficiency] section: a shape of the efficiency a file."""
