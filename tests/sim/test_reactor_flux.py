"""Fluxes of the two periods: from power, as stated, of several cores, with what is left in OFF."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_arrays import expected_signal
from scipy.integrate import trapezoid

from fluxes.reactor.flux import ReactorFlux
from fluxes.reactor.spent_fuel import decays_per_fission, spent_fuel_spectrum
from fluxes.spectra.fission import spectrum_model
from fluxes.spectra.kopeikin_2012 import kopeikin_2012
from sim.experiment import ConfigurationError, Experiment, load_experiment, parse_experiment
from sim.folding.reactor_flux import flux_cross_check_cm2_s, full_flux, period_flux
from sim.model_assembly import build_model

ENERGIES = np.linspace(0.05, 9.9, 60)
STANDARD = {"u235": 0.58, "u238": 0.07, "pu239": 0.30, "pu241": 0.05}
MEV_PER_GW_S = 6.241509074e21
MEAN_MA = 0.58 * 202.36 + 0.07 * 205.99 + 0.30 * 211.12 + 0.05 * 214.26

POWER = "thermal_power_gw = 3.0\nbaseline_m = 13.9"
TEXT = """
name = "flux"

[reactor]
{reactor}

[detector]
material = "Ge"
mass_kg = 2.0
threshold_kev = 3.0
min_ionization_kev = 0.003

[detector.resolution]
noise_fwhm_kev = 1.0

[exposure]
on_days = 100.0
off_days = 50.0

