"""Spectra: the counts of every detector and period, expected, simulated or observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from sim.cross_sections.parameters import FloatArray, NeutrinoParameters
from sim.display import html_table
from sim.spectra.histogram import Histogram
from sim.spectra.spectrum_info import (
    PERIODS,
    SpectrumInfo,
    bins_in_words,
    common_edges_kev,
    matching,
    offsets_of,
    plain_infos,
)
from sim.spectra.spectrum_table import COUNT_COLUMNS, ERROR_COLUMN
from sim.syntax.spelling import nearest

if TYPE_CHECKING:
    import hist

BoolArray = npt.NDArray[np.bool_]

KINDS = ("asimov", "toy", "observed")


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """Counts of spectra, those of all bins in a row: flat (n,).

    infos says which they are, in their order: detector first, then period, then bins.  kind is
    ``asimov``, ``toy`` or ``observed``; truth is None for observed spectra.  errors (n,) makes the
    bins Gaussian; without, and where they are 0, they are Poisson counts.
    """

    infos: tuple[SpectrumInfo, ...]
    flat: FloatArray
    kind: str
    truth: NeutrinoParameters | None = None
    flat_errors: FloatArray | None = None

    def __post_init__(self) -> None:
        n_bins = offsets_of(self.infos)[-1]
        for name, values in (("counts", self.flat), ("errors", self.flat_errors)):
            if values is not None and values.shape != (n_bins,):
                raise ValueError(f"{name}: {n_bins} numbers expected, found {values.shape}")

    @classmethod
    def on_and_off(
        cls,
        edges_kev: FloatArray,
        counts: FloatArray,
        kind: str,
        truth: NeutrinoParameters | None = None,
        errors: FloatArray | None = None,
    ) -> Spectra:
        """ON and OFF of one detector: counts and errors (2, n_bins)."""
        flat_errors = None if errors is None else errors.ravel()
        return cls(plain_infos(edges_kev), counts.ravel(), kind, truth, flat_errors)

    def __repr__(self) -> str:
        facts = ", ".join(f"{name} {text}" for name, text in self._facts())
        return f"<Spectra ({self.kind}): {facts}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_table(f"spectra ({self.kind})", self._facts())

    def _facts(self) -> list[tuple[str, str]]:
        names = [info.name for info in self.infos]
        if self.is_on_and_off:
            names = [info.period.upper() for info in self.infos]
        totals = [(n, f"{c.sum():.6g}") for n, c in zip(names, self.parts(), strict=True)]
        return [("bins", bins_in_words(self.infos)), *totals]

    @property
    def is_on_and_off(self) -> bool:
        """True for one detector with the periods ON and OFF in the same bins."""
        return [info.period for info in self.infos] == list(PERIODS) and (
            self.infos[0].detector == self.infos[1].detector
            and np.array_equal(self.infos[0].edges_kev, self.infos[1].edges_kev)
        )

    @property
    def counts(self) -> FloatArray:
        """Counts (2, n_bins) of one detector with ON and OFF; ValueError for any other spectra."""
        return self._as_on_and_off(self.flat)

    @property
    def errors(self) -> FloatArray | None:
        """Errors in the form of ``counts``, None for Poisson counts."""
        return None if self.flat_errors is None else self._as_on_and_off(self.flat_errors)

    @property
    def edges_kev(self) -> FloatArray:
        """Edges of the bins (n_bins + 1,); ValueError where they are not the same everywhere."""
        return common_edges_kev(self.infos)

    def _as_on_and_off(self, flat: FloatArray) -> FloatArray:
        if not self.is_on_and_off:
            names = ", ".join(info.name for info in self.infos[:4])
            raise ValueError(
                f"counts by ON and OFF are those of one detector with both; found {names}"
                f"{', ...' if len(self.infos) > 4 else ''}: see flat, and spectra[detector, period]"
            )
        return flat.reshape(2, -1)

    def with_counts(self, counts: FloatArray, kind: str | None = None) -> Spectra:
        """The same spectra with other counts, flat or in the form of ``counts``."""
        flat = np.ascontiguousarray(counts, dtype=np.float64).ravel()
        return replace(self, flat=flat, kind=kind or self.kind)

    def with_errors(self, errors: FloatArray | None) -> Spectra:
        """The same spectra with Gaussian bins of these errors, or Poisson counts without."""
        return replace(self, flat_errors=None if errors is None else np.ravel(errors))

    @property
    def poisson(self) -> BoolArray:
        """Bins (n,) whose counts are Poisson, not Gaussian."""
        if self.flat_errors is None:
            return np.ones(self.flat.size, dtype=np.bool_)
        return np.asarray(self.flat_errors == 0)

    def variances(self, of_poisson: FloatArray) -> FloatArray:
        """Variances (n,) of the counts, in Poisson bins those given (n,)."""
        if self.flat_errors is None:
            return of_poisson
        return np.where(self.poisson, of_poisson, self.flat_errors**2)

    def parts(self) -> tuple[FloatArray, ...]:
        """Counts (n_bins,) of each spectrum."""
        return tuple(np.split(self.flat, offsets_of(self.infos)[1:-1]))

    def error_parts(self) -> tuple[FloatArray, ...] | None:
        """Errors (n_bins,) of each spectrum, None for Poisson counts."""
        if self.flat_errors is None:
            return None
        return tuple(np.split(self.flat_errors, offsets_of(self.infos)[1:-1]))

    def place(self, detector: str, period: str) -> int:
        """Place of a spectrum; KeyError for one that is not there."""
        for i, info in enumerate(self.infos):
            if (info.detector, info.period) == (detector, period):
                return i
        name = f"{detector}/{period}"
        raise KeyError(f"{name}{nearest(name, [info.name for info in self.infos])}")

    def __getitem__(self, place: tuple[str, str]) -> Histogram:
        """One spectrum, by detector and period, as a histogram; KeyError for another."""
        return self._histogram(self.place(*place), "/".join(place))

    def __iter__(self) -> Iterator[Histogram]:
        return (self._histogram(i, info.name) for i, info in enumerate(self.infos))

    def __len__(self) -> int:
        return len(self.infos)

    def _histogram(self, place: int, name: str) -> Histogram:
        return Histogram(
            name, self.infos[place].edges_kev, self.parts()[place], self._errors_of(place)
        )

    def _errors_of(self, place: int) -> FloatArray | None:
        """Errors of one spectrum, None if its counts are Poisson."""
        errors = self.error_parts()
        return None if errors is None or not np.any(errors[place]) else errors[place]

    def select(
        self, detector: Sequence[str] | None = None, period: Sequence[str] | None = None
    ) -> Spectra:
        """Spectra of some detectors and periods, by names or patterns.

        Raises
        ------
        ValueError
            for a pattern that no name matches, or a choice without a spectrum.
        """
        return self.at(matching(self.infos, detector, period))

    def at(self, places: Sequence[int]) -> Spectra:
        """The spectra at some places."""
        parts, errors = self.parts(), self.error_parts()
        return replace(
            self,
            infos=tuple(self.infos[i] for i in places),
            flat=np.concatenate([parts[i] for i in places]),
            flat_errors=None if errors is None else np.concatenate([errors[i] for i in places]),
        )

    def sum(self, over: Literal["period", "detector"] = "period") -> dict[str, Histogram]:
        """Sums over periods by detector, or over detectors by period.

        Raises
        ------
        ValueError
            for spectra to be added that have different bins.
        """
        key = {"period": "detector", "detector": "period"}[over]
        groups: dict[str, list[int]] = {}
        for i, info in enumerate(self.infos):
            groups.setdefault(getattr(info, key), []).append(i)
        return {name: self._sum(name, places) for name, places in groups.items()}

    def _sum(self, name: str, places: Sequence[int]) -> Histogram:
        edges = self.infos[places[0]].edges_kev
        if not all(np.array_equal(edges, self.infos[i].edges_kev) for i in places):
            raise ValueError(f"{name}: spectra with different bins cannot be added")
        histograms = [self._histogram(i, name) for i in places]
        counts = np.sum([own.contents for own in histograms], axis=0)
        if all(own.errors is None for own in histograms):
            return Histogram(name, edges, counts)
        variances = np.sum([own.variances() for own in histograms], axis=0)
        return Histogram(name, edges, counts, np.sqrt(variances))

    def time_series(
        self, detector: str, low_kev: float | None = None, high_kev: float | None = None
    ) -> TimeSeries:
        """Rate of a detector by period, in the bins that lie whole between two energies."""
        places = [i for i, info in enumerate(self.infos) if info.detector == detector]
        if not places:
            names = list(dict.fromkeys(info.detector for info in self.infos))
            raise ValueError(f"{detector!r} is no detector{nearest(detector, names)}")
        counts, variances, n_inside = [], [], 0
        for i in places:
            own = self._histogram(i, detector)
            edges = own.edges_kev
            inside = np.ones(edges.size - 1, dtype=np.bool_)
            if low_kev is not None:
                inside &= edges[:-1] >= low_kev * (1 - 1e-9)
            if high_kev is not None:
                inside &= edges[1:] <= high_kev * (1 + 1e-9)
            n_inside += int(np.sum(inside))
            counts.append(float(own.contents[inside].sum()))
            variances.append(float(own.variances()[inside].sum()))
        if n_inside == 0:
            raise ValueError(f"no bin of {detector} lies between the energies")
        infos = tuple(self.infos[i] for i in places)
        exposure = np.array([info.kg_days for info in infos])
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = np.array(counts) / exposure
            rate_errors = np.sqrt(np.array(variances)) / exposure
        return TimeSeries(infos, rates, rate_errors)

    def histogram(self, period: str) -> Histogram:
        """One period of one detector as a histogram that hist and mplhep understand.

        Raises
        ------
        ValueError
            for another period, or where several detectors have it.
        """
        places = [i for i, info in enumerate(self.infos) if info.period == period]
        names = list(dict.fromkeys(info.period for info in self.infos))
        if not places:
            raise ValueError(f"period {period!r}: allowed are {', '.join(names)}")
        if len(places) > 1:
            raise ValueError(f"period {period!r} is that of several detectors: spectra[d, p]")
        return self._histogram(places[0], period)

    def to_hist(self, period: str) -> hist.Hist[Any]:
        """One period as a ``hist.Hist``; ImportError if hist is not installed."""
        return self.histogram(period).to_hist()

    def to_csv(self, period: str) -> str:
        """One period as the table that ``[data]`` reads; numbers in full precision."""
        found = self.histogram(period)
        names = list(COUNT_COLUMNS)
        columns = [found.edges_kev[:-1], found.edges_kev[1:], found.contents]
        if found.errors is not None:
            names.append(ERROR_COLUMN)
            columns.append(found.errors)
        lines = [",".join(repr(float(v)) for v in row) for row in zip(*columns, strict=True)]
        return "\n".join([",".join(names), *lines]) + "\n"

    def to_long_csv(self) -> str:
        """All spectra as the one table that ``[data] file`` reads; Poisson counts have error 0."""
        errors = self.error_parts()
        names = ["detector", "period", *COUNT_COLUMNS, *([] if errors is None else [ERROR_COLUMN])]
        lines = [",".join(names)]
        for i, (info, counts) in enumerate(zip(self.infos, self.parts(), strict=True)):
            columns = [info.edges_kev[:-1], info.edges_kev[1:], counts]
            columns += [] if errors is None else [errors[i]]
            for row in zip(*columns, strict=True):
                numbers = ",".join(repr(float(value)) for value in row)
                lines.append(f"{info.detector},{info.period},{numbers}")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True, eq=False)
class TimeSeries:
    """Rate of a detector in its periods, per kg and day, with its standard errors, (n,)."""

    infos: tuple[SpectrumInfo, ...]
    rate_per_kg_day: FloatArray
    error_per_kg_day: FloatArray
