"""Templates and toys of a frozen file, in a form that can be stored.

Templates are kept whole; changes with nuisances as four weighted sums over the bins of each sample
and period.  Components of the flux covariance may turn among themselves from one linear algebra to
another, so that only the sum of their squares is kept.
"""

from __future__ import annotations

import hashlib

import edition_arrays
import numpy as np

import nuem

N_TOYS = 20
TRUTHS = {
    "standard-model": nuem.NeutrinoParameters(),
    "beyond": nuem.NeutrinoParameters(
        mu_nu=3e-11,
        q_nu=1e-12,
        r2_nu=2e-32,
        transition_q=(2e-13, -1e-13),
        transition_r2=(1e-33, 3e-33),
    ),
}
_FLUX_SHAPE = "flux_shape_"
_ORDERS = ("linear", "quadratic", "cubic", "quartic")


def arrays(model: nuem.Model) -> dict[str, np.ndarray]:
    """Bins, expected counts, templates, and what nuisances change."""
    nominal = edition_arrays.backgrounds(model)
    found = {
        "edges_kev": model.edges_kev,
        "signal": edition_arrays.signal(model),
        "backgrounds": np.array(list(nominal.values())),
    }
    for name, truth in TRUTHS.items():
        found[f"asimov {name}"] = edition_arrays.counts(model.asimov(truth))
    if model.observed is not None:
        found["observed"] = edition_arrays.counts(model.observed)
    changed = edition_arrays.changes(model)
    for name, change in changed.items():
        if not name.startswith(_FLUX_SHAPE):
            orders = zip(_ORDERS, change, strict=False)
            found |= {f"{order} {name}": _sums(own) for order, own in orders}
    components = [change[0] for n, change in changed.items() if n.startswith(_FLUX_SHAPE)]
    if components:
        flat = np.array(components)[:, :7].reshape(len(components), -1)
        found["flux covariance"] = flat[:, : 2 * flat.shape[1] // 7].T @ flat
    return found


def names(model: nuem.Model) -> dict[str, list[str]]:
    """Names of backgrounds and nuisances, in order."""
    return {
        "backgrounds": list(edition_arrays.backgrounds(model)),
        "nuisances": list(edition_arrays.changes(model)),
    }


def toy_hashes(model: nuem.Model) -> dict[str, str]:
    """SHA-256 of the counts of toys of seed 1, as integers; none for Gaussian bins."""
    if model.observed is not None and model.observed.errors is not None:
        return {}
    hashes = {}
    for name, truth in TRUTHS.items():
        counts = _toys(model, truth, N_TOYS).astype("<i8")
        hashes[name] = hashlib.sha256(counts.tobytes()).hexdigest()
    return hashes


def gaussian_toys(model: nuem.Model) -> dict[str, np.ndarray]:
    """Counts of two toys of seed 1 where they are no integers."""
    if toy_hashes(model):
        return {}
    return {f"toys {name}": _toys(model, truth, 2) for name, truth in TRUTHS.items()}


def sizes(found: dict[str, np.ndarray], name: str) -> np.ndarray | float:
    """What departures of an array are compared with: for changes, the sum of each template."""
    if name.startswith(_ORDERS):
        templates = np.concatenate(
            [found["signal"], found["backgrounds"].reshape(-1, *found["signal"].shape[1:])]
        )
        return np.abs(templates).sum(axis=-1)[..., None]
    if name in ("signal", "backgrounds"):
        return np.abs(found[name]).max(axis=-1, initial=0.0)[..., None]
    return float(np.abs(found[name]).max(initial=0.0))


def _toys(model: nuem.Model, truth: nuem.NeutrinoParameters, n_toys: int) -> np.ndarray:
    return np.array([edition_arrays.counts(toy) for toy in nuem.toys(model, n_toys, 1, truth)])


def _sums(change: np.ndarray) -> np.ndarray:
    """Four weighted sums over bins, (samples, periods, 4)."""
    place = np.arange(change.shape[-1])
    weights = np.array([np.cos(k * (0.3 + place)) for k in (0.0, 0.7, 1.9, 2.9)])
    return change @ weights.T
