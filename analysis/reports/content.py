"""A report: everything about an experiment, its spectra and its limits, for one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.fits.fit import FitResult, fit
from analysis.fits.fitted_spectra import FittedSpectra, fitted_spectra
from analysis.fits.impacts import Impact, impacts
from analysis.fits.minimum import FitError
from analysis.limits.constructions.registry import constructions
from analysis.limits.expected import ExpectedLimit, expected_limits, expected_mu_nu_limits
from analysis.limits.limit import limit
from analysis.limits.limit_result import Limit
from analysis.limits.profiles import ProfileCurve, profile_curve
from sim.config.published import PublishedLimit
from sim.cross_sections.interactions.parameter_table import leading_parameters
from sim.display import html_table
from sim.folding.reactor_flux import flux_cross_check_cm2_s
from sim.model import Model
from sim.spectra.spectra import Spectra


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What a page shows.

    limits are those of the leading parameters by their default methods, at cl and at 95 %;
    other_limits those on the first by the other constructions, published those of one experiment
    alone beside ours by the same construction.  bands are its expected limits by construction,
    intervals those on the others; flux_cross_checks_cm2_s are fluxes by source, from another way
    to know them.  What could not be had is None or missing, and problems says
    why, a line each.
    """

    model: Model
    spectra: Spectra
    cl: float
    limits: tuple[Limit, ...]
    other_limits: tuple[Limit, ...]
    published: tuple[tuple[PublishedLimit, Limit], ...]
    bands: dict[str, dict[int, float | None]]
    intervals: dict[str, tuple[ExpectedLimit, ...]]
    curves: tuple[ProfileCurve, ...]
    result: FitResult | None
    fitted: FittedSpectra | None
    ranked: tuple[Impact, ...]
    flux_cross_checks_cm2_s: dict[str, float | None]
    studies: tuple[Path, ...]
    problems: tuple[str, ...]

    def __repr__(self) -> str:
        name, kind = self.model.name, self.spectra.kind
        return f"<Report on {name}: {kind} spectra, {len(self.problems)} problems>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows: list[tuple[str, object]] = [("data", self.spectra.kind)]
        rows += [(found.parameter, found) for found in self.headline]
        rows += [("problem", problem) for problem in self.problems]
        return html_table(f"report on {self.model.name}", rows)

    @property
    def views(self) -> tuple[str, ...]:
        """Views of the spectra that there are data for."""
        if self.fitted is None:
            return ()
        return self.fitted.views

    @property
    def headline(self) -> tuple[Limit, ...]:
        """The limit of each parameter at the confidence level of the report."""
        return tuple(found for found in self.limits if found.cl == self.cl)

    @property
    def chi_square_p_value(self) -> float | None:
        """Share of chi-square above the fit's -2 ln L: a rough goodness of fit for large counts."""
        from scipy.special import gammaincc

        if self.result is None:
            return None
        degrees = self.result.n_bins - self.result.n_free
        if degrees < 1:
            return None
        return float(gammaincc(degrees / 2, self.result.minus_two_log_likelihood / 2))


def report(
    model: Model, spectra: Spectra, cl: float = 0.90, studies: Sequence[Path] = ()
) -> Report:
    """All that a page shows: limits, bands, profiles, the fit of mu_nu, impacts.

    Fits that fail leave their part out and say so in problems.

    Raises
    ------
    ValueError
        for a confidence level outside (0.5, 1).
    """
    problems: list[str] = []
    levels = dict.fromkeys((cl, 0.95))
    names = leading_parameters()
    limits = tuple(limit(model, spectra, name, at) for at in levels for name in names)
    methods = [known.name for known in constructions() if known.band_of_toys]
    curves = []
    for found in limits:
        if found.cl == cl and found.found:
            curves.append(profile_curve(model, spectra, found.parameter, cl))
        elif not found.found:
            problems.append(f"{found.parameter} at {100 * found.cl:g} % CL: {found.reason}")
    sensitive = limits[0].found
    result = fitted = None
    ranked: tuple[Impact, ...] = ()
    bands: dict[str, dict[int, float | None]] = {}
    intervals: dict[str, tuple[ExpectedLimit, ...]] = {}
    if sensitive:
        try:
            result = fit(model, spectra)
            fitted = fitted_spectra(model, spectra, result)
            ranked = tuple(i for i in impacts(model, spectra) if np.isfinite(i.shift_up))
            bands = {method: expected_mu_nu_limits(model, cl, method) for method in methods}
            intervals = {
                found.parameter: expected_limits(model, found.parameter, cl)
                for found in limits[1 : len(names)]
                if found.found
            }
        except FitError as error:
            problems.append(str(error))
    published = tuple(
        (entry, limit(model, spectra, entry.parameter, entry.cl, entry.method))
        for entry in _published(model)
        if entry.method != "feldman-cousins"
    )
    return Report(
        model=model,
        spectra=spectra,
        cl=cl,
        limits=limits,
        other_limits=tuple(limit(model, spectra, names[0], cl, method) for method in methods[1:]),
        published=published,
        bands=bands,
        intervals=intervals,
        curves=tuple(curves),
        result=result,
        fitted=fitted,
        ranked=ranked,
        flux_cross_checks_cm2_s={
            source.label: flux_cross_check_cm2_s(source.experiment) for source in model.sources
        },
        studies=tuple(studies),
        problems=tuple(problems),
    )


def _published(model: Model) -> tuple[PublishedLimit, ...]:
    """Published limits of an experiment; several together have none."""
    if len(model.sources) > 1:
        return ()
    return tuple(model.experiment.config.published.limits)
