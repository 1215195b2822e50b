"""The [reactor] section: cores, spectra and the normalisation of the flux."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, model_validator

from fluxes.spectra.fission import spectrum_model_names
from sim.section import FileName, Fraction, Name, NonNegative, Positive, Section
from sim.syntax.sites import checked_site
from sim.syntax.spelling import repeated

DEFAULT_NEUTRON_CAPTURES = 0.6

if TYPE_CHECKING:
    SpectrumName = str
else:
    SpectrumName = Literal[(*spectrum_model_names(), "table")]

SiteName = Annotated[str, AfterValidator(checked_site)]
"""Name of a shipped reactor; what it fills, ``sim.syntax.sites`` says."""


class FissionFractions(Section):
    """Shares of the fissions; they must sum to 1 within 0.1 %."""

    u235: Fraction = 0.58
    """Share of the fissions of U-235."""
    u238: Fraction = 0.07
    """Share of the fissions of U-238."""
    pu239: Fraction = 0.30
    """Share of the fissions of Pu-239."""
    pu241: Fraction = 0.05
    """Share of the fissions of Pu-241."""

    @model_validator(mode="after")
    def _sum_to_one(self) -> FissionFractions:
        total = self.u235 + self.u238 + self.pu239 + self.pu241
        if abs(total - 1) > 1e-3:
            raise ValueError(f"the fission fractions must sum to 1, found {total:g}")
        return self


class CoreConfig(Section):
    """One of several cores: its thermal power, the mean in ON and in OFF or that of all periods."""

    name: Name | None = None
    """A name of its own; left out: core-1, core-2, ..."""
    site: SiteName | None = None
    """Name of the reactor (nuem site lists them), which fills the power."""
    thermal_power_gw: NonNegative
    """Mean thermal power in the ON period; with periods, the full one."""
    baseline_m: Positive
    """Distance from core to detector."""
    off_thermal_power_gw: NonNegative = 0.0
    """Mean thermal power in the OFF period: a neighbouring unit that runs on."""
    fission_fractions: FissionFractions | None = None
    """Shares of the fissions; left out: those of [reactor.fission_fractions]."""
    off_fission_fractions: FissionFractions | None = None
    """Shares in the OFF period; left out: as in ON."""


class SpentFuelConfig(Section):
    """Spent fuel beside the core: its antineutrinos as a fraction of the reactor's, always on."""

    fraction: Fraction
    """Antineutrinos of the spent fuel over those of the reactor in ON, all energies."""
    irradiation_days: Positive = 1000.0
    """Time in the reactor; sets the composition."""
    cooling_days: NonNegative = 100.0
    """Time since; sets the composition."""


class ReactorConfig(Section):
    """The source.

    The flux comes from thermal_power_gw and baseline_m, from the cores of [[reactor.core]], or is
    flux_cm2_s; normalisation says which when both are given, and the other is a printed check.
    neutron_captures_per_fission is 0.6 unless given, 0 for a total spectrum that contains it.
    spectrum = "table" reads spectrum_table; oscillation is that of three flavours.
    """

    site: SiteName | None = None
    """Name of the reactor (nuem site lists them): fills power, and fuel if highly enriched."""
    thermal_power_gw: Positive | None = None
    """Mean thermal power in the ON period; goes with baseline_m."""
    baseline_m: Positive | None = None
    """Distance from core to detector; goes with thermal_power_gw."""
    core: tuple[CoreConfig, ...] = ()
    """Several cores, in place of thermal_power_gw and baseline_m."""
    flux_cm2_s: Positive | None = None
    """Total flux at the detector, as stated."""
    normalisation: Literal["power", "flux"] | None = None
    """Which one sets the flux when power and flux_cm2_s are both given."""
    spectrum: SpectrumName = "bestiole-2023"
    """Antineutrino spectrum; table reads spectrum_table."""
    spectrum_table: FileName | None = None
    """Table of energy_mev and u235, u238, pu239, pu241, or total."""
    off_equilibrium: bool = False
    """Off-equilibrium correction, for huber-mueller and mueller only."""
    oscillation: bool = False
    """Three-flavour survival probability at each baseline."""
    fission_fractions: FissionFractions = FissionFractions()
    """Shares of the fissions."""
    energies_per_fission: Literal["ma-2013", "kopeikin-2004", "james-1969"] = "ma-2013"
    """Evaluation of the energies released per fission."""
    neutron_captures_per_fission: NonNegative | None = None
    """Captures on U-238; left out: 0.6, or 0 if the spectrum has them."""
    power_history: FileName | None = None
    """Table of start, stop and the power of each core, as a fraction or in GW."""
    spent_fuel: SpentFuelConfig | None = None
    """Spent fuel beside the core, there in ON and in OFF."""

    @property
    def has_power(self) -> bool:
        """True when power and baseline, or cores, are given."""
        return bool(self.core) or self.thermal_power_gw is not None

    @property
    def core_names(self) -> tuple[str, ...]:
        """Names of the cores; one core of a plain power is ``core-1``."""
        if not self.core:
            return ("core-1",)
        return tuple(core.name or f"core-{i}" for i, core in enumerate(self.core, start=1))

    @property
    def active_normalisation(self) -> str:
        """``power`` or ``flux``: what sets the flux."""
        return self.normalisation or ("power" if self.has_power else "flux")

    @model_validator(mode="after")
    def _one_normalisation(self) -> ReactorConfig:
        power, flux = self.has_power, self.flux_cm2_s is not None
        if (self.thermal_power_gw is None) != (self.baseline_m is None):
            raise ValueError("thermal_power_gw and baseline_m go together: one is missing")
        if self.core and self.thermal_power_gw is not None:
            raise ValueError("give thermal_power_gw and baseline_m, or cores, not both")
        if not power and not flux:
            raise ValueError("give thermal_power_gw and baseline_m, cores, or flux_cm2_s")
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

    @model_validator(mode="after")
    def _names_of_cores(self) -> ReactorConfig:
        names = self.core_names
        twice = repeated(names)
        if twice is not None:
            raise ValueError(f"core: the name {twice!r} stands twice")
        return self

    @model_validator(mode="after")
    def _spectrum_keys(self) -> ReactorConfig:
        if (self.spectrum == "table") != (self.spectrum_table is not None):
            raise ValueError("spectrum_table goes with spectrum = 'table', and only with it")
        if self.oscillation and not self.has_power:
            raise ValueError("oscillation needs baseline_m, or cores with their baselines")
        return self
