"""Reactor normalisation: check points, published fluxes, scaling laws."""

from __future__ import annotations

from math import pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxes.reactor.flux import (
    MEV_PER_GW_S,
    ReactorFlux,
    energies_per_fission_mev,
    fission_rate_per_s,
    spectrum_per_fission,
)
from fluxes.reactor.inverse_beta_decay import ibd_yield_cm2
from fluxes.spectra.fission import fission_spectrum
from fluxes.spectra.model import FISSILE_ISOTOPES
from fluxes.spectra.neutron_capture import neutron_capture_spectrum
from fluxes.spectra.user import spectrum_model_from_table

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}


def standard_flux(captures: float, baseline_m: float = 13.9) -> ReactorFlux:
    """Setup STD of the physics page: 3 GW, Huber-Mueller joined to Vogel-Engel, Ma energies."""
    per_fission = spectrum_per_fission("huber-mueller", FRACTIONS, captures)
    return ReactorFlux.from_power(per_fission, fission_rate_per_s(3.0, FRACTIONS), baseline_m)


def test_power_in_mev() -> None:
    assert pytest.approx(6.241509074e21, rel=1e-9) == MEV_PER_GW_S


def test_check_point_20_total() -> None:
    assert standard_flux(0.0).neutrinos_per_fission == pytest.approx(5.614447, rel=1e-6)


def test_check_point_22() -> None:
    """Fission rate, flux at 13.9 m without and with 1.2 capture antineutrinos, phi(3 MeV)."""
    assert fission_rate_per_s(3.0, FRACTIONS) == pytest.approx(9.096770e19, rel=1e-6)
    flux = standard_flux(0.0)
    assert flux.total_cm2_s == pytest.approx(2.103559e13, rel=1e-6)
    assert standard_flux(0.6).total_cm2_s == pytest.approx(2.553162e13, rel=1e-6)
    assert flux.density_cm2_s_mev(3.0)[0] == pytest.approx(2.340944e12, rel=1e-6)
    assert standard_flux(0.6).density_cm2_s_mev(3.0)[0] == pytest.approx(2.340944e12, rel=1e-6)


@pytest.mark.parametrize(
    ("power_gw", "baseline_m", "total"),
    [
        (3.0, 13.9, 2.70e13),  # GEMMA
        (3.9, 17.1, 2.3e13),  # CONUS
        (3.6, 20.7, 1.46e13),  # CONUS+
        (2.9, 28.0, 6.4e12),  # TEXONO, as published
    ],
)
def test_fluxes_of_section_2_7(power_gw: float, baseline_m: float, total: float) -> None:
    """BESTIOLE with neutron capture, within 1 % (the printed digits)."""
    per_fission = spectrum_per_fission("bestiole-2023", FRACTIONS, 0.6)
    assert per_fission.integral() == pytest.approx(7.19, rel=0, abs=0.005)
    rate = fission_rate_per_s(power_gw, FRACTIONS)
    flux = ReactorFlux.from_power(per_fission, rate, baseline_m)
    assert flux.total_cm2_s == pytest.approx(total, rel=0.01)


@pytest.mark.parametrize(
    ("evaluation", "values"),
    [
        ("ma-2013", (202.36, 205.99, 211.12, 214.26)),
        ("kopeikin-2004", (201.92, 205.52, 209.99, 213.60)),
        ("james-1969", (201.7, 205.0, 210.0, 212.4)),
    ],
)
def test_energies_per_fission(evaluation: str, values: tuple[float, ...]) -> None:
    energies = dict(zip(("u235", "u238", "pu239", "pu241"), values, strict=True))
    assert energies_per_fission_mev(evaluation) == energies
    only_pu239 = {"u235": 0.0, "u238": 0.0, "pu239": 1.0, "pu241": 0.0}
    rate = fission_rate_per_s(2.0, only_pu239, evaluation)
    assert rate * energies["pu239"] == pytest.approx(2 * MEV_PER_GW_S, rel=1e-14)


def test_unknown_evaluation() -> None:
    message = r"energies per fission 'ma': allowed are ma-2013, kopeikin-2004, james-1969"
    with pytest.raises(ValueError, match=message):
        energies_per_fission_mev("ma")


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    parts=st.tuples(*[st.floats(0.01, 1.0)] * 4),
    captures=st.floats(0.0, 1.0),
    model=st.sampled_from(["bestiole-2023", "huber-mueller"]),
)
def test_spectrum_per_fission_is_the_weighted_mean(
    parts: tuple[float, ...], captures: float, model: str
) -> None:
    """Fractions of any sum are normalised; captures come on top of the fissions."""
    fractions = dict(zip(FISSILE_ISOTOPES, parts, strict=True))
    energy = np.array([0.01, 0.3, 0.72, 1.27, 1.9, 2.0, 4.4, 9.9])
    expected = captures * neutron_capture_spectrum().density(energy)
    for isotope, part in fractions.items():
        expected += part / sum(parts) * fission_spectrum(model, isotope).density(energy)
    found = spectrum_per_fission(model, fractions, captures)
    np.testing.assert_allclose(found.density(energy), expected, rtol=1e-11)
    doubled = {isotope: 2 * part for isotope, part in fractions.items()}
    rates = [fission_rate_per_s(3.0, shares) for shares in (fractions, doubled)]
    assert rates[0] == pytest.approx(rates[1], rel=1e-14)


