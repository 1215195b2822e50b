"""Exports: likelihoods, spectra and toys for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from analysis.exports.alea import alea_image as alea_image
    from analysis.exports.csv_table import csv_table as csv_table
    from analysis.exports.frames import to_frame as to_frame
    from analysis.exports.frames import to_hist as to_hist
    from analysis.exports.frames import to_xarray as to_xarray
    from analysis.exports.hepdata import hepdata_submission as hepdata_submission
    from analysis.exports.hs3_workspace import hs3_workspace as hs3_workspace
    from analysis.exports.pyhf_workspace import pyhf_workspace as pyhf_workspace
    from analysis.extras import MissingExtraError as MissingExtraError

HOMES = {
    "MissingExtraError": "analysis.extras",
    "alea_image": "analysis.exports.alea",
    "csv_table": "analysis.exports.csv_table",
    "hepdata_submission": "analysis.exports.hepdata",
    "hs3_workspace": "analysis.exports.hs3_workspace",
    "pyhf_workspace": "analysis.exports.pyhf_workspace",
    "to_frame": "analysis.exports.frames",
    "to_hist": "analysis.exports.frames",
    "to_xarray": "analysis.exports.frames",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
