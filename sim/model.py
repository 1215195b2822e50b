"""Model: an experiment as templates, from which every expected count is a small product."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from fluxes.reactor.flux import ReactorFlux
from sim.config.file import AnalysisConfig
from sim.cross_sections.couplings import Couplings
from sim.cross_sections.parameters import MONOMIALS, FloatArray, NeutrinoParameters
from sim.cross_sections.signal import Signal
from sim.display import html_table
from sim.experiment import ConfigurationError, Experiment
from sim.folding.background_shapes import BackgroundShapes
from sim.folding.backgrounds import BackgroundTemplate, background_templates
from sim.folding.folds import FoldedFlux, Folds, folded_flux
from sim.folding.nuisances import REFOLDED, Inputs, Morph, linear_morph, refolded_morph
from sim.folding.rates import CHANNELS
from sim.folding.reactor_flux import period_fluxes
from sim.folding.templates import channel_templates, check_reach
from sim.folding.terms import Nuisance, SpectrumTerms, terms_of_samples
from sim.observed import observed_spectra
from sim.physics import physics_of
from sim.spectra import Spectra

_LOG = logging.getLogger("nuem.model")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Templates of an experiment.

    edges_kev has shape (n_bins + 1,); signal (7, 2, n_bins) holds the expected counts of each
    monomial in the ON and OFF period; the morphs change signal and backgrounds together, those of
    shapes (whose exact form shapes has) last; observed is None without a [data] section.
    all_samples and all_morphs have a row for each template of the signal, not only for monomials.
    """

    experiment: Experiment
    flux: ReactorFlux
    couplings: Couplings
    edges_kev: FloatArray
    signal: FloatArray
    backgrounds: tuple[BackgroundTemplate, ...]
    morphs: tuple[Morph, ...]
    observed: Spectra | None
    shapes: BackgroundShapes
    all_samples: FloatArray
    all_morphs: tuple[Morph, ...]

    def __repr__(self) -> str:
        return f"<Model of {self.experiment.name}: {', '.join(map(' '.join, self.facts()))}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_table(f"model of {self.experiment.name}", self.facts())

    def facts(self) -> list[tuple[str, str]]:
        """What it is made of, by name, in words."""
        low, high = self.edges_kev[0], self.edges_kev[-1]
        return [
            ("bins", f"{self.edges_kev.size - 1} from {low:g} to {high:g} keV"),
            ("flux", f"{self.flux.total_cm2_s:.4g} /cm2/s"),
            ("backgrounds", " ".join(b.name for b in self.backgrounds) or "none"),
            ("nuisances", " ".join(morph.name for morph in self.morphs) or "none"),
            ("data", "asimov" if self.observed is None else "observed"),
        ]

    @property
    def signal_table(self) -> Signal:
        """Parameters and monomials of the signal."""
        return physics_of(self.experiment.config).theory.signal

    @property
    def nuisances(self) -> tuple[Nuisance, ...]:
        """All parameters that are not of interest: morphs, then norms of backgrounds."""
        shapes = {parameter.name for parameter in self.shapes.parameters}
        return (
            *(
                Nuisance(m.name, "shape" if m.name in shapes else "morph", 0.0, m.sigma)
                for m in self.morphs
            ),
            *(
                Nuisance(f"norm:{b.name}", "norm", 1.0, b.norm_uncertainty)
                for b in self.backgrounds
            ),
        )

    def terms(self) -> tuple[SpectrumTerms, ...]:
        """What each spectrum expects, ON and OFF, as shapes and products of parameters."""
        names = [background.name for background in self.backgrounds]
        return tuple(
            terms_of_samples(self.signal_table, names, self.all_samples, self.all_morphs, spectrum)
            for spectrum in range(self.all_samples.shape[1])
        )

    @property
    def samples(self) -> FloatArray:
        """Signal monomials and background templates together, (7 + n_backgrounds, 2, n_bins)."""
        return _stacked(self.signal, self.backgrounds)

    def samples_at(self, nuisances: Mapping[str, float]) -> FloatArray:
        """``samples`` with the morphs at the given values, exact in the shapes of backgrounds."""
        samples = self.samples.copy()
        if self.shapes.parameters:
            etas = np.array([nuisances[p.name] for p in self.shapes.parameters])
            samples[len(MONOMIALS) :] = self.shapes.templates(etas)
        for morph in self.morphs[: len(self.morphs) - len(self.shapes.parameters)]:
            eta = nuisances[morph.name]
            samples += eta * (morph.linear + eta * morph.quadratic)
        return samples

    def expected_signal(self, parameters: NeutrinoParameters | None = None) -> FloatArray:
        """Expected signal counts, shape (2, n_bins), by default of the Standard Model."""
        weights = (parameters or NeutrinoParameters()).monomials(self.couplings)
        return np.asarray(np.tensordot(weights, self.signal, axes=1))

    def expected_background(self) -> FloatArray:
        """Expected background counts at nominal norms, shape (2, n_bins)."""
        total = np.zeros(self.signal.shape[1:])
        for template in self.backgrounds:
            total += template.counts
        return total

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
            counts = self.expected_signal(truth) + self.expected_background()
        if not np.all(np.isfinite(counts)):
            raise ValueError("the expected counts are not finite: the parameters are too large")
        errors = None if self.observed is None else self.observed.errors
        return Spectra(self.edges_kev, counts, "asimov", truth, errors)

    def data(self) -> Spectra:
        """What a fit of this experiment is about: the observed spectra, else the Asimov ones."""
        return self.observed or self.asimov()


