"""Export to HEPData: a submission of tables with units, errors and qualifiers.

The files are those of HEPData's submission format: ``submission.yaml``, one document a table, and
a YAML file for each table, with reaction, observables, phrases and licence.  Tables: the counts of
each period beside what the fit expects by origin, and for each parameter the limits at 90 and 95 %
CL and the profile of -2 ln L.  The likelihood in HS3 is a resource of the submission where HS3 can
hold it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.exports.hs3_workspace import hs3_text, hs3_workspace
from analysis.extras import missing_extra
from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import FittedSpectra, fitted_spectra
from analysis.fits.minimum import FitError
from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.limits.profiles import profile_curve
from sim.cross_sections.signal import SignalParameter
from sim.model import Model
from sim.spectra.spectra import Spectra
from sim.store import provenance

_LEVELS = (0.90, 0.95)
_LIKELIHOOD = "likelihood.json"
_REACTIONS = ("NUEBAR E- --> NUEBAR E-", "NUEBAR NUCLEUS --> NUEBAR NUCLEUS")
_LICENCE = {"name": "CC0-1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}
"""What HEPData asks of its tables; whoever submits may state another."""


def hepdata_submission(model: Model, spectra: Spectra) -> dict[str, str]:
    """Texts of the files of a submission, by file name, ``submission.yaml`` last.

    Raises
    ------
    MissingExtraError
        without PyYAML.
    FitError
        if the fit of mu_nu fails; a parameter without a limit has a ``-`` in its table.
    """
    try:
        import yaml
    except ModuleNotFoundError:
        raise missing_extra("the HEPData export needs PyYAML", "export") from None

    tables = _tables(model, spectra)
    resources, likelihood = _likelihood(model, spectra)
    documents: list[dict[str, Any]] = [{"comment": _comment(model, spectra), **resources}]
    documents += [
        {
            "name": name,
            "location": "made by nuem",
            "description": table["description"],
            "keywords": [
                {"name": "reactions", "values": list(_REACTIONS)},
                {"name": "observables", "values": table["observables"]},
                {"name": "phrases", "values": ["neutrino electromagnetic properties", "reactor"]},
            ],
            "data_license": dict(_LICENCE),
            "data_file": _file_name(name),
        }
        for name, table in tables.items()
    ]

    def text(*content: Any) -> str:
        dumped = yaml.safe_dump_all(content, sort_keys=False, allow_unicode=True, width=100)
        return str(dumped)

    files = {_file_name(name): text(table["data"]) for name, table in tables.items()}
    return files | likelihood | {"submission.yaml": text(*documents)}


def _likelihood(model: Model, spectra: Spectra) -> tuple[dict[str, Any], dict[str, str]]:
    """The likelihood as a resource of the submission, and its file; none where HS3 has no room."""
    try:
        workspace = hs3_workspace(model, spectra)
    except ValueError:
        return {}, {}
    resource = {
        "location": _LIKELIHOOD,
        "description": "Likelihood in HS3, every parameter of the signal and nuisance in it; "
        "mu_nu is of interest.",
        "type": "HS3",
        "license": dict(_LICENCE),
    }
    return {"additional_resources": [resource]}, {_LIKELIHOOD: hs3_text(workspace)}


def _tables(model: Model, spectra: Spectra) -> dict[str, dict[str, Any]]:
    fitted = fitted_spectra(model, spectra, fit(model, spectra))
    tables = {}
    for place, info in enumerate(fitted.infos):
        if info.kg_days > 0:
            name = info.period.upper() if spectra.is_on_and_off else info.name
            tables[f"Spectrum {name}"] = {
                "description": f"Counts with the reactor {'ON' if info.powered else 'OFF'} "
                f"({spectra.kind}) beside the best fit by origin.",
                "observables": ["N"],
                "data": _spectrum(fitted, place),
            }
    for known in [p for p in model.signal_table.parameters if p.reported]:
        parameter, name = known.name, known.words
        tables[f"Limits {parameter}"] = {
            "description": f"Limits on the {name} of the neutrino ({parameter}), the others as in "
            f"the Standard Model.",
            "observables": ["limit"],
            "data": _limits(model, spectra, known),
        }
        profile = _profile(model, spectra, parameter)
        if profile is not None:
            tables[f"Profile {parameter}"] = {
                "description": f"Rise of -2 ln L along the {name} ({parameter}), all nuisance "
                f"parameters fitted at each value.",
                "observables": ["-2 ln L"],
                "data": profile,
            }
    return tables


def _spectrum(fitted: FittedSpectra, place: int) -> dict[str, Any]:
    spectra, info = fitted.spectra, fitted.infos[place]
    edges = [float(f"{edge:.12g}") for edge in info.edges_kev]
    bins = [{"low": low, "high": high} for low, high in pairwise(edges)]
    errors = np.sqrt(spectra.variances(spectra.flat))
    counts, spread = (fitted.parts(flat)[place].tolist() for flat in (spectra.flat, errors))
    kg_days = {"name": "exposure", "value": info.kg_days, "units": "kg day"}
    measured = [
        {"value": count, "errors": [{"symerror": error, "label": "stat"}]}
        for count, error in zip(counts, spread, strict=True)
    ]
    if spectra.kind == "asimov":
        measured = [{"value": entry["value"]} for entry in measured]
    data = _dependent(f"counts ({spectra.kind})", "counts", measured, [kg_days])
    expected = [
        _dependent(f"fit: {name}", "counts", _values(fitted.parts(flat)[place]), [kg_days])
        for name, flat in {"total": fitted.expected, **fitted.components}.items()
    ]
    return _table(_axis("reconstructed energy", "keV", bins), [data, *expected])


def _limits(model: Model, spectra: Spectra, known: SignalParameter) -> dict[str, Any]:
    found = [limit(model, spectra, known.name, cl) for cl in _LEVELS]
    levels = [{"value": 100 * cl} for cl in _LEVELS]
    qualifiers = [
        {"name": "method", "value": found[0].method},
        {"name": "background", "value": found[0].treatment},
        {"name": "data", "value": spectra.kind},
    ]
    ends = ("upper",) if known.bounded else ("lower", "upper")
    columns = [
        _dependent(f"{end} limit on {known.name}", known.unit, _ends(found, end), qualifiers)
        for end in ends
    ]
    return _table(_axis("confidence level", "%", levels), columns)


def _ends(found: Sequence[Limit], end: str) -> list[dict[str, Any]]:
    values = [getattr(one, end) for one in found]
    return [{"value": "-" if value is None else float(value)} for value in values]


def _profile(model: Model, spectra: Spectra, parameter: str) -> dict[str, Any] | None:
    try:
        curve = profile_curve(model, spectra, parameter)
    except FitError:
        return None
    qualifiers = [{"name": "data", "value": spectra.kind}]
    return _table(
        _axis(parameter, curve.unit, _values(curve.values)),
        [_dependent("-2 Delta ln L", "", _values(curve.rise), qualifiers)],
    )


def _table(axis: dict[str, Any], columns: list[dict[str, Any]]) -> dict[str, Any]:
    return {"independent_variables": [axis], "dependent_variables": columns}


def _axis(name: str, units: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    return {"header": {"name": name, "units": units}, "values": values}


def _dependent(
    name: str, units: str, values: list[dict[str, Any]], qualifiers: list[dict[str, Any]]
) -> dict[str, Any]:
    header = {"name": name, "units": units} if units else {"name": name}
    copies = [dict(qualifier) for qualifier in qualifiers]
    return {"header": header, "qualifiers": copies, "values": values}


def _values(numbers: Iterable[float]) -> list[dict[str, Any]]:
    return [{"value": float(number)} for number in numbers]


def _comment(model: Model, spectra: Spectra) -> str:
    made = provenance()
    experiments = [source.experiment for source in model.sources]
    about = " ".join(
        f"{e.config.description or e.config.name}. {e.config.reference}" for e in experiments
    )
    hashes = " and ".join(experiment.sha256() for experiment in experiments)
    return (
        f"{about} Spectra: {spectra.kind}. Made by nuem {made['nuem_version']} on "
        f"{made['created']} from the experiment with SHA-256 {hashes}."
    )


def _file_name(table: str) -> str:
    return table.lower().replace(" ", "_").replace("/", "_") + ".yaml"
