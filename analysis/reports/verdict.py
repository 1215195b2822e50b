"""What stands first in a report: whether the fits describe the data."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.fits.quality import Quality
from analysis.reports.content import Report
from analysis.reports.text import number, symbol_and_words


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence, whether it is a warning, and what else the limits warn of."""

    sentence: str
    poor: bool
    remarks: tuple[str, ...]


def verdict(report: Report) -> Verdict | None:
    """Of the worst of the fits behind the limits; None where there is no fit at all."""
    qualities = [found.quality for found in report.headline if found.quality is not None]
    if not qualities:
        return None
    worst = min(qualities, key=lambda quality: quality.p_value)
    pulls = {name: pull for quality in qualities for name, pull in quality.far_pulls.items()}
    poor = any(quality.poor for quality in qualities)
    sentence = f"{_opening(report, poor)} {_numbers(worst)}"
    if pulls:
        told = ", ".join(f"{name} {_signed(pull)} σ" for name, pull in pulls.items())
        sentence += f" Far from its constraint: {told}."
    remarks = dict.fromkeys(
        f"{symbol_and_words(found.parameter)[0]}: {text}"
        for found in report.headline
        for text in found.warnings
    )
    return Verdict(sentence, poor, tuple(remarks))


def _opening(report: Report, poor: bool) -> str:
    if poor:
        return "The fit does not describe the data: the limits below rest on a model that is off."
    if set(report.spectra.kind.split("+")) == {"asimov"}:
        return "Expected data are described by construction."
    return "The fit describes the data."


def _numbers(quality: Quality) -> str:
    if quality.how == "toys":
        # with none of the toys as large the p-value is only known to be below that of one
        smallest = quality.p_value <= 1 / (1 + quality.n_toys)
        sign, how = "<" if smallest else "=", f"{quality.n_toys} toys"
    else:
        sign, how = "=", "χ²"
    statistic = 0.0 if quality.statistic < 1e-6 else quality.statistic
    return (
        f"p {sign} {number(quality.p_value)} ({how}); −2 ln L = {number(statistic)} in "
        f"{quality.n_bins} bins, {quality.n_free} free."
    )


def _signed(pull: float) -> str:
    return f"{pull:+.1f}".replace("-", "−")