[analysis]
window_kev = [3.0, 7.0]
bin_width_kev = 1.0
channels = ["electron"]
"""


def experiment(reactor: str = POWER, *overrides: str, folder: Path = Path()) -> Experiment:
    return parse_experiment(TEXT.format(reactor=reactor), "flux", folder, overrides)


def core(power: float, baseline: float, **keys: str | float) -> str:
    lines = ["[[reactor.core]]", f"thermal_power_gw = {power}", f"baseline_m = {baseline}"]
    return "\n".join([*lines, *(f"{key} = {value}" for key, value in keys.items())]) + "\n"


def fuel(isotope: str) -> str:
    shares = {name: 1.0 if name == isotope else 0.0 for name in STANDARD}
    return "{ " + ", ".join(f"{name} = {share}" for name, share in shares.items()) + " }"


@dataclass(frozen=True)
class PeriodFluxes:
    """Flux at full power, and what is in OFF besides off_share of it."""

    on: ReactorFlux
    off_share: float
    off: ReactorFlux | None


def period_fluxes(given: Experiment) -> PeriodFluxes:
    off = given.layout.periods[-1]
    own = period_flux(given, replace(off, residual_flux=0.0))
    return PeriodFluxes(full_flux(given), off.residual_flux, own)


def on_density(given: Experiment, energies: np.ndarray = ENERGIES) -> np.ndarray:
    return period_fluxes(given).on.density_cm2_s_mev(energies)


def counts(given: Experiment) -> np.ndarray:
    """Standard Model counts per day of the ON and the OFF period."""
    signal = expected_signal(build_model(given))
    return np.asarray(signal.sum(axis=1) / [100, 50])


# Power and stated flux


def test_check_point_22() -> None:
    """Setup STD: 2.103559e13 without neutron capture, 2.553162e13 with 0.6 captures (1.2)."""
    huber = ["reactor.spectrum=huber-mueller"]
    bare = period_fluxes(experiment(POWER, *huber, "reactor.neutron_captures_per_fission=0.0")).on
    assert bare.total_cm2_s == pytest.approx(2.103559e13, rel=1e-5)
    assert bare.density_cm2_s_mev(3.0)[0] == pytest.approx(2.340944e12, rel=1e-5)
    assert bare.fissions_cm2_s * 4 * math.pi * 1390**2 == pytest.approx(9.096770e19, rel=1e-6)
    # 1.2 is the round number of captures: the tables of U-239 and Np-239 hold 0.9986 and 0.9988.
    assert period_fluxes(experiment(POWER, *huber)).on.total_cm2_s == pytest.approx(
        2.553162e13, rel=1e-3
    )


def test_power_written_out() -> None:
    """P / (4 pi L^2 sum f e) sum f S."""
    expected = sum(
        share * spectrum_model("bestiole-2023").isotope(isotope).density(ENERGIES)
        for isotope, share in STANDARD.items()
    )
    expected = expected * 3.0 * MEV_PER_GW_S / MEAN_MA / (4 * math.pi * 1390**2)
    found = on_density(experiment(POWER, "reactor.neutron_captures_per_fission=0.0"))
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=0)


def test_energies_per_fission() -> None:
    mean = {"ma-2013": MEAN_MA}
    mean["kopeikin-2004"] = 0.58 * 201.92 + 0.07 * 205.52 + 0.30 * 209.99 + 0.05 * 213.60
    mean["james-1969"] = 0.58 * 201.7 + 0.07 * 205.0 + 0.30 * 210.0 + 0.05 * 212.4
    totals = {
        name: period_fluxes(
            experiment(POWER, f"reactor.energies_per_fission={name}")
        ).on.total_cm2_s
        for name in mean
    }
    for name in mean:
        ratio = totals[name] / totals["ma-2013"]
        assert ratio == pytest.approx(MEAN_MA / mean[name], rel=1e-9)


def test_stated_flux_has_the_shape_of_the_power() -> None:
    by_power, stated = experiment(), experiment("flux_cm2_s = 2.7e13")
    total = period_fluxes(by_power).on.total_cm2_s
    assert period_fluxes(stated).on.total_cm2_s == pytest.approx(2.7e13, rel=1e-12)
    np.testing.assert_allclose(
        on_density(stated), on_density(by_power) * 2.7e13 / total, rtol=1e-10, atol=0
    )
    np.testing.assert_allclose(
        counts(stated), counts(by_power) * 2.7e13 / total, rtol=1e-10, atol=0
    )


def test_the_other_normalisation_is_the_cross_check() -> None:
    both = POWER + "\nflux_cm2_s = 2.7e13\n"
    flux, power = (experiment(both, f"reactor.normalisation={n}") for n in ("flux", "power"))
    total = period_fluxes(power).on.total_cm2_s
    assert period_fluxes(flux).on.total_cm2_s == pytest.approx(2.7e13, rel=1e-12)
    assert flux_cross_check_cm2_s(flux) == pytest.approx(total, rel=1e-12)
    assert flux_cross_check_cm2_s(power) == 2.7e13
    assert flux_cross_check_cm2_s(experiment()) is None
    assert flux_cross_check_cm2_s(experiment("flux_cm2_s = 2.7e13")) is None
    published = experiment(POWER, "published.flux_cm2_s=3e13")
    assert flux_cross_check_cm2_s(published) == 3e13


def test_flux_of_gemma() -> None:
    """Section 2.7: 2.70e13 with 7.19 per fission."""
    flux = period_fluxes(load_experiment("gemma-2012")).on
    assert flux.total_cm2_s == pytest.approx(2.70e13, rel=5e-3)
    assert flux.neutrinos_per_fission == pytest.approx(7.19, abs=0.02)


# Cores


def test_two_cores_are_the_sum_of_each() -> None:
    """Density and counts; with powers, baselines and fuel of their own."""
    one = core(4.25, 72, fission_fractions=fuel("u235"))
    two = core(3.1, 102, fission_fractions=fuel("pu239"))
    alone = [on_density(experiment(c)) for c in (one, two)]
    np.testing.assert_allclose(
        on_density(experiment(one + two)), alone[0] + alone[1], rtol=1e-10, atol=0
    )
    np.testing.assert_allclose(
        counts(experiment(one + two)),
        counts(experiment(one)) + counts(experiment(two)),
        rtol=1e-10,
        atol=0,
    )
    total = sum(period_fluxes(experiment(c)).on.total_cm2_s for c in (one, two))
    assert period_fluxes(experiment(one + two)).on.total_cm2_s == pytest.approx(total, rel=1e-12)


def test_one_core_is_power_and_baseline() -> None:
    np.testing.assert_allclose(
        on_density(experiment(core(3.0, 13.9))), on_density(experiment()), rtol=1e-12, atol=0
    )
    twice = on_density(experiment(core(3.0, 13.9) * 2))
    np.testing.assert_allclose(twice, 2 * on_density(experiment()), rtol=1e-12, atol=0)
    far = on_density(experiment(core(3.0, 27.8)))
    np.testing.assert_allclose(far, on_density(experiment()) / 4, rtol=1e-12, atol=0)


def test_cores_inherit_the_fuel() -> None:
    plain = core(3.0, 13.9)
    given = experiment(f"fission_fractions = {fuel('pu239')}\n{plain}")
    own = experiment(core(3.0, 13.9, fission_fractions=fuel("pu239")))
    np.testing.assert_array_equal(on_density(given), on_density(own))
    assert not np.allclose(on_density(own), on_density(experiment(plain)), rtol=1e-2)


def test_stated_flux_of_two_cores() -> None:
    """Their shape, whatever the scale of the powers."""
    cores = core(4.25, 72, fission_fractions=fuel("u235")) + core(
        3.1, 102, fission_fractions=fuel("pu239")
    )
    by_power = experiment(cores)
    stated = experiment("flux_cm2_s = 1e12\nnormalisation = 'flux'\n" + cores)
    total = period_fluxes(by_power).on.total_cm2_s
    np.testing.assert_allclose(
        on_density(stated), on_density(by_power) * 1e12 / total, rtol=1e-10, atol=0
    )


# OFF


def test_nothing_in_off_by_default() -> None:
    fluxes = period_fluxes(experiment())
    assert fluxes.off is None
    assert fluxes.off_share == 0
    assert counts(experiment())[1] == 0


def test_residual_flux_in_off() -> None:
    on, off = counts(experiment(POWER, "exposure.off_residual_flux=0.03"))
    assert on == pytest.approx(counts(experiment())[0], rel=1e-12)
    assert off == pytest.approx(0.03 * on, rel=1e-12)


def test_neighbours_in_off() -> None:
    """OFF: one core off, the other at another power with older fuel."""
    ours = core(3.0, 13.9)
    neighbour = core(3.0, 60.0, off_thermal_power_gw=2.4, off_fission_fractions=fuel("pu239"))
    given = experiment(ours + neighbour)
    fluxes = period_fluxes(given)
    alone = experiment(core(2.4, 60.0, fission_fractions=fuel("pu239")))
    assert fluxes.off is not None
    np.testing.assert_allclose(
        fluxes.off.density_cm2_s_mev(ENERGIES), on_density(alone), rtol=1e-10, atol=0
    )
    assert counts(given)[1] == pytest.approx(counts(alone)[0], rel=1e-6)
    on = counts(experiment(ours))[0] + counts(experiment(core(3.0, 60.0)))[0]
    assert counts(given)[0] == pytest.approx(on, rel=1e-6)
    with_share = parse_experiment(
        TEXT.format(reactor=ours + neighbour), overrides=["exposure.off_residual_flux=0.02"]
    )
    assert counts(with_share)[1] == pytest.approx(
        counts(alone)[0] + 0.02 * counts(given)[0], rel=1e-6
    )


def test_fuel_of_the_off_period_is_that_of_on_unless_given() -> None:
    given = experiment(core(3.0, 60.0, off_thermal_power_gw=1.0, fission_fractions=fuel("pu239")))
    fluxes = period_fluxes(given)
    assert fluxes.off is not None
    np.testing.assert_allclose(
        fluxes.off.density_cm2_s_mev(ENERGIES), on_density(given) / 3, rtol=1e-10, atol=0
    )


def test_no_off_period_no_off_counts() -> None:
    given = experiment(core(3.0, 13.9, off_thermal_power_gw=3.0), "exposure.off_days=0.0")
    assert expected_signal(build_model(given))[1].sum() == 0


def test_stated_flux_scales_the_off_period() -> None:
    """Cores that run on as before: the OFF rate is the ON rate, whichever normalises."""
    for head in ("", "flux_cm2_s = 4e13\nnormalisation = 'flux'\n"):
        on, off = counts(experiment(head + core(3.0, 13.9, off_thermal_power_gw=3.0)))
        assert off == pytest.approx(on, rel=1e-9)


# Spent fuel


def test_spent_fuel_is_always_on() -> None:
    """A fraction of the reactor's antineutrinos with a spectrum of its own, in both periods."""
    plain = period_fluxes(experiment())
    fluxes = period_fluxes(experiment(POWER, "reactor.spent_fuel.fraction=0.05"))
    total = plain.on.total_cm2_s
    assert fluxes.on.total_cm2_s == pytest.approx(1.05 * total, rel=1e-12)
    assert fluxes.off is not None
    assert fluxes.off.total_cm2_s == pytest.approx(0.05 * total, rel=1e-12)
    energies = np.linspace(0.05, 3.5, 40)
    decays = decays_per_fission(STANDARD, 1000.0, 100.0)
    shape = spent_fuel_spectrum(decays)
    expected = shape.density(energies) * 0.05 * total / shape.integral()
    np.testing.assert_allclose(fluxes.off.density_cm2_s_mev(energies), expected, rtol=1e-9, atol=0)
    np.testing.assert_allclose(
        fluxes.on.density_cm2_s_mev(energies),
        plain.on.density_cm2_s_mev(energies) + expected,
        rtol=1e-9,
        atol=0,
    )


