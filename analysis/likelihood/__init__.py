"""The likelihood of spectra: value, derivatives, reduction to shapes, degeneracies."""
