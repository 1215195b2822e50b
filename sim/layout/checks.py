"""Checks of an experiment as a whole: what its sections ask of one another."""

from __future__ import annotations

from collections.abc import Sequence

from sim.config.backgrounds.registry import BackgroundConfig
from sim.config.file import ExperimentConfig
from sim.layout.backgrounds import Placement, placements
from sim.layout.layout import Layout
from sim.layout.problem import LayoutError


def checked_placements(config: ExperimentConfig, layout: Layout) -> tuple[Placement, ...]:
    """Where each background is; LayoutError if sections do not go together."""
    placed = tuple(placements(layout, config.background))
    if config.templates is not None:
        problem = templates_problem(config, layout)
        if problem is not None:
            raise LayoutError((), problem)
    if config.analysis.background == "off-fixed":
        problem = off_fixed_problem(config, layout, placed)
        if problem is not None:
            raise LayoutError((), problem)
    return placed


def templates_problem(config: ExperimentConfig, layout: Layout) -> str | None:
    """Why signal templates cannot be given as a table, or None if they can."""
    for spectrum in layout.spectra:
        if spectrum.bins is None:
            return "templates: a counting experiment has no spectrum"
        start, threshold = spectrum.bins.window_kev[0], spectrum.detector.threshold_kev
        if threshold > start:
            return (
                f"templates: detector.threshold_kev = {threshold:g} would cut the table, which "
                f"starts at {start:g}"
            )
    for name in (
        "energy_scale",
        "quenching",
        "resolution",
        "ionization",
        "threshold",
        "flux_shape",
    ):
        if getattr(config.systematics, name):
            return f"templates: systematics.{name} needs templates that are folded, not a table"
    return None


def off_fixed_problem(
    config: ExperimentConfig, layout: Layout, placed: Sequence[Placement]
) -> str | None:
    """Why the OFF spectra cannot fix the background, or None if they can."""
    off = [i for i, s in enumerate(layout.spectra) if s.period.is_off and s.kg_days > 0]
    if not off:
        if not config.exposure.period:
            return "background = 'off-fixed' needs an OFF period: exposure.off_days is 0"
        return "background = 'off-fixed' needs a period without reactor power, or off_periods"
    known = {p.norm for p in placed if p.spectrum in off and p.size > 0}
    for placement in placed:
        component = config.background[placement.component]
        if component.norm != 0 and placement.size > 0 and placement.norm not in known:
            return _unknown_norm(component, placement.norm)
    return None


def _unknown_norm(component: BackgroundConfig, norm: str) -> str:
    name, why = repr(component.name), f"scaling = {component.scaling!r}"
    if component.scaling not in ("reactor", "free"):
        name, why = repr(norm), f"norm_per = {component.norm_per!r}"
    return (
        f"background = 'off-fixed': the OFF spectrum cannot give the norm of {name} ({why}); set "
        f"its norm to 0 or use 'off-joint'"
    )


def unbounded_norms(
    config: ExperimentConfig, layout: Layout, every: Sequence[Placement]
) -> list[str]:
    """A line for each background whose free norms with reactor power no OFF spectrum bounds."""
    off = [i for i, s in enumerate(layout.spectra) if s.period.is_off and s.kg_days > 0]
    if layout.is_plain or not off:
        return []
    found = {}
    placed = [placement for placement in every if placement.size > 0]
    known = {placement.norm for placement in placed if placement.spectrum in off}
    for placement in placed:
        component = config.background[placement.component]
        free = component.norm == "free" and component.scaling != "reactor"
        if free and placement.norm not in known:
            found[component.name] = (
                f"background {component.name!r}: norm_per = {component.norms_per!r} leaves free "
                f"norms that no period without reactor power bounds"
            )
    return list(found.values())
