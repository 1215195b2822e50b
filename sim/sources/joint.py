"""Joint models: several models as one, with what they share by name.

The parameters of the signal are common, and each nuisance that every source lists under
``systematics.shared``.  All else is a source's own and has its label: detectors are
``label/name``, nuisances ``label/name``, those of backgrounds ``norm:label/name`` and
``shape:label/name``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sim.experiment import ConfigurationError
from sim.folding.background_shapes import PREFIX, BackgroundShapes, PlacedBackground
from sim.folding.reactor_flux import flux_source
from sim.folding.terms import Nuisance, ShapeLabel, SpectrumTerms
from sim.model import Correlation, Model
from sim.spectra.spectra import Spectra
from sim.spectra.spectrum_info import SpectrumInfo

_NORM = "norm:"
_COMPONENT = "flux_shape_"


def joint_model(parts: Mapping[str, Model]) -> Model:
    """The model of several sources by label; -2 ln L is the sum of theirs, shared pulls once.

    Raises
    ------
    ConfigurationError
        if the sources use different couplings, which would be different Standard Models.
    ValueError
        for a parameter of the signal that is not the same in all sources.

    Examples
    --------
    >>> models = {n: nuem.build_model(nuem.load_experiment(n)) for n in ("rovno", "munu")}
    >>> [info.name for info in nuem.joint_model(models).spectra][:2]
    ['rovno/detector/on', 'rovno/detector/off']
    """
    models = list(parts.values())
    if any(model.couplings != models[0].couplings for model in models):
        raise ConfigurationError("a combination needs the same couplings in every experiment")
    shared = shared_nuisances(models)
    names = {
        label: {n.name: _labelled(label, model, n, shared) for n in model.nuisances}
        for label, model in parts.items()
    }
    every = dict[str, Nuisance]()
    for label, model in parts.items():
        for nuisance in model.nuisances:
            name = names[label][nuisance.name]
            every.setdefault(name, replace(nuisance, name=name))
    observed = None
    if any(model.observed is not None for model in models):
        observed = joint_spectra({label: model.data() for label, model in parts.items()})
    return Model(
        sources=tuple(
            replace(source, label=_label(label, source.label))
            for label, model in parts.items()
            for source in model.sources
        ),
        spectra=_joint_infos({label: model.spectra for label, model in parts.items()}),
        terms_by_spectrum=tuple(
            _renamed(terms, names[label], label)
            for label, model in parts.items()
            for terms in model.terms_by_spectrum
        ),
        nuisances=tuple(sorted(every.values(), key=lambda nuisance: nuisance.kind == "norm")),
        correlations=_correlations(parts, names),
        observed=observed,
        shapes=_shapes(parts),
    )


def joint_spectra(parts: Mapping[str, Spectra]) -> Spectra:
    """The spectra of several sources, by label, in a row."""
    every = list(parts.values())
    errors = None
    if any(spectra.flat_errors is not None for spectra in every):
        errors = np.concatenate(
            [np.zeros(s.flat.size) if s.flat_errors is None else s.flat_errors for s in every]
        )
    truths = [spectra.truth for spectra in every]
    return Spectra(
        infos=_joint_infos({label: spectra.infos for label, spectra in parts.items()}),
        flat=np.concatenate([spectra.flat for spectra in every]),
        kind="+".join(dict.fromkeys(spectra.kind for spectra in every)),
        truth=truths[0] if all(truth == truths[0] for truth in truths) else None,
        flat_errors=errors,
    )


def shared_nuisances(models: Sequence[Model]) -> set[str]:
    """Nuisances common to a combination: shared in every experiment, of the flux by source."""
    kinds = set.intersection(
        *(
            set(source.experiment.config.systematics.shared)
            for model in models
            for source in model.sources
        )
    )
    names = {_by_source(model, n.name) for model in models for n in model.nuisances}
    return {n for n in names if {n, n.rsplit("_", 1)[0], n.partition(":")[0]} & kinds}


def shared_names(model: Model) -> tuple[str, ...]:
    """Nuisances that the sources of a model have in common; none where there is one source."""
    if len(model.sources) == 1:
        return ()
    return tuple(n.name for n in model.nuisances if "/" not in n.name)


def _by_source(model: Model, name: str) -> str:
    """Name of a nuisance; of components of the flux ``flux_shape:<model>:<hash>:<k>``."""
    if not name.startswith(_COMPONENT):
        return name
    source = flux_source(model.sources[0].experiment)
    return f"flux_shape:{source}:{name.removeprefix(_COMPONENT)}"


def _labelled(label: str, model: Model, nuisance: Nuisance, shared: set[str]) -> str:
    common = _by_source(model, nuisance.name)
    if common in shared:
        return common
    prefix = {"norm": _NORM, "shape": PREFIX}.get(nuisance.kind, "")
    return f"{prefix}{label}/{nuisance.name.removeprefix(prefix)}"


def _label(label: str, own: str) -> str:
    """Of a source that may be a joint one itself."""
    return f"{label}/{own}" if own else label


def _joint_infos(parts: Mapping[str, Sequence[SpectrumInfo]]) -> tuple[SpectrumInfo, ...]:
    return tuple(
        replace(info, detector=f"{label}/{info.detector}", source=_label(label, info.source))
        for label, infos in parts.items()
        for info in infos
    )


def _renamed(terms: SpectrumTerms, names: Mapping[str, str], label: str) -> SpectrumTerms:
    """The terms with the joint names of nuisances; the shapes are the same arrays."""

    def labelled(own: ShapeLabel) -> ShapeLabel:
        is_norm = _NORM + own.sample in names
        return ShapeLabel(
            f"{label}/{own.sample}" if is_norm else own.sample,
            names.get(own.nuisance, own.nuisance),
            own.order,
        )

    return replace(
        terms,
        labels=tuple(map(labelled, terms.labels)),
        factors=tuple(tuple(names.get(name, name) for name in by) for by in terms.factors),
    )


def _correlations(
    parts: Mapping[str, Model], names: Mapping[str, Mapping[str, str]]
) -> tuple[Correlation, ...]:
    """Those of all sources; those of shared nuisances are the same set and count once."""
    found: dict[tuple[str, ...], Correlation] = {}
    for label, model in parts.items():
        for own, matrix in model.correlations:
            joint = tuple(names[label][name] for name in own)
            found.setdefault(joint, (joint, matrix))
    return tuple(found.values())


def _shapes(parts: Mapping[str, Model]) -> BackgroundShapes:
    placed: list[PlacedBackground] = []
    first = 0
    for label, model in parts.items():
        placed += [
            replace(
                place,
                spectrum=first + place.spectrum,
                norm=f"{label}/{place.norm}",
                prefix=f"{label}/{place.prefix}",
            )
            for place in model.shapes.placed
        ]
        first += len(model.spectra)
    return BackgroundShapes.of(placed, first)
