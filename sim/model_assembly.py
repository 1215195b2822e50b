"""The model of one experiment: its detectors folded once each, its periods as factors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sim.config.backgrounds.registry import BackgroundConfig
from sim.config.templates import TemplatesConfig
from sim.cross_sections.parameters import FloatArray
from sim.experiment import ConfigurationError, Experiment
from sim.folding.background_shapes import BackgroundShapes, PlacedBackground
from sim.folding.backgrounds import background_errors, reference_rate
from sim.folding.data_covariance import moved_together
from sim.folding.flux_basis import FluxBasis
from sim.folding.folds import Folds, own_flux
from sim.folding.nuisances import Systematics, systematics_of
from sim.folding.responses import ResponseMaker
from sim.folding.stated_terms import stated_nuisances, stated_terms
from sim.folding.templates import check_reach, end_point_kev
from sim.folding.terms import Nuisance, SpectrumFactors, terms_of_spectrum
from sim.instruments.instrument import Instrument, instrument_of
from sim.instruments.template_table import template_errors
from sim.layout.backgrounds import Placement
from sim.layout.layout import Spectrum
from sim.model import Model, Source
from sim.observed import observed_bins, observed_spectra
from sim.physics import physics_of
from sim.spectra.spectrum_info import SpectrumInfo

_LOG = logging.getLogger("nuem.model")


def build_model(experiment: Experiment, refinement: int = 1, folds: Folds | None = None) -> Model:
    """Fold an experiment once into its shapes.

    The bins are those of the observed spectra if there are any, else those of the
    configuration.  refinement = 2 halves the recoil grid, to test convergence.  With folds, what
    variations of an experiment have in common is folded once for all of them.

    Raises
    ------
    ConfigurationError
        if the parts of the experiment do not go together.

    Examples
    --------
    >>> model = nuem.build_model(nuem.load_experiment("gemma-2012"))
    >>> [info.name for info in model.spectra]
    ['detector/on', 'detector/off']
    """
    data = experiment.config.data
    try:
        model = _build(experiment, refinement, folds)
        if data is not None and data.covariance is not None:
            model = _with_covariance(model, experiment.files[data.covariance], data.covariance)
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"{experiment.name}: {error}") from error
    _LOG.info("folded %s: %s", experiment.name, ", ".join(map(" ".join, model.facts())))
    return model


def _build(experiment: Experiment, refinement: int, folds: Folds | None) -> Model:
    config, layout = experiment.config, experiment.layout
    basis = own_flux(experiment) if folds is None else folds.flux(experiment)
    if config.templates is not None and len(basis.moments) > 1:
        raise ValueError("templates: an OFF flux of its own cannot be folded into a table")
    bins = observed_bins(experiment)
    instruments = [
        replace(instrument_of(experiment, s), bins=bins.get(s.detector.name, s.bins))
        for s in layout.spectra
    ]
    if config.templates is not None and config.templates.terms is not None:
        return _stated_model(experiment, config.templates, instruments, basis)
    for instrument in {id(i.detector): i for i in instruments}.values():
        check_reach(instrument, basis.moments[0])
    systematics = systematics_of(experiment)
    placed = experiment.placed
    maker = ResponseMaker(basis, folds or Folds(), config.background, refinement)
    theory = physics_of(config).theory
    terms, floated = [], []
    for i, (spectrum, instrument) in enumerate(zip(layout.spectra, instruments, strict=True)):
        own = [p for p in placed if p.spectrum == i]
        present = frozenset(
            p.component
            for p in placed
            if layout.spectra[p.spectrum].detector.name == spectrum.detector.name
        )
        touches = systematics.touches[i]
        response = maker.response(instrument, touches, present)
        weights = [_weight(p, config.background[p.component]) for p in own]
        simulated = [
            (weight, background_errors(config.background[p.component], instrument))
            for p, weight in zip(own, weights, strict=True)
        ]
        factors = _factors(experiment, spectrum, basis)
        if instrument.templates is not None:
            size = factors.kg_days * float(np.sum(factors.flux_weights))
            simulated.append((size, template_errors(instrument.files, instrument.templates)))
        terms.append(
            terms_of_spectrum(
                theory.signal,
                response,
                factors,
                touches,
                [(p.component, p.norm, w) for p, w in zip(own, weights, strict=True)],
                _in_quadrature(simulated),
            )
        )
        floated += [
            PlacedBackground(config.background[p.component], response.instrument, i, p.norm, w)
            for p, w in zip(own, weights, strict=True)
        ]
    shapes = BackgroundShapes.of(floated, len(layout.spectra))
    infos = tuple(
        _info(experiment, spectrum, instrument, basis)
        for spectrum, instrument in zip(layout.spectra, instruments, strict=True)
    )
    return Model(
        sources=(Source("", experiment, basis.full),),
        spectra=infos,
        terms_by_spectrum=tuple(terms),
        nuisances=_nuisances(experiment, systematics, basis, shapes, placed),
        correlations=systematics.correlations,
        observed=observed_spectra(experiment, infos),
        shapes=shapes,
    )


def _with_covariance(model: Model, text: str, source: str) -> Model:
    """With the nuisances of a covariance of the data, before the norms."""
    exposed = [info.kg_days > 0 for info in model.spectra]
    terms, known = moved_together(model.terms_by_spectrum, exposed, text, source)
    first = sum(nuisance.kind != "norm" for nuisance in model.nuisances)
    nuisances = (*model.nuisances[:first], *known, *model.nuisances[first:])
    return replace(model, terms_by_spectrum=terms, nuisances=nuisances)


def _stated_model(
    experiment: Experiment,
    templates: TemplatesConfig,
    instruments: Sequence[Instrument],
    basis: FluxBasis,
) -> Model:
    """The model whose terms are stated in a table."""
    theory = physics_of(experiment.config).theory
    infos = tuple(
        _info(experiment, spectrum, instrument, basis)
        for spectrum, instrument in zip(experiment.layout.spectra, instruments, strict=True)
    )
    name, nuisances = templates.terms or "", stated_nuisances(templates.nuisance)
    return Model(
        sources=(Source("", experiment, basis.full),),
        spectra=infos,
        terms_by_spectrum=stated_terms(
            experiment.files[name], name, infos, theory.signal, nuisances
        ),
        nuisances=nuisances,
        correlations=(),
        observed=observed_spectra(experiment, infos),
        shapes=BackgroundShapes.of((), len(infos)),
    )


def _in_quadrature(parts: Sequence[tuple[float, FloatArray | None]]) -> FloatArray | None:
    """Errors of a sum of weighted parts, None if no part has any."""
    squares = [(weight * errors) ** 2 for weight, errors in parts if errors is not None]
    return np.sqrt(np.sum(squares, axis=0)) if squares else None


def _weight(placement: Placement, component: BackgroundConfig) -> float:
    """What the rate of a component in one spectrum is multiplied by to give counts."""
    if placement.rate is None:
        return placement.size
    return placement.size * (placement.rate / reference_rate(component))


def _factors(experiment: Experiment, spectrum: Spectrum, basis: FluxBasis) -> SpectrumFactors:
    place = _place_of(experiment, spectrum)
    weights = basis.weights[place]
    if experiment.config.templates is not None:
        # a table is that of full power
        weights = np.array([basis.totals_cm2_s[place] / basis.full.total_cm2_s])
    return SpectrumFactors(spectrum.kg_days, weights, basis.fissions_cm2_s[place])


def _info(
    experiment: Experiment, spectrum: Spectrum, instrument: Instrument, basis: FluxBasis
) -> SpectrumInfo:
    period, place = spectrum.period, _place_of(experiment, spectrum)
    return SpectrumInfo(
        detector=spectrum.detector.name,
        period=period.name,
        edges_kev=_edges_kev(instrument, basis),
        kg_days=spectrum.kg_days,
        live_days=spectrum.live_days,
        mass_kg=spectrum.detector.mass_kg,
        flux_cm2_s=float(basis.totals_cm2_s[place]),
        flux_fraction=period.power_share[""] + period.residual_flux,
        powered=not period.is_off,
        start=period.start,
        stop=period.stop,
        days_from=None if period.span is None else period.span.start_day,
        days=None if period.span is None else period.span.days,
    )


def _place_of(experiment: Experiment, spectrum: Spectrum) -> int:
    """Place of a spectrum's period."""
    names = [period.name for period in experiment.layout.periods]
    return names.index(spectrum.period.name)


