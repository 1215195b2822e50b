"""The lowest ionization as a systematic: how far a limit hangs on it."""

from __future__ import annotations

from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from sim.experiment import Experiment
from sim.model import Model
from sim.sources.parts import refolded
from sim.sources.sources import Sources
from sim.spectra.spectra import Spectra
from sim.variation import varied

FACTOR = 3.0
TOLERABLE_CHANGE = 0.10


def change_with_lowest_ionization(
    subject: Experiment | Sources | Model, found: Limit, spectra: Spectra | None = None
) -> float | None:
    """Relative change of a limit's reach when detector.min_ionization_kev is three times as high.

    1/T and 1/T^2 spectra leak through the tail of the resolution from below the threshold; a
    large change says that the limit is made of what is not measured there.  spectra: the data, by
    default those of the subject, or the Asimov ones.  None if there is no limit to compare.

    Raises
    ------
    ConfigurationError
        if the higher cut leaves nothing to see.
    """
    model = refolded(subject, lambda own: varied(own, _raised(own)))
    data = spectra or model.data()
    other = limit(model, data, found.parameter, found.cl, found.method, found.treatment)
    if found.reach is None or other.reach is None:
        return None
    return other.reach / found.reach - 1


def _raised(experiment: Experiment) -> dict[str, float]:
    """The lowest ionization times the factor, of every detector."""
    units = experiment.config.detector.unit
    return {
        (f"detector.unit.{i}" if units else "detector") + ".min_ionization_kev": FACTOR
        * detector.min_ionization_kev
        for i, detector in enumerate(experiment.layout.detectors)
    }
