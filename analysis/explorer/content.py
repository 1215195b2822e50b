"""Content of an explorer: all that its page needs to compute what the command computes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.explorer.controls import (
    backgrounds_content,
    correlations_content,
    exposure_content,
    parameters_content,
)
from analysis.explorer.spectra import ShapePool, spectra_content
from analysis.explorer.thresholds import KEY, folded_thresholds
from analysis.likelihood.assembly import TREATMENTS, joint_likelihood
from analysis.likelihood.special_bins import check_plain
from sim.experiment import Experiment
from sim.model import Model

FORMAT = 1


def explorer_content(
    experiment: Experiment,
    thresholds_kev: Sequence[float] | None = None,
    source: str | None = None,
    overrides: Sequence[str] = (),
) -> dict[str, Any]:
    """What the page of an explorer holds, as an object of JSON.

    The expectation of a bin is the sum over the terms of its spectrum of weight * product of the
    factors * shape, as in ``sim.folding.terms``; nuisances have a centre and a standard deviation
    (None: free).  source and overrides are how the experiment was named, for the command lines
    that the page shows.

    Raises
    ------
    ConfigurationError
        for thresholds that the experiment cannot have.
    ValueError
        for errors of simulations and the combined chi-square, which the page does not know.
    FitError
        if an experiment's own limits fail.
    """
    folded = folded_thresholds(experiment, thresholds_kev)
    own = next(entry.model for entry in folded if entry.is_own)
    check_plain(joint_likelihood(own, own.asimov()).special, "the explorer")
    pool = ShapePool()
    thresholds = [
        {
            "threshold_kev": entry.threshold_kev,
            "is_own": entry.is_own,
            "spectra": spectra_content(entry.model, pool),
        }
        for entry in folded
    ]
    config = experiment.config
    fixable = experiment.off_fixed_problem() is None
    return {
        "format": FORMAT,
        "name": experiment.name,
        "source": source or experiment.name,
        "overrides": list(overrides),
        "parameters": parameters_content(own),
        "nuisances": [
            {
                "name": nuisance.name,
                "kind": nuisance.kind,
                "center": nuisance.center,
                "sigma": nuisance.sigma if nuisance.sigma < float("inf") else None,
            }
            for nuisance in own.nuisances
        ],
        "correlations": correlations_content(own),
        "warnings": _warnings(own),
        "exposure": exposure_content(experiment),
        "backgrounds": backgrounds_content(own),
        "treatments": [name for name in TREATMENTS if name != "off-fixed" or fixable],
        "treatment": config.analysis.background,
        "threshold_key": KEY,
        "thresholds": thresholds,
        "shapes": pool.shapes,
    }


def _warnings(model: Model) -> list[str]:
    """What the page computes less exactly than the command, in a line each."""
    shapes = [nuisance.name for nuisance in model.nuisances if nuisance.kind == "shape"]
    if not shapes:
        return []
    return [
        f"Shapes of backgrounds float ({', '.join(shapes)}): this page follows them to second "
        "order, the command exactly. Where data pull them far the limits here are only a guide: "
        "take those of the command."
    ]
