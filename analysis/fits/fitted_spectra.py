"""Fitted spectra: data beside what the best fit expects, by origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.fits.fit import FitResult
from analysis.likelihood.assembly import joint_likelihood, spectrum_names, used_bins
from analysis.likelihood.blocks import Block, BoolArray
from analysis.likelihood.floating_shapes import ShapedLikelihood, with_exact_shapes
from analysis.likelihood.likelihood import Likelihood
from sim.cross_sections.parameters import FloatArray
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
        spectra = Spectra.on_and_off(
            np.append(edges[starts], edges[-1]),
            np.add.reduceat(self.spectra.counts, starts, axis=1),
            self.spectra.kind,
            self.spectra.truth,
            None if errors is None else np.add.reduceat(errors**2, starts, axis=1) ** 0.5,
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
    """The expectation of a fit (``analysis.fits.fit``) by origin."""
    places = range(len(spectrum_names(model)))
    joint = with_exact_shapes(joint_likelihood(model, spectra), model, places)
    x = _point(model, joint, result)
    if isinstance(joint, ShapedLikelihood):
        joint = joint.at_shapes(x)
    components: dict[str, FloatArray] = {}
    for row, (block, terms) in enumerate(zip(joint.blocks.blocks, model.terms(), strict=True)):
        for origin, chosen in _origins(joint, block).items():
            counts = components.setdefault(origin, np.zeros_like(spectra.counts))
            counts[row, used_bins(terms)] = block.sum_of(chosen, x)
    on, off = (info.kg_days for info in model.spectra)
    return FittedSpectra(spectra, components, (on, off))


def _point(model: Model, likelihood: Likelihood, result: FitResult) -> FloatArray:
    """Where in the likelihood's parameters (P,) a fit is."""
    values = {p.name: p.value for p in (*result.parameters, *result.nuisances)}
    signal = {
        p.fitted: p.inverse(values[p.name])
        for p in model.signal_table.parameters
        if p.name in values
    }
    return np.array([signal.get(name, values.get(name, 0.0)) for name in likelihood.names])


def _origins(likelihood: Likelihood, block: Block) -> dict[str, BoolArray]:
    """Terms (T,) of a block by origin: without parameters of signal and norms, with, each norm."""
    norms = [place for place, kind in enumerate(likelihood.kinds) if kind == "norm"]
    signal = block.has(range(len(likelihood.signal)))
    found = {STANDARD_MODEL: ~signal & ~block.has(norms), BEYOND: signal}
    for place in norms:
        name = likelihood.names[place].removeprefix("norm:")
        found[name] = block.powers(place) > 0
    return found
