"""Reader of the shipped tables of ``detectors/data``: CSV with a header line and '#' comments."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@cache
def shipped_rows(name: str) -> tuple[dict[str, str], ...]:
    """Rows of a shipped table as ``{column: text}``."""
    text = resources.files("detectors.data").joinpath(name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(csv.DictReader(lines))


def as_float_array(values: FloatArray | float) -> FloatArray:
    """Contiguous float64 array of at least one dimension."""
    return np.ascontiguousarray(np.atleast_1d(values), dtype=np.float64)