def test_spent_fuel_in_the_counts() -> None:
    on, none = counts(experiment())
    assert none == 0
    with_fuel = counts(experiment(POWER, "reactor.spent_fuel.fraction=0.05"))
    assert with_fuel[0] - on == pytest.approx(with_fuel[1], rel=1e-6)
    # Softer than a reactor's antineutrinos, but in nu-e scattering nearly the same.
    assert 0.6 < with_fuel[1] / (0.05 * on) < 1.0


def test_age_of_the_spent_fuel() -> None:
    """After ten years nearly only Sr-90 is left, which ends at 2.28 MeV."""
    sections = ["reactor.spent_fuel.fraction=0.05", "reactor.spent_fuel.irradiation_days=300.0"]
    fresh, old = (
        period_fluxes(experiment(POWER, *sections, f"reactor.spent_fuel.cooling_days={days}")).off
        for days in (1.0, 3650.0)
    )
    assert fresh is not None
    assert old is not None
    above = [
        flux.moments().above(np.array([2.3]))[0, 0] / flux.total_cm2_s for flux in (fresh, old)
    ]
    assert above[0] > 0.1
    assert above[1] < 5e-2 * above[0]
    assert old.total_cm2_s == pytest.approx(fresh.total_cm2_s, rel=1e-12)


