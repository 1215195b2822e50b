"""Model: an experiment as shapes and terms, from which every expected count is a small product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, overload

import numpy as np

from fluxes.reactor.flux import ReactorFlux
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.cross_sections.signal import Signal, merged_signal
from sim.cross_sections.theory import Theory
from sim.display import html_table
from sim.experiment import Experiment
from sim.folding.background_shapes import BackgroundShapes
from sim.folding.term_sums import Products, products_of, samples_at, sum_of_terms
from sim.folding.terms import Nuisance, SpectrumTerms, counts_of
from sim.instruments.experiment_warnings import experiment_warnings
from sim.physics import physics_of
from sim.spectra.spectra import Spectra
from sim.spectra.spectrum_info import SpectrumInfo, bins_in_words, common_edges_kev, matching

Correlation = tuple[tuple[str, ...], FloatArray]


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
        norms = [n.name.removeprefix("norm:") for n in self.nuisances if n.kind == "norm"]
        others = [n.name for n in self.nuisances if n.kind != "norm"]
        facts = [
            ("bins", bins_in_words(self.spectra)),
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
        return self.at(matching(self.spectra, detector, period))

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
            samples_at(terms, products[info.source], values)
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
        return common_edges_kev(self.spectra)

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
        products = {source.label: products_of(source.theory, given) for source in self.sources}
        centers = {nuisance.name: nuisance.center for nuisance in self.nuisances}
        return products, {**centers, **nuisances}


def _correlations_of(
    correlations: Sequence[Correlation], touched: set[str]
) -> tuple[Correlation, ...]:
    found = []
    for names, matrix in correlations:
        kept = [i for i, name in enumerate(names) if name in touched]
        if len(kept) > 1:
            found.append((tuple(names[i] for i in kept), matrix[np.ix_(kept, kept)]))
    return tuple(found)
