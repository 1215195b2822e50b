"""Folded rates against adaptive quadrature over an independently written flux, all monomials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detectors.matter.materials import material
from sim.cross_sections.couplings import couplings
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.folding.rates import max_electron_recoil_kev, recoil_rates
from sim.model_assembly import build_model
from sim.physics import physics, theory_of

POWER_GW, BASELINE_M = 3.6, 20.7
# From below the outermost shells to the end point, near shell edges and near the end points.
ELECTRON_RECOILS_KEV = [0.004, 0.0293, 0.181, 2.8, 11.2, 55.0, 700.0, 5e3, 9.4e3, 1.19e4]
NUCLEUS_RECOILS_KEV = [1e-3, 0.05, 0.2, 0.7, 1.5, 2.6, 4.42]


def reactor_flux(*overrides: str) -> Any:
    base = (
        f"reactor.thermal_power_gw={POWER_GW}",
        f"reactor.baseline_m={BASELINE_M}",
        "analysis.window_kev=[3.0, 7.0]",
        "analysis.bin_width_kev=1.0",
    )
    return build_model(load_experiment("gemma-2012", [*base, *overrides])).flux


def moments(spectrum: str, captures: float) -> Any:
    return reactor_flux(
        f"reactor.spectrum={spectrum}", f"reactor.neutron_captures_per_fission={captures}"
    ).moments()


def rates(channel: str, spectrum: str, recoil_kev: list[float], scheme: str) -> np.ndarray:
    captures = {"bestiole-2023": 0.6, "huber-mueller": 0.0}[spectrum]
    return recoil_rates(
        channel,
        moments(spectrum, captures),
        material("Ge"),
        physics(couplings(scheme)),
        np.array(recoil_kev),
    )


def independent_flux(spectrum: str, reference: Any) -> Any:
    if spectrum == "bestiole-2023":
        return reference.bestiole(POWER_GW, BASELINE_M)
    return reference.huber_mueller(POWER_GW, BASELINE_M)


def assert_same(found: np.ndarray, expected: np.ndarray, rtol: float) -> None:
    """Wherever a monomial's rate exceeds 1e-6 of its maximum."""
    found = found[: len(expected)]
    matters = np.abs(expected) > 1e-6 * np.abs(expected).max(axis=1, keepdims=True)
    assert matters.sum() >= 4 * expected.shape[1]
    np.testing.assert_allclose(found[matters], expected[matters], rtol=rtol)


@pytest.mark.parametrize(
    ("spectrum", "scheme"), [("bestiole-2023", "one-loop"), ("huber-mueller", "tree")]
)
def test_electron_rates_against_quadrature(spectrum: str, scheme: str, reference: Any) -> None:
    flux = independent_flux(spectrum, reference)
    below_end = [t for t in ELECTRON_RECOILS_KEV if t < 9700 or spectrum == "bestiole-2023"]
    expected = np.transpose(
        [reference.electron_rate(flux, t, reference.scheme(scheme)) for t in below_end]
    )
    assert_same(rates("electron", spectrum, below_end, scheme), expected, 1e-7)


@pytest.mark.parametrize(
    ("spectrum", "scheme"), [("bestiole-2023", "one-loop"), ("huber-mueller", "tree")]
)
def test_nucleus_rates_against_quadrature(spectrum: str, scheme: str, reference: Any) -> None:
    """The fold cancels: (M0 + T M1 + M T M2 / 2) / difference is 42 at 4 keV."""
    flux = independent_flux(spectrum, reference)
    expected = np.transpose(
        [reference.nucleus_rate(flux, t, reference.scheme(scheme)) for t in NUCLEUS_RECOILS_KEV]
    )
    assert_same(rates("nucleus", spectrum, NUCLEUS_RECOILS_KEV, scheme), expected, 1e-7)


def test_the_references_agree(reference: Any) -> None:
    """The monomials of the reference are the expansion of its direct formulas."""
    rng = np.random.default_rng(3)
    scheme = reference.scheme("one-loop")
    for _ in range(50):
        point = reference.Point(1e-11 * rng.normal(), 1e-12 * rng.normal(), 1e-32 * rng.normal())
        energy, recoil = rng.uniform(1, 12), 10 ** rng.uniform(-2, 2)
        for anti in (True, False):
            sums = reference.monomials(point) @ reference.electron_monomials(
                energy, recoil, scheme, anti
            )
            direct = reference.electron(energy, recoil, scheme, point, anti)
            assert sums == pytest.approx(direct, rel=1e-10, abs=0)
        sums = reference.monomials(point) @ reference.nucleus_monomials(
            energy, recoil / 1e3, 72, scheme, 0.97
        )
        direct = reference.nucleus(energy, recoil / 1e3, 72, scheme, point, 0.97)
        assert sums == pytest.approx(direct, rel=1e-10, abs=0)


@pytest.mark.parametrize("shell", range(9))
def test_stepping_factor(shell: int, reference: Any) -> None:
    """Per atom: each subshell of germanium adds its electrons at its energy, and once."""
    binding_ev, electrons = reference.steps[shell]
    edge = binding_ev / 1e3
    below, above = rates("electron", "bestiole-2023", [edge * (1 - 1e-9), edge], "one-loop")[1]
    active = sum(n for energy, n in reference.steps if energy <= binding_ev)
    assert above / below == pytest.approx(active / (active - electrons), rel=1e-7, abs=0)


