"""Couplings of the two schemes, the charge radius in them, and the seven monomials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from model_arrays import MONOMIALS, monomials_at

from sim.cross_sections.couplings import couplings, sm_charge_radius_cm2
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.physics import physics_of


def values(g: Any) -> list[float]:
    return [g.electron_vector, g.electron_axial, g.proton_vector, g.neutron_vector]


def test_one_loop() -> None:
    assert values(couplings("one-loop")) == [0.9521, 0.4938, 0.0382, -0.5117]
    assert couplings() == couplings("one-loop")


def test_tree() -> None:
    expected = [0.97714, 0.5, 0.02286, -0.5]
    np.testing.assert_allclose(values(couplings("tree")), expected, rtol=1e-12)


@pytest.mark.parametrize("scheme", ["one-loop", "tree"])
def test_weak_angle(scheme: str) -> None:
    """g_V rises by twice the difference, g_p falls by as much, nothing else moves."""
    change = np.array(values(couplings(scheme, 0.24))) - values(couplings(scheme, 0.23857))
    np.testing.assert_allclose(change, [2 * 0.00143, 0, -2 * 0.00143, 0], rtol=1e-10, atol=1e-15)


def test_charge_radii(reference: Any) -> None:
    for flavour, mass in (("e", 0.51099895), ("mu", 105.6583755), ("tau", 1776.86)):
        expected = reference.sm_radius(mass)
        assert sm_charge_radius_cm2(flavour) == pytest.approx(expected, rel=1e-12, abs=0)
    assert couplings("one-loop").sm_charge_radius_cm2 == sm_charge_radius_cm2("e")
    assert couplings("tree").sm_charge_radius_cm2 == 0.0


def test_unknown_scheme() -> None:
    with pytest.raises(ValueError, match=r"couplings 'loop': allowed are one-loop, tree"):
        couplings("loop")


# Parameters


def test_templates_in_their_order() -> None:
    """Those of mu, q and r come first, with the weights of the first edition."""
    theory = physics_of(load_experiment("gemma-2012").config).theory
    assert theory.signal.templates[:7] == MONOMIALS
    point = NeutrinoParameters(mu_nu=3e-11, q_nu=-2e-12, r2_nu=7e-32, transition_q=(1e-12, 4e-12))
    found = theory.weights(point.given())
    wanted = monomials_at(point, theory.couplings)
    np.testing.assert_allclose(found, [*wanted, *[0] * (len(found) - 7)], rtol=1e-13)


def test_physical_units() -> None:
    """Templates are per (1e-11 mu_B)^2, 1e-12 e, 1e-32 cm^2 from the Standard Model."""
    g = couplings("tree")
    point = NeutrinoParameters(mu_nu=-3e-11, q_nu=-2e-12, r2_nu=7e-32)
    np.testing.assert_allclose(monomials_at(point, g), [1, 9, -2, 4, 7, 49, -14], rtol=1e-12)


def test_the_radius_given_is_the_total() -> None:
    g = couplings("one-loop")
    assert NeutrinoParameters().total_r2_nu(g) == g.sm_charge_radius_cm2
    assert NeutrinoParameters(r2_nu=0.0).total_r2_nu(g) == 0.0
    r = monomials_at(NeutrinoParameters(r2_nu=0.0), g)[4]
    assert r == pytest.approx(0.8275113, rel=1e-6, abs=0)
    total = NeutrinoParameters(r2_nu=g.sm_charge_radius_cm2)
    np.testing.assert_array_equal(monomials_at(total, g), monomials_at(NeutrinoParameters(), g))