def test_spent_fuel_beside_a_core_that_stays_on() -> None:
    cores = core(3.0, 13.9) + core(3.0, 60.0, off_thermal_power_gw=3.0)
    given = experiment(cores + "[reactor.spent_fuel]\nfraction = 0.01\n")
    fluxes = period_fluxes(given)
    bare = period_fluxes(experiment(cores))
    assert fluxes.off is not None
    assert bare.off is not None
    expected = bare.off.total_cm2_s + 0.01 * bare.on.total_cm2_s
    assert fluxes.off.total_cm2_s == pytest.approx(expected, rel=1e-12)


# Spectra


def test_kopeikin_has_no_captures_on_top() -> None:
    given = experiment(POWER, "reactor.spectrum=kopeikin-2012")
    flux = period_fluxes(given).on
    np.testing.assert_allclose(
        flux.per_fission.density(ENERGIES), kopeikin_2012().density(ENERGIES), rtol=1e-12, atol=0
    )
    table = kopeikin_2012().edges_mev
    integral = float(trapezoid(kopeikin_2012().density(table[:-1]), table[:-1]))
    assert flux.neutrinos_per_fission == pytest.approx(integral, rel=1e-4)
    assert flux.neutrinos_per_fission == pytest.approx(6.67, abs=0.02)
    captures = experiment(
        POWER, "reactor.spectrum=kopeikin-2012", "reactor.neutron_captures_per_fission=0.0"
    )
    np.testing.assert_array_equal(on_density(captures), on_density(given))


