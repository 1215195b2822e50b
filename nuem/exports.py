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
    from analysis.exports.likelihood_grid import LikelihoodGrid as LikelihoodGrid
    from analysis.exports.likelihood_grid import grid_image as grid_image
    from analysis.exports.likelihood_grid import grid_table as grid_table
    from analysis.exports.likelihood_grid import likelihood_grid as likelihood_grid
    from analysis.exports.pyhf_workspace import pyhf_workspace as pyhf_workspace
    from analysis.extras import MissingExtraError as MissingExtraError

HOMES = {
    "LikelihoodGrid": "analysis.exports.likelihood_grid",
    "MissingExtraError": "analysis.extras",
    "alea_image": "analysis.exports.alea",
    "csv_table": "analysis.exports.csv_table",
    "grid_image": "analysis.exports.likelihood_grid",
    "grid_table": "analysis.exports.likelihood_grid",
    "hepdata_submission": "analysis.exports.hepdata",
    "hs3_workspace": "analysis.exports.hs3_workspace",
    "likelihood_grid": "analysis.exports.likelihood_grid",
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
