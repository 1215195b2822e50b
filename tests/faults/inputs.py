"""A valid experiment with every kind of section, to be broken: its tree, its text, its tables."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

Tree = dict[str, Any]
Path = tuple[str | int, ...]

EXPERIMENT: Tree = {
    "name": "whole",
    "description": "every kind of section in four bins",
    "reference": "none",
    "reactor": {
        "thermal_power_gw": 3.0,
        "baseline_m": 15.0,
        "flux_cm2_s": 1.0e13,
        "normalisation": "power",
        "spectrum": "huber-mueller",
        "fission_fractions": {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05},
        "energies_per_fission": "ma-2013",
        "neutron_captures_per_fission": 0.6,
        "spent_fuel": {"fraction": 0.01, "irradiation_days": 1000.0, "cooling_days": 100.0},
    },
    "detector": {
        "material": "Ge",
        "mass_kg": 2.0,
        "threshold_kev": 0.3,
        "min_ionization_kev": 0.003,
        "isotopes": {"Ge": {"76": 0.9, "74": 0.1}},
        "resolution": {"noise_fwhm_kev": 0.1, "fano_factor": 0.11, "pair_energy_kev": 2.96e-3},
        "quenching": {"model": "table", "file": "quenching.csv", "beyond": "constant"},
        "efficiency": {"model": "table", "file": "efficiency.csv"},
    },
    "exposure": {
        "on_days": 100.0,
        "off_days": 50.0,
        "off_residual_flux": 0.05,
        "off_start_day": 100.0,
    },
    "analysis": {
        "window_kev": [0.3, 0.7],
        "bin_width_kev": 0.1,
        "background": "off-joint",
        "channels": ["electron", "nucleus"],
    },
    "physics": {
        "couplings": "one-loop",
        "sin2_theta_w": 0.2386,
        "ionization": "stepping",
        "epa_neutrino_mass_ev": 1.0,
        "form_factor": "helm",
        "axial": True,
        "charge_sign": 1,
    },
    "systematics": {
        "flux_norm": 0.03,
        "efficiency": 0.02,
        "exposure": 0.001,
        "energy_scale": 0.01,
        "quenching": 0.05,
        "resolution": 0.05,
        "shared": ["flux_norm"],
    },
    "data": {"on": "on.csv", "off": "off.csv"},
    "published": {
        "flux_cm2_s": 1e13,
        "limits": [
            {"parameter": "mu_nu", "upper": 1e-10, "cl": 0.9, "source": "x", "provenance": "seen"}
        ],
    },
    "background": [
        {"name": "flat", "shape": "flat", "rate_per_kev_kg_day": 20.0, "norm": 0.2},
        {
            "name": "smooth",
            "shape": "exponential",
            "rate_per_kev_kg_day": 20.0,
            "reference_kev": 0.2,
            "scale_kev": 0.3,
        },
        {
            "name": "rise",
            "shape": "power-law",
            "rate_per_kev_kg_day": 1.0,
            "reference_kev": 0.2,
            "index": -1.0,
            "norm": 0.1,
            "scaling": "reactor",
        },
        {
            "name": "line",
            "shape": "line",
            "rate_per_kg_day": 5.0,
            "center_kev": 0.5,
            "sigma_kev": 0.05,
            "scaling": "decay",
            "half_life_days": 11.4,
            "norm": 0.1,
        },
        {"name": "table", "shape": "table", "file": "background.csv", "norm": 0.1},
    ],
}

TABLES = {
    "quenching.csv": "recoil_kev,quenching_factor\n0.01,0.05\n0.1,0.1\n1,0.17\n10,0.24\n",
    "efficiency.csv": "energy_kev,efficiency\n0,0\n0.2,0.5\n0.5,0.9\n1,0.95\n",
    "background.csv": "energy_kev,rate_per_kev_kg_day\n0.1,4.0\n0.5,3.0\n1.0,2.0\n",
    "on.csv": "low_kev,high_kev,counts\n0.3,0.4,800\n0.4,0.5,700\n0.5,0.6,900\n0.6,0.7,500\n",
    "off.csv": "low_kev,high_kev,counts\n0.3,0.4,390\n0.4,0.5,350\n0.5,0.6,330\n0.6,0.7,250\n",
    "spectrum.csv": "energy_mev,total\n0.1,1.5\n2,1.2\n5,0.2\n8,0.004\n",
}


def leaves(tree: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value of a tree with its place."""
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in entries:
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def tables(tree: Any, path: Path = ()) -> Iterator[Path]:
    """The place of every section and list of a tree."""
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in entries:
        if isinstance(value, dict | list):
            yield (*path, key)
            yield from tables(value, (*path, key))


def sections(tree: Any, path: Path = ()) -> Iterator[Path]:
    """The place of every section of a tree whose keys are known."""
    for place in tables(tree, path):
        inner = tree
        for key in place:
            inner = inner[key]
        if isinstance(inner, dict) and "isotopes" not in place:
            yield place


def changed(path: Path, value: Any, tree: Tree = EXPERIMENT) -> Tree:
    """A copy of the tree with another value, or without one (value ``...``)."""
    out = copy.deepcopy(tree)
    inner: Any = out
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return out


def toml(value: Any, *, top: bool = True) -> str:
    """TOML of a tree, with inline tables below the first level."""
    if top:
        return "".join(f"{quoted(k)} = {toml(v, top=False)}\n" for k, v in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = ", ".join(f"{quoted(k)} = {toml(v, top=False)}" for k, v in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list):
        return f"[{', '.join(toml(v, top=False) for v in value)}]"
    return quoted(value) if isinstance(value, str) else repr(value)


def quoted(text: str) -> str:
    """A TOML string."""
    escaped = (c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{"".join(escaped)}"'