def build_model(experiment: Experiment, refinement: int = 1, folds: Folds | None = None) -> Model:
    """Fold an experiment once into its templates.

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
    except ValueError as error:
        raise ConfigurationError(f"{experiment.name}: {error}") from error
    _LOG.info("folded %s: %s", experiment.name, ", ".join(map(" ".join, model.facts())))
    return model


def _build(experiment: Experiment, refinement: int, folds: Folds | None) -> Model:
    config = experiment.config
    observed = observed_spectra(experiment)
    edges = _edges_kev(config.analysis) if observed is None else observed.edges_kev
    if folds is None:
        fluxes = period_fluxes(experiment)
        flux = folded_flux(experiment, fluxes)
    else:
        fluxes, flux = folds.flux(experiment)
    inputs = flux.inputs
    given = config.templates is not None
    if given and inputs.off_moments is not None:
        raise ValueError("templates: an OFF flux of its own cannot be folded into a table")
    check_reach(experiment, inputs.moments)
    folding = _Folding(experiment, edges, refinement, 1.0 if given else flux.scale, folds)
    templates = np.sum([folding.signal(name, inputs) for name in CHANNELS], axis=0)
    backgrounds = background_templates(experiment, edges)
    shapes = BackgroundShapes.of(experiment, edges)
    samples = _stacked(templates, backgrounds)
    morphs = _morphs(folding, flux, samples)
    n_signal = len(templates)
    plain = tuple(
        replace(
            morph,
            linear=_monomials(morph.linear, n_signal),
            quadratic=_monomials(morph.quadratic, n_signal),
        )
        for morph in morphs
    )
    return Model(
        experiment=experiment,
        flux=fluxes.on,
        couplings=physics_of(config).couplings,
        edges_kev=edges,
        signal=samples[: len(MONOMIALS)],
        backgrounds=backgrounds,
        morphs=plain + shapes.morphs(len(MONOMIALS)),
        observed=observed,
        shapes=shapes,
        all_samples=samples,
        all_morphs=morphs + shapes.morphs(n_signal),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Folding:
    """An experiment and its bins: from inputs to expected counts.

    scale multiplies the flux of all inputs; rates come from folds where these are shared.
    """

    experiment: Experiment
    edges_kev: FloatArray
    refinement: int
    scale: float
    folds: Folds | None

    def signal(self, channel: str, inputs: Inputs) -> FloatArray:
        """Expected counts of the templates of a channel, (n_templates, 2, n_bins)."""
        config = self.experiment.config
        on = self._rates(channel, inputs)
        off = inputs.off_share * on
        if inputs.off_moments is not None and config.exposure.off_days > 0:
            off = off + self._rates(channel, replace(inputs, moments=inputs.off_moments))
        days = np.array([config.exposure.on_days, config.exposure.off_days])
        rates = np.stack([on, off], axis=1)
        return np.asarray(self.scale * config.detector.mass_kg * days[None, :, None] * rates)

    def _rates(self, channel: str, inputs: Inputs) -> FloatArray:
        """Counts per kg and day, (n_templates, n_bins)."""
        fold = channel_templates if self.folds is None else self.folds.rates
        return fold(self.experiment, channel, inputs, self.edges_kev, self.refinement)

    def samples(self, inputs: Inputs) -> FloatArray:
        """Expected counts of all samples, (n_templates + n_backgrounds, 2, n_bins)."""
        signal = np.sum([self.signal(channel, inputs) for channel in CHANNELS], axis=0)
        scaled = background_templates(
            self.experiment, self.edges_kev, inputs.energy_scale, inputs.resolution
        )
        return _stacked(signal, scaled)


def _morphs(folding: _Folding, flux: FoldedFlux, nominal: FloatArray) -> tuple[Morph, ...]:
    """Nuisances of the [systematics] section."""
    n_signal = len(physics_of(folding.experiment.config).theory.templates)
    systematics = folding.experiment.config.systematics
    only_signal = np.zeros_like(nominal)
    only_signal[:n_signal] = nominal[:n_signal]
    morphs = [
        linear_morph(name, uncertainty * changed)
        for name, uncertainty, changed in (
            ("flux_norm", systematics.flux_norm, only_signal),
            ("efficiency", systematics.efficiency, only_signal),
            ("exposure", systematics.exposure, nominal),
        )
        if uncertainty > 0
    ]
    for name in REFOLDED:
        uncertainty = getattr(systematics, name)
        if uncertainty > 0:
            morphs.append(refolded_morph(name, uncertainty, folding.samples, flux.inputs, nominal))
    for i, shifted in enumerate(flux.deviations, start=1):
        change = folding.signal("electron", shifted) + folding.signal("nucleus", shifted)
        only_signal[:n_signal] = change
        morphs.append(linear_morph(f"flux_shape_{i}", only_signal.copy()))
    return tuple(morphs)


def _stacked(signal: FloatArray, backgrounds: tuple[BackgroundTemplate, ...]) -> FloatArray:
    counts = [background.counts for background in backgrounds]
    return np.concatenate([signal, np.array(counts).reshape(len(counts), *signal.shape[1:])])


def _monomials(samples: FloatArray, n_signal: int) -> FloatArray:
    """Samples without the templates that are no monomials."""
    return np.delete(samples, np.arange(len(MONOMIALS), n_signal), axis=0)


def _edges_kev(analysis: AnalysisConfig) -> FloatArray:
    low, high = analysis.window_kev
    return np.linspace(low, high, analysis.n_bins + 1)
