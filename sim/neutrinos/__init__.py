"""Properties of neutrinos: their moments in the mass basis and at a detector."""
