"""Detectors: what a unit says, merged with what all units and what a period says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from sim.config.analysis import AnalysisConfig, Region
from sim.config.detector import DetectorConfig, UnitConfig, WholeDetector

DEFAULT_NAME = "detector"
"""Name of the detector of a file without units."""


class _One(BaseModel):
    detector: WholeDetector


class _Several(BaseModel):
    unit: tuple[WholeDetector, ...]


class _Units(BaseModel):
    detector: _Several


def whole_detectors(section: DetectorConfig) -> tuple[WholeDetector, ...]:
    """The detectors of a file, in its order.

    Raises
    ------
    pydantic.ValidationError
        for one that is not whole, at the path of its keys in the file.
    """
    common = _stated(section)
    if not section.unit:
        whole = _One.model_validate({"detector": {**common, "name": DEFAULT_NAME}})
        return (whole.detector,)
    units = tuple(_merged(common, _own_keys(unit)) | {"name": unit.name} for unit in section.unit)
    return _Units.model_validate({"detector": {"unit": units}}).detector.unit


def detector_in_period(
    detector: WholeDetector, changes: Mapping[str, Any], own: Mapping[str, Any]
) -> WholeDetector:
    """A detector with the keys that are others in a period: for all detectors, and its own.

    Raises
    ------
    pydantic.ValidationError
        for what is no key, or no value, of a detector.
    """
    if not changes and not own:
        return detector
    merged = _merged(_merged(_stated(detector), changes), own)
    return WholeDetector.model_validate(merged)


def regions_of(unit: UnitConfig | None, analysis: AnalysisConfig) -> tuple[Region, ...] | None:
    """Regions of the bins of a unit: its own keys, else those of [analysis]."""
    if unit is None or (unit.window_kev, unit.bin_width_kev, unit.regions_kev) == (None,) * 3:
        return analysis.regions
    if unit.regions_kev is not None:
        return unit.regions_kev
    return AnalysisConfig(
        window_kev=unit.window_kev or analysis.window_kev,
        bin_width_kev=unit.bin_width_kev or analysis.bin_width_kev,
    ).regions


def _stated(section: DetectorConfig) -> dict[str, Any]:
    """Keys that a section states, tables in full."""
    content = section.model_dump()
    keys = section.model_fields_set - {"unit"}
    return {key: content[key] for key in content if key in keys and content[key] is not None}


def _own_keys(unit: UnitConfig) -> dict[str, Any]:
    return dict(unit.model_extra or {})


def _merged(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Both, tables key by key; a table that names another model is taken whole."""
    out = dict(common)
    for key, value in own.items():
        before = out.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            same = value.get("model", before.get("model")) == before.get("model")
            out[key] = _merged(before, value) if same else value
        else:
            out[key] = value
    return out
