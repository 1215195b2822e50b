"""A scalar mediator: check points S1 to S4, and what does not act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Call = Callable[..., float]


def mediator(mass: float, **keys: Any) -> dict[str, Any]:
    return {"model": "scalar-mediator", "mass_mev": mass, **keys}


def test_s1_nucleus(on_nucleus: Call) -> None:
    """g_nu g_q = 1e-11, so g_phi is its root."""
    found = on_nucleus(6, 0.5, {"g_phi": 1e-11**0.5}, mediator(1.0)) - on_nucleus(6, 0.5, {})
    assert found == pytest.approx(4.797833e-41, rel=1e-5, abs=0)


@pytest.mark.parametrize(
    ("parity", "recoil", "expected"),
    [
        ("scalar", 10, 2.220384e-50),
        ("pseudoscalar", 10, 2.151539e-52),
        ("scalar", 500, 2.466158e-51),
        ("pseudoscalar", 500, 8.101714e-52),
    ],
)
def test_s2_electron(on_electron: Call, parity: str, recoil: float, expected: float) -> None:
    """The part alone: 1e4 times the page's y^2, so that the difference keeps its digits."""
    found = on_electron(3, recoil, {"g_phi": 1e-5}, mediator(0.1, parity=parity))
    part = (found - on_electron(3, recoil, {})) / 1e4
    assert part == pytest.approx(expected, rel=1e-5, abs=0)


def test_s3_s4_rates(rate: Callable[..., np.ndarray]) -> None:
    def part(setup: str, recoils: list[float], g: float, table: dict[str, Any]) -> np.ndarray:
        return np.asarray(rate(setup, recoils, {"g_phi": g}, table) - rate(setup, recoils, {}))

    nuclei = part("CP", [0.2, 0.5], 1e-11**0.5, mediator(1.0))
    np.testing.assert_allclose(nuclei, [499.2048, 23.96833], rtol=1e-5)
    scalar = part("GM", [3, 10], 1e-12**0.5, mediator(0.1))
    np.testing.assert_allclose(scalar, [4.887091e-4, 4.358519e-4], rtol=1e-5)
    pseudoscalar = part("GM", [3, 10], 1e-11**0.5, mediator(0.1, parity="pseudoscalar"))
    np.testing.assert_allclose(pseudoscalar, [1.430371e-4, 4.223379e-4], rtol=1e-5)


def test_neutrinos_and_antineutrinos_alike(on_electron: Call) -> None:
    """What adds is the same for both, as it has no g_A."""
    parts = [
        on_electron(3, 10, {"g_phi": 1e-5}, mediator(0.1), antineutrino=anti)
        - on_electron(3, 10, {}, antineutrino=anti)
        for anti in (True, False)
    ]
    assert parts[0] == pytest.approx(parts[1], rel=1e-9)


def test_it_acts_where_it_couples(on_nucleus: Call, on_electron: Call) -> None:
    values = {"g_phi": 1e-5}
    quarks, electrons = (mediator(1.0, couples_to=name) for name in ("quarks", "electrons"))
    assert on_electron(3, 10, values, quarks) == on_electron(3, 10, {})
    assert on_nucleus(6, 0.5, values, electrons) == on_nucleus(6, 0.5, {})
    assert on_nucleus(6, 0.5, values, mediator(1.0, parity="pseudoscalar")) == on_nucleus(
        6, 0.5, {}
    )
    assert on_nucleus(6, 0.5, values, quarks) == on_nucleus(6, 0.5, values, mediator(1.0))


def test_limits_scale_with_the_charges(on_nucleus: Call) -> None:
    doubled = mediator(1.0, charge_p=30.2, charge_n=28.0)
    base = on_nucleus(6, 0.5, {})
    one = on_nucleus(6, 0.5, {"g_phi": 1e-5}, mediator(1.0)) - base
    two = on_nucleus(6, 0.5, {"g_phi": 1e-5 / 2**0.5}, doubled) - base
    assert two == pytest.approx(one, rel=1e-9)


def test_no_coupling_is_the_standard_model(rate: Callable[..., np.ndarray]) -> None:
    for setup in ("CP", "GM"):
        found = rate(setup, [0.5, 3], {"g_phi": 0.0}, mediator(0.3))
        np.testing.assert_array_equal(found, rate(setup, [0.5, 3], {}))
