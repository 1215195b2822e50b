"""Bound and continuum orbitals of the Dirac equation against Coulomb's closed forms."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import spherical_jn

from sim.cross_sections.atomic import dirac_kernels
from sim.cross_sections.atomic.potential import Potential
from sim.cross_sections.atomic.radial_grid import RadialGrid, radial_grid

C = 137.035999


def coulomb(z: int, grid: RadialGrid) -> tuple[np.ndarray, np.ndarray]:
    potential = Potential.of(grid.radius, -z / grid.radius)
    return grid.points(potential), grid.cells(potential)


def sommerfeld(z: int, n: int, kappa: int) -> float:
    gamma = math.sqrt(kappa**2 - (z / C) ** 2)
    return C * C * ((1 + (z / C / (n - abs(kappa) + gamma)) ** 2) ** -0.5 - 1)


def test_radii_follow_both_steps() -> None:
    grid = radial_grid(1e-6, 40.0, log_step=0.03, linear_step=0.05)
    x = grid.radius / 0.05 + np.log(grid.radius) / 0.03
    np.testing.assert_allclose(np.diff(x), 1, rtol=0, atol=1e-9)
    assert grid.radius[0] == pytest.approx(1e-6, rel=1e-12)
    assert grid.radius[-1] >= 40.0
    np.testing.assert_allclose(grid.slope, 1 / (1 / 0.05 + 1 / (0.03 * grid.radius)), rtol=1e-13)
    assert np.all(grid.cell_radius[:, 0] > grid.radius[:-1])
    assert np.all(grid.cell_radius[:, 1] < grid.radius[1:])


@pytest.mark.parametrize(
    ("z", "n", "kappa"), [(1, 1, -1), (1, 4, 2), (32, 2, 1), (32, 3, -3), (82, 1, -1), (82, 3, 1)]
)
def test_energies_are_sommerfelds(z: int, n: int, kappa: int) -> None:
    points, cells = coulomb(
        z, radial_grid(1e-6 / z, 120.0 / z, log_step=0.03, linear_step=0.05 / z)
    )
    nodes = n - (kappa if kappa > 0 else -kappa - 1) - 1
    exact = sommerfeld(z, n, kappa)
    energy, large, small = dirac_kernels.bound_state(
        points, cells, nodes, kappa, 0.7 * exact, -0.6 * z * z * 1.2, z, C
    )
    assert energy == pytest.approx(exact, rel=2e-7)
    assert np.sum((large**2 + small**2) * points[:, 1]) == pytest.approx(1, rel=1e-12)
    assert np.sum(np.diff(np.sign(large[np.abs(large) > 1e-9])) != 0) == nodes


def test_ground_state_of_lead_is_its_closed_form() -> None:
    """P ~ r^gamma exp(-Z r), Q / P = -(1 - gamma) / (Z alpha)."""
    z = 82
    grid = radial_grid(1e-6 / z, 60.0 / z, log_step=0.03, linear_step=0.05 / z)
    points, cells = coulomb(z, grid)
    _, large, small = dirac_kernels.bound_state(points, cells, 0, -1, -3000.0, -5000.0, z, C)
    gamma = math.sqrt(1 - (z / C) ** 2)
    shape = grid.radius**gamma * np.exp(-z * grid.radius)
    inside = shape > 1e-4 * shape.max()
    np.testing.assert_allclose(small[inside] / large[inside], -(1 - gamma) / (z / C), rtol=1e-6)
    ratio = large[inside] / shape[inside]
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


def test_an_orbital_that_does_not_exist_is_nan() -> None:
    grid = radial_grid(1e-6, 10.0, log_step=0.03, linear_step=0.05)
    points, cells = coulomb(1, grid)
    energy, _, _ = dirac_kernels.bound_state(points, cells, 30, -1, -0.1, -0.6, 1, C)
    assert math.isnan(energy)


@pytest.mark.parametrize(("energy", "kappa"), [(0.3, -1), (5.0, 1), (5.0, -4), (200.0, 6)])
def test_free_orbitals_solve_the_equation(energy: float, kappa: int) -> None:
    """Against a Runge-Kutta integration of dP/dr and dQ/dr, started from the orbital itself."""
    points, cells = coulomb(4, radial_grid(1e-5, 20.0, log_step=0.04, linear_step=0.02))
    large, small = np.zeros(len(points)), np.zeros(len(points))
    assert dirac_kernels._continuum_state(points, cells, energy, kappa, 4, C, large, small)
    start = int(np.argmax(np.abs(large) > 1e-3 * np.abs(large).max()))

    def slope(r: float, y: np.ndarray) -> list[float]:
        kinetic = energy + 4 / r
        return [
            -kappa / r * y[0] + (2 * C + kinetic / C) * y[1],
            -kinetic / C * y[0] + kappa / r * y[1],
        ]

    end = start + 400
    solved = solve_ivp(
        slope,
        (points[start, 0], points[end, 0]),
        [large[start], small[start]],
        rtol=1e-10,
        atol=1e-14,
        t_eval=points[start:end, 0],
    )
    np.testing.assert_allclose(
        solved.y[0], large[start:end], rtol=0, atol=3e-6 * np.abs(large).max()
    )


@pytest.mark.parametrize("momentum", [1.0, 10.0, 60.0])
def test_a_free_particle_is_a_bessel_function(momentum: float) -> None:
    """Without a potential P = r j_l(p r) sqrt(2 p / pi) per Hartree, apart from (p / c)^2."""
    grid = radial_grid(1e-5, 30.0, log_step=0.04, linear_step=0.3 / momentum)
    potential = Potential.of(grid.radius, -1e-12 / grid.radius)
    points, cells = grid.points(potential), grid.cells(potential)
    c = 1e6
    for kappa, order in ((-1, 0), (2, 2), (-6, 5)):
        large, small = np.zeros(len(points)), np.zeros(len(points))
        energy = momentum**2 / 2
        assert dirac_kernels._continuum_state(points, cells, energy, kappa, 1, c, large, small)
        exact = grid.radius * spherical_jn(order, momentum * grid.radius)
        exact *= math.sqrt(2 * momentum / math.pi)
        sign = np.sign(np.dot(exact, large))
        np.testing.assert_allclose(sign * large, exact, rtol=0, atol=3e-4 * exact.max())


def test_a_barrier_over_the_whole_grid_gives_no_density() -> None:
    points, cells = coulomb(1, radial_grid(1e-5, 5.0, log_step=0.04, linear_step=0.05))
    bound = np.ones(50)
    kappas = np.array([-1, -60])
    found = dirac_kernels.transition_densities(points, cells, bound, bound, kappas, 0.5, 1, C)
    assert np.any(found[0] != 0)
    assert np.all(found[1] == 0)


def test_compiled_and_python_agree() -> None:
    points, cells = coulomb(3, radial_grid(1e-4, 20.0, log_step=0.1, linear_step=0.1))
    arguments = (points, cells, 1, -1, -1.0, -6.0, 3, C)
    compiled = dirac_kernels.bound_state(*arguments)
    python = dirac_kernels.bound_state.py_func(*arguments)
    assert compiled[0] == pytest.approx(python[0], rel=1e-13)
    np.testing.assert_allclose(compiled[1], python[1], rtol=1e-9, atol=1e-12)
    bound = (points, cells, compiled[1][:200], compiled[2][:200], np.array([-1, 1]), 2.0, 3, C)
    np.testing.assert_allclose(
        dirac_kernels.transition_densities(*bound),
        dirac_kernels.transition_densities.py_func(*bound),
        rtol=1e-9,
        atol=1e-13,
    )
