"""The atomic model as a systematic: one limit under each, and what the differences must be."""

from __future__ import annotations

from functools import cache

import pytest

from analysis.limits.atomic_models import ModelLimit, limits_by_ionization, with_ionization
from analysis.limits.limit import limit
from sim.cross_sections.ionization.registry import IONIZATION_MODELS
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import Experiment, load_experiment, parse_experiment
from sim.model_assembly import build_model

XENON = """
name = "xenon"

[reactor]
thermal_power_gw = 3.0
baseline_m = 15.0

[detector]
material = "Xe"
mass_kg = 10.0
threshold_kev = 6.0
min_ionization_kev = 0.01

[detector.resolution]
noise_fwhm_kev = 1.0

[exposure]
on_days = 300.0
off_days = 300.0

[analysis]
window_kev = [6.0, 30.0]
bin_width_kev = 2.0
channels = ["electron"]

[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 1.0
"""


def gemma() -> Experiment:
    """GEMMA in bins of 0.9 keV."""
    return load_experiment("gemma-2012", ["analysis.bin_width_kev=0.9"])


@cache
def gemma_limits(parameter: str) -> dict[str, ModelLimit]:
    return {found.ionization: found for found in limits_by_ionization(gemma(), parameter)}


def ends(found: ModelLimit) -> tuple[float, float]:
    assert found.limit is not None
    assert found.limit.lower is not None
    assert found.limit.upper is not None
    return found.limit.lower, found.limit.upper


def test_all_models_in_their_order() -> None:
    for parameter in ("mu_nu", "q_nu"):
        assert tuple(gemma_limits(parameter)) == IONIZATION_MODELS
        for found in gemma_limits(parameter).values():
            assert (found.limit is None) == (found.reason is not None)


# q_nu in 1e-12 under pai, by an independent program; close collisions shifted, then Allison-Cobb.
IN_MATTER = {
    "gemma-2012": ((-1.46, 1.73), (-1.50, 1.78)),
    "conus-2022": ((-1.77, 1.96), (-1.80, 2.01)),
    "texono-2014": ((-1.56, 1.59), None),
    "dresden-ii": ((-6.05, 6.05), (-5.6, 5.6)),
    "connie-2024": ((-6.6, 6.6), (-6.5, 6.5)),
}
INPUTS_THEN = {"connie-2024": ["reactor.thermal_power_gw=3.95"]}
"""What a preset had when the independent program took it."""


@pytest.mark.parametrize("name", list(IN_MATTER))
def test_millicharge_in_matter(name: str) -> None:
    """Its prototype took the larger of pai and stepping, which differs below 10 eV only."""
    for close, expected in zip(("shifted", "allison-cobb"), IN_MATTER[name], strict=True):
        if expected is None:
            continue
        changes = ["physics.ionization=pai", f"physics.pai_close={close}"]
        model = build_model(load_experiment(name, [*changes, *INPUTS_THEN.get(name, [])]))
        found = limit(model, model.data(), "q_nu")
        assert (found.lower, found.upper) == pytest.approx(
            tuple(1e-12 * end for end in expected), rel=0.015, abs=0
        )


def test_matter_changes_the_millicharge_alone() -> None:
    pai, stepping, photons = (gemma_limits("q_nu")[m] for m in ("pai", "stepping", "epa-max"))
    assert ends(stepping)[1] > ends(pai)[1] > 1.1 * ends(photons)[1]
    assert ends(gemma_limits("mu_nu")["pai"]) == pytest.approx(
        ends(gemma_limits("mu_nu")["stepping"]), rel=1e-6, abs=0
    )


def test_what_orbitals_change() -> None:
    """Prototype: mu weaker by 0.2 %, q between epa-max and stepping, some per cent from pai."""
    orbital, stepping = (gemma_limits("mu_nu")[m] for m in ("orbital", "stepping"))
    assert ends(orbital)[1] / ends(stepping)[1] == pytest.approx(1.0025, abs=1e-3)
    charge = gemma_limits("q_nu")
    assert ends(charge["best"]) == pytest.approx(ends(charge["pai"]), rel=0.025, abs=0)
    assert ends(charge["best"]) == pytest.approx(ends(charge["orbital"]), rel=1e-4, abs=0)


def test_options_of_photons_do_not_follow_another_model() -> None:
    photons = gemma().changed(["physics.ionization=epa-max", "physics.epa_neutrino_mass_ev=0.1"])
    assert with_ionization(photons, "epa-max").config.physics.epa_neutrino_mass_ev == 0.1
    matter = with_ionization(photons, "pai").config.physics
    assert (matter.ionization, matter.epa_neutrino_mass_ev) == ("pai", 1.0)


def test_a_model_that_does_not_apply_says_why() -> None:
    found = gemma_limits("mu_nu")["rrpa"]
    assert found.limit is None
    assert found.reason is not None
    assert len(found.reason.splitlines()) == 1
    assert "no ab-initio table is shipped for Ge, only for Xe" in found.reason
    assert found.reason.startswith("gemma-2012: ")


