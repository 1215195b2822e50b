"""Non-standard interactions: check points N1 to N7, degeneracies, antineutrinos."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.cross_sections.constants import CHARGE_RADIUS_COUPLING_CM2

NSI = {"model": "nsi"}
Call = Callable[..., float]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"eps_u": 0.1}, 5.663197e-41),
        ({"eps_d": 0.1}, 4.552359e-41),
        ({"eps_d": -0.1}, 6.152270e-40),
        ({"eps_u_etau": 0.1}, 3.169275e-40),
    ],
)
def test_n1_n2_nucleus(on_nucleus: Call, values: dict[str, float], expected: float) -> None:
    assert on_nucleus(6, 0.5, values, NSI) == pytest.approx(expected, rel=1e-5, abs=0)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(0.05, 0.05, 1.156790e-47), (0.1, 0, 1.249612e-47), (0, 0.1, 1.081147e-47),
     (0, -0.1, 9.233342e-48)],
)  # fmt: skip
def test_n3_electron(on_electron: Call, left: float, right: float, expected: float) -> None:
    """eps^V = eps^L + eps^R, eps^A = eps^L - eps^R."""
    values = {"eps_e_v": left + right, "eps_e_a": left - right}
    assert on_electron(3, 10, values, NSI) == pytest.approx(expected, rel=1e-5, abs=0)


def test_n4_first_shift_then_flip(on_electron: Call) -> None:
    left = {"eps_e_v": 0.1, "eps_e_a": 0.1}
    assert on_electron(2, 500, {}, NSI) == pytest.approx(5.788835e-48, rel=1e-5, abs=0)
    assert on_electron(2, 500, left, NSI) == pytest.approx(7.262110e-48, rel=1e-5, abs=0)
    neutrino = on_electron(2, 500, left, NSI, antineutrino=False)
    assert neutrino == pytest.approx(1.197218e-47, rel=1e-5, abs=0)


def test_n5_another_flavour(on_electron: Call) -> None:
    values = {"eps_e_v_etau": 0.2, "eps_e_a_etau": 0.2}
    assert on_electron(3, 10, values, NSI) == pytest.approx(1.053480e-47, rel=1e-5, abs=0)


def test_n6_n7_rates(rate: Callable[..., np.ndarray]) -> None:
    nuclei = rate("CP", [0.2, 0.5], {"eps_u": 0.05, "eps_d": -0.03}, NSI)
    np.testing.assert_allclose(nuclei, [207.5453, 32.69658], rtol=1e-5)
    electrons = rate("GM", [3, 10], {"eps_e_v": 0.05, "eps_e_a": 0.15}, NSI)
    np.testing.assert_allclose(electrons, [5.456821e-3, 5.323398e-3], rtol=1e-5)


@pytest.mark.parametrize("recoil", [0.01, 0.3, 0.9])
@pytest.mark.parametrize(("name", "mirror"), [("eps_u", 0.382434), ("eps_d", 0.349466)])
def test_the_mirror_solution_is_the_standard_model(
    on_nucleus: Call, recoil: float, name: str, mirror: float
) -> None:
    """At -2 W, at every recoil: the six digits of the page."""
    standard = on_nucleus(6, recoil, {})
    assert on_nucleus(6, recoil, {name: mirror}, NSI) == pytest.approx(standard, rel=1e-5, abs=0)


def test_the_flat_line_of_one_target(on_nucleus: Call) -> None:
    """(2 Z + N) eps_u + (Z + 2 N) eps_d = 0: Ge-74 -0.91379, silicon -1; two targets lift it."""
    flat = {"eps_u": 0.2, "eps_d": -0.2 * 0.9137931}
    standard = on_nucleus(6, 0.5, {})
    assert on_nucleus(6, 0.5, flat, NSI) == pytest.approx(standard, rel=1e-6, abs=0)
    silicon = [on_nucleus(6, 0.5, v, NSI, name="Si-28") for v in ({}, flat)]
    assert abs(silicon[1] / silicon[0] - 1) > 0.05


def test_u_and_d_of_one_flavour_add_as_amplitudes(on_nucleus: Call) -> None:
    parts = [on_nucleus(6, 0.5, v, NSI) - on_nucleus(6, 0.5, {}) for v in (
        {"eps_u_emu": 0.1}, {"eps_d_emu": 0.1}, {"eps_u_emu": 0.1, "eps_d_emu": 0.1},
        {"eps_u_emu": 0.1, "eps_d_etau": 0.1},
    )]  # fmt: skip
    assert parts[2] == pytest.approx((parts[0] ** 0.5 + parts[1] ** 0.5) ** 2, rel=1e-9)
    assert parts[3] == pytest.approx(parts[0] + parts[1], rel=1e-9)


def test_degenerate_with_radius_and_angle_on_electrons(on_electron: Call) -> None:
    """eps_e^V = 2 Delta s^2 = C_R r."""
    shift = 0.02
    by_nsi = on_electron(3, 10, {"eps_e_v": shift}, NSI)
    by_angle = on_electron(3, 10, {"sin2_theta_w": 0.23857 + shift / 2})
    radius = -8.275112985e-33 + shift / CHARGE_RADIUS_COUPLING_CM2
    assert by_angle == pytest.approx(by_nsi, rel=1e-12)
    assert on_electron(3, 10, {"r2_nu": radius}) == pytest.approx(by_nsi, rel=1e-8)


def test_nothing_is_the_standard_model_bit_for_bit(
    on_electron: Call, on_nucleus: Call, rate: Callable[..., np.ndarray]
) -> None:
    assert on_electron(3, 10, {"eps_e_v": 0.0, "eps_e_a_emu": 0.0}, NSI) == on_electron(3, 10, {})
    assert on_nucleus(6, 0.5, {"eps_u": 0.0}, NSI) == on_nucleus(6, 0.5, {})
    for setup in ("CP", "GM"):
        np.testing.assert_array_equal(rate(setup, [0.5, 3], {}, NSI), rate(setup, [0.5, 3], {}))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eps_u", [-0.060, 0.051, 0.332, 0.443]),
        ("eps_d", [-0.055, 0.046, 0.303, 0.405]),
    ],
)
def test_what_the_total_of_conus_plus_allows(
    on_nucleus: Call, name: str, expected: list[float]
) -> None:
    """395 +- 106 on 347 +- 59: 0.54 to 1.73 of the Standard Model at 90 %, counts on Ge-74."""
    standard = on_nucleus(6, 0.3, {})
    ratios = [on_nucleus(6, 0.3, {name: eps}, NSI) / standard for eps in expected]
    assert ratios == pytest.approx([1.73, 0.54, 0.54, 1.73], rel=0.02)