def test_kopeikin_knows_no_fuel_but_its_energy() -> None:
    u235, pu239 = (
        period_fluxes(
            experiment(
                POWER, "reactor.spectrum=kopeikin-2012", f"reactor.fission_fractions={fuel(f)}"
            )
        ).on.total_cm2_s
        for f in ("u235", "pu239")
    )
    assert u235 / pu239 == pytest.approx(211.12 / 202.36, rel=1e-9)


@pytest.mark.parametrize("spectrum", ["bestiole-2023", "huber-mueller", "mueller", "vogel-engel"])
def test_captures_by_default(spectrum: str) -> None:
    """0.6 captures, two antineutrinos each."""
    default, none, given = (
        period_fluxes(experiment(POWER, f"reactor.spectrum={spectrum}", *captures)).on
        for captures in (
            [],
            ["reactor.neutron_captures_per_fission=0.0"],
            ["reactor.neutron_captures_per_fission=0.6"],
        )
    )
    gain = default.neutrinos_per_fission - none.neutrinos_per_fission
    assert gain == pytest.approx(1.2, rel=3e-3)
    assert given.total_cm2_s == default.total_cm2_s


def table_of(columns: dict[str, np.ndarray]) -> str:
    rows = zip(*columns.values(), strict=True)
    lines = [",".join(repr(float(value)) for value in row) for row in rows]
    return "\n".join([",".join(columns), *lines]) + "\n"


TABLE = ["reactor.spectrum=table", 'reactor.spectrum_table="mine.csv"']


def test_table_with_the_numbers_of_kopeikin(tmp_path: Path) -> None:
    energies = kopeikin_2012().edges_mev
    values = kopeikin_2012().density(energies)
    values[-1] = 8.31e-5  # a spectrum is zero at its last edge; the table's last point is not
    text = table_of({"energy_mev": energies, "total": values})
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    mine = experiment(POWER, *TABLE, folder=tmp_path)
    shipped = experiment(POWER, "reactor.spectrum=kopeikin-2012")
    np.testing.assert_allclose(on_density(mine), on_density(shipped), rtol=1e-9, atol=0)
    np.testing.assert_allclose(counts(mine), counts(shipped), rtol=1e-9, atol=0)


def test_table_with_the_numbers_of_each_isotope(tmp_path: Path) -> None:
    """Huber-Mueller on a fine mesh: lines for curves, captures added as to a shipped model."""
    model = spectrum_model("huber-mueller")
    low = model.isotope("u235").edges_mev
    mesh = [low[low < 2], [2 - 1e-9], np.linspace(2, 9.99, 1500)]
    energies = np.unique(np.concatenate(mesh))
    columns = {"energy_mev": energies}
    columns |= {name: model.isotope(name).density(energies) for name in STANDARD}
    (tmp_path / "mine.csv").write_text(table_of(columns), encoding="utf-8")
    mine = experiment(POWER, *TABLE, folder=tmp_path)
    shipped = experiment(POWER, "reactor.spectrum=huber-mueller")
    np.testing.assert_allclose(on_density(mine), on_density(shipped), rtol=5e-5, atol=0)
    np.testing.assert_allclose(counts(mine), counts(shipped), rtol=5e-5, atol=0)


