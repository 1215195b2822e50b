"""Plans: what a study shall do, whole and unchanging."""