def test_inverse_square_law() -> None:
    near, far = standard_flux(0.6, 10.0), standard_flux(0.6, 30.0)
    assert near.total_cm2_s / far.total_cm2_s == pytest.approx(9.0, rel=1e-14)
    at_one_cm = standard_flux(0.0, 0.01).total_cm2_s
    neutrinos_per_s = 9.096770e19 * 5.614447
    assert at_one_cm * 4 * pi == pytest.approx(neutrinos_per_s, rel=1e-6)


def test_stated_flux() -> None:
    """A stated total is the integral of the density; the shape is that of the fissions."""
    per_fission = spectrum_per_fission("bestiole-2023", FRACTIONS, 0.6)
    flux = ReactorFlux(per_fission, total_cm2_s=2.7e13)
    assert flux.spectrum().integral() == pytest.approx(2.7e13, rel=1e-13)
    assert flux.moments().above(np.array([1e-9]))[0, 0] == pytest.approx(2.7e13, rel=1e-8)
    energy = np.array([0.1, 1.0, 5.0])
    shape = per_fission.density(energy) / per_fission.integral()
    np.testing.assert_allclose(flux.density_cm2_s_mev(energy), 2.7e13 * shape, rtol=1e-13)


def test_ibd_yield_of_the_mix() -> None:
    """The mean of the isotopes' yields: neutron capture lies below the threshold."""
    flux = ReactorFlux(spectrum_per_fission("bestiole-2023", FRACTIONS, 0.6), 1.0)
    expected = sum(
        FRACTIONS[i] * ibd_yield_cm2(fission_spectrum("bestiole-2023", i)) for i in FRACTIONS
    )
    assert flux.ibd_yield_cm2 == pytest.approx(expected, rel=1e-12, abs=0)


def test_a_total_does_not_depend_on_the_fission_fractions() -> None:
    only_pu239 = {"u235": 0.0, "u238": 0.0, "pu239": 1.0, "pu241": 0.0}
    one = spectrum_per_fission("kopeikin-2012", FRACTIONS, 0.0)
    other = spectrum_per_fission("kopeikin-2012", only_pu239, 0.0)
    energy = np.linspace(0.01, 8.9, 50)
    np.testing.assert_array_equal(one.density(energy), other.density(energy))
    assert one.integral() == pytest.approx(6.67, rel=0, abs=5e-3)


def test_captures_on_top_of_a_total() -> None:
    message = (
        r"spectrum 'kopeikin-2012' contains neutron capture already: "
        r"neutron_captures_per_fission must be 0, found 0\.6"
    )
    with pytest.raises(ValueError, match=message):
        spectrum_per_fission("kopeikin-2012", FRACTIONS, 0.6)


@pytest.mark.parametrize(("captures", "shown"), [(-0.1, "-0.1"), (float("nan"), "nan")])
def test_captures_must_not_be_negative(captures: float, shown: str) -> None:
    message = rf"neutron_captures_per_fission must be >= 0, found {shown}$"
    with pytest.raises(ValueError, match=message):
        spectrum_per_fission("bestiole-2023", FRACTIONS, captures)


@pytest.mark.parametrize("model", ["bestiole-2023", "vogel-engel", "kopeikin-2012"])
def test_off_equilibrium_is_for_converted_spectra(model: str) -> None:
    message = rf"for conversion spectra \(huber-mueller, mueller\), not for '{model}'"
    with pytest.raises(ValueError, match=message):
        spectrum_per_fission(model, FRACTIONS, 0.0, off_equilibrium=True)


def test_a_model_of_the_user() -> None:
    text = "energy_mev,u235,u238,pu239,pu241\n1,4,0,0,0\n3,4,8,0,0\n"
    model = spectrum_model_from_table(text, "mine")
    fractions = {"u235": 0.25, "u238": 0.75, "pu239": 0.0, "pu241": 0.0}
    spectrum = spectrum_per_fission(model, fractions, 0.5)
    captures = neutron_capture_spectrum().density(1.2)[0]
    expected = [0.25 * 4 + 0.75 * 0.8 + 0.5 * captures, 0.25 * 4 + 0.75 * 4]
    np.testing.assert_allclose(spectrum.density(np.array([1.2, 2.0])), expected, rtol=1e-12)
    total = spectrum_model_from_table("energy_mev,total\n1,4\n3,4\n", "mine")
    assert spectrum_per_fission(total, fractions, 0.0).integral() == pytest.approx(8.0)


def test_fissions_seen_per_cm2() -> None:
    flux = standard_flux(0.6)
    assert flux.fissions_cm2_s == pytest.approx(9.096770e19 / (4 * pi * 1390.0**2), rel=1e-6)


def test_sources_of_different_spectra_add_up() -> None:
    """The density of the sum is the sum of the densities, though one emits more a fission."""
    u235 = {isotope: float(isotope == "u235") for isotope in FISSILE_ISOTOPES}
    u238 = {isotope: float(isotope == "u238") for isotope in FISSILE_ISOTOPES}
    parts = [
        ReactorFlux.from_power(spectrum_per_fission("bestiole-2023", u235, 0.0), 3e19, 20.0),
        ReactorFlux.from_power(spectrum_per_fission("bestiole-2023", u238, 1.2), 7e19, 35.0),
    ]
    assert parts[1].neutrinos_per_fission > 1.2 * parts[0].neutrinos_per_fission
    energy = np.linspace(0.1, 9.9, 50)
    whole = ReactorFlux.sum_of(parts)
    wanted = sum(part.density_cm2_s_mev(energy) for part in parts)
    np.testing.assert_allclose(whole.density_cm2_s_mev(energy), wanted, rtol=1e-12, atol=0)
    assert whole.total_cm2_s == pytest.approx(sum(p.total_cm2_s for p in parts), rel=1e-12, abs=0)
