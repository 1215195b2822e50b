"""How experiment files are written: quantities with units, changes of keys, lines, hints."""
