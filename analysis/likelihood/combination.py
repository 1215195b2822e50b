"""Combinations: several likelihoods as one, what they share by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from analysis.likelihood.blocks import Blocks
from analysis.likelihood.correlations import Correlations
from analysis.likelihood.likelihood import Likelihood


def combined_likelihood(parts: Mapping[str, Likelihood], shared: Sequence[str] = ()) -> Likelihood:
    """Several likelihoods as one: the signal parameters and the shared nuisances are common.

    parts maps a label to each likelihood; every other nuisance becomes ``<label>/<name>``, and so
    the detectors and periods of its blocks.
    """
    renamed = {label: _joined_names(label, part, shared) for label, part in parts.items()}
    signal = {p.fitted: p for part in parts.values() for p in part.signal}
    kinds = {
        name: kind
        for label, part in parts.items()
        for name, kind in zip(renamed[label], part.kinds, strict=True)
    }
    names = sorted(kinds, key=lambda name: (kinds[name] != "signal") + (kinds[name] == "norm"))
    centers, inverse_sigmas = np.zeros(len(names)), np.zeros(len(names))
    fixed = np.ones(len(names), dtype=np.bool_)
    blocks, correlations = [], {}
    for label, part in parts.items():
        places = np.array([names.index(name) for name in renamed[label]])
        centers[places], inverse_sigmas[places] = part.centers, part.inverse_sigmas
        fixed[places] &= part.fixed
        for own, covariance in part.correlations.moved(places):
            correlations[tuple(own)] = (own, covariance)
        blocks += [
            replace(
                block.with_places([*places, len(names)]),
                detector=f"{label}/{block.detector}",
                period=f"{label}/{block.period}",
            )
            for block in part.blocks.blocks
        ]
    return Likelihood(
        names=tuple(names),
        kinds=tuple(kinds[name] for name in names),
        signal=tuple(signal[name] for name in names if name in signal),
        blocks=Blocks.of(blocks),
        counts=np.concatenate([part.counts for part in parts.values()]),
        variances=np.concatenate([part.variances for part in parts.values()]),
        centers=centers,
        inverse_sigmas=inverse_sigmas,
        fixed=fixed,
        correlations=Correlations.of(list(correlations.values())),
    )


def with_names(likelihood: Likelihood, new: Mapping[str, str]) -> Likelihood:
    """The same likelihood with other names for some of its parameters."""
    return replace(likelihood, names=tuple(new.get(name, name) for name in likelihood.names))


def _joined_names(label: str, part: Likelihood, shared: Sequence[str]) -> list[str]:
    return [
        name if kind == "signal" or name in shared else f"{label}/{name}"
        for name, kind in zip(part.names, part.kinds, strict=True)
    ]
