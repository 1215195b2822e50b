"""Histograms in the protocol that hist, mplhep and boost-histogram share (UHI).

``Histogram`` is a ``uhi.typing.plottable.PlottableHistogram``: mplhep draws it, and its
serialized form, which ``sim.store`` writes too, is read by hist and boost-histogram.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.cross_sections.parameters import FloatArray
from sim.display import html_fields

if TYPE_CHECKING:
    import hist

UHI_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class AxisTraits:
    """What kind of axis it is: bins of a continuous variable that does not wrap around."""

    circular: bool = False
    discrete: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class EnergyAxis:
    """Bins in energy, edges_kev of shape (n_bins + 1,); a sequence of (low, high)."""

    edges_kev: FloatArray
    name: str = "energy_kev"
    label: str = "reconstructed energy [keV]"
    traits: AxisTraits = AxisTraits()

    def __len__(self) -> int:
        return self.edges_kev.size - 1

    def __getitem__(self, index: int) -> tuple[float, float]:
        if not -len(self) <= index < len(self):
            raise IndexError(f"bin {index} is not among {len(self)} bins")
        low = index % len(self)
        return float(self.edges_kev[low]), float(self.edges_kev[low + 1])

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EnergyAxis):
            return NotImplemented
        return np.array_equal(self.edges_kev, other.edges_kev)

    def __hash__(self) -> int:
        return hash(self.edges_kev.tobytes())


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Counts (n_bins,) over energy, with Gaussian errors if the bins are not Poisson counts."""

    name: str
    edges_kev: FloatArray
    contents: FloatArray
    errors: FloatArray | None = None

    def __repr__(self) -> str:
        ends = f"{self.edges_kev[0]:g} to {self.edges_kev[-1]:g} keV"
        return f"<Histogram {self.name}: {self.contents.size} bins from {ends}>"

    def _repr_html_(self) -> str:
        """A table for notebooks."""
        return html_fields("histogram", self)

    @property
    def axes(self) -> tuple[EnergyAxis]:
        """The energy axis."""
        return (EnergyAxis(self.edges_kev),)

    @property
    def kind(self) -> str:
        """Bins hold counts."""
        return "COUNT"

    def values(self) -> FloatArray:
        """Counts of each bin."""
        return self.contents

    def variances(self) -> FloatArray:
        """Squared errors; of a Poisson count the count itself."""
        return self.contents if self.errors is None else self.errors**2

    def counts(self) -> FloatArray:
        """Entries of each bin: values^2 / variances, which is the value of a Poisson count."""
        if self.errors is None:
            return self.contents
        variances = self.errors**2
        nothing = np.zeros_like(self.contents)
        return np.divide(self.contents**2, variances, out=nothing, where=variances > 0)

    def to_hist(self) -> hist.Hist[Any]:
        """The same as a ``hist.Hist``.

        Raises
        ------
        ImportError
            if hist is not installed.
        """
        try:
            from hist import Hist, axis, storage
        except ImportError as error:
            raise ImportError("to_hist needs hist: pip install 'nuem[hist]'") from error
        energy = axis.Variable(
            self.edges_kev,
            name=self.axes[0].name,
            label=self.axes[0].label,
            underflow=False,
            overflow=False,
        )
        if self.errors is None:
            return Hist(energy, storage=storage.Double(), data=self.contents, name=self.name)
        data = np.stack([self.contents, self.errors**2], axis=-1)
        return Hist(energy, storage=storage.Weight(), data=data, name=self.name)

    def _to_uhi_(self) -> dict[str, Any]:
        """The form of the UHI schema, which hist and boost-histogram read."""
        energy = self.axes[0]
        axis = {
            "type": "variable",
            "edges": self.edges_kev,
            "underflow": False,
            "overflow": False,
            "circular": False,
            "metadata": {"name": energy.name, "label": energy.label},
        }
        return {
            "uhi_schema": UHI_SCHEMA,
            "writer_info": {"nuem": {"version": metadata.version("nuem")}},
            "metadata": {"name": self.name},
            "axes": [axis],
            "storage": self._storage(),
        }

    def _storage(self) -> dict[str, Any]:
        if self.errors is None:
            return {"type": "double", "values": self.contents}
        return {"type": "weighted", "values": self.contents, "variances": self.errors**2}
