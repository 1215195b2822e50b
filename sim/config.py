"""The experiment file: its sections, keys, units, defaults and checks.

Units are part of the key names; energies marked ``_kev`` are electron equivalent unless a
docstring says otherwise.  Everything else of the house sees validated values only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from sim.background_config import BackgroundConfig
from sim.config_section import (
    FileName,
    Fraction,
    NonNegative,
    Positive,
    RelativeUncertainty,
    Section,
)
from sim.detector_config import DetectorConfig
from sim.published_config import PublishedConfig
from sim.reactor_config import ReactorConfig


class ExposureConfig(Section):
    """Live days with the reactor on and off.

    off_residual_flux is the flux left in OFF periods (neighbouring units, spent fuel) as a
    fraction of the ON flux; off_start_day counts from the start of the ON period, at its end by
    default (it matters only for decaying backgrounds).
    """

    on_days: Positive
    off_days: NonNegative
    off_residual_flux: Fraction = 0.0
    off_start_day: NonNegative | None = None


def _whole(value: object) -> object:
    """1.0 as 1: the versions of pydantic differ in what they make of it, and true is no sign."""
    if isinstance(value, bool):
        raise ValueError("Input should be 1 or -1")
    return int(value) if isinstance(value, float) and value.is_integer() else value


class PhysicsConfig(Section):
    """Switches of the cross sections; charge_sign = -1 is the sign of q of older papers.

    The epa keys and plasmon_energy_ev belong to ionization = "epa-max" (``sim.ionization``,
    ``sim.equivalent_photon``); axial adds the axial current on nuclei with spin.
    """

    couplings: Literal["one-loop", "tree"] = "one-loop"
    sin2_theta_w: Annotated[Positive, Field(lt=1)] = 0.23857
    ionization: Literal["stepping", "free", "stepping-smoothed", "rrpa", "epa-max"] = "stepping"
    epa_neutrino_mass_ev: Positive = 1.0
    epa_medium: Literal["vacuum", "density-effect"] = "vacuum"
    plasmon_energy_ev: Positive | None = None
    form_factor: Literal["helm", "helm-rms", "klein-nystrand", "unity"] = "helm"
    axial: bool = False
    charge_sign: Annotated[Literal[1, -1], BeforeValidator(_whole)] = 1

    @model_validator(mode="after")
    def _plasmon_energy(self) -> PhysicsConfig:
        if self.epa_medium == "density-effect" and self.plasmon_energy_ev is None:
            raise ValueError("epa_medium = 'density-effect' needs plasmon_energy_ev")
        return self


class AnalysisConfig(Section):
    """Window, bins, channels and the treatment of the background.

    ``off-joint`` fits ON and OFF together, so the OFF statistics count; ``off-fixed`` takes the
    background from a fit of its shape to the OFF spectrum and then holds it fixed.
    """

    window_kev: tuple[NonNegative, Positive]
    bin_width_kev: Positive
    background: Literal["off-joint", "off-fixed"] = "off-joint"
    channels: Annotated[tuple[Literal["electron", "nucleus"], ...], Field(min_length=1)] = (
        "electron",
        "nucleus",
    )

    @property
    def n_bins(self) -> int:
        """Number of bins in the window."""
        return round((self.window_kev[1] - self.window_kev[0]) / self.bin_width_kev)

    @model_validator(mode="after")
    def _whole_bins(self) -> AnalysisConfig:
        low, high = self.window_kev
        if not low < high:
            raise ValueError(f"window_kev must increase: found {low:g} to {high:g}")
        bins = (high - low) / self.bin_width_kev
        if abs(bins - round(bins)) > 1e-6 or round(bins) < 1:
            raise ValueError(
                f"window_kev must hold a whole number of bins of {self.bin_width_kev:g} keV, "
                f"found {bins:g}"
            )
        if bins > 100_000:
            raise ValueError(f"at most 100000 bins, found {bins:g}")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("channels: each channel may stand once")
        return self


SharedName = Literal[
    "flux_norm",
    "flux_shape",
    "efficiency",
    "exposure",
    "energy_scale",
    "quenching",
    "resolution",
]


class SystematicsConfig(Section):
    """Relative uncertainties, each a Gaussian nuisance parameter; 0 leaves it out.

    flux_norm and efficiency scale all signal rates, exposure signal and background, energy_scale
    the reconstructed energy, quenching the uncertain number of its model (Lindhard's k),
    resolution its width.  flux_shape adds the components of the flux covariance, besides
    flux_norm.  shared names those that a combination of experiments has in common.
    """

    flux_norm: RelativeUncertainty = 0.0
    efficiency: RelativeUncertainty = 0.0
    exposure: RelativeUncertainty = 0.0
    energy_scale: RelativeUncertainty = 0.0
    quenching: RelativeUncertainty = 0.0
    resolution: RelativeUncertainty = 0.0
    flux_shape: bool = False
    shared: tuple[SharedName, ...] = ("flux_norm", "flux_shape")


class DataConfig(Section):
    """Observed spectra: tables with the columns low_kev, high_kev, counts."""

    on: FileName
    off: FileName | None = None


class VariantConfig(Section):
    """A what-if of a reproduction: KEY=VALUE changes as for --set."""

    name: str
    changes: Annotated[tuple[str, ...], Field(min_length=1)]


class ExperimentConfig(Section):
    """A whole experiment file."""

    name: Annotated[str, Field(pattern=r"^\w[\w ._+-]*$", max_length=100)]
    description: str = ""
    reference: str = ""
    reactor: ReactorConfig
    detector: DetectorConfig
    exposure: ExposureConfig
    analysis: AnalysisConfig
    physics: PhysicsConfig = PhysicsConfig()
    systematics: SystematicsConfig = SystematicsConfig()
    background: tuple[BackgroundConfig, ...] = ()
    data: DataConfig | None = None
    published: PublishedConfig = PublishedConfig()
    variant: tuple[VariantConfig, ...] = ()

    @model_validator(mode="after")
    def _sections_agree(self) -> ExperimentConfig:
        high = self.analysis.window_kev[1]
        detector = self.detector
        if detector.threshold_kev >= high:
            raise ValueError(
                f"detector.threshold_kev = {detector.threshold_kev:g} lies above "
                f"analysis.window_kev, which ends at {high:g}"
            )
        if detector.min_ionization_kev >= high:
            raise ValueError(
                f"detector.min_ionization_kev = {detector.min_ionization_kev:g} lies above "
                f"analysis.window_kev, which ends at {high:g}"
            )
        names = [component.name for component in self.background]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"background: the name {twice!r} stands twice")
        problem = self.off_fixed_problem()
        if self.analysis.background == "off-fixed" and problem is not None:
            raise ValueError(problem)
        return self

    def off_fixed_problem(self) -> str | None:
        """Why the OFF spectrum cannot fix the background, or None if it can."""
        if self.exposure.off_days == 0:
            return "background = 'off-fixed' needs an OFF period: exposure.off_days is 0"
        for component in self.background:
            if component.norm != 0 and component.scaling in ("reactor", "free"):
                return (
                    f"background = 'off-fixed': the OFF spectrum cannot give the norm of "
                    f"{component.name!r} (scaling = {component.scaling!r}); set its norm to 0 or "
                    f"use 'off-joint'"
                )
        return None
