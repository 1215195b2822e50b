"""Model: an experiment as templates, from which every expected count is a small product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fluxes.reactor import ReactorFlux
from sim import assembly
from sim.backgrounds import BackgroundTemplate, background_templates
from sim.config import AnalysisConfig
from sim.couplings import Couplings
from sim.experiment import ConfigurationError, Experiment
from sim.observed import observed_spectra
from sim.parameters import FloatArray, NeutrinoParameters
from sim.spectra import Spectra
from sim.templates import signal_templates


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Templates of an experiment.

    edges_kev has shape (n_bins + 1,); signal (7, 2, n_bins) holds the expected counts of each
    monomial in the ON and OFF period; observed is None without a [data] section.
    """

    experiment: Experiment
    flux: ReactorFlux
    couplings: Couplings
    edges_kev: FloatArray
    signal: FloatArray
    backgrounds: tuple[BackgroundTemplate, ...]
    observed: Spectra | None

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
        """The spectra without fluctuation, by default of the Standard Model."""
        truth = parameters or NeutrinoParameters()
        counts = self.expected_signal(truth) + self.expected_background()
        return Spectra(self.edges_kev, counts, "asimov", truth)

    def data(self) -> Spectra:
        """What a fit of this experiment is about: the observed spectra, else the Asimov ones."""
        return self.observed or self.asimov()


def build_model(experiment: Experiment, refinement: int = 1) -> Model:
    """Fold an experiment once into its templates.

    The bins are those of the observed spectra if there are any, else those of the
    configuration.  refinement = 2 halves the recoil grid, to test convergence.

    Raises
    ------
    ConfigurationError
        if the parts of the experiment do not go together.
    """
    try:
        return _build(experiment, refinement)
    except ValueError as error:
        raise ConfigurationError(f"{experiment.name}: {error}") from error


def _build(experiment: Experiment, refinement: int) -> Model:
    config = experiment.config
    observed = observed_spectra(experiment)
    edges = _edges_kev(config.analysis) if observed is None else observed.edges_kev
    flux = assembly.reactor_flux(config.reactor)
    templates = signal_templates(config, flux.moments(), edges, refinement)
    exposure = config.exposure
    days = np.array([exposure.on_days, exposure.off_days * exposure.off_residual_flux])
    return Model(
        experiment=experiment,
        flux=flux,
        couplings=assembly.interaction(config.physics).couplings,
        edges_kev=edges,
        signal=config.detector.mass_kg * days[None, :, None] * templates[:, None, :],
        backgrounds=background_templates(experiment, edges),
        observed=observed,
    )


def _edges_kev(analysis: AnalysisConfig) -> FloatArray:
    low, high = analysis.window_kev
    return np.linspace(low, high, analysis.n_bins + 1)
