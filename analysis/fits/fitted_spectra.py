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
from sim.spectra.spectra import Spectra
from sim.spectra.spectrum_info import SpectrumInfo, offsets_of
from sim.syntax.spelling import nearest

STANDARD_MODEL = "Standard Model"
BEYOND = "beyond the Standard Model"
DIFFERENCE = "difference"


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpectra:
    """Data and the fit's expectation.

    components maps the origin (Standard Model, what the fitted parameters add to it, each
    background) to expected counts (n,) of all bins in a row; infos says which spectra they are,
    with their exposure.  A view is a spectrum, by its period where there is one detector; a
    detector, all its periods together; or a ``difference``: what was seen with reactor power less
    what was seen without, both per exposure.
    """

    spectra: Spectra
    components: Mapping[str, FloatArray]
    infos: tuple[SpectrumInfo, ...]

    @property
    def expected(self) -> FloatArray:
        """Expected counts of all components, (n,)."""
        return np.asarray(np.sum(list(self.components.values()), axis=0))

    def __repr__(self) -> str:
        return f"<FittedSpectra of {self.expected.size} bins: {len(self.components)} components>"

    def _repr_html_(self) -> str:
        """A table for notebooks: counts of each spectrum, of the data and by origin."""
        names = [self.view_of(info) for info in self.infos]
        rows = []
        for origin, counts in {"data": self.spectra.flat, **self.components}.items():
            sums = [part.sum() for part in self.parts(counts)]
            texts = (f"{name} {n:.6g}" for name, n in zip(names, sums, strict=True))
            rows.append((origin, ", ".join(texts)))
        return html_table("counts of data and fit", rows)

    @property
    def has_off(self) -> bool:
        """True if there is a spectrum without reactor power."""
        return any(not info.powered and info.kg_days > 0 for info in self.infos)

    @property
    def views(self) -> tuple[str, ...]:
        """The views that there are."""
        return tuple(self._views())

    def parts(self, counts: FloatArray) -> list[FloatArray]:
        """Counts (n,) by spectrum."""
        return np.split(counts, offsets_of(self.infos)[1:-1])

    def with_and_without_power(self, counts: FloatArray) -> tuple[float, float]:
        """Sums of counts (n,) over the spectra with reactor power, and over those without."""
        parts = list(zip(self.infos, self.parts(counts), strict=True))
        on, off = (
            float(sum(part.sum() for info, part in parts if info.powered is powered))
            for powered in (True, False)
        )
        return on, off

    def edges_kev(self, view: str) -> FloatArray:
        """Edges of the bins of a view."""
        return self.infos[min(self._weights(view))].edges_kev

    def rate(self, counts: FloatArray, view: str) -> FloatArray:
        """Counts (n,) of all bins as a rate per keV, kg and day (n_bins,) in a view."""
        parts = self.parts(counts)
        total = np.sum([weight * parts[i] for i, weight in self._weights(view).items()], axis=0)
        return np.asarray(total / np.diff(self.edges_kev(view)))

    def error(self, view: str) -> FloatArray:
        """Standard error of the data's rate: Poisson at the expectation, or that of the data."""
        parts = self.parts(self.spectra.variances(np.maximum(self.expected, 0.0)))
        spread = np.sum([w * w * parts[i] for i, w in self._weights(view).items()], axis=0)
        return np.asarray(np.sqrt(spread) / np.diff(self.edges_kev(view)))

    def pulls(self, view: str) -> FloatArray:
        """(data - expectation) / error of each bin; NaN where nothing is expected."""
        residual = self.rate(self.spectra.flat - self.expected, view)
        error = self.error(view)
        return np.where(error > 0, residual / np.where(error > 0, error, 1.0), np.nan)

    def merged(self, most: int) -> FittedSpectra:
        """The same with neighbouring bins added up, to at most ``most`` bins of each spectrum."""
        own = [np.arange(0, info.n_bins, -(-info.n_bins // most)) for info in self.infos]
        firsts = offsets_of(self.infos)
        starts = np.concatenate([s + first for s, first in zip(own, firsts, strict=False)])
        infos = tuple(
            replace(info, edges_kev=np.append(info.edges_kev[s], info.edges_kev[-1]))
            for info, s in zip(self.infos, own, strict=True)
        )

        def added(counts: FloatArray) -> FloatArray:
            return np.asarray(np.add.reduceat(counts, starts))

        errors = self.spectra.flat_errors
        spectra = replace(
            self.spectra,
            infos=infos,
            flat=added(self.spectra.flat),
            flat_errors=None if errors is None else added(errors**2) ** 0.5,
        )
        components = {name: added(counts) for name, counts in self.components.items()}
        return replace(self, spectra=spectra, components=components, infos=infos)

    def _views(self) -> dict[str, dict[int, float]]:
        """Views by name: the weight of a count of each spectrum in the rate per kg and day."""
        found: dict[str, dict[int, float]] = {}
        detectors: dict[str, list[int]] = {}
        for i, info in enumerate(self.infos):
            if info.kg_days > 0:
                found[self.view_of(info)] = {i: 1 / info.kg_days}
                detectors.setdefault(info.detector, []).append(i)
        for detector, places in detectors.items():
            on = [i for i in places if self.infos[i].powered]
            off = [i for i in places if not self.infos[i].powered]
            if len(on) > 1 or len(off) > 1:
                found[detector] = self._together(places, 1.0)
            if on and off:
                name = f"{detector}/{DIFFERENCE}" if len(detectors) > 1 else DIFFERENCE
                found[name] = self._together(on, 1.0) | self._together(off, -1.0)
        return found

    def _together(self, places: list[int], sign: float) -> dict[int, float]:
        exposure = sum(self.infos[i].kg_days for i in places)
        return dict.fromkeys(places, sign / exposure)

    def view_of(self, info: SpectrumInfo) -> str:
        """The view of one spectrum."""
        several = len({other.detector for other in self.infos}) > 1
        return info.name if several else info.period

    def _weights(self, view: str) -> dict[int, float]:
        views = self._views()
        if view not in views:
            hint = nearest(view, list(views), listed=True)
            raise ValueError(f"view {view!r}: allowed are {', '.join(views)}{hint}")
        return views[view]


def fitted_spectra(model: Model, spectra: Spectra, result: FitResult) -> FittedSpectra:
    """The expectation of a fit (``analysis.fits.fit``) by origin."""
    every = range(len(spectrum_names(model)))
    joint = with_exact_shapes(joint_likelihood(model, spectra), model, every)
    x = _point(model, joint, result)
    if isinstance(joint, ShapedLikelihood):
        joint = joint.at_shapes(x)
    components: dict[str, FloatArray] = {}
    firsts = offsets_of(model.spectra)
    for first, block, terms in zip(firsts, joint.blocks.blocks, model.terms(), strict=False):
        places = first + np.flatnonzero(used_bins(terms))
        for origin, chosen in _origins(joint, block).items():
            counts = components.setdefault(origin, np.zeros(firsts[-1]))
            counts[places] = block.sum_of(chosen, x)
    return FittedSpectra(spectra, components, model.spectra)


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
