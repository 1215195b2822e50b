"""Model: an experiment as shapes and terms, from which every expected count is a small product."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import Literal, overload

import numpy as np

from fluxes.reactor.flux import ReactorFlux
from sim.config.backgrounds.registry import BackgroundConfig
from sim.config.templates import TemplatesConfig
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.cross_sections.signal import Signal, merged_signal
from sim.cross_sections.theory import Theory
from sim.display import html_table
from sim.experiment import ConfigurationError, Experiment
from sim.folding.background_shapes import BackgroundShapes, PlacedBackground
from sim.folding.backgrounds import reference_rate
from sim.folding.flux_basis import FluxBasis
from sim.folding.folds import Folds, own_flux
from sim.folding.nuisances import Systematics, systematics_of
from sim.folding.responses import ResponseMaker
from sim.folding.stated_terms import stated_nuisances, stated_terms
from sim.folding.templates import check_reach, end_point_kev
from sim.folding.terms import (
    Nuisance,
    SpectrumFactors,
    SpectrumTerms,
    counts_of,
    terms_of_spectrum,
)
from sim.instruments.experiment_warnings import experiment_warnings
from sim.instruments.instrument import Instrument, instrument_of
from sim.layout.backgrounds import Placement
from sim.layout.layout import Spectrum
from sim.observed import observed_bins, observed_spectra
from sim.physics import physics_of
from sim.spectra import Spectra, SpectrumInfo, matching

_LOG = logging.getLogger("nuem.model")

Correlation = tuple[tuple[str, ...], FloatArray]
Products = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """An experiment in a model, its flux, and its label, which is empty where it is alone."""

    label: str
    experiment: Experiment
    flux: ReactorFlux

    @property
    def theory(self) -> Theory:
        """Contributions to its rates."""
        return physics_of(self.experiment.config).theory


@dataclass(frozen=True, eq=False)
class Model:
    """What an experiment, or several together (``sim.sources.joint``), expect, by spectrum.

    spectra says which there are, terms_by_spectrum what each expects; nuisances lists all
    parameters that are not of interest, correlations (names, matrix) of those that have any;
    observed is None without a [data] section.  shapes has the exact form of backgrounds that float.
    """

    sources: tuple[Source, ...]
    spectra: tuple[SpectrumInfo, ...]
    terms_by_spectrum: tuple[SpectrumTerms, ...]
    nuisances: tuple[Nuisance, ...]
    correlations: tuple[Correlation, ...]
    observed: Spectra | None
    shapes: BackgroundShapes

    def __repr__(self) -> str:
        return f"<Model of {self.name}: {', '.join(map(' '.join, self.facts()))}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_table(f"model of {self.name}", self.facts())

    def facts(self) -> list[tuple[str, str]]:
        """What it is made of, by name, in words."""
        low = min(info.edges_kev[0] for info in self.spectra)
        high = max(info.edges_kev[-1] for info in self.spectra)
        n_bins = sorted({info.n_bins for info in self.spectra})
        number = str(n_bins[0]) if len(n_bins) == 1 else f"{n_bins[0]} to {n_bins[-1]}"
        norms = [n.name.removeprefix("norm:") for n in self.nuisances if n.kind == "norm"]
        others = [n.name for n in self.nuisances if n.kind != "norm"]
        facts = [
            ("bins", f"{number} from {low:g} to {high:g} keV"),
            ("flux", f"{', '.join(f'{s.flux.total_cm2_s:.4g}' for s in self.sources)} /cm2/s"),
            ("backgrounds", " ".join(norms) or "none"),
            ("nuisances", " ".join(others) or "none"),
            ("data", "asimov" if self.observed is None else "observed"),
        ]
        if len(self.spectra) > 2:
            facts.insert(0, ("spectra", str(len(self.spectra))))
        return facts

    @property
    def name(self) -> str:
        """Names of its experiments."""
        return " + ".join(source.experiment.name for source in self.sources)

    @property
    def experiment(self) -> Experiment:
        """The one experiment that it is of; ValueError for several, which are in ``sources``."""
        return self._only.experiment

    @property
    def flux(self) -> ReactorFlux:
        """Flux of the one experiment at full power; ValueError for several."""
        return self._only.flux

    @property
    def couplings(self) -> Couplings:
        """Couplings of the Standard Model, the same in all sources."""
        return self.sources[0].theory.couplings

    @property
    def _only(self) -> Source:
        if len(self.sources) > 1:
            raise ValueError(f"{self.name}: this is for one source, found {len(self.sources)}")
        return self.sources[0]

    @property
    def treatment(self) -> str:
        """The treatment of the background that is configured, of several sources each once."""
        return "+".join(dict.fromkeys(self.treatments))

    @property
    def treatments(self) -> tuple[str, ...]:
        """The configured treatment of the background of each spectrum."""
        own = {s.label: s.experiment.config.analysis.background for s in self.sources}
        return tuple(own[info.source] for info in self.spectra)

    @cached_property
    def signal_table(self) -> Signal:
        """Parameters and monomials of the signal, those of all sources."""
        return merged_signal([source.theory.signal for source in self.sources])

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is implausible in the experiment: a sentence each."""
        found = [w for source in self.sources for w in experiment_warnings(source.experiment)]
        return tuple(dict.fromkeys(found))

    def terms(self) -> tuple[SpectrumTerms, ...]:
        """What each spectrum expects, as shapes and products of parameters."""
        return self.terms_by_spectrum

    def select(
        self, detector: Sequence[str] | None = None, period: Sequence[str] | None = None
    ) -> Model:
        """The model of some detectors and periods; nuisances that touch none of them drop.

        Raises
        ------
        ValueError
            for a pattern that no name matches, or a choice without a spectrum.
        """
        places = matching(self.spectra, detector, period)
        if not places:
            raise ValueError("no spectrum has both, a chosen detector and a chosen period")
        return self.at(places)

    def at(self, places: Sequence[int]) -> Model:
        """The model of the spectra at some places; nuisances that touch none of them drop."""
        terms = tuple(self.terms_by_spectrum[i] for i in places)
        spectra = tuple(self.spectra[i] for i in places)
        labels = {info.source for info in spectra}
        touched = {name for own in terms for by in own.factors for name in by}
        return replace(
            self,
            sources=tuple(source for source in self.sources if source.label in labels),
            spectra=spectra,
            terms_by_spectrum=terms,
            nuisances=tuple(n for n in self.nuisances if n.name in touched),
            correlations=_correlations_of(self.correlations, touched),
            observed=None if self.observed is None else self.observed.at(places),
            shapes=self.shapes.at(places),
        )

    @overload
    def expected(
        self,
        parameters: NeutrinoParameters | None = None,
        by: Literal["spectrum"] = "spectrum",
        nuisances: Mapping[str, float] | None = None,
    ) -> dict[tuple[str, str], FloatArray]: ...

    @overload
    def expected(
        self,
        parameters: NeutrinoParameters | None = None,
        *,
        by: Literal["sample"],
        nuisances: Mapping[str, float] | None = None,
    ) -> dict[tuple[str, str], dict[str, FloatArray]]: ...

    def expected(
        self,
        parameters: NeutrinoParameters | None = None,
        by: Literal["spectrum", "sample"] = "spectrum",
        nuisances: Mapping[str, float] | None = None,
    ) -> dict[tuple[str, str], FloatArray] | dict[tuple[str, str], dict[str, FloatArray]]:
        """Expected counts (n_bins,) by detector and period, by default of the Standard Model.

        With by = "sample", those of ``standard-model``, ``beyond`` it and of each norm on their
        own.  nuisances are at 0, norms at 1 unless values are given.
        """
        products, values = self._point(parameters, nuisances or {})
        places = [(info.detector, info.period) for info in self.spectra]
        every = [
            _samples_at(terms, products[info.source], values)
            for info, terms in zip(self.spectra, self.terms_by_spectrum, strict=True)
        ]
        if by == "sample":
            return dict(zip(places, every, strict=True))
        return {
            place: np.asarray(np.sum([*own.values()], axis=0))
            for place, own in zip(places, every, strict=True)
        }

    def expected_flat(
        self,
        parameters: NeutrinoParameters | None = None,
        nuisances: Mapping[str, float] | None = None,
    ) -> FloatArray:
        """Expected counts of all bins in a row, (n,), by default of the Standard Model."""
        products, values = self._point(parameters, nuisances or {})
        parts = [
            sum_of_terms(terms, products[info.source], values)
            for info, terms in zip(self.spectra, self.terms_by_spectrum, strict=True)
        ]
        return np.concatenate(parts)

    def asimov(self, parameters: NeutrinoParameters | None = None) -> Spectra:
        """The spectra without fluctuation, by default of the Standard Model.

        Their bins are Gaussian if those of the observed spectra are, with the same errors.

        Raises
        ------
        ValueError
            if the parameters are so large that the counts are not finite.
        """
        truth = parameters or NeutrinoParameters()
        with np.errstate(over="ignore", invalid="ignore"):
            flat = self.expected_flat(truth)
        if not np.all(np.isfinite(flat)):
            raise ValueError("the expected counts are not finite: the parameters are too large")
        errors = None if self.observed is None else self.observed.flat_errors
        return Spectra(self.spectra, flat, "asimov", truth, errors)

    def data(self) -> Spectra:
        """What a fit of this experiment is about: the observed spectra, else the Asimov ones."""
        return self.observed or self.asimov()

    def samples(self) -> dict[str, FloatArray]:
        """Counts of all bins in a row, (n,), by sample, with the nuisances at 0.

        Samples are the templates of the signal, each where the product of parameters that it is of
        (``Signal.first_monomial``) is 1, and each norm, by its name, at 1.
        """
        found: dict[str, FloatArray] = {}
        for template in self.signal_table.templates:
            monomial = self.signal_table.first_monomial(template)
            counts = [counts_of(own, monomial.powers, template) for own in self.terms_by_spectrum]
            found[template] = np.concatenate(counts) / monomial.factor
        for name in [n.name for n in self.nuisances if n.kind == "norm"]:
            found[name] = np.concatenate([counts_of(o, (name,)) for o in self.terms_by_spectrum])
        return found

    @property
    def edges_kev(self) -> FloatArray:
        """Edges of the bins (n_bins + 1,); ValueError where they are not the same everywhere."""
        first = self.spectra[0].edges_kev
        if not all(np.array_equal(first, info.edges_kev) for info in self.spectra[1:]):
            raise ValueError("the spectra have different bins: see spectra[i].edges_kev")
        return first

    def off_fixed_problem(self) -> str | None:
        """Why the OFF spectra cannot fix the background, or None if they can."""
        for source in self.sources:
            problem = source.experiment.off_fixed_problem()
            if problem is not None:
                return problem
        known, asked = set[str](), set[str]()
        for info, terms in zip(self.spectra, self.terms_by_spectrum, strict=True):
            (asked if info.powered else known).update(n for by in terms.factors for n in by)
        for nuisance in self.nuisances:
            if nuisance.kind == "norm" and nuisance.sigma and nuisance.name in asked - known:
                return (
                    f"background = 'off-fixed': no chosen spectrum without reactor power gives "
                    f"{nuisance.name}"
                )
        return None

    def _point(
        self, parameters: NeutrinoParameters | None, nuisances: Mapping[str, float]
    ) -> tuple[dict[str, Products], dict[str, float]]:
        """Values of the products of signal parameters, by source, and of the nuisances."""
        given = (parameters or NeutrinoParameters()).given()
        for name in given:
            self.signal_table.parameter(name)
        products = {source.label: _products(source.theory, given) for source in self.sources}
        centers = {nuisance.name: nuisance.center for nuisance in self.nuisances}
        return products, {**centers, **nuisances}