def test_off_equilibrium_adds_above_the_threshold_of_conversion() -> None:
    plain, corrected = (
        on_density(experiment(POWER, "reactor.spectrum=huber-mueller", *more))
        for more in ([], ["reactor.off_equilibrium=true"])
    )
    gain = np.interp([2.2, 3.0, 6.0], ENERGIES, corrected / plain - 1)
    assert 0.02 < gain[0] < 0.06
    assert 0.003 < gain[1] < 0.02
    assert gain[2] == pytest.approx(0, abs=1e-6)


# Oscillation


def survival(energy: float, baseline_m: float) -> float:
    """Three flavours written with sin^2(1.267 dm^2 L / E); parameters of Daya Bay 2018."""
    s13, s12 = 0.0856, 0.851
    c13 = (1 + math.sqrt(1 - s13)) / 2
    c12 = (1 + math.sqrt(1 - s12)) / 2
    m21, m32 = 7.53e-5, 2.471e-3

    def wave(splitting: float) -> float:
        return math.sin(1.266933 * splitting * baseline_m / energy) ** 2

    loss = c13**2 * s12 * wave(m21)
    loss += s13 * (c12 * wave(m21 + m32) + (1 - c12) * wave(m32))
    return 1 - loss


@pytest.mark.parametrize("baseline", [13.9, 400.0, 1700.0])
def test_oscillation_takes_the_survival_probability(baseline: float) -> None:
    reactor = f"thermal_power_gw = 3.0\nbaseline_m = {baseline}"
    energies = np.array([0.8, 1.5, 2.6, 4.2, 6.0, 7.7])
    plain, oscillated = (
        on_density(experiment(reactor, f"reactor.oscillation={flag}"), energies)
        for flag in ("false", "true")
    )
    expected = [survival(e, baseline) for e in energies]
    np.testing.assert_allclose(oscillated / plain, expected, rtol=0, atol=2e-5)
    assert np.all(oscillated < plain)


def test_oscillation_takes_each_core_at_its_baseline() -> None:
    cores = core(3.0, 400.0) + core(3.0, 1700.0)
    alone = [
        on_density(experiment(core(3.0, length), "reactor.oscillation=true"))
        for length in (400.0, 1700.0)
    ]
    found = on_density(experiment("oscillation = true\n" + cores))
    np.testing.assert_allclose(found, alone[0] + alone[1], rtol=1e-6, atol=0)


@pytest.mark.parametrize("baseline", [13.9, 100.0, 400.0])
def test_oscillation_lowers_the_flux(baseline: float) -> None:
    """The share of all antineutrinos that is lost, against a sum over fine energies."""
    reactor = f"thermal_power_gw = 3.0\nbaseline_m = {baseline}"
    plain, oscillated = (
        period_fluxes(experiment(reactor, f"reactor.oscillation={flag}")).on
        for flag in ("false", "true")
    )
    fine = (np.arange(500 * 100) + 0.5) * 12.5 / 50_000
    density = plain.density_cm2_s_mev(fine)
    lost = float(density @ [1 - survival(e, baseline) for e in fine]) / density.sum()
    found = 1 - oscillated.total_cm2_s / plain.total_cm2_s
    assert found == pytest.approx(lost, rel=0.02)
    assert 0 < found < 0.1


# Errors


