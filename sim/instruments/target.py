"""The target of a detector: its material with the isotopes that the configuration states."""

from __future__ import annotations

from detectors.matter.materials import Material, material
from sim.config.detector import WholeDetector
from sim.experiment import Experiment


def target(detector: WholeDetector) -> Material:
    """The detector's material with its isotopes."""
    enriched = {
        element: {int(number): fraction for number, fraction in fractions.items()}
        for element, fractions in detector.isotopes.items()
    }
    try:
        found = material(detector.material, enriched or None)
    except ValueError as error:
        raise ValueError(f"detector.material: {error}") from None
    elements = [constituent.atom.symbol for constituent in found.constituents]
    for symbol in detector.quenching_by_element:
        if symbol not in elements:
            raise ValueError(
                f"detector.quenching_by_element: {symbol!r} is not in {detector.material}, "
                f"which has {', '.join(elements)}"
            )
    return found


def check_targets(experiment: Experiment) -> None:
    """Raise ValueError if a detector's material is not known, or not as configured."""
    for spectrum in experiment.layout.spectra:
        target(spectrum.detector)