def test_free_electrons() -> None:
    """Z per atom: 32 / Z_eff times stepping, equal above the K edge."""
    flux, target, recoil = moments("bestiole-2023", 0.6), material("Ge"), np.array([0.5, 5.0, 12.0])
    free, stepping = (
        recoil_rates("electron", flux, target, physics(couplings(), ionization=name), recoil)
        for name in ("free", "stepping")
    )
    np.testing.assert_allclose(free[:3] / stepping[:3], [[64 / 44, 32 / 30, 1]] * 3, rtol=1e-12)


def test_switches_reach_the_rates() -> None:
    """Sign of q, scheme and form factor: what they change, and only that."""
    flux, target = moments("bestiole-2023", 0.6), material("Ge")
    for channel, recoil in (("electron", 5.0), ("nucleus", 0.8)):
        usual, older, tree, point = (
            recoil_rates(channel, flux, target, interaction, np.array([recoil]))[:7, 0]
            for interaction in (
                physics(couplings()),
                physics(couplings(), charge_sign=-1),
                physics(couplings("tree")),
                physics(couplings(), form_factor="unity"),
            )
        )
        np.testing.assert_allclose(older, usual * [1, 1, -1, 1, 1, 1, -1], rtol=1e-12)
        assert tree[0] != usual[0]
        np.testing.assert_allclose(tree[[1, 3, 5, 6]], usual[[1, 3, 5, 6]], rtol=1e-12)
        changed = point / usual - 1
        assert np.all(changed > 1e-3) if channel == "nucleus" else not np.any(changed)


@pytest.mark.parametrize("formula", ["CaWO4", "CsI(Tl)", "Al2O3"])
def test_compounds_are_sums_of_their_elements(formula: str) -> None:
    """Atoms of each element per kg of the compound, each with its own rate per atom."""
    flux, recoil, interaction = (
        moments("bestiole-2023", 0.6),
        np.array([0.05]),
        physics(couplings()),
    )
    whole = material(formula)
    for channel in ("electron", "nucleus"):
        expected = np.zeros((8, 1))
        for constituent in whole.constituents:
            element = material(constituent.atom.symbol)
            share = constituent.atoms_per_kg / element.constituents[0].atoms_per_kg
            expected += share * recoil_rates(channel, flux, element, interaction, recoil)
        found = recoil_rates(channel, flux, whole, interaction, recoil)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_rates_scale_with_the_flux() -> None:
    """Power, and the inverse square of the distance."""

    def rate(power: float, baseline: float) -> np.ndarray:
        flux = reactor_flux(
            f"reactor.thermal_power_gw={power}", f"reactor.baseline_m={baseline}"
        ).moments()
        interaction = physics(couplings())
        return recoil_rates("nucleus", flux, material("Ge"), interaction, np.array([0.3]))

    np.testing.assert_allclose(rate(3.0, 30.0), rate(1.0, 10.0) / 3, rtol=1e-12)


def test_a_stated_flux_sets_the_scale() -> None:
    """flux_cm2_s is the total; the shape stays that of the spectrum."""
    by_power = reactor_flux()
    stated = reactor_flux("reactor.flux_cm2_s=2.7e13", "reactor.normalisation=flux")
    assert stated.total_cm2_s == pytest.approx(2.7e13, rel=1e-12, abs=0)
    above = np.array([1e-3, 1.0, 5.0])
    ratio = stated.moments().above(above) / by_power.moments().above(above)
    np.testing.assert_allclose(ratio, 2.7e13 / by_power.total_cm2_s, rtol=1e-12)


def test_no_rate_above_the_end_point() -> None:
    flux = moments("bestiole-2023", 0.6)
    end = max_electron_recoil_kev(flux)
    energy = flux.max_energy_mev
    assert end == pytest.approx(2e3 * energy**2 / (0.51099895 + 2 * energy), rel=1e-8, abs=0)
    found = rates("electron", "bestiole-2023", [end * 0.9999, end * 1.0001], "one-loop")
    assert np.all(found[[0, 1, 3, 5], 0] > 0)
    assert not np.any(found[:, 1])


@pytest.mark.parametrize("point", [(0, 0, 0), (5e-11, 3e-12, -4e-32), (0, -1e-10, 2e-31)])
def test_rates_are_never_negative(point: tuple[float, float, float]) -> None:
    """A rate is a cross section folded: destructive interference stops at zero."""
    g = couplings()
    weights = theory_of(g).weights(NeutrinoParameters(*point).given())
    for channel, ladder in (
        ("electron", np.geomspace(3e-3, 1e4, 200)),
        ("nucleus", np.geomspace(1e-4, 4, 200)),
    ):
        found = weights @ rates(channel, "bestiole-2023", ladder.tolist(), "one-loop")
        assert found.min() >= 0


def test_bad_requests() -> None:
    flux, target, interaction = (
        moments("bestiole-2023", 0.6),
        material("Ge"),
        physics(couplings()),
    )
    with pytest.raises(ValueError, match="channel 'muon': allowed are electron, nucleus"):
        recoil_rates("muon", flux, target, interaction, np.array([1.0]))
    with pytest.raises(ValueError, match=r"recoil_kev must be > 0: recoil_kev\[1\] = 0"):
        recoil_rates("electron", flux, target, interaction, np.array([1.0, 0.0]))
    with pytest.raises(ValueError, match=r"recoil_kev\[0\] = nan"):
        recoil_rates("nucleus", flux, target, interaction, np.array([np.nan]))
    with pytest.raises(ValueError, match="ionization 'none': allowed are stepping, free"):
        recoil_rates(
            "electron", flux, target, physics(couplings(), ionization="none"), np.array([1.0])
        )