CORE = core(3.0, 13.9)
ERRORS = [
    ("", [], "reactor: give thermal_power_gw and baseline_m, cores, or flux_cm2_s"),
    (POWER, ["reactor.flux_cm2_s=1e13"], "power with baseline and flux_cm2_s are both given"),
    ("thermal_power_gw = 3.0", [], "thermal_power_gw and baseline_m go together"),
    (POWER + "\n" + CORE, [], "give thermal_power_gw and baseline_m, or cores, not both"),
    (POWER, ["reactor.normalisation=flux"], "normalisation = 'flux', but its keys are missing"),
    (
        "flux_cm2_s = 1e13",
        ["reactor.normalisation=power"],
        "normalisation = 'power', but its keys are missing",
    ),
    (POWER, ["reactor.spectrum=table"], "spectrum_table goes with spectrum = 'table'"),
    (POWER, ['reactor.spectrum_table="a.csv"'], "spectrum_table goes with spectrum = 'table'"),
    ("flux_cm2_s = 1e13", ["reactor.oscillation=true"], "oscillation needs baseline_m"),
    (POWER, ["reactor.spectrum=huber"], "reactor.spectrum"),
    (POWER, ["reactor.fission_fractions.u235=0.9"], "the fission fractions must sum to 1"),
    (POWER, ["reactor.thermal_power_gw=-1.0"], "reactor.thermal_power_gw"),
    (POWER, ["reactor.baseline=3.0"], "reactor.baseline: unknown key"),
    (CORE, ["reactor.core.0.baseline_m=0.0"], "reactor.core.0.baseline_m"),
    (POWER, ["reactor.spent_fuel.fraction=1.5"], "reactor.spent_fuel.fraction"),
    (POWER, ["reactor.spent_fuel.cooling_days=1.0"], "reactor.spent_fuel.fraction: this key is"),
    (
        POWER,
        ["reactor.spectrum=kopeikin-2012", "reactor.neutron_captures_per_fission=0.6"],
        "spectrum 'kopeikin-2012' contains neutron capture already",
    ),
    (
        POWER,
        ["reactor.off_equilibrium=true"],
        "the off-equilibrium correction is for conversion spectra",
    ),
    (
        POWER,
        ["reactor.spectrum=kopeikin-2012", "reactor.off_equilibrium=true"],
        "the off-equilibrium correction is for conversion spectra",
    ),
]


@pytest.mark.parametrize(("reactor", "overrides", "expected"), ERRORS)
def test_errors_are_one_line(
    reactor: str, overrides: list[str], expected: str, tmp_path: Path, one_line: Any
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.format(reactor=reactor), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        build_model(load_experiment(path, overrides))
    assert expected in one_line(caught.value)


def test_stated_flux_of_cores_that_are_all_off(one_line: Any) -> None:
    """Nothing says how much of the stated flux the OFF period has."""
    head = "flux_cm2_s = 1e13\nnormalisation = 'flux'\n"
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment(head + core(0.0, 13.9, off_thermal_power_gw=3.0)))
    assert "every core has no power in ON" in one_line(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("energy_mev,u235\n1,1\n2,1\n", "mine.csv: column 'u238' is missing"),
        ("energy_mev,total\n1,1\n0.9,2\n", "mine.csv, line 3: energy_mev must increase, or"),
        ("energy_mev,total\n1,1\n2,-1\n", "mine.csv, line 3: total must be >= 0: total[1] = -1"),
        ("energy_mev,total\n1,1\n", "mine.csv: at least two rows expected"),
        ("energy_mev,total,u235\n1,1,1\n2,1,1\n", "mine.csv: give total or the isotopes, not both"),
        ("energy_mev,total\n1,one\n2,1\n", "mine.csv"),
    ],
)
def test_errors_of_a_table(text: str, expected: str, tmp_path: Path, one_line: Any) -> None:
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment(POWER, *TABLE, folder=tmp_path))
    message = one_line(caught.value)
    assert message.startswith("flux: ")
    assert expected in message


def test_total_table_takes_no_captures(tmp_path: Path, one_line: Any) -> None:
    (tmp_path / "mine.csv").write_text("energy_mev,total\n1,1\n5,1\n", encoding="utf-8")
    captures = "reactor.neutron_captures_per_fission=0.6"
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment(POWER, *TABLE, captures, folder=tmp_path))
    assert "contains neutron capture already" in one_line(caught.value)
