"""How far the atomic model is to be trusted: the spread of variants of it, as a relative error."""

from __future__ import annotations

import csv
from dataclasses import replace
from functools import cache
from importlib import resources

import numpy as np

from detectors.matter.atoms import Atom
from detectors.tables import FloatArray
from sim.cross_sections.atomic.constants import HARTREE_KEV, INTEGRALS
from sim.cross_sections.atomic.ionization_table import IonizationTable

ENERGIES_KEV = (0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Energy transfers at which errors are shipped."""

_KOHN_SHAM = 2 / 3
_WINDOW = 0.2
_NUMERICS = 2e-3


def model_error(symbol: str, recoil_kev: FloatArray) -> FloatArray:
    """Relative error of the electrons in each integral at energy transfers, (3, n).

    Straight lines in ln T between the shipped energies, constant beyond; at least 0.2 %, the error
    of numerics and tables, at most 1, where nothing is known.

    Raises
    ------
    ValueError
        for an element whose errors are not shipped.
    """
    shipped = _shipped()
    if symbol not in shipped:
        raise ValueError(
            f"element {symbol!r}: the error of the atomic model is shipped for {', '.join(shipped)}"
        )
    energies, errors = shipped[symbol]
    x = np.log(recoil_kev)
    found = [np.interp(x, np.log(energies), row) for row in errors]
    return np.asarray(np.clip(found, _NUMERICS, 1.0))


def has_model_error(symbol: str) -> bool:
    """Whether the errors of an element are shipped."""
    return symbol in _shipped()


def model_error_rows(symbol: str, spread: FloatArray) -> str:
    """Rows of the shipped table for an element's ``model_spread``, (3, n), where it has any."""
    return "".join(
        f"{symbol},{energy:g},{','.join(f'{value:.3g}' for value in column)}\n"
        for energy, column in zip(ENERGIES_KEV, spread.T, strict=True)
        if np.any(column > 0)
    )


@cache
def _shipped() -> dict[str, tuple[FloatArray, FloatArray]]:
    """Energies (n,) and errors (3, n) by element."""
    file = resources.files("sim.cross_sections.atomic.data").joinpath("model_error.csv")
    lines = [x for x in file.read_text(encoding="utf-8").splitlines() if not x.startswith("#")]
    found: dict[str, list[list[float]]] = {}
    for row in csv.DictReader(lines):
        numbers = [float(row[name]) for name in ("recoil_kev", *INTEGRALS)]
        found.setdefault(row["element"], []).append(numbers)
    arrays = {symbol: np.array(rows).T for symbol, rows in found.items()}
    return {symbol: (rows[0], rows[1:]) for symbol, rows in arrays.items()}


def model_spread(atom: Atom, table: IonizationTable) -> FloatArray:
    """Relative error of the electrons in each integral at ``ENERGIES_KEV``, (3, n).

    Half of the spread of four variants: Slater's exchange or that of Kohn and Sham, measured
    binding energies or the model's own; the median within 20 % of an energy, because between two
    edges that differ the spread says nothing else.
    """
    from sim.cross_sections.atomic.table_building import built_table

    variants = [table, built_table(atom, exchange=_KOHN_SHAM)]
    for exchange in (1.0, _KOHN_SHAM):
        own = replace(atom, binding_kev=_own_bindings_kev(atom, exchange))
        variants.append(built_table(own, exchange=exchange))
    near = np.geomspace(1 - _WINDOW, 1 + _WINDOW, 41)
    recoil = (np.array(ENERGIES_KEV)[:, None] * near).ravel()
    electrons = np.array([variant.effective_electrons(recoil) for variant in variants])
    nominal = electrons[0]
    spread = np.ptp(electrons, axis=0) / np.where(nominal > 0, nominal, 1) / 2
    return np.asarray(np.median(spread.reshape(len(INTEGRALS), -1, near.size), axis=2))


def _own_bindings_kev(atom: Atom, exchange: float) -> FloatArray:
    from sim.cross_sections.atomic.self_consistent_field import self_consistent_field

    orbitals = self_consistent_field(atom, exchange=exchange).orbitals
    return np.array([-orbitals[name].energy * HARTREE_KEV for name in atom.shells])
