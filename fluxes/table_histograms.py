"""Histograms as texts of other programs: the JSON of UHI, and what ROOT prints of a TH1.

Sources: the UHI serialization schema (uhi.readthedocs.io, "Serialization"), which hist and
boost-histogram write; ``TH1::Print("all")`` of ROOT, a line ``fSumw[1]=5, x=0.5, error=2.2`` a bin.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_ROOT_LINE = re.compile(
    r"^\s*fSumw\[(\d{1,9})\]=([^,\s]{1,40}), x=([^,\s]{1,40})(?:, error=([^,\s]{1,40}))?\s*$", re.M
)
_UNIT = re.compile(r"[\[(]\s*([^\])]+?)\s*[\])]\s*$")
_POISSON = 1e-4
"""Relative distance from counts within which variances are those of counts."""


@dataclass(frozen=True, slots=True, eq=False)
class TextHistogram:
    """Edges (n + 1,), contents (n,), and errors (n,) unless they are those of counts.

    unit is that of the axis if its label ends in one, as ``energy [eV]``.
    """

    edges: FloatArray
    contents: FloatArray
    errors: FloatArray | None
    unit: str | None = None


def is_histogram(text: str) -> bool:
    """True for a text that is a histogram of UHI or ROOT, if it is whole."""
    return text.lstrip().startswith("{") or _ROOT_LINE.search(text) is not None


def histogram_of(text: str) -> TextHistogram:
    """The histogram of a text, without its bins below and above the axis.

    Raises
    ------
    ValueError
        for what is no histogram of one axis with contents that are finite.
    """
    found = _of_uhi(text) if text.lstrip().startswith("{") else _of_root(text)
    numbers = [found.edges, found.contents, *([] if found.errors is None else [found.errors])]
    if not all(np.all(np.isfinite(values)) for values in numbers):
        raise ValueError("a histogram of finite numbers expected")
    return found


def _of_uhi(text: str) -> TextHistogram:
    try:
        content = json.loads(text)
        (axis,) = content["axes"]
        storage = content["storage"]
        edges = _uhi_edges(axis)
        below, above = bool(axis.get("underflow")), bool(axis.get("overflow"))
        kept = slice(int(below), int(below) + edges.size - 1)
        values = np.array(storage["values"], dtype=np.float64)
        wanted = edges.size - 1 + below + above
        if storage["type"] not in ("int", "double", "weighted"):
            raise ValueError(f"storage {storage['type']!r}: int, double or weighted expected")
        if values.shape != (wanted,):
            raise ValueError(f"{wanted} values expected, found {values.size}")
        variances = storage.get("variances")
        label = str(axis.get("metadata", {}).get("label", ""))
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a histogram of UHI with one axis: {_reason(error)}") from None
    except ValueError as error:
        raise ValueError(f"not a histogram of UHI with one axis: {error}") from None
    errors = None
    if variances is not None:
        errors = _errors(values[kept], np.array(variances, dtype=np.float64)[kept])
    unit = _UNIT.search(label[:200])
    return TextHistogram(edges, values[kept], errors, unit[1] if unit else None)


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _uhi_edges(axis: dict[str, Any]) -> FloatArray:
    if axis["type"] == "regular":
        n_bins = int(axis["bins"])
        if not 1 <= n_bins <= 1_000_000:
            raise ValueError(f"1 to 1000000 bins expected, found {n_bins}")
        return np.linspace(float(axis["lower"]), float(axis["upper"]), n_bins + 1)
    if axis["type"] != "variable":
        raise ValueError(f"an axis 'regular' or 'variable' expected, found {axis['type']!r}")
    return np.array(axis["edges"], dtype=np.float64)


def _of_root(text: str) -> TextHistogram:
    rows = _ROOT_LINE.findall(text)[1:-1]  # without the bins below and above the axis
    if len(rows) < 2:
        raise ValueError("two bins or more, and those below and above the axis, expected")
    contents, centers = (np.array([float(row[i]) for row in rows]) for i in (1, 2))
    widths = np.diff(centers)
    width = float((centers[-1] - centers[0]) / widths.size)
    if not np.all(np.abs(widths - width) <= 1e-3 * abs(width)):
        raise ValueError("bins of one width expected: ROOT prints their centres only")
    edges = centers[0] + width * (np.arange(centers.size + 1) - 0.5)
    variances = [float(row[3]) ** 2 for row in rows if row[3]]
    errors = _errors(contents, np.array(variances)) if variances else None
    return TextHistogram(edges, contents, errors)


def _errors(contents: FloatArray, variances: FloatArray) -> FloatArray | None:
    """Errors, None where the variances are those of counts."""
    if contents.shape != variances.shape:
        raise ValueError(f"{contents.size} variances expected, found {variances.size}")
    if np.allclose(variances, contents, rtol=_POISSON, atol=0):
        return None
    return np.sqrt(variances)
