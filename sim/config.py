"""The experiment file: its sections, keys, units, defaults and checks.

Units are part of the key names; energies marked ``_kev`` are electron equivalent unless a
docstring says otherwise.  Everything else of the house sees validated values only.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Norm = Literal["free"] | NonNegative


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True
    )


class FissionFractions(_Section):
    """Shares of the fissions; they must sum to 1 within 0.1 %."""

    u235: Fraction = 0.58
    u238: Fraction = 0.07
    pu239: Fraction = 0.30
    pu241: Fraction = 0.05

    @model_validator(mode="after")
    def _sum_to_one(self) -> FissionFractions:
        total = self.u235 + self.u238 + self.pu239 + self.pu241
        if abs(total - 1) > 1e-3:
            raise ValueError(f"the fission fractions must sum to 1, found {total:g}")
        return self


class ReactorConfig(_Section):
    """The source. One of power + baseline and flux_cm2_s sets the flux; the other is a check."""

    thermal_power_gw: Positive | None = None
    baseline_m: Positive | None = None
    flux_cm2_s: Positive | None = None
    normalisation: Literal["power", "flux"] | None = None
    spectrum: Literal["bestiole-2023", "huber-mueller"] = "bestiole-2023"
    fission_fractions: FissionFractions = FissionFractions()
    energies_per_fission: Literal["ma-2013", "kopeikin-2004", "james-1969"] = "ma-2013"
    neutron_captures_per_fission: NonNegative = 0.6

    @property
    def has_power(self) -> bool:
        """True when power and baseline are both given."""
        return self.thermal_power_gw is not None and self.baseline_m is not None

    @property
    def active_normalisation(self) -> str:
        """``power`` or ``flux``: what sets the flux."""
        return self.normalisation or ("power" if self.has_power else "flux")

    @model_validator(mode="after")
    def _one_normalisation(self) -> ReactorConfig:
        power, flux = self.has_power, self.flux_cm2_s is not None
        if (self.thermal_power_gw is None) != (self.baseline_m is None):
            raise ValueError("thermal_power_gw and baseline_m go together: one is missing")
        if not power and not flux:
            raise ValueError("give thermal_power_gw and baseline_m, or flux_cm2_s")
        if power and flux and self.normalisation is None:
            raise ValueError(
                "power with baseline and flux_cm2_s are both given: state normalisation = "
                "'power' or 'flux' (the other is then printed as a cross-check)"
            )
        if (self.normalisation == "power" and not power) or (
            self.normalisation == "flux" and not flux
        ):
            raise ValueError(f"normalisation = {self.normalisation!r}, but its keys are missing")
        return self


class ResolutionConfig(_Section):
    """sigma^2 = (noise_fwhm_kev / 2.355)^2 + pair_energy_kev * fano_factor * E."""

    noise_fwhm_kev: NonNegative
    fano_factor: NonNegative = 0.0
    pair_energy_kev: Positive = 2.96e-3

    @model_validator(mode="after")
    def _finite_width(self) -> ResolutionConfig:
        if self.noise_fwhm_kev == 0 and self.fano_factor == 0:
            raise ValueError("the resolution must have a width: noise_fwhm_kev or fano_factor > 0")
        return self


class QuenchingConfig(_Section):
    """Lindhard's quenching; k defaults to 0.133 Z^(2/3) A^(-1/2) of each element."""

    model: Literal["lindhard"] = "lindhard"
    k: Positive | None = None


class EfficiencyConfig(_Section):
    """Plateau with an optional error-function turn-on of the given Gaussian width."""

    plateau: Annotated[float, Field(gt=0, le=1)] = 1.0
    half_kev: NonNegative = 0.0
    width_kev: Positive | None = None
    acts_on: Literal["true", "reconstructed"] = "reconstructed"


class DetectorConfig(_Section):
    """The target and its response.

    threshold_kev cuts on reconstructed energy; min_ionization_kev is the lowest true ionization
    that can be seen at all (the pair-creation energy), without which 1/T and 1/T^2 spectra leak
    through the tail of the resolution.
    """

    material: str
    mass_kg: Positive
    threshold_kev: NonNegative
    min_ionization_kev: Positive
    resolution: ResolutionConfig
    quenching: QuenchingConfig = QuenchingConfig()
    efficiency: EfficiencyConfig = EfficiencyConfig()


