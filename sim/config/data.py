"""The [data] section: what was observed."""

from __future__ import annotations

from pydantic import model_validator

from sim.section import FileName, NonNegative, Section


class DataConfig(Section):
    """Observed spectra, in one of four ways.

    on and off are tables with the columns low_kev, high_kev, counts; file is one table of all
    spectra, or a pattern for one table each; events is a list of events that are binned here;
    counts holds the numbers of a counting experiment.
    """

    on: FileName | None = None
    """Table of the observed ON counts: low_kev, high_kev, counts."""
    off: FileName | None = None
    """Table of the observed OFF counts, in the same bins."""
    file: FileName | None = None
    """Table of detector, period, low_kev, high_kev, counts; or a pattern of tables as of on."""
    events: FileName | None = None
    """Table of detector, time (date-time or day), energy_kev."""
    counts: dict[str, NonNegative | dict[str, NonNegative]] | None = None
    """For counting: counts by period, or by detector and period."""
    covariance: FileName | None = None
    """Matrix in counts^2 of all bins, spectrum by spectrum: what they have in common."""

    @property
    def is_pattern(self) -> bool:
        """True where file stands for one table for each spectrum."""
        return self.file is not None and "{" in self.file

    def name_of(self, detector: str, period: str) -> str:
        """The table of a spectrum."""
        name = self.file or ""
        return name.replace("{detector}", detector).replace("{period}", period)

    @model_validator(mode="after")
    def _one_way(self) -> DataConfig:
        stated = [n for n in ("on", "file", "events", "counts") if getattr(self, n) is not None]
        if not stated:
            raise ValueError("on, file, events or counts expected: where the observed counts are")
        if len(stated) > 1:
            raise ValueError(f"give {stated[0]} or {stated[1]}, not both")
        if self.off is not None and self.on is None:
            raise ValueError("off goes with on, and only with it")
        return self
