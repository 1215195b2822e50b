"""The [analysis] section: window, bins, channels and the treatment of the background."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.section import NonNegative, Positive, Section

MOST_BINS = 100_000

Window = tuple[NonNegative, Positive]
Region = tuple[NonNegative, Positive, Positive]
"""Lower and upper end, and the width of the bins between them."""


class BinningKeys(Section):
    """The bins of the reconstructed energy: a window and their width, or regions."""

    window_kev: Window | None = None
    """Lower and upper end of the reconstructed energy."""
    bin_width_kev: Positive | None = None
    """Width of the bins; the window must hold a whole number of them."""
    regions_kev: tuple[Region, ...] | None = None
    """[low, high, bin width] of each region, increasing, in place of window_kev, bin_width_kev."""

    @property
    def regions(self) -> tuple[Region, ...] | None:
        """Regions as stated or as the window is one, None if there is neither."""
        if self.window_kev is None or self.bin_width_kev is None:
            return self.regions_kev
        return ((*self.window_kev, self.bin_width_kev),)

    @model_validator(mode="after")
    def _whole_bins(self) -> BinningKeys:
        if self.regions_kev is not None and (self.window_kev or self.bin_width_kev):
            raise ValueError("give regions_kev, or window_kev and bin_width_kev, not both")
        if self.regions_kev is not None and not self.regions_kev:
            raise ValueError("regions_kev: at least one [low, high, bin width] expected")
        name = "window_kev" if self.regions_kev is None else "regions_kev"
        end, total = 0.0, 0.0
        for low, high, width in self.regions or ():
            if not low < high:
                raise ValueError(f"{name} must increase: found {low:g} to {high:g}")
            if low < end * (1 - 1e-12):
                raise ValueError(f"regions_kev must increase: {low:g} lies below {end:g}")
            bins = (high - low) / width
            if abs(bins - round(bins)) > 1e-6 or round(bins) < 1:
                raise ValueError(
                    f"{name} must hold a whole number of bins of {width:g} keV, found {bins:g}"
                )
            end, total = high, total + bins
        if total > MOST_BINS:
            raise ValueError(f"at most {MOST_BINS} bins, found {total:g}")
        return self


class AnalysisConfig(BinningKeys):
    """Channels and the treatment of the background.

    ``off-joint`` fits all spectra together, so the OFF statistics count; ``off-fixed`` takes the
    background from a fit of its shape to the OFF spectra and then holds it fixed.  In the mode
    ``counting`` a detector counts events above a threshold, without energies.
    """

    mode: Literal["spectrum", "counting"] = "spectrum"
    """spectrum, or counting: one bin and no window."""
    background: Literal["off-joint", "off-fixed"] = "off-joint"
    """Fit ON and OFF together, or fix the background by a fit to OFF."""
    off_periods: tuple[str, ...] | None = None
    """What off-fixed fits the background to; left out: periods without reactor power."""
    channels: Annotated[tuple[Literal["electron", "nucleus"], ...], Field(min_length=1)] = (
        "electron",
        "nucleus",
    )
    """Processes that count as signal: ionization, coherent scattering on nuclei."""
    statistic: Literal["poisson", "cnp"] = "poisson"
    """Of counts without errors: Poisson, or the combined Neyman-Pearson chi-square."""

    @model_validator(mode="after")
    def _each_once(self) -> AnalysisConfig:
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("channels: each channel may stand once")
        if self.mode == "counting" and self.regions is not None:
            raise ValueError("mode = 'counting' has no window and no bins")
        return self
