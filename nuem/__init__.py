"""nuem: sensitivity of reactor experiments to the neutrino's electromagnetic properties.

An experiment from a shipped or own file, folded into a model; a limit on what it expects to see:

    >>> import nuem
    >>> experiment = nuem.load_experiment("gemma-2012", ["exposure.on_days=1000"])
    >>> model = nuem.build_model(experiment)
    >>> found = nuem.limit(model, model.asimov(), "mu_nu", cl=0.90)
    >>> print(f"{found.upper:.2e} {found.unit}, {found.status}")
    3.89e-11 mu_B, ok

nuem.limit(model) is the limit of `nuem limit`: that on mu_nu at 90 % CL, from the observed spectra
where the file names some, else from those of the Standard Model (model.data()).  nuem.fit,
nuem.impacts and nuem.profile_curve take a model and spectra as nuem.limit does.

By subject: nuem.experiments, nuem.models, nuem.physics, nuem.statistics, nuem.studies, nuem.plots,
nuem.exports, nuem.reports; every name of theirs is also here.  All is imported from the house on
first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nuem.experiments as experiments
import nuem.exports as exports
import nuem.models as models
import nuem.physics as physics
import nuem.plots as plots
import nuem.reports as reports
import nuem.statistics as statistics
import nuem.studies as studies
from nuem.face import offered

if TYPE_CHECKING:
    from nuem.experiments import *
    from nuem.exports import *
    from nuem.models import *
    from nuem.physics import *
    from nuem.plots import *
    from nuem.reports import *
    from nuem.statistics import *
    from nuem.studies import *

SUBJECTS = (experiments, models, physics, statistics, studies, plots, exports, reports)
"""Names by subject, in the order of their use."""

_HOMES = {name: home for subject in SUBJECTS for name, home in subject.HOMES.items()}

_RENAMED: dict[str, tuple[str, str]] = {"PlottingUnavailableError": ("MissingExtraError", "0.3")}
"""Old names: the new one, and the version that forgets the old (docs/deprecation.md)."""

if not TYPE_CHECKING:
    __all__ = list(_HOMES)


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("nuem")
    if name in _RENAMED:
        return _renamed(name)
    return offered(name, __name__, _HOMES)


def _renamed(name: str) -> object:
    """The thing of an old name, with a warning that says the new one."""
    import warnings

    new, version = _RENAMED[name]
    warnings.warn(
        f"nuem.{name} is now nuem.{new}; the old name goes with nuem {version}",
        DeprecationWarning,
        stacklevel=3,
    )
    return __getattr__(new)


def __dir__() -> list[str]:
    subjects = [subject.__name__.rpartition(".")[2] for subject in SUBJECTS]
    return sorted([*_HOMES, *subjects, "__version__"])
