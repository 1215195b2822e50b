"""Cumulative moments against adaptive quadrature over independently written spectra, to 1e-9."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxes.moments import FluxMoments
from fluxes.reactor.flux import ReactorFlux, fission_rate_per_s, spectrum_per_fission
from fluxes.spectra.fission import fission_spectrum

FRACTIONS = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
MA_2013 = {"u235": 202.36, "u238": 205.99, "pu239": 211.12, "pu241": 214.26}
CAPTURES = 0.6

VERY_LOW = (1e-6, 1e-3)
RANDOM = np.exp(np.random.default_rng(20240211).uniform(np.log(2e-3), np.log(9.0), 12)).tolist()


def assert_moments(found: FluxMoments, energies: list[float], expected: list[Any]) -> None:
    moments = found.above(np.array(energies))
    np.testing.assert_allclose(moments, np.array(expected).T, rtol=1e-9, atol=0)


@pytest.mark.parametrize("isotope", ["u235", "u238", "pu239", "pu241"])
def test_bestiole(isotope: str, reference: Any) -> None:
    """Also on edges, within an ulp of one, and in the last bin."""
    edge = fission_spectrum("bestiole-2023", isotope).edges_mev[73]
    special = [0.025, float(edge), float(np.nextafter(edge, 0)), 12.475, 12.49, 12.4999]
    energies = [*VERY_LOW, *RANDOM, *special]
    breaks = reference.breaks("bestiole-2023")
    expected = [
        [reference.moment(lambda x: reference.bestiole(isotope, x), breaks, n, e) for n in range(3)]
        for e in energies
    ]
    assert_moments(FluxMoments.of(fission_spectrum("bestiole-2023", isotope)), energies, expected)


@pytest.mark.parametrize("isotope", ["u235", "u238", "pu239", "pu241"])
def test_huber_mueller(isotope: str, reference: Any) -> None:
    """On the table's points, on both sides of the joining energy, and up to 9.9 MeV."""
    special = [7.813e-3, 0.5, float(np.nextafter(2.0, 0)), 2.0, 2.0017, 9.5, 9.9]
    energies = [*VERY_LOW, *RANDOM, *special]
    breaks = reference.breaks("huber-mueller")
    expected = [
        [
            reference.moment(lambda x: reference.huber_mueller(isotope, x), breaks, n, e)
            for n in range(3)
        ]
        for e in energies
    ]
    assert_moments(FluxMoments.of(fission_spectrum("huber-mueller", isotope)), energies, expected)


@pytest.mark.parametrize("model", ["bestiole-2023", "huber-mueller"])
def test_reactor_flux_with_neutron_capture(model: str, reference: Any) -> None:
    """3 GW at 13.9 m with 0.6 captures per fission, in cm^-2 s^-1 MeV^-n."""
    mean_energy = sum(FRACTIONS[i] * MA_2013[i] for i in FRACTIONS)
    fissions = 3 * 6.241509074e21 / mean_energy
    scale = fissions / (4 * pi * 1390.0**2)
    spectrum_of = reference.bestiole if model == "bestiole-2023" else reference.huber_mueller

    def density(energy: float) -> float:
        fission = sum(f * spectrum_of(i, energy) for i, f in FRACTIONS.items())
        return float(scale * (fission + CAPTURES * reference.neutron_capture(energy)))

    breaks = [*reference.breaks(model), *reference.breaks("neutron-capture")]
    end = max(breaks)
    energies = [*VERY_LOW, *RANDOM, 1.25, 1.2749, 1.275, 2.0, end - 0.5, end - 1e-3]
    expected = [[reference.moment(density, breaks, n, e) for n in range(3)] for e in energies]
    per_fission = spectrum_per_fission(model, FRACTIONS, CAPTURES)
    flux = ReactorFlux.from_power(per_fission, fission_rate_per_s(3.0, FRACTIONS), 13.9)
    assert_moments(flux.moments(), energies, expected)


@pytest.mark.parametrize("model", ["bestiole-2023", "huber-mueller"])
def test_nothing_at_the_end_and_above(model: str) -> None:
    moments = FluxMoments.of(fission_spectrum(model, "u235"))
    end = moments.max_energy_mev
    assert end == pytest.approx({"bestiole-2023": 12.5, "huber-mueller": 10.0}[model], rel=1e-15)
    above = moments.above(np.array([end, np.nextafter(end, 99), 20.0, np.inf]))
    assert np.array_equal(above, np.zeros((3, 4)))
    assert np.all(moments.above(np.array([np.nextafter(end, 0)])) > 0)


@settings(deadline=None, max_examples=50, derandomize=True)
@given(low=st.floats(1e-3, 12.0), ratio=st.floats(1.0, 1.5), model=st.booleans())
def test_moments_fall_and_are_ordered(low: float, ratio: float, model: bool) -> None:
    """Between low and high: M0 / high^n <= Mn <= M0 / low^n, for the slice itself."""
    high = low * ratio
    name = "bestiole-2023" if model else "huber-mueller"
    moments = FluxMoments.of(fission_spectrum(name, "pu239"))
    both = moments.above(np.array([low, high]))
    m0, m1, m2 = both[:, 0] - both[:, 1]
    slack = 1e-12 * both[:, 0]
    assert m0 >= -slack[0]
    assert m0 / high - slack[1] <= m1 <= m0 / low + slack[1]
    assert m0 / high**2 - slack[2] <= m2 <= m0 / low**2 + slack[2]


@pytest.mark.parametrize(("bad", "shown"), [(0.0, "0"), (-1.5, "-1.5"), (np.nan, "nan")])
def test_energies_must_be_positive(bad: float, shown: str) -> None:
    moments = FluxMoments.of(fission_spectrum("bestiole-2023", "u235"))
    with pytest.raises(ValueError, match=rf"energy_mev must be > 0: energy_mev\[1\] = {shown}$"):
        moments.above(np.array([1.0, bad]))
