"""The [published] sections: what the papers say, compared with and never used in a prediction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.section import Inside, NonNegative, Positive, Section

Provenance = Literal["seen", "remembered"]


class PublishedLimit(Section):
    """A published limit in the units of the paper's convention converted to ours.

    cevns is the strength of coherent scattering over the Standard Model.  method names the
    construction of ours that is closest to the paper's; without one, the parameter's default.
    """

    parameter: Literal["mu_nu", "q_nu", "r2_nu", "cevns"]
    """What is limited; cevns: the strength of coherent scattering."""
    upper: float
    """Upper end, in mu_B, e or cm^2."""
    lower: float | None = None
    """Lower end of an interval."""
    cl: Inside = 0.90
    """Confidence level."""
    method: (
        Literal["qtilde", "delta-chi2", "cls", "clsb", "bayes-flat", "feldman-cousins"] | None
    ) = None
    """Construction of ours that is closest to the paper's."""
    source: str
    """The paper."""
    provenance: Provenance
    """Whether the number was read in the paper or is remembered."""
    expected: bool = False
    """A limit that a prospect expects: not shown among the limits of the world."""
    left_out: str = ""
    """Why `nuem reproduce world` does not combine it; empty: it does."""
    reason: str = ""
    """In a few words, why ours differs where it does: beside it in the figure of the field."""

    @property
    def magnitude(self) -> float:
        """The largest magnitude that is not excluded."""
        return max(abs(self.lower or 0.0), abs(self.upper))


class PublishedCounts(Section):
    """Signal counts of an ON period: observed, and predicted by the paper's Standard Model."""

    channel: Literal["electron", "nucleus"]
    """Process that gives the counts."""
    observed: float | None = None
    """Signal counts in ON, as observed."""
    observed_error: NonNegative | None = None
    """Standard error of observed."""
    predicted: NonNegative | None = None
    """Signal counts in ON of the paper's Standard Model."""
    predicted_error: NonNegative | None = None
    """Standard error of predicted."""
    source: str
    """The paper."""
    provenance: Provenance
    """Whether the numbers were read in the paper or are remembered."""


class PublishedConfig(Section):
    """What the paper says; compared with, never used.

    background is the treatment that the paper's own is closest to, background_evidence what is
    known of it: both are stated before the first comparison.
    """

    year: Annotated[int, Field(ge=1950, le=2100)] | None = None
    """Year of the paper."""
    flux_cm2_s: Positive | None = None
    """The flux of the paper: a printed cross-check."""
    background: Literal["off-joint", "off-fixed"] | None = None
    """Treatment that the paper's own is closest to."""
    background_evidence: str = ""
    """What is known of the paper's treatment."""
    exposure: str = ""
    """Name of the data taking; of publications on the same one the world takes the latest."""
    caution: str = ""
    """One line that goes with every result, such as how the spectra were read."""
    discussion: str = ""
    """After the comparison: what would have to be true for the paper's number."""
    limits: tuple[PublishedLimit, ...] = ()
    """Limits of the paper: compared with, never used."""
    counts: tuple[PublishedCounts, ...] = ()
    """Signal counts of the paper: compared with, never used."""

    @model_validator(mode="after")
    def _evidence(self) -> PublishedConfig:
        if (self.background is None) != (self.background_evidence == ""):
            raise ValueError("background goes with background_evidence, and only with it")
        return self
