"""Models: what experiments expect to see, spectra of it, and files of spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from sim.hdf5 import StoreError as StoreError
    from sim.model import Model as Model
    from sim.model_assembly import build_model as build_model
    from sim.pseudo import toys as toys
    from sim.sources.joint import joint_model as joint_model
    from sim.sources.joint import joint_spectra as joint_spectra
    from sim.spectra.histogram import Histogram as Histogram
    from sim.spectra.spectra import Spectra as Spectra
    from sim.store import StoredSpectra as StoredSpectra
    from sim.store import read_spectra as read_spectra
    from sim.store import write_spectra as write_spectra

HOMES = {
    "Histogram": "sim.spectra.histogram",
    "Model": "sim.model",
    "Spectra": "sim.spectra.spectra",
    "StoreError": "sim.hdf5",
    "StoredSpectra": "sim.store",
    "build_model": "sim.model_assembly",
    "joint_model": "sim.sources.joint",
    "joint_spectra": "sim.sources.joint",
    "read_spectra": "sim.store",
    "toys": "sim.pseudo",
    "write_spectra": "sim.store",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
