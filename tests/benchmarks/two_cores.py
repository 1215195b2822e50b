"""The example of two crystals at two cores in a hundred periods: 200 spectra of 100 bins."""

from __future__ import annotations

from pathlib import Path

from analysis.likelihood.assembly import joint_likelihood
from analysis.likelihood.likelihood import Likelihood
from sim.experiment import load_experiment
from sim.model_assembly import build_model

_EXAMPLES = Path(__file__).parents[1] / "data" / "examples"


def two_cores_file(folder: Path) -> Path:
    """The experiment file in a folder, an excess of its own in every spectrum."""
    text = (_EXAMPLES / "c-two-cores.toml").read_text(encoding="utf-8")
    for old, new in (('split = "month"', "split = 100"), ("width_kev = 0.02", "width_kev = 0.01")):
        text = text.replace(old, new)
    power = "c-power.csv"
    (folder / power).write_text((_EXAMPLES / power).read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / "two-cores.toml"
    path.write_text(text, encoding="utf-8")
    return path


def two_cores_likelihood(folder: Path) -> Likelihood:
    """Its likelihood, with the data that it expects."""
    model = build_model(load_experiment(two_cores_file(folder)))
    return joint_likelihood(model, model.asimov())
