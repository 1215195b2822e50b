"""The self-test of `nuem doctor`: a small experiment from file to limits, beside known numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

COUNTS_ON = {"standard-model": 96.80313009473072, "norm:flat": 6000.0}
"""Expected counts with the reactor on: 10 of the background per keV, kg and day in 2 keV."""
LIMITS = {"mu_nu": 7.22306774e-11, "q_nu": 1.25906453e-12, "r2_nu": 4.75900665e-32}
"""Upper ends at 90 % CL by delta-chi2, in the unit of each parameter."""
FIRST_TOY = 8168
"""All counts of toy 0 of seed 1: numpy's generators give the same everywhere."""
_COUNTS_AGREE, _LIMITS_AGREE = 1e-8, 1e-5


@dataclass(frozen=True, slots=True)
class Check:
    """What was tested, what was found and what was expected."""

    name: str
    unit: str
    found: float
    expected: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """True if both agree within the relative tolerance."""
        return abs(self.found - self.expected) <= self.tolerance * abs(self.expected)


def self_test() -> Iterator[Check]:
    """Checks one after the other, as they are done."""
    import numpy as np

    from analysis.limits.limit import limit
    from sim.experiment import parse_experiment
    from sim.model_assembly import build_model
    from sim.pseudo import toy_array
    from sim.store import read_spectra, write_spectra

    text = resources.files("scripts").joinpath("self_test.toml").read_text(encoding="utf-8")
    model = build_model(parse_experiment(text))
    data = model.asimov()
    ((_, samples), *_) = model.expected(by="sample").items()
    for name, counts in COUNTS_ON.items():
        yield Check(
            f"counts of {name}", "counts", float(np.sum(samples[name])), counts, _COUNTS_AGREE
        )
    toys = toy_array(model, 1, seed=1)
    yield Check("counts of a toy", "counts", float(np.sum(toys)), FIRST_TOY, 0.0)
    for parameter, upper in LIMITS.items():
        found = limit(model, data, parameter, 0.9, "delta-chi2")
        value = float("nan") if found.upper is None else found.upper
        yield Check(f"limit on {parameter}", found.unit, value, upper, _LIMITS_AGREE)
    with tempfile.TemporaryDirectory(prefix="nuem-doctor-") as folder:
        path = Path(folder, "spectra.h5")
        write_spectra(path, model, data, toys, 1)
        stored = read_spectra(path).spectra
    yield Check("counts read back", "counts", float(stored.flat.sum()), float(data.flat.sum()), 0.0)