class ExposureConfig(_Section):
    """Live days with the reactor on and off.

    off_residual_flux is the flux left in OFF periods (neighbouring units, spent fuel) as a
    fraction of the ON flux; off_start_day counts from the start of the ON period, at its end by
    default (it matters only for decaying backgrounds).
    """

    on_days: Positive
    off_days: NonNegative
    off_residual_flux: Fraction = 0.0
    off_start_day: NonNegative | None = None


class PhysicsConfig(_Section):
    """Switches of the cross sections; charge_sign = -1 is the sign of q of older papers."""

    couplings: Literal["one-loop", "tree"] = "one-loop"
    sin2_theta_w: Annotated[float, Field(gt=0, lt=1)] = 0.23857
    ionization: Literal["stepping", "free"] = "stepping"
    form_factor: Literal["helm", "helm-rms", "klein-nystrand", "unity"] = "helm"
    charge_sign: Literal[1, -1] = 1


class AnalysisConfig(_Section):
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


class _Background(_Section):
    """Rates are as measured, efficiency included.

    scaling: ``time`` (ON and OFF alike), ``reactor`` (ON only), ``decay`` (half-life, the rate is
    that at the start of the ON period), ``free`` (a norm of its own in each period).
    norm: ``free``, or the relative 1-sigma uncertainty of the norm, 0 for a fixed one.  A free
    norm may become negative as long as the total does not: shapes are a family, not a census.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]
    scaling: Literal["time", "reactor", "decay", "free"] = "time"
    norm: Norm = "free"
    half_life_days: Positive | None = None

    @model_validator(mode="after")
    def _half_life(self) -> _Background:
        if (self.scaling == "decay") != (self.half_life_days is not None):
            raise ValueError("half_life_days goes with scaling = 'decay', and only with it")
        return self


class FlatBackground(_Background):
    """A constant rate."""

    shape: Literal["flat"]
    rate_per_kev_kg_day: Positive


class ExponentialBackground(_Background):
    """rate * exp(-(E - reference_kev) / scale_kev)."""

    shape: Literal["exponential"]
    rate_per_kev_kg_day: Positive
    reference_kev: NonNegative
    scale_kev: Positive


class PowerLawBackground(_Background):
    """rate * (E / reference_kev)^index."""

    shape: Literal["power-law"]
    rate_per_kev_kg_day: Positive
    reference_kev: Positive
    index: float


class LineBackground(_Background):
    """A Gaussian line; its width is the detector's resolution unless sigma_kev is given."""

    shape: Literal["line"]
    rate_per_kg_day: Positive
    center_kev: Positive
    sigma_kev: Positive | None = None


class TableBackground(_Background):
    """A table with the columns energy_kev, rate_per_kev_kg_day, joined by straight lines."""

    shape: Literal["table"]
    file: str


BACKGROUND_SHAPES: dict[str, type[_Background]] = {
    "flat": FlatBackground,
    "exponential": ExponentialBackground,
    "power-law": PowerLawBackground,
    "line": LineBackground,
    "table": TableBackground,
}

BackgroundConfig = Annotated[
    FlatBackground | ExponentialBackground | PowerLawBackground | LineBackground | TableBackground,
    Field(discriminator="shape"),
]


class SystematicsConfig(_Section):
    """Gaussian nuisance parameters; flux_norm is the relative uncertainty of all signal rates."""

    flux_norm: Annotated[float, Field(ge=0, lt=1)] = 0.0


class DataConfig(_Section):
    """Observed spectra: tables with the columns low_kev, high_kev, counts."""

    on: str
    off: str | None = None


class PublishedLimit(_Section):
    """A published limit in the units of the paper's convention converted to ours."""

    parameter: Literal["mu_nu", "q_nu", "r2_nu"]
    upper: float
    lower: float | None = None
    cl: Annotated[float, Field(gt=0, lt=1)] = 0.90
    source: str
    provenance: Literal["seen", "remembered"]


class PublishedConfig(_Section):
    """What the paper says; compared with, never used."""

    flux_cm2_s: Positive | None = None
    limits: tuple[PublishedLimit, ...] = ()


class VariantConfig(_Section):
    """A what-if of a reproduction: KEY=VALUE changes as for --set."""

    name: str
    changes: Annotated[tuple[str, ...], Field(min_length=1)]


class ExperimentConfig(_Section):
    """A whole experiment file."""

    name: Annotated[str, Field(min_length=1)]
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
