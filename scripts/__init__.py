"""The command line: one file a sub-command, no physics and no statistics."""
