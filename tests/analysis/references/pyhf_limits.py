"""Writes pyhf_limits.json: asymptotic CLs limits of pyhf on single-channel mu^2 models of nuem.

    python tests/analysis/references/pyhf_limits.py > tests/analysis/references/pyhf_limits.json

in an environment with nuem and pyhf 0.7.6.  The templates are those of the coverage studies, in ON
alone and with constrained backgrounds, so that a model is one channel.  A constrained norm and the
uncertainty of the flux become ``histosys`` with templates that lie symmetrically, which pyhf
interpolates linearly, as nuem does.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pyhf
from pyhf.infer.intervals.upper_limits import toms748_scan

from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from analysis.limits.asimov import standard_error
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model_assembly import build_model
from sim.pseudo import toy_counts

sys.path.insert(0, str(Path(__file__).parents[1]))
from dense_likelihoods import dense_arrays

STUDIES = Path(__file__).parents[3] / "docs" / "studies"
CASES = {
    "background-dominated": [
        "exposure.off_days=0",
        "analysis.bin_width_kev=5.8",
        "background.0.norm=0.01",
        "background.1.norm=0.2",
    ],
    "few-counts": ["exposure.off_days=0", "exposure.on_days=200", "background.0.norm=0.3"],
}
TOYS = {"background-dominated": (1, 4), "few-counts": (2, 3)}
CL = 0.90


def model_of(likelihood: Likelihood, top: float) -> pyhf.Model:
    """Signal mu times the template of one unit, flux and norms as symmetric histosys."""
    templates, linear, _ = dense_arrays(likelihood)
    flux = linear[0]
    samples = [
        _sample("signal", templates[:, 1], "flux", flux[:, 1], [_norm("mu")]),
        _sample("standard", templates[:, 0], "flux", flux[:, 0], []),
    ]
    for j, sigma in enumerate(_norm_sigmas(likelihood)):
        counts = templates[:, 7 + j]
        samples.append(_sample(f"background{j}", counts, f"norm{j}", sigma * counts, []))
    spec = {"channels": [{"name": "on", "samples": samples}]}
    parameters = [{"name": "mu", "bounds": [[0.0, top]], "inits": [1.0]}]
    return pyhf.Model(spec | {"parameters": parameters}, poi_name="mu")


def _norm_sigmas(likelihood: Likelihood) -> np.ndarray:
    norms = [kind == "norm" for kind in likelihood.kinds]
    return np.asarray(1 / likelihood.inverse_sigmas[norms])


def _norm(name: str) -> dict[str, Any]:
    return {"name": name, "type": "normfactor", "data": None}


def _sample(
    name: str, counts: np.ndarray, nuisance: str, shift: np.ndarray, others: list[Any]
) -> dict[str, Any]:
    data = {"hi_data": (counts + shift).tolist(), "lo_data": (counts - shift).tolist()}
    histosys = {"name": nuisance, "type": "histosys", "data": data}
    return {"name": name, "data": counts.tolist(), "modifiers": [histosys, *others]}


def limits_of(
    likelihood: Likelihood, counts: np.ndarray, scale: float
) -> tuple[float, list[float]]:
    """Observed limit on mu^2 and expected ones at -2 to 2 sigma, in units of scale."""
    model = model_of(likelihood, 40 * scale)
    data = [*counts.tolist(), *model.config.auxdata]
    observed, expected = toms748_scan(
        data, model, 1e-3 * scale, 12 * scale, level=1 - CL, rtol=1e-7, test_stat="qtilde"
    )
    return float(observed), [float(value) for value in expected]


def main() -> None:
    pyhf.set_backend("numpy", pyhf.optimize.minuit_optimizer(tolerance=1e-4, strategy=2))
    content: dict[str, Any] = {"pyhf": pyhf.__version__, "cl": CL, "cases": []}
    for name, overrides in CASES.items():
        model = build_model(load_experiment(STUDIES / f"{name}.toml", overrides))
        likelihood = joint_likelihood(model, model.asimov())
        scale = standard_error(likelihood)
        truth = NeutrinoParameters(mu_nu=1e-11 * (0.5 * scale) ** 0.5)
        for toy in TOYS[name]:
            counts = toy_counts(model.asimov(truth).counts, 11, toy)[0]
            observed, expected = limits_of(likelihood, counts, scale)
            content["cases"].append(
                {
                    "name": f"{name}, toy {toy}",
                    "counts": counts.tolist(),
                    "standard": dense_arrays(likelihood).templates[:, 0].tolist(),
                    "signal": dense_arrays(likelihood).templates[:, 1].tolist(),
                    "backgrounds": dense_arrays(likelihood).templates[:, 7:].T.tolist(),
                    "norm_sigmas": _norm_sigmas(likelihood).tolist(),
                    "flux_sigma": model.experiment.config.systematics.flux_norm,
                    "observed": observed,
                    "expected": expected,
                }
            )
    json.dump(content, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
