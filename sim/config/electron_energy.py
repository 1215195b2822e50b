"""What an electron is worth in the detector of an experiment file, for energies in electrons."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from sim.config.resolution.registry import ResolutionConfig
from sim.syntax.units import in_key_units


def stated_electron_kev(data: Any) -> float | None:
    """Of the common ``[detector.resolution]``; None if it does not say, or is no resolution yet."""
    detector = data.get("detector") if isinstance(data, dict) else None
    section = detector.get("resolution") if isinstance(detector, dict) else None
    if not isinstance(section, dict):
        return None
    plain = in_key_units(section, {}, ("resolution",))
    try:
        return TypeAdapter(ResolutionConfig).validate_python(plain).electron_kev
    except ValidationError:
        return None
