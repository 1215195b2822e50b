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
    "alpha": 1 / 137,
    "amplitude": -20.3,
    "charge": 31.5,
    "spinless": 1.0,
    "moments": np.array(
        [[9.0, 8.0, 7.0, 5.0, 2.0], [4.0, 3.5, 3.0, 2.0, 0.5], [1, 1, 0.9, 0.6, 0.1]]
    ),
    "charge_shift": -0.3,
    "radius_shift": 0.024,
    "weak": 1.7,
    "magnetic": 0.6,
}
ARRAYS = {"recoil": RECOIL, "amplitude": np.linspace(-20, -18, 5), "charge": np.linspace(32, 29, 5)}
NAMES = [
    "electron_weak",
    "electron_magnetic",
    "nucleus_weak",
    "nucleus_magnetic",
    "electron_templates",
    "nucleus_templates",
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


@pytest.mark.parametrize("kernel", ["electron_templates", "nucleus_templates"])
def test_templates_are_the_cross_sections_of_one_line(kernel: str) -> None:
    """Moments (1, 1/E, 1/E^2) of a line at E: sums over monomials are the scalar kernels."""
    rng = np.random.default_rng(5)
    gf2, hbarc2, alpha = VALUES["gf"] ** 2, VALUES["hbarc2"], VALUES["alpha"]
    for _ in range(50):
        energy = rng.uniform(0.5, 12)
        on_electron = kernel == "electron_templates"
        mass = 0.511 if on_electron else 6.8e4
        recoil = rng.uniform(0.01, 0.95) * kinematics.max_recoil_mev(energy, mass)
        mu2, q, r = rng.uniform(0, 2), rng.normal(), rng.normal()
        kq, kr = rng.normal() * recoil, rng.normal()
        shift = kq * q / recoil + kr * r
        common = {
            "moments": (energy ** -np.arange(3.0))[:, None],
            "recoil": np.array([recoil]),
            "charge_shift": kq,
            "radius_shift": kr,
            "mass": mass,
            "magnetic": math.pi * alpha**2 / VALUES["me"] ** 2 * hbarc2,
        }
        scalar = {"energy": energy, "recoil": recoil}
        if on_electron:
            weak = gf2 * mass / (2 * math.pi) * hbarc2
            found = call(kernel, getattr(kernels, kernel), weak=weak, **common)
            expected = call(
                "electron_weak",
                kernels.electron_weak,
                gv=VALUES["gv"] + shift,
                me=mass,
                **scalar,
            )
            expected += mu2 * call("electron_magnetic", kernels.electron_magnetic, **scalar)
        else:
            weak = gf2 * mass / math.pi * hbarc2
            w, z = rng.uniform(-25, -5), rng.uniform(10, 40)
            found = call(
                kernel,
                getattr(kernels, kernel),
                weak=weak,
                amplitude=np.array([w]),
                charge=np.array([z]),
                **common,
            )
            expected = call(
                "nucleus_weak", kernels.nucleus_weak, amplitude=w + z * shift, mass=mass, **scalar
            )
            expected += mu2 * call("nucleus_magnetic", kernels.nucleus_magnetic, charge=z, **scalar)
        total = found[:, 0] @ [1, mu2, q, q * q, r, r * r, q * r]
        size = np.abs(found[:, 0]) @ np.abs([1, mu2, q, q * q, r, r * r, q * r])
        assert total == pytest.approx(expected, rel=1e-12, abs=1e-14 * size)
