"""Where the tests of the first edition look inside a model; a new core changes this file only.

Everything else in this folder goes through ``import nuem``.  Arrays have the layout of the first
edition: monomials 1, mu^2, q, q^2, r, r^2, q r in the units 1e-11 mu_B, 1e-12 e and 1e-32 cm^2 from
the Standard Model; periods ON, OFF; bins.
"""

from __future__ import annotations

import numpy as np
from model_arrays import arrays_of, backgrounds_of, signal_of

import nuem

Array = np.ndarray


def signal(model: nuem.Model) -> Array:
    """Expected counts of each monomial, (7, 2, n_bins)."""
    return np.asarray(signal_of(model))


def backgrounds(model: nuem.Model) -> dict[str, Array]:
    """Expected counts (2, n_bins) of each background at its nominal norm, by name, in order."""
    return {background.name: background.counts for background in backgrounds_of(model)}


def changes(model: nuem.Model) -> dict[str, tuple[Array, ...]]:
    """Linear and quadratic change (7 + n_backgrounds, 2, n_bins) with each nuisance, in order.

    Per standard deviation; for a free shape of a background per its unit.  Of steep templates also
    those with the third and fourth power.
    """
    return {
        morph.name: (morph.linear, morph.quadratic, *(() if morph.higher is None else morph.higher))
        for morph in arrays_of(model).morphs
    }


def counts(spectra: nuem.Spectra) -> Array:
    """Counts of ON and OFF, (2, n_bins)."""
    return np.asarray(spectra.counts)


def with_counts(spectra: nuem.Spectra, changed: Array) -> nuem.Spectra:
    """The same spectra with other counts (2, n_bins)."""
    return spectra.with_counts(changed)


def off_can_fix(experiment: nuem.Experiment) -> bool:
    """Whether the OFF spectrum can fix the background."""
    return experiment.off_fixed_problem() is None
