"""Results as tables of pandas, datasets of xarray and histograms of hist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.extras import missing_extra
from analysis.fits.fit import FitResult
from analysis.limits.expected import SIGMAS
from analysis.limits.limit_result import Limit
from analysis.studies.scan_results import ScanResults
from analysis.studies.toy_summary import ToyOutcomes
from sim.spectra.histogram import Histogram
from sim.spectra.spectra import Spectra

if TYPE_CHECKING:
    import hist
    import pandas
    import xarray

Tabular = Spectra | FitResult | Limit | Sequence[Limit] | ScanResults | ToyOutcomes
"""What ``to_frame`` makes a table of."""

Rows = Iterator[dict[str, Any]]


def to_frame(thing: Tabular) -> pandas.DataFrame:
    """A table of pandas: a line for each bin, parameter, limit, point of a scan, or toy.

    Energies are in keV, counts not divided by the width of their bin, values in the unit that
    stands beside them, those of toys in the units of fits.

    Raises
    ------
    MissingExtraError
        without pandas.
    """
    try:
        import pandas
    except ModuleNotFoundError:
        raise missing_extra("to_frame needs pandas", "frames") from None
    if isinstance(thing, ToyOutcomes):
        names = ("best_fit", "error", "statistic", "level")
        return pandas.DataFrame({name: getattr(thing, name) for name in names})
    rows_of: dict[type, Callable[[Any], Rows]] = {
        Spectra: _bins,
        FitResult: _parameters,
        Limit: lambda limit: _limits([limit]),
        ScanResults: _points,
    }
    return pandas.DataFrame(list(rows_of.get(type(thing), _limits)(thing)))


def to_xarray(results: ScanResults) -> xarray.Dataset:
    """A scan as a dataset of xarray over its axes: lower, upper, status, and the band by sigma.

    Raises
    ------
    MissingExtraError
        without xarray.
    """
    try:
        import xarray
    except ModuleNotFoundError:
        raise missing_extra("to_xarray needs xarray", "frames") from None
    axes = {axis.key: list(axis.values) for axis in results.plan.axes}
    keys, unit = tuple(axes), {"units": results.unit}
    variables = {
        "lower": (keys, results.lower, unit),
        "upper": (keys, results.upper, unit),
        "band": ((*keys, "sigma"), results.band, unit),
        "status": (keys, results.status),
    }
    plan = results.plan
    facts = {"parameter": plan.parameter, "method": plan.method, "cl": plan.cl}
    return xarray.Dataset(variables, coords={**axes, "sigma": list(SIGMAS)}, attrs=facts)


def to_hist(histogram: Histogram) -> hist.Hist[Any]:
    """A spectrum as a histogram of hist: ``spectra[detector, period]`` is one.

    Raises
    ------
    MissingExtraError
        without hist.
    """
    try:
        return histogram.to_hist()
    except ImportError:
        raise missing_extra("to_hist needs hist", "hist") from None


def _bins(spectra: Spectra) -> Rows:
    for info, found in zip(spectra.infos, spectra, strict=True):
        errors = np.full(info.n_bins, np.nan) if found.errors is None else found.errors
        edges = info.edges_kev
        for low, high, count, error in zip(
            edges[:-1], edges[1:], found.contents, errors, strict=True
        ):
            yield {
                "detector": info.detector,
                "period": info.period,
                "low_kev": low,
                "high_kev": high,
                "counts": count,
                "error": error,
            }


def _parameters(result: FitResult) -> Rows:
    kinds = {"parameter": result.parameters, "nuisance": result.nuisances}
    for kind, found in kinds.items():
        for one in found:
            yield {
                "name": one.name,
                "kind": kind,
                "value": one.value,
                "error": np.nan if one.error is None else one.error,
                "unit": one.unit,
            }


def _limits(limits: Sequence[Limit]) -> Rows:
    names = (
        "parameter", "lower", "upper", "unit", "best_fit", "cl", "method", "treatment", "status",
    )  # fmt: skip
    return ({name: getattr(limit, name) for name in names} for limit in limits)


def _points(results: ScanResults) -> Rows:
    keys = [axis.key for axis in results.plan.axes]
    points = product(*(axis.values for axis in results.plan.axes))
    for place, values in zip(np.ndindex(results.upper.shape), points, strict=True):
        yield {
            **dict(zip(keys, values, strict=True)),
            "lower": results.lower[place],
            "upper": results.upper[place],
            "unit": results.unit,
            "status": str(results.status[place]),
        }
