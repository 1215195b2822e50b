"""Interactions as files: the table of signals that follows from them, and truths in it."""

from __future__ import annotations

from importlib import resources
from typing import Any

import numpy as np
import pytest

from detectors.matter.nuclei import isotope
from sim.cross_sections.couplings import couplings
from sim.cross_sections.electron import free_electron_templates
from sim.cross_sections.interactions.interaction import StandardModel
from sim.cross_sections.interactions.registry import interactions
from sim.cross_sections.nucleus import nucleus_templates
from sim.cross_sections.parameters import NeutrinoParameters
from sim.physics import (
    electron_cross_section_cm2_per_kev,
    nucleus_cross_section_cm2_per_kev,
    theory_of,
)

SCHEME = couplings()
THEORY = theory_of(SCHEME)
SIGNAL = THEORY.signal
POINT = NeutrinoParameters.of(
    {
        "mu_nu": 3e-11,
        "q_nu": -2e-12,
        "r2_nu": 4e-32,
        "q_emu": 1e-12,
        "r2_emu": -5e-32,
        "q_etau": 3e-12,
        "r2_etau": 2e-32,
        "sin2_theta_w": 0.25,
        "cevns": 1.4,
    }
)


class Line:
    """A flux of one antineutrino per second at one energy."""

    def __init__(self, energy_mev: float) -> None:
        self.energy_mev = energy_mev

    def above(self, energy_mev: np.ndarray) -> np.ndarray:
        return np.outer(self.energy_mev ** -np.arange(3.0), energy_mev <= self.energy_mev)


def test_templates_keep_their_order() -> None:
    assert SIGNAL.templates[:8] == ("1", "mu2", "q", "q2", "r", "r2", "qr", "nucleus")
    names = [parameter.name for parameter in SIGNAL.parameters]
    assert names[:3] == ["mu_nu", "q_nu", "r2_nu"]
    assert set(names[3:]) == {"q_emu", "r2_emu", "q_etau", "r2_etau", "sin2_theta_w", "cevns"}


EXAMPLES: dict[str, dict[str, Any]] = {
    "vector-mediator": {"mass_mev": 1.0},
    "scalar-mediator": {"mass_mev": 1.0},
    "dipole-portal": {"sterile_mass_mev": 1.0},
    "sterile-oscillation": {"dm2_ev2": 1.0},
}


@pytest.mark.parametrize("entry", interactions(), ids=lambda entry: entry.name)
def test_entries_say_what_they_hold(entry: Any) -> None:
    section = None
    if entry.configuration is not None:
        keys = EXAMPLES.get(entry.name, {})
        section = entry.configuration(model=entry.name, **keys)
    parts = entry.contributions(section, StandardModel(SCHEME, baselines_m=((10.0, 1.0),)))
    found = tuple(dict.fromkeys(part.parameter.name for part in parts))
    assert found == entry.parameters
    bibliography = (resources.files("analysis.published") / "references.bib").read_text("utf-8")
    assert all(f"{{{citation}," in bibliography for citation in entry.citations)
    for part in parts:
        assert part.parameter.physical(0.0) == part.parameter.origin
        assert part.parameter.physical(1.7) == pytest.approx(
            part.parameter.physical(part.parameter.inverse(part.parameter.physical(1.7)))
        )


def test_every_monomial_has_a_template_and_known_parameters() -> None:
    for monomial in SIGNAL.monomials:
        assert monomial.template in SIGNAL.templates
        assert set(monomial.powers) <= set(SIGNAL.fitted_names)
    assert {monomial.template for monomial in SIGNAL.monomials} == set(SIGNAL.templates)


def test_the_sum_of_monomials_is_the_truth() -> None:
    """What a fit sees of the parameters is what truths are made of, where these are one product."""
    values = {"mu_nu": 3e-11, "q_nu": -2e-12, "r2_nu": 4e-32, "sin2_theta_w": 0.25, "q_etau": 3e-12}
    point = {
        parameter.fitted: parameter.inverse(values[parameter.name])
        for parameter in SIGNAL.parameters
        if parameter.name in values
    }
    found = SIGNAL.weights(point)
    np.testing.assert_allclose(found, THEORY.weights(values), rtol=1e-13)
    assert np.count_nonzero(found) == 7


def test_what_no_data_can_tell_apart_is_exclusive() -> None:
    pairs = {frozenset(names): reason for names, reason in SIGNAL.exclusive}
    assert pairs[frozenset({"r", "sin2"})] == (
        "r2_nu and sin2_theta_w are one parameter in two units: free one of them"
    )
    assert "change rates alike" in pairs[frozenset({"q_emu2", "q_etau2"})]
    assert "add as amplitudes" in pairs[frozenset({"q_emu2", "r_emu2"})]
    assert frozenset({"q", "r"}) not in pairs
    assert frozenset({"q", "q_emu2"}) not in pairs
    assert frozenset({"q_emu2", "r_etau2"}) not in pairs


@pytest.mark.parametrize("recoil_kev", [0.3, 5.0, 800.0])
@pytest.mark.parametrize("antineutrino", [True, False])
def test_templates_give_the_cross_section_on_electrons(
    recoil_kev: float, antineutrino: bool
) -> None:
    """All parameters at once, transitions with their interference."""
    line: Any = Line(3.0)
    templates = free_electron_templates(
        line, np.array([recoil_kev]), THEORY, antineutrino=antineutrino
    )
    weights = THEORY.weights(POINT.given())
    weights[SIGNAL.templates.index("nucleus")] = 0
    direct = electron_cross_section_cm2_per_kev(
        3.0, recoil_kev, POINT, SCHEME, antineutrino=antineutrino
    )
    assert weights @ templates[:, 0] == pytest.approx(direct, rel=1e-10)


@pytest.mark.parametrize("recoil_kev", [0.01, 0.4])
def test_templates_give_the_cross_section_on_nuclei(recoil_kev: float) -> None:
    line: Any = Line(6.0)
    nucleus = isotope("Ge-74")
    templates = nucleus_templates(line, np.array([recoil_kev]), nucleus, THEORY)
    found = float(THEORY.weights(POINT.given()) @ templates[:, 0])
    direct = nucleus_cross_section_cm2_per_kev(6.0, recoil_kev, nucleus, POINT, SCHEME)
    assert found == pytest.approx(direct, rel=1e-10)


def test_points_are_read_back_from_what_is_stored() -> None:
    assert NeutrinoParameters.restored(POINT.stored()) == POINT
    plain = NeutrinoParameters(mu_nu=1e-11, transition_q=(1e-12, 0.0))
    assert "others" not in plain.stored()
    assert NeutrinoParameters.restored(plain.stored()) == plain


def test_unknown_parameters_are_named() -> None:
    with pytest.raises(ValueError, match="parameter 'g_zp': allowed are mu_nu, q_nu"):
        THEORY.weights({"g_zp": 1e-6})
