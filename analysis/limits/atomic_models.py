"""The atomic model as a systematic: one limit under each ionization model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from sim.cross_sections.ionization.registry import IONIZATION_MODELS
from sim.display import html_fields
from sim.experiment import ConfigurationError, Experiment
from sim.model import Model
from sim.sources.parts import refolded
from sim.sources.sources import Sources
from sim.spectra.spectra import Spectra


@dataclass(frozen=True, slots=True)
class ModelLimit:
    """A limit under one ionization model, or the reason why the model does not apply."""

    ionization: str
    limit: Limit | None
    reason: str | None

    def __repr__(self) -> str:
        return f"<ModelLimit of {self.ionization}: {self.limit or self.reason}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("limit under an ionization model", self)


def with_ionization(experiment: Experiment, ionization: str) -> Experiment:
    """The experiment with another ionization model; options of equivalent photons go with epa-max.

    Raises
    ------
    ConfigurationError
        for an unknown model.
    """
    changes: dict[str, object] = {"ionization": ionization}
    if ionization != "epa-max":
        fields = type(experiment.config.physics).model_fields
        for name in ("epa_neutrino_mass_ev", "epa_medium"):
            changes[name] = fields[name].default
    return experiment.replaced("physics", **changes)


def limits_by_ionization(
    subject: Experiment | Sources | Model,
    parameter: str,
    cl: float = 0.90,
    method: str | None = None,
    treatment: str | None = None,
    spectra: Spectra | None = None,
) -> list[ModelLimit]:
    """Limit under every ionization model, of several experiments in all of them.

    With spectra given all models are fitted to them; without, each to the observed spectra of
    the subject, or to its own Asimov spectra.  ``epa-max`` and ``pai`` differ only for q_nu;
    ``orbital`` and ``best`` for every parameter.
    """
    results = []
    for ionization in IONIZATION_MODELS:
        try:
            model = refolded(subject, partial(with_ionization, ionization=ionization))
        except ConfigurationError as error:
            results.append(ModelLimit(ionization, None, str(error)))
            continue
        data = spectra or model.data()
        found = limit(model, data, parameter, cl, method, treatment)
        results.append(ModelLimit(ionization, found, None))
    return results
