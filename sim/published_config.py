"""The [published] sections: what the papers say, compared with and never used in a prediction."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.config_section import NonNegative, Positive, Section

Provenance = Literal["seen", "remembered"]


class PublishedLimit(Section):
    """A published limit in the units of the paper's convention converted to ours.

    cevns is the strength of coherent scattering over the Standard Model.  method names the
    construction of ours that is closest to the paper's; without one, the parameter's default.
    """

    parameter: Literal["mu_nu", "q_nu", "r2_nu", "cevns"]
    upper: float
    lower: float | None = None
    cl: Annotated[Positive, Field(lt=1)] = 0.90
    method: (
        Literal["qtilde", "delta-chi2", "cls", "clsb", "bayes-flat", "feldman-cousins"] | None
    ) = None
    source: str
    provenance: Provenance

    @property
    def magnitude(self) -> float:
        """The largest magnitude that is not excluded."""
        return max(abs(self.lower or 0.0), abs(self.upper))


class PublishedCounts(Section):
    """Signal counts of an ON period: observed, and predicted by the paper's Standard Model."""

    channel: Literal["electron", "nucleus"]
    observed: float | None = None
    observed_error: NonNegative | None = None
    predicted: NonNegative | None = None
    predicted_error: NonNegative | None = None
    source: str
    provenance: Provenance


class PublishedConfig(Section):
    """What the paper says; compared with, never used.

    background is the treatment that the paper's own is closest to, background_evidence what is
    known of it: both are stated before the first comparison.
    """

    year: Annotated[int, Field(ge=1950, le=2100)] | None = None
    flux_cm2_s: Positive | None = None
    background: Literal["off-joint", "off-fixed"] | None = None
    background_evidence: str = ""
    limits: tuple[PublishedLimit, ...] = ()
    counts: tuple[PublishedCounts, ...] = ()

    @model_validator(mode="after")
    def _evidence(self) -> PublishedConfig:
        if (self.background is None) != (self.background_evidence == ""):
            raise ValueError("background goes with background_evidence, and only with it")
        return self
