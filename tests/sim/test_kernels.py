"""Kernels, compiled and as plain Python, against each other and against fresh formulas."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from sim.cross_sections import kernels, kinematics

Kernel = Callable[..., Any]

RECOIL = np.array([1e-9, 2e-7, 3e-6, 1e-4, 0.05])
VALUES: dict[str, Any] = {
    "energy": 3.7,
    "recoil": 2.3e-3,
    "gv": 0.93,
    "ga": -0.47,
    "me": 0.511,
    "mass": 6.8e4,
    "gf": 1.17e-11,
    "hbarc2": 3.9e-22,
    "amplitude": -20.3,
    "moments": np.array(
        [[9.0, 8.0, 7.0, 5.0, 2.0], [4.0, 3.5, 3.0, 2.0, 0.5], [1, 1, 0.9, 0.6, 0.1]]
    ),
    "weak": 1.7,
    "vector": np.array([[0.93] * 5, [-0.3, -0.2, -0.1, -0.04, -0.03], [0.024] * 5]),
    "axial": np.array([[-0.47] * 5, [0.1] * 5, [-0.2, -0.1, 0.0, 0.1, 0.2]]),
    "amplitudes": np.array([np.linspace(-20, -18, 5), [0.9, 0.7, 0.4, 0.3, 0.2], [-2.0] * 5]),
    "products": np.array(
        [(0, 0, 0), (2, 0, 1), (3, 1, 1), (1, -1, -1), (4, 0, 2), (5, 2, 2), (6, 1, 2)]
    ),
    "added": np.linspace(-1, 2, 15).reshape(1, 3, 5),
    "coefficients": np.linspace(-1, 2, 15).reshape(3, 5),
}
ARRAYS = {"recoil": RECOIL}
NAMES = [
    "electron_weak",
    "nucleus_weak",
    "electron_templates",
    "nucleus_templates",
    "folded",
]


def plain(name: str) -> Kernel:
    """The Python source of a kernel (the same thing under NUMBA_DISABLE_JIT)."""
    kernel = getattr(kernels, name)
    return getattr(kernel, "py_func", kernel)  # type: ignore[no-any-return]


def call(name: str, kernel: Kernel, **changes: Any) -> Any:
    """A kernel's value at VALUES, its arguments found by their names."""
    arrays = ARRAYS if name.endswith("templates") else {}
    values = {**VALUES, **arrays, **changes}
    return kernel(*(values[parameter] for parameter in inspect.signature(plain(name)).parameters))


def test_every_kernel_is_tested() -> None:
    functions = {
        name
        for name, value in vars(kernels).items()
        if callable(value) and hasattr(getattr(value, "py_func", None), "__code__")
    }
    assert functions <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_compiled_and_plain_agree(name: str) -> None:
    compiled = call(name, getattr(kernels, name))
    np.testing.assert_allclose(compiled, call(name, plain(name)), rtol=1e-14, atol=0)
    assert np.all(np.isfinite(compiled))


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_counts(name: str) -> None:
    """Each argument of each kernel changes its value."""
    before = call(name, plain(name))
    for argument in inspect.signature(plain(name)).parameters:
        if argument == "products":
            continue
        arrays = ARRAYS if name.endswith("templates") else {}
        value = 1.3 * {**VALUES, **arrays}[argument]
        assert np.any(call(name, plain(name), **{argument: value}) != before), argument


@pytest.mark.parametrize("mass", [0.511, 65132.0])
@pytest.mark.parametrize("recoil", [1e-12, 1e-6, 1e-3, 2.0, 30.0])
def test_kinematics(mass: float, recoil: float) -> None:
    """E_min from energy and momentum conservation (back-scattering), solved numerically."""
    e_min = float(kinematics.min_neutrino_energy_mev(recoil, mass))
    momentum = math.sqrt(recoil * (recoil + 2 * mass))

    def missing(log_energy: float) -> float:
        """Nucleus forward, neutrino back: p_target = E + E'."""
        energy = math.exp(log_energy)
        return (2 * energy - recoil) / momentum - 1

    start = math.log(recoil / 2 + 1e-300)
    solved = math.exp(brentq(missing, start, start + 60, xtol=1e-15, rtol=1e-15))
    assert e_min == pytest.approx(solved, rel=1e-12, abs=0)
    assert kinematics.max_recoil_mev(e_min, mass) == pytest.approx(recoil, rel=1e-12, abs=0)


