"""What a limit is: an interval, and how good it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from analysis.fits.quality import Quality
from sim.display import html_table, shown


@dataclass(frozen=True, slots=True)
class ThrownToys:
    """Toys that a limit rests on, and the errors of its ends that their number makes (physical)."""

    n_toys: int
    n_failed: int
    seed: int
    lower_error: float
    upper_error: float


@dataclass(frozen=True, slots=True)
class Limit:
    """An interval in physical units.

    status ``ok`` means converged and describing the data; ``poor-fit``, ``few-counts``,
    ``under-coverage`` and ``toys-failed`` come with numbers of which warnings say what is wrong;
    otherwise there is no limit: ``empty``, ``no-sensitivity``, ``unidentifiable``,
    ``not-enough-toys``, ``fit-failed``, with the reason and None in place of numbers.  at_bound:
    the best fit is the parameter's bound.  intervals are in increasing order; lower and upper are
    their hull.  remark is what a reader of any limit on this parameter should know, such as a
    degeneracy.  calibration is ``summed`` or ``toys`` where probabilities were summed or toys
    thrown, ``asymptotic`` where toys were not allowed.  free are the other parameters that were
    fitted at every value, shared the nuisances
    that a combination has in common.
    """

    parameter: str
    unit: str
    cl: float
    method: str
    treatment: str
    best_fit: float | None
    lower: float | None
    upper: float | None
    intervals: tuple[tuple[float, float], ...]
    status: str
    at_bound: bool = False
    reason: str | None = None
    toys: ThrownToys | None = None
    quality: Quality | None = None
    warnings: tuple[str, ...] = ()
    remark: str = ""
    calibration: str | None = None
    free: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def __repr__(self) -> str:
        at = f"at {100 * self.cl:g} % CL ({self.method}, {self.treatment})"
        if not self.found:
            return f"<Limit on {self.parameter} {at}: none, {self.status}: {self.reason}>"
        return f"<Limit {self.parameter} in {self._ranges()} {self.unit} {at}: {self.status}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        rows = [
            (f"{100 * self.cl:g} % CL", f"{self._ranges()} {self.unit}" if self.found else "none"),
            ("best fit", f"{shown(self.best_fit)} {self.unit}"),
            ("method", self.method),
            ("background", self.treatment),
            ("status", self.status if self.found else f"{self.status}: {self.reason}"),
            *(("warning", text) for text in self.warnings),
            *([("note", self.remark)] if self.remark else []),
            *([("goodness", self.quality.words())] if self.quality else []),
        ]
        return html_table(f"limit on {self.parameter}", rows)

    def _ranges(self) -> str:
        return " or ".join(f"[{shown(low)}, {shown(high)}]" for low, high in self.intervals)

    def content(self) -> dict[str, Any]:
        """All of it as plain values: quality as ``goodness`` and ``pulls``."""
        content = asdict(self)
        goodness = content.pop("quality") or {}
        pulls = goodness.pop("pulls", {})
        return {
            **content,
            "disjoint": self.disjoint,
            "goodness": goodness or None,
            "pulls": pulls,
            "warnings": list(self.warnings),
        }

    @property
    def disjoint(self) -> bool:
        """True if the accepted set has a gap."""
        return len(self.intervals) > 1

    @property
    def reach(self) -> float | None:
        """Largest magnitude that is not excluded."""
        if self.lower is None or self.upper is None:
            return None
        return max(abs(self.lower), abs(self.upper))

    @property
    def found(self) -> bool:
        """True if there are numbers, however good (``status``, ``warnings``)."""
        return bool(self.intervals)
