"""Test statistics: their asymptotic distributions, tails, and toys that calibrate them."""