def _products(theory: Theory, given: Mapping[str, float]) -> Products:
    """Products of the parameters that a theory has."""
    known = {parameter.name for parameter in theory.signal.parameters}
    own = {name: value for name, value in given.items() if name in known}
    weights = dict(zip(theory.signal.templates, theory.weights(own).tolist(), strict=True))
    products: dict[tuple[str, ...], float] = {}
    for monomial in theory.signal.monomials:
        if monomial.template in weights:
            products[monomial.powers] = weights.pop(monomial.template) / monomial.factor
    return products


def _samples_at(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Counts of the Standard Model, beyond it, and of each norm."""
    return {
        name: np.einsum("k,kb->b", coefficients, terms.shapes)
        for name, coefficients in coefficients_by_sample(terms, products, values).items()
    }


def sum_of_terms(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> FloatArray:
    """Expected counts (n_bins,) of a spectrum.

    Not a product of matrices: BLAS rounds differently with the number of its threads.
    """
    every = coefficients_by_sample(terms, products, values)
    total = np.sum([*every.values(), np.zeros(len(terms.shapes))], axis=0)
    return np.asarray(np.einsum("k,kb->b", total, terms.shapes))


def coefficients_by_sample(
    terms: SpectrumTerms, products: Products, values: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Factors (K,) of the shapes at a point, by sample: the Standard Model, beyond it, norms."""
    out: dict[str, FloatArray] = {}
    for row, weight, factors in zip(terms.shape_of, terms.weights, terms.factors, strict=True):
        signal = tuple(name for name in factors if name not in values)
        others = [name for name in factors if name in values]
        size = float(weight) * prod(values[name] for name in others)
        norm = next((name for name in others if name.startswith("norm:")), None)
        size *= products.get(signal, 0.0)
        if norm is None:
            norm = "beyond" if signal else "standard-model"
        if norm not in out:
            out[norm] = np.zeros(len(terms.shapes))
        out[norm][row] += size
    return out


def _correlations_of(
    correlations: Sequence[Correlation], touched: set[str]
) -> tuple[Correlation, ...]:
    found = []
    for names, matrix in correlations:
        kept = [i for i, name in enumerate(names) if name in touched]
        if len(kept) > 1:
            found.append((tuple(names[i] for i in kept), matrix[np.ix_(kept, kept)]))
    return tuple(found)


def build_model(experiment: Experiment, refinement: int = 1, folds: Folds | None = None) -> Model:
    """Fold an experiment once into its shapes.

    The bins are those of the observed spectra if there are any, else those of the
    configuration.  refinement = 2 halves the recoil grid, to test convergence.  With folds, what
    variations of an experiment have in common is folded once for all of them.

    Raises
    ------
    ConfigurationError
        if the parts of the experiment do not go together.
    """
    try:
        model = _build(experiment, refinement, folds)
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
        terms.append(
            terms_of_spectrum(
                theory.signal,
                response,
                _factors(experiment, spectrum, basis),
                touches,
                [(p.component, p.norm, w) for p, w in zip(own, weights, strict=True)],
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