def _edges_kev(instrument: Instrument, basis: FluxBasis) -> FloatArray:
    """Edges of the bins; of a detector that counts, what it can see at all."""
    if instrument.bins is not None:
        return instrument.bins.edges_kev
    detector = instrument.detector
    low = max(detector.min_ionization_kev, detector.threshold_kev)
    return np.array([low, max(end_point_kev(instrument, m) for m in basis.moments)])


def _nuisances(
    experiment: Experiment,
    systematics: Systematics,
    basis: FluxBasis,
    shapes: BackgroundShapes,
    placed: Sequence[Placement],
) -> tuple[Nuisance, ...]:
    """All parameters that are not of interest, norms of backgrounds last."""
    found = [Nuisance(name, "morph", 0.0, 1.0) for name in systematics.names]
    found += [
        Nuisance(f"flux_shape_{i}", "morph", 0.0, 1.0) for i in range(1, len(basis.deviations) + 1)
    ]
    found += [Nuisance(p.name, "shape", 0.0, p.sigma) for p in shapes.parameters]
    norms: dict[str, float] = {}
    for placement in placed:
        norm = experiment.config.background[placement.component].norm
        norms.setdefault(placement.norm, np.inf if norm == "free" else float(norm))
    found += [Nuisance(f"norm:{name}", "norm", 1.0, sigma) for name, sigma in norms.items()]
    return tuple(found)
