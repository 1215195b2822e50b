"""The experiment file: sections, keys, units, errors."""
