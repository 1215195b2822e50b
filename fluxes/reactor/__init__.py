"""The reactor: cores, fuel, oscillation, inverse beta decay."""