@pytest.mark.parametrize("mass", [0.511, 65132.0])
@pytest.mark.parametrize("energy", [1e-3, 0.3, 3.0, 12.5, 1e4])
def test_kinematics_invert_each_other(mass: float, energy: float) -> None:
    recoil = kinematics.max_recoil_mev(energy, mass)
    assert float(kinematics.min_neutrino_energy_mev(recoil, mass)) == pytest.approx(
        energy, rel=1e-13, abs=0
    )


@pytest.mark.parametrize("energy", [0.5, 3.7])
def test_weak_brackets_at_the_kinematic_limits(energy: float) -> None:
    """Coherent scattering vanishes at T_max; g_V = -g_A leaves the left-handed part alone."""
    end = kinematics.max_recoil_mev(energy, VALUES["mass"])
    at_end = call("nucleus_weak", kernels.nucleus_weak, energy=energy, recoil=end)
    low = call("nucleus_weak", kernels.nucleus_weak, energy=energy, recoil=1e-12 * end)
    assert abs(at_end) < 1e-9 * low
    one = call("electron_weak", kernels.electron_weak, energy=energy, gv=0.6, ga=-0.6)
    y = 1 - VALUES["recoil"] / energy
    scale = VALUES["gf"] ** 2 * VALUES["me"] / (2 * math.pi) * VALUES["hbarc2"]
    assert one == pytest.approx(scale * 1.44 * y**2, rel=1e-13, abs=0)


def one_recoil(kernel: str, seed: int, **values: Any) -> tuple[Any, dict[str, Any]]:
    """Folded products at one energy and recoil, and these; moments (1, 1/E, 1/E^2) are a line."""
    rng = np.random.default_rng(seed + 99)
    energy = rng.uniform(0.5, 12)
    recoil = rng.uniform(0.01, 0.95) * kinematics.max_recoil_mev(energy, values["mass"])
    line = {"moments": (energy ** -np.arange(3.0))[:, None], "recoil": np.array([recoil])}
    added = np.array([[[1 / recoil], [-1.0], [recoil / 4]]])
    found = call(kernel, getattr(kernels, kernel), added=added, **line, **values)[:, 0]
    assert found[1] == pytest.approx(1 / recoil - 1 / energy + recoil / 4 / energy**2, rel=1e-12)
    return np.delete(found, 1), {"energy": energy, "recoil": recoil}


@pytest.mark.parametrize("with_axial", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_products_on_electrons_are_the_cross_section(seed: int, with_axial: bool) -> None:
    """(g + x s + y t)^2 expanded, vector and axial couplings alike, is the scalar kernel."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=2)
    vector, axial = rng.normal(size=(2, 3, 1))
    if not with_axial:
        axial[1:] = 0
    found, at = one_recoil(
        "electron_templates",
        seed,
        vector=vector,
        axial=axial if with_axial else axial[:1],
        mass=0.511,
        weak=VALUES["gf"] ** 2 * 0.511 / (2 * math.pi) * VALUES["hbarc2"],
    )
    gv, ga = (float(part[:, 0] @ [1, x, y]) for part in (vector, axial))
    expected = call("electron_weak", kernels.electron_weak, gv=gv, ga=ga, me=0.511, **at)
    terms = found * [1, x, x * x, y, y * y, x * y]
    assert terms.sum() == pytest.approx(expected, rel=1e-11, abs=1e-14 * np.abs(terms).sum())


@pytest.mark.parametrize("seed", range(20))
def test_products_on_nuclei_are_the_cross_section(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=2)
    amplitudes = np.array([[rng.uniform(-25, -5)], [rng.normal()], [rng.normal()]])
    found, at = one_recoil(
        "nucleus_templates",
        seed,
        amplitudes=amplitudes,
        mass=6.8e4,
        weak=VALUES["gf"] ** 2 * 6.8e4 / math.pi * VALUES["hbarc2"],
    )
    total = float(amplitudes[:, 0] @ [1, x, y])
    expected = call("nucleus_weak", kernels.nucleus_weak, amplitude=total, mass=6.8e4, **at)
    terms = found * [1, x, x * x, y, y * y, x * y]
    assert terms.sum() == pytest.approx(expected, rel=1e-11, abs=1e-14 * np.abs(terms).sum())


def test_polynomials_are_sums_over_moments() -> None:
    found = call("folded", kernels.folded)
    expected = np.einsum("kn,kn->n", VALUES["coefficients"], VALUES["moments"])
    np.testing.assert_allclose(found, expected, rtol=1e-14)