@pytest.mark.parametrize("parameter", ["mu_nu", "q_nu", "r2_nu"])
def test_smoothed_steps_change_no_limit(parameter: str) -> None:
    """The Thomas-Fermi atomic recoil, 0.02 eV: below 1e-3 on germanium, and not nothing."""
    smoothed, stepping = (
        ends(gemma_limits(parameter)[m]) for m in ("stepping-smoothed", "stepping")
    )
    assert smoothed == pytest.approx(stepping, rel=1e-3, abs=0)
    assert smoothed != stepping


def test_smoothed_steps_change_no_limit_at_low_threshold() -> None:
    """Down to 0.2 keV, over the L edges: mu, q and r2 all below 1e-3."""
    overrides = [
        "detector.threshold_kev=0.2",
        "detector.resolution.noise_fwhm_kev=0.1",
        "analysis.window_kev=[0.2, 2.0]",
        "analysis.bin_width_kev=0.1",
        "background.3.center_kev=1.3",
        "background.2.norm=0.0",
    ]
    low = load_experiment("gemma-2012", overrides)
    for parameter in ("mu_nu", "q_nu", "r2_nu"):
        smoothed, stepping = (
            limit(model, model.asimov(), parameter)
            for model in (
                build_model(low.replaced("physics", ionization=name))
                for name in ("stepping-smoothed", "stepping")
            )
        )
        assert stepping.found
        assert smoothed.upper == pytest.approx(stepping.upper, rel=1e-3, abs=0)
        assert smoothed.lower == pytest.approx(stepping.lower, rel=1e-3, abs=0)


def test_free_electrons_are_the_two_of_the_k_shell() -> None:
    """Below 11.1 keV 32 electrons for 30: at most sqrt(32 / 30) in mu, and some of it."""
    free, stepping = (gemma_limits("mu_nu")[m].limit for m in ("free", "stepping"))
    assert free is not None
    assert stepping is not None
    assert free.upper is not None
    assert stepping.upper is not None
    assert 1.01 < stepping.upper / free.upper < (32 / 30) ** 0.5


def test_equivalent_photons_matter_for_the_charge_alone() -> None:
    for parameter in ("mu_nu", "r2_nu"):
        photons, stepping = (ends(gemma_limits(parameter)[m]) for m in ("epa-max", "stepping"))
        assert photons == pytest.approx(stepping, rel=1e-6, abs=0)
    photons, stepping = (ends(gemma_limits("q_nu")[m]) for m in ("epa-max", "stepping"))
    assert 0.4 < photons[1] / stepping[1] < 0.8
    assert 0.4 < photons[0] / stepping[0] < 0.8


def test_each_is_the_limit_of_its_own_experiment() -> None:
    for name in ("stepping", "free", "epa-max"):
        model = build_model(gemma().replaced("physics", ionization=name))
        direct = limit(model, model.asimov(), "q_nu")
        assert gemma_limits("q_nu")[name].limit == direct


def test_given_spectra_are_fitted_by_all() -> None:
    """Counts of a moment of 6e-11 on free electrons: the other models see more of it."""
    truth = NeutrinoParameters(mu_nu=6e-11)
    given = build_model(gemma().replaced("physics", ionization="free"))
    spectra = given.asimov(truth)
    found = {
        m.ionization: m.limit
        for m in limits_by_ionization(gemma(), "mu_nu", 0.95, "delta-chi2", spectra=spectra)
    }
    free, stepping = found["free"], found["stepping"]
    assert free is not None
    assert stepping is not None
    assert free.best_fit == pytest.approx(6e-11, rel=1e-3, abs=0)
    assert stepping.best_fit is not None
    assert 6.05e-11 < stepping.best_fit < 6e-11 * (32 / 30) ** 0.5
    for one in (free, stepping):
        assert (one.cl, one.method) == (0.95, "delta-chi2")
    model = build_model(gemma())
    assert stepping == limit(model, spectra, "mu_nu", 0.95, "delta-chi2")


def test_treatment_is_passed_on() -> None:
    joint, fixed = (
        limits_by_ionization(gemma(), "mu_nu", treatment=treatment)[0].limit
        for treatment in ("off-joint", "off-fixed")
    )
    assert joint is not None
    assert fixed is not None
    assert (joint.treatment, fixed.treatment) == ("off-joint", "off-fixed")
    assert joint.upper != fixed.upper


def test_all_models_on_xenon() -> None:
    """rrpa has 1.14 to 1.26 times fewer electrons there, so a limit on mu weaker by its root."""
    given = parse_experiment(XENON)
    found = {m.ionization: m for m in limits_by_ionization(given, "mu_nu")}
    assert all(m.reason is None for m in found.values())
    ratio = ends(found["rrpa"])[1] / ends(found["stepping"])[1]
    assert 1.13**0.5 < ratio < 1.26**0.5
    assert ends(found["free"])[1] < ends(found["stepping"])[1]
