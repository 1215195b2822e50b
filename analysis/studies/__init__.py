"""Studies: shards of toys, scans and coverage, run by workers and summed up."""
