"""Measured quenching factors: the shipped data sets, by material."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, cast

import numpy as np

from detectors.tables import FloatArray, shipped_rows

_SETS, _POINTS = "quenching_data_sets.csv", "quenching_points.csv"


@dataclass(frozen=True, slots=True, eq=False)
class QuenchingData:
    """Points of one measurement, arrays of shape (n_points,); NaN where nothing is stated.

    quantity is what was measured of a recoil, over that of an electron.  use: ``default`` (fitted
    unless others are named), ``named`` (by name only) or ``drawn`` (has no errors to fit with).
    error is the total standard error of a point; common_relative_error what all points have in
    common besides; independent_points as how many points the set counts.  recoil_error_contained:
    error holds that of the recoil energy already.
    """

    name: str
    material: str
    crystal: str
    quantity: Literal["ionization", "light"]
    use: Literal["default", "named", "drawn"]
    source: str
    copy: str
    provenance: Literal["seen", "abstract"]
    remark: str
    common_relative_error: float
    independent_points: float
    recoil_error_contained: bool
    recoil_kev: FloatArray = field(repr=False)
    recoil_error_kev: FloatArray = field(repr=False)
    quenching_factor: FloatArray = field(repr=False)
    error: FloatArray = field(repr=False)

    @property
    def n_points(self) -> int:
        """Number of points."""
        return int(self.recoil_kev.size)

    def between(self, low_kev: float, high_kev: float) -> QuenchingData | None:
        """The points with a recoil in this range, or None if there are none."""
        inside = (low_kev <= self.recoil_kev) & (self.recoil_kev <= high_kev)
        if not np.any(inside):
            return None
        arrays = ("recoil_kev", "recoil_error_kev", "quenching_factor", "error")
        kept = {name: getattr(self, name) for name in self.__dataclass_fields__}
        kept |= {name: kept[name][inside] for name in arrays}
        kept["independent_points"] *= float(np.mean(inside))
        return QuenchingData(**kept)


def measured_materials() -> list[str]:
    """Materials of which quenching factors are shipped."""
    return list(dict.fromkeys(row["material"] for row in shipped_rows(_SETS)))


@cache
def quenching_data(material: str) -> tuple[QuenchingData, ...]:
    """The data sets of a material.

    Raises
    ------
    ValueError
        for a material without any.

    Examples
    --------
    >>> [one.name for one in nuem.quenching_data("Ge")][:2]
    ['bonhomme-2022', 'kavner-2024']
    """
    if material not in measured_materials():
        raise ValueError(
            f"no measured quenching factors of {material!r}: "
            f"there are those of {', '.join(measured_materials())}"
        )
    return tuple(_data(row) for row in shipped_rows(_SETS) if row["material"] == material)


def chosen_data(material: str, names: Sequence[str] = ()) -> list[QuenchingData]:
    """The data sets of these names, or those that are fitted by default.

    Raises
    ------
    ValueError
        for a name that is not among those of the material, that stands twice, or whose points
        have no errors.
    """
    known = {data.name: data for data in quenching_data(material)}
    if not names:
        return [data for data in known.values() if data.use == "default"]
    for name in names:
        if name not in known:
            raise ValueError(f"data set {name!r}: those of {material} are {', '.join(known)}")
        if known[name].use == "drawn":
            raise ValueError(f"data set {name!r} has no errors: it is drawn, not fitted")
    if len(set(names)) < len(names):
        raise ValueError("a data set stands twice")
    return [known[name] for name in names]


def _data(row: dict[str, str]) -> QuenchingData:
    points = [point for point in shipped_rows(_POINTS) if point["data_set"] == row["data_set"]]

    def column(name: str) -> FloatArray:
        return np.array([float(point[name] or "nan") for point in points])

    return QuenchingData(
        name=row["data_set"],
        material=row["material"],
        crystal=row["crystal"],
        quantity=cast("Literal['ionization', 'light']", row["quantity"]),
        use=cast("Literal['default', 'named', 'drawn']", row["use"]),
        source=row["source"],
        copy=row["copy"],
        provenance=cast("Literal['seen', 'abstract']", row["provenance"]),
        remark=row["remark"],
        common_relative_error=float(row["common_relative_error"]),
        independent_points=float(row["independent_points"] or len(points)),
        recoil_error_contained=row["recoil_error"] == "contained",
        recoil_kev=column("recoil_kev"),
        recoil_error_kev=column("recoil_error_kev"),
        quenching_factor=column("quenching_factor"),
        error=column("error"),
    )
