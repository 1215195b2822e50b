"""Fitted spectra: data beside what the best fit expects, by origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.fit import FitResult
from analysis.likelihood.likelihood import SIGNAL_PARAMETERS
from analysis.likelihood.scales import SCALES
from sim.cross_sections.parameters import MONOMIALS, FloatArray, monomials
from sim.display import html_table
from sim.model import Model
from sim.spectra import PERIODS, Spectra

STANDARD_MODEL = "Standard Model"
BEYOND = "beyond the Standard Model"
VIEWS = (*PERIODS, "difference")


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpectra:
    """Data and the fit's expectation.

    components maps the origin (Standard Model, what the fitted parameters add to it, each
    background) to expected counts (2, n_bins) in ON and OFF; kg_days is the exposure of both.
    A view is a period, or ``difference``: ON less OFF scaled to the days of ON.
    """

    spectra: Spectra
    components: Mapping[str, FloatArray]
    kg_days: tuple[float, float]

    @property
    def expected(self) -> FloatArray:
        """Expected counts of all components, (2, n_bins)."""
        return np.asarray(np.sum(list(self.components.values()), axis=0))

    def __repr__(self) -> str:
        n_bins = self.spectra.counts.shape[1]
        return f"<FittedSpectra of {n_bins} bins: {len(self.components)} components>"

    def _repr_html_(self) -> str:
        """A table for notebooks: counts in ON and OFF, of the data and by origin."""
        counts = {"data": self.spectra.counts, **self.components}
        rows = [
            (name, ", ".join(f"{period} {n:.6g}" for period, n in zip(PERIODS, both, strict=True)))
            for name, both in ((name, array.sum(axis=1)) for name, array in counts.items())
        ]
        return html_table("counts of data and fit", rows)

    @property
    def has_off(self) -> bool:
        """True if there is an OFF period."""
        return self.kg_days[1] > 0

    def rate(self, counts: FloatArray, view: str) -> FloatArray:
        """Counts (2, n_bins) as a rate per keV, kg and day (n_bins,) in a view."""
        per_width = self._weights(view) @ counts / np.diff(self.spectra.edges_kev)
        return np.asarray(per_width)

    def error(self, view: str) -> FloatArray:
        """Standard error of the data's rate: Poisson at the expectation, or that of the data."""
        variances = np.maximum(self.expected, 0.0)
        if self.spectra.errors is not None:
            variances = self.spectra.errors**2
        spread = np.sqrt(self._weights(view) ** 2 @ variances)
        return np.asarray(spread / np.diff(self.spectra.edges_kev))

    def pulls(self, view: str) -> FloatArray:
        """(data - expectation) / error of each bin; NaN where nothing is expected."""
        residual = self.rate(self.spectra.counts - self.expected, view)
        error = self.error(view)
        return np.where(error > 0, residual / np.where(error > 0, error, 1.0), np.nan)

    def merged(self, most: int) -> FittedSpectra:
        """The same with neighbouring bins added up, equally many each, to at most ``most`` bins."""
        n_bins = self.spectra.counts.shape[1]
        starts = np.arange(0, n_bins, -(-n_bins // most))
        edges = self.spectra.edges_kev
        errors = self.spectra.errors
        spectra = replace(
            self.spectra,
            edges_kev=np.append(edges[starts], edges[-1]),
            counts=np.add.reduceat(self.spectra.counts, starts, axis=1),
            errors=None if errors is None else np.add.reduceat(errors**2, starts, axis=1) ** 0.5,
        )
        components = {
            name: np.add.reduceat(counts, starts, axis=1)
            for name, counts in self.components.items()
        }
        return replace(self, spectra=spectra, components=components)

    def _weights(self, view: str) -> FloatArray:
        """Weight of a count of (ON, OFF) in the rate per kg and day of a view."""
        if view not in VIEWS:
            raise ValueError(f"view {view!r}: allowed are {', '.join(VIEWS)}")
        if view != "on" and not self.has_off:
            raise ValueError(f"view {view!r}: there is no OFF period, exposure.off_days is 0")
        on = 1 / self.kg_days[0]
        off = 1 / self.kg_days[1] if self.has_off else 0.0
        return np.array({"on": (on, 0.0), "off": (0.0, off), "difference": (on, -off)}[view])


def fitted_spectra(model: Model, spectra: Spectra, result: FitResult) -> FittedSpectra:
    """The expectation of a fit of mu_nu, q_nu or r2_nu (``analysis.fits.fit``) by origin.

    Raises
    ------
    ValueError
        for a fit of the strength of coherent scattering, whose templates are others.
    """
    values = {p.name: p.value for p in (*result.parameters, *result.nuisances)}
    if "cevns" in values:
        raise ValueError("a fit of cevns is not shown by origin: fit mu_nu, q_nu or r2_nu")
    samples = model.samples_at(values)
    n_signal = len(MONOMIALS)
    beyond = np.tensordot(_monomials(model, values)[1:], samples[1:n_signal], axes=1)
    components = {STANDARD_MODEL: samples[0], BEYOND: np.asarray(beyond)}
    for background, counts in zip(model.backgrounds, samples[n_signal:], strict=True):
        components[background.name] = values[f"norm:{background.name}"] * counts
    config = model.experiment.config
    mass = config.detector.mass_kg
    days = (config.exposure.on_days, config.exposure.off_days)
    return FittedSpectra(spectra, components, (mass * days[0], mass * days[1]))


def _monomials(model: Model, values: Mapping[str, float]) -> FloatArray:
    names = dict(zip(SIGNAL_PARAMETERS, ("mu_nu", "q_nu", "r2_nu"), strict=True))
    scaled = [SCALES[name].inverse(values[name], model) for name in names.values()]
    return monomials(*scaled)
