"""Statistics: fits, limits, contours, significances, and what is to be expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from analysis.fits.fit import FitResult as FitResult
    from analysis.fits.fit import FittedParameter as FittedParameter
    from analysis.fits.fit import fit as fit
    from analysis.fits.fitted_spectra import FittedSpectra as FittedSpectra
    from analysis.fits.fitted_spectra import fitted_spectra as fitted_spectra
    from analysis.fits.impacts import Impact as Impact
    from analysis.fits.impacts import impacts as impacts
    from analysis.fits.minimum import FitError as FitError
    from analysis.fits.quality import goodness_of_fit as goodness_of_fit
    from analysis.limits.atomic_models import limits_by_ionization as limits_by_ionization
    from analysis.limits.contours.contour import Contour as Contour
    from analysis.limits.contours.contour import contour as contour
    from analysis.limits.expected import expected_limits as expected_limits
    from analysis.limits.expected import expected_limits_of_toys as expected_limits_of_toys
    from analysis.limits.expected import expected_mu_nu_limits as expected_mu_nu_limits
    from analysis.limits.limit import combined_limit as combined_limit
    from analysis.limits.limit import limit as limit
    from analysis.limits.limit import upper_limit as upper_limit
    from analysis.limits.limit_result import Limit as Limit
    from analysis.limits.profiles import profile_curve as profile_curve
    from analysis.limits.quenching_curves import CurveLimit as CurveLimit
    from analysis.limits.quenching_curves import limits_by_quenching as limits_by_quenching
    from analysis.limits.reach import Reach as Reach
    from analysis.limits.reach import discovery_reach as discovery_reach
    from analysis.limits.significance import Significance as Significance
    from analysis.limits.significance import significance as significance

HOMES = {
    "Contour": "analysis.limits.contours.contour",
    "CurveLimit": "analysis.limits.quenching_curves",
    "FitError": "analysis.fits.minimum",
    "FitResult": "analysis.fits.fit",
    "FittedParameter": "analysis.fits.fit",
    "FittedSpectra": "analysis.fits.fitted_spectra",
    "Impact": "analysis.fits.impacts",
    "Limit": "analysis.limits.limit_result",
    "Reach": "analysis.limits.reach",
    "Significance": "analysis.limits.significance",
    "combined_limit": "analysis.limits.limit",
    "contour": "analysis.limits.contours.contour",
    "discovery_reach": "analysis.limits.reach",
    "expected_limits": "analysis.limits.expected",
    "expected_limits_of_toys": "analysis.limits.expected",
    "expected_mu_nu_limits": "analysis.limits.expected",
    "fit": "analysis.fits.fit",
    "fitted_spectra": "analysis.fits.fitted_spectra",
    "goodness_of_fit": "analysis.fits.quality",
    "impacts": "analysis.fits.impacts",
    "limit": "analysis.limits.limit",
    "limits_by_ionization": "analysis.limits.atomic_models",
    "limits_by_quenching": "analysis.limits.quenching_curves",
    "profile_curve": "analysis.limits.profiles",
    "significance": "analysis.limits.significance",
    "upper_limit": "analysis.limits.limit",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
