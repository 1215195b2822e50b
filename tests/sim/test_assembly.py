"""Assembly: what stands in the configuration is what the lower floors get."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_arrays import signal_of
from scipy.integrate import quad
from scipy.special import erf, ndtr

from detectors.efficiency import EfficiencyCurve
from detectors.photo_electrons import PhotoElectrons
from detectors.quenching.alternatives import AdiabaticLindhard, LinearQuenching, ModifiedLindhard
from detectors.quenching.binding import SARKIS_GERMANIUM, SARKIS_SILICON
from detectors.quenching.curve import Quenching
from sim.cross_sections.ionization.equivalent_photon import (
    EquivalentPhotons,
    LargerOfPhotonsAndSteps,
)
from sim.cross_sections.ionization.stepping import CountedElectrons
from sim.experiment import ConfigurationError, Experiment, parse_experiment
from sim.instruments import assembly
from sim.instruments.instrument import instrument_of
from sim.model_assembly import build_model
from sim.physics import physics_of

TEXT = """
name = "assembly"

[reactor]
thermal_power_gw = 3.0
baseline_m = 15.0

[detector]
material = "{material}"
mass_kg = 1.0
threshold_kev = 0.3
min_ionization_kev = 0.003

[detector.resolution]
{resolution}

[exposure]
on_days = 100.0
off_days = 50.0

[analysis]
window_kev = [0.3, 1.5]
bin_width_kev = 0.2
"""

IONIZATION = "noise_fwhm_kev = 0.1"
ENERGIES = np.array([0.0, 0.004, 0.05, 0.7, 3.0, 40.0])


def experiment(
    *overrides: str,
    material: str = "Ge",
    resolution: str = IONIZATION,
    sections: str = "",
    folder: Path = Path(),
) -> Experiment:
    text = TEXT.format(material=material, resolution=resolution) + sections
    return parse_experiment(text, "assembly", folder, overrides)


def sigma(resolution: str, factor: float = 1.0) -> np.ndarray:
    phonons = "detector.quenching={model='constant', factor=1.0}"
    (detector,) = experiment(phonons, resolution=resolution).layout.detectors
    return detector.resolution.build(factor).sigma_kev(ENERGIES)


def test_phonons_need_their_quenching_stated() -> None:
    """Lindhard's default would take away energy that a phonon detector sees."""
    section = 'model = "phonon"\nbaseline_fwhm_kev = 0.02'
    with pytest.raises(ConfigurationError, match="a phonon detector needs quenching"):
        experiment(resolution=section)


# Resolution

FWHM = 2 * math.sqrt(2 * math.log(2))
# Variance: constant, and coefficients of E and E^2.
RESOLUTIONS = {
    "noise_fwhm_kev = 0.1\nfano_factor = 0.11": ((0.1 / FWHM) ** 2, 2.96e-3 * 0.11, 0),
    'model = "ionization"\nnoise_fwhm_kev = 0.1\nfano_factor = 0.2\npair_energy_kev = 3e-3': (
        ((0.1 / FWHM) ** 2, 3e-3 * 0.2, 0)
    ),
    'model = "ccd"\nnoise_electrons = 2.0\nfano_factor = 0.1\npair_energy_kev = 3.7e-3': (
        ((2 * 3.7e-3) ** 2, 3.7e-3 * 0.1, 0)
    ),
    'model = "phonon"\nbaseline_fwhm_kev = 0.02\nlinear_fraction = 0.01\nsqrt_term_kev = 1e-4': (
        ((0.02 / FWHM) ** 2, 1e-4, 0.01**2)
    ),
    'model = "electrons"\npair_energy_kev = 0.01\nfano_factor = 0.7\nextraction = 0.5': (
        (0, 0.02 * (0.5 * 0.7 + 0.5), 0)
    ),
    'model = "electrons"\npair_energy_kev = 0.01\nlight_per_electron = 25\nnoise_electrons = 0.3': (
        ((0.3 * 0.01) ** 2, 0.01 * (1 + 1 / 25), 0)
    ),
    'model = "photo-electrons"\nyield_per_kev = 12.0\nsingle_width = 0.4': (
        (0, (1 + 0.4**2) / 12, 0)
    ),
    'model = "photo-electrons"\nyield_per_kev = 12.0\nsingle_width = 0.4\nnoise = 0.5': (
        ((0.5 / 12) ** 2, (1 + 0.4**2) / 12, 0)
    ),
}


@pytest.mark.parametrize(("section", "terms"), RESOLUTIONS.items())
def test_resolutions(section: str, terms: tuple[float, float, float]) -> None:
    constant, linear, square = terms
    expected = np.sqrt(constant + linear * ENERGIES + square * ENERGIES**2)
    np.testing.assert_allclose(sigma(section), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("section", [s for s in RESOLUTIONS if "\nnoise = " not in s])
def test_resolution_times_a_factor(section: str) -> None:
    """A wider resolution is wider by the same factor at all energies."""
    for factor in (0.9, 1.2):
        np.testing.assert_allclose(
            sigma(section, factor), factor * sigma(section), rtol=1e-12, atol=0
        )


def test_photo_electrons_with_noise_times_a_factor() -> None:
    section = 'model = "photo-electrons"\nyield_per_kev = 12.0\nnoise = 0.5'
    np.testing.assert_allclose(sigma(section, 1.1), 1.1 * sigma(section), rtol=1e-9, atol=0)


def test_photo_electrons_keep_their_statistics() -> None:
    section = 'model = "photo-electrons"\nyield_per_kev = 12.0\nsingle_width = 0.4\nnoise = 0.5'
    (detector,) = experiment(resolution=section).layout.detectors
    assert detector.resolution.build() == PhotoElectrons(12.0, 0.4, 0.5)


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ('model = "gauss"', "detector.resolution: unknown variant 'gauss'"),
        ('model = "ccd"', "detector.resolution.noise_electrons: this key is required"),
        ("noise_fwhm_kev = 0.0", "the resolution must have a width"),
        ('model = "phonon"\nbaseline_fwhm_kev = 0.1\nfano_factor = 0.1', "unknown key"),
    ],
)
def test_errors_of_a_resolution(section: str, expected: str, one_line: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        experiment(resolution=section)
    assert expected in one_line(caught.value)


# Quenching


def quenched(given: Experiment, symbol: str, recoil: float, factor: float = 1.0) -> float:
    element = next(
        c
        for c in assembly.target(given.layout.detectors[0]).constituents
        if c.atom.symbol == symbol
    )
    return float(
        assembly.quenching(instrument_of(given), element, factor).ionization_kev(recoil)[0]
    )


def lindhard(z: int, k: float, recoil: float) -> float:
    epsilon = 11.5 * z ** (-7 / 3) * recoil
    g = 3 * epsilon**0.15 + 0.7 * epsilon**0.6 + epsilon
    return recoil * k * g / (1 + k * g)


def test_lindhard_by_default() -> None:
    """k = 0.133 Z^(2/3) A^(-1/2) of each element, with the mean atomic mass."""
    for symbol, z, mean_a, material in (
        ("Ge", 32, 72.63, "Ge"),
        ("Si", 14, 28.085, "Si"),
        ("Cs", 55, 132.905, "CsI"),
        ("I", 53, 126.904, "CsI"),
    ):
        k = 0.133 * z ** (2 / 3) / math.sqrt(mean_a)
        found = quenched(experiment(material=material), symbol, 2.0)
        assert found == pytest.approx(lindhard(z, k, 2.0), rel=1e-5)


def test_lindhard_with_k() -> None:
    given = experiment("detector.quenching.k=0.162")
    assert quenched(given, "Ge", 1.0) == pytest.approx(0.1754808, rel=1e-6)
    assert quenched(given, "Ge", 1.0, 1.05) == pytest.approx(
        lindhard(32, 0.162 * 1.05, 1.0), rel=1e-12
    )


def test_lindhard_of_enriched_germanium() -> None:
    """The default k goes with the mean mass of what is there."""
    given = experiment("detector.isotopes={ Ge = { 76 = 1.0 } }")
    k = 0.133 * 32 ** (2 / 3) / math.sqrt(75.9214)
    assert quenched(given, "Ge", 1.0) == pytest.approx(lindhard(32, k, 1.0), rel=1e-6)


def test_constant_quenching() -> None:
    given = experiment("detector.quenching={ model = 'constant', factor = 0.25 }")
    assert quenched(given, "Ge", 3.0) == pytest.approx(0.75, rel=1e-12)
    assert quenched(given, "Ge", 3.0, 0.8) == pytest.approx(0.6, rel=1e-12)


def test_dresden_quenching() -> None:
    """Section 5: E_ee of Fef falls from 0.2475 to 0.2403 keV between 1.14 and 1.33 keV."""
    fef, ybe = (
        experiment(f"detector.quenching={{ model = 'dresden2', curve = '{curve}' }}")
        for curve in ("Fef", "YBe")
    )
    ends = [quenched(fef, "Ge", recoil) for recoil in (1.14, 1.33)]
    assert ends == pytest.approx([0.2475, 0.2403], abs=2e-3)
    assert quenched(ybe, "Ge", 1.0) != pytest.approx(quenched(fef, "Ge", 1.0), rel=1e-2)
    assert quenched(fef, "Ge", 1.0, 1.1) == pytest.approx(1.1 * quenched(fef, "Ge", 1.0), rel=1e-12)


@pytest.mark.parametrize(
    ("symbol", "z", "a", "curve"),
    [("Ge", 32, 72.63, SARKIS_GERMANIUM), ("Si", 14, 28.0855, SARKIS_SILICON)],
)
def test_sarkis_quenching(symbol: str, z: int, a: float, curve: Any) -> None:
    """Section 5, the formula once more; nothing up to twice the binding energy."""
    c0, c1, binding = {"Ge": (3.0e-4, 0.62e-5, 0.020), "Si": (9.1e-3, 3.33e-5, 0.150)}[symbol]
    given = experiment("detector.quenching={ model = 'sarkis' }", material=symbol)
    scale, k = 11.5 * z ** (-7 / 3), 0.133 * z ** (2 / 3) / math.sqrt(a)
    for recoil in (0.5, 2.0):
        u, total = scale * binding, scale * recoil
        e = total - u
        g = 3 * e**0.15 + 0.7 * e**0.6 + e
        lost = e / (1 + k * g) + c0 * math.sqrt(e) + c1 + u
        expected = recoil * max(0.0, 1 - lost / total)
        assert quenched(given, symbol, recoil) == pytest.approx(expected, rel=1e-9)
    assert quenched(given, symbol, 1.99 * binding) == 0
    assert quenched(given, symbol, 2.0) == pytest.approx(float(curve.ionization_kev(2.0)[0]))


@pytest.mark.parametrize(
    ("section", "curve"),
    [
        ("model = 'modified-lindhard', k = 0.16, q = 2e-5", ModifiedLindhard(32, 0.16, 2e-5)),
        (
            "model = 'adiabatic', k = 0.1789, xi_recoil_kev = '160 eVnr'",
            AdiabaticLindhard(32, 0.1789, 0.16),
        ),
        ("model = 'linear', intercept = 0.17, slope_per_kev = 0.01", LinearQuenching(0.17, 0.01)),
        ("model = 'sarkis', k = 0.165", replace(SARKIS_GERMANIUM, k=0.165)),
    ],
)
def test_alternatives_to_lindhard(section: str, curve: Quenching) -> None:
    given = experiment(f"detector.quenching={{ {section} }}")
    for factor in (1.0, 1.1):
        expected = float(curve.scaled(factor).ionization_kev(0.7)[0])
        assert quenched(given, "Ge", 0.7, factor) == pytest.approx(expected, rel=1e-12)


def test_table_of_quenching(tmp_path: Path) -> None:
    (tmp_path / "qf.csv").write_text(
        "recoil_kev,quenching_factor\n0.2,0.1\n1.0,0.2\n6.0,0.3\n", encoding="utf-8"
    )
    section = "detector.quenching={{ model = 'table', file = 'qf.csv'{} }}"
    strict = experiment(section.format(""), folder=tmp_path)
    constant = experiment(section.format(", beyond = 'constant'"), folder=tmp_path)
    for given in (strict, constant):
        assert quenched(given, "Ge", 0.6) == pytest.approx(0.6 * 0.15, rel=1e-12)
        assert quenched(given, "Ge", 0.6, 2.0) == pytest.approx(0.6 * 0.3, rel=1e-12)
    assert quenched(constant, "Ge", 10.0) == pytest.approx(3.0, rel=1e-12)
    with pytest.raises(ValueError, match="tabulated up to a recoil of 6 keV"):
        quenched(strict, "Ge", 10.0)


def test_quenching_by_element() -> None:
    given = experiment(
        material="NaI(Tl)",
        sections="""
[detector.quenching]
model = "constant"
factor = 0.05

[detector.quenching_by_element.Na]
model = "constant"
factor = 0.2
""",
    )
    assert quenched(given, "Na", 10.0) == pytest.approx(2.0, rel=1e-12)
    assert quenched(given, "I", 10.0) == pytest.approx(0.5, rel=1e-12)


def test_each_recoil_has_its_own_quenching_in_the_counts() -> None:
    """s(Na) + s(I): each factor moves its own part alone."""

    def signal(sodium: float, iodine: float) -> np.ndarray:
        factors = {"Na": sodium, "I": iodine}
        overrides = [
            f"detector.quenching_by_element.{symbol}={{ model = 'constant', factor = {factor} }}"
            for symbol, factor in factors.items()
        ]
        given = experiment(*overrides, 'analysis.channels=["nucleus"]', material="NaI")
        return np.asarray(signal_of(build_model(given))[0, 0])

    a, b, c, d = (signal(*f) for f in ((0.2, 0.3), (0.1, 0.4), (0.2, 0.4), (0.1, 0.3)))
    np.testing.assert_allclose(a + b, c + d, rtol=1e-5, atol=0)
    assert not np.allclose(a, c, rtol=1e-2, atol=0)
    assert not np.allclose(a, d, rtol=1e-2, atol=0)


def test_quenching_of_an_element_that_is_not_there() -> None:
    section = "detector.quenching_by_element.Na={ model = 'constant', factor = 0.2 }"
    with pytest.raises(ConfigurationError, match="Na"):
        build_model(experiment(section))


@pytest.mark.parametrize(
    ("section", "material", "expected"),
    [
        (
            "{ model = 'dresden2', curve = 'Fef' }",
            "Si",
            "quenching 'dresden2' is for Ge, not for Si",
        ),
        ("{ model = 'sarkis' }", "CsI", "quenching 'sarkis' is for Si and Ge, not for Cs"),
        ("{ model = 'linhard' }", "Ge", "detector.quenching: unknown variant 'linhard'"),
        ("{ k = -0.1 }", "Ge", "detector.quenching.k"),
        ("{ model = 'dresden2', curve = 'fef' }", "Ge", "detector.quenching.curve"),
        ("{ model = 'constant' }", "Ge", "detector.quenching.factor: this key is required"),
    ],
)
def test_errors_of_a_quenching(section: str, material: str, expected: str, one_line: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment(f"detector.quenching={section}", material=material))
    assert expected in one_line(caught.value)


# Efficiency


def efficiency(given: Experiment) -> EfficiencyCurve:
    return given.layout.detectors[0].efficiency.build(given.files)


def test_efficiency_is_one_by_default() -> None:
    curve = efficiency(experiment())
    np.testing.assert_array_equal(curve.at(ENERGIES), 1.0)
    assert curve.acts_on == "reconstructed"


def test_efficiency_of_an_error_function() -> None:
    section = "{ plateau = 0.9, half_kev = 0.2, width_kev = 0.05, acts_on = 'true' }"
    curve = efficiency(experiment(f"detector.efficiency={section}"))
    expected = 0.9 * (1 + erf((ENERGIES - 0.2) / (math.sqrt(2) * 0.05))) / 2
    np.testing.assert_allclose(curve.at(ENERGIES), expected, rtol=1e-12, atol=0)
    assert curve.acts_on == "true"


@pytest.mark.parametrize("acts_on", ["true", "reconstructed"])
def test_efficiency_of_a_table(acts_on: str, tmp_path: Path) -> None:
    text = "energy_kev,efficiency\n0.1,0.0\n0.5,0.8\n2.0,1.0\n"
    (tmp_path / "eff.csv").write_text(text, encoding="utf-8")
    section = f"{{ model = 'table', file = 'eff.csv', acts_on = '{acts_on}' }}"
    given = experiment(f"detector.efficiency={section}", folder=tmp_path)
    curve = efficiency(given)
    assert curve.at([0.05, 0.3, 0.5, 1.25, 9.0]).tolist() == pytest.approx([0, 0.4, 0.8, 0.9, 1.0])
    assert curve.acts_on == acts_on


# Target


def test_natural_target() -> None:
    (germanium,) = assembly.target(experiment().layout.detectors[0]).constituents
    assert [i.a for i in germanium.isotopes] == [70, 72, 73, 74, 76]
    assert germanium.atoms_per_kg == pytest.approx(8.291551e24, rel=1e-5)


def test_enriched_target() -> None:
    """86 % of Ge-76: fewer atoms a kg, and two isotopes."""
    given = experiment("detector.isotopes={ Ge = { 76 = 0.86, 74 = 0.14 } }")
    (germanium,) = assembly.target(given.layout.detectors[0]).constituents
    assert [(i.a, i.abundance) for i in germanium.isotopes] == [(74, 0.14), (76, 0.86)]
    mass = 0.86 * 75.921402725 + 0.14 * 73.921177761
    assert germanium.atoms_per_kg == pytest.approx(6.02214076e26 / mass, rel=1e-7)


def test_enriched_target_in_the_counts() -> None:
    """Counts per kg of a mixture are those of its isotopes by their shares of the mass."""
    common = ["detector.quenching.k=0.16", 'analysis.channels=["nucleus"]']

    def signal(composition: str) -> np.ndarray:
        given = experiment(*common, f"detector.isotopes={{ Ge = {{ {composition} }} }}")
        return np.asarray(signal_of(build_model(given))[0, 0])

    light, heavy = 69.9242485 * 0.3, 75.921402725 * 0.7
    expected = (light * signal("70 = 1.0") + heavy * signal("76 = 1.0")) / (light + heavy)
    found = signal("70 = 0.3, 76 = 0.7")
    np.testing.assert_allclose(found[:3], expected[:3], rtol=1e-5, atol=0)
    assert not np.allclose(found[:3], signal("70 = 1.0")[:3], rtol=1e-2, atol=0)


def test_elements_that_are_not_named_stay_natural() -> None:
    given = experiment("detector.isotopes={ Li = { 6 = 0.95, 7 = 0.05 } }", material="LiF")
    lithium, fluorine = assembly.target(given.layout.detectors[0]).constituents
    assert [i.abundance for i in lithium.isotopes] == pytest.approx([0.95, 0.05])
    assert [i.a for i in fluorine.isotopes] == [19]


@pytest.mark.parametrize(
    ("isotopes", "expected"),
    [
        ("{ Ge = { 75 = 1.0 } }", "isotope Ge-75: natural isotopes of Ge are Ge-70, Ge-72"),
        ("{ Ge = { 76 = 0.8 } }", "isotopes of 'Ge': fractions must add up to 1, found 0.8"),
        ("{ Si = { 28 = 1.0 } }", "isotopes of 'Si': not an element of material 'Ge'"),
        ("{ Ge = { Ge-76 = 1.0 } }", "a mass number expected as key, found 'Ge-76'"),
        ("{ Ge = { 76 = 1.2 } }", "detector.isotopes.Ge.76"),
    ],
)
def test_errors_of_isotopes(isotopes: str, expected: str, one_line: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment(f"detector.isotopes={isotopes}"))
    assert expected in one_line(caught.value)


def test_errors_of_a_material(one_line: Any) -> None:
    for material, expected in (("Gee", "Gee"), ("germanium", "material 'germanium'"), ("Og", "Og")):
        with pytest.raises(ConfigurationError) as caught:
            build_model(experiment(material=material))
        assert expected in one_line(caught.value)


# Cross sections


def test_switches_of_the_cross_sections() -> None:
    default = physics_of(experiment().config)
    assert default.couplings.scheme == "one-loop"
    assert default.ionization == CountedElectrons("stepping")
    assert (default.form_factor, default.axial) == ("helm", False)
    given = physics_of(
        experiment(
            "physics.couplings=tree",
            "physics.sin2_theta_w=0.24",
            "physics.ionization=epa-max",
            "physics.epa_neutrino_mass_ev=0.1",
            "physics.epa_medium=density-effect",
            "physics.plasmon_energy_ev=37.0",
            "physics.form_factor=klein-nystrand",
            "physics.axial=true",
            "physics.charge_sign=-1",
        ).config
    )
    assert given.couplings.electron_vector == pytest.approx(2 * 0.24 + 0.5, rel=1e-12)
    assert given.theory.signal.parameter("sin2_theta_w").physical(0.0) == 0.24
    assert (given.form_factor, given.axial) == ("klein-nystrand", True)
    charge, radius = given.theory.shifts
    assert charge.on_electrons(np.array([1e-3]))[0] > 0
    assert default.theory.shifts[0].on_electrons(np.array([1e-3]))[0] < 0
    assert radius == default.theory.shifts[1]
    options = EquivalentPhotons(0.1, "density-effect", 37.0)
    assert given.ionization == LargerOfPhotonsAndSteps(options)


def test_form_factor_without_data_is_one_line(one_line: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_model(experiment("physics.form_factor=helm-rms", material="CH4"))
    assert "form factor 'helm-rms'" in one_line(caught.value)


# Response

TRUE = np.array([0.002, 0.05, 0.31, 0.44, 0.9, 1.6])
EDGES = np.array([0.2, 0.4, 0.7, 1.5])


@pytest.mark.parametrize(("scale", "factor"), [(1.0, 1.0), (1.03, 1.0), (0.96, 1.2)])
def test_gaussian_response(scale: float, factor: float) -> None:
    """Chance that scale (E + noise) lies in a bin and above the threshold of 0.3 keV."""
    section = "{ plateau = 0.9, half_kev = 0.2, width_kev = 0.1, acts_on = 'true' }"
    given = experiment(f"detector.efficiency={section}")
    found = assembly.response(instrument_of(given), TRUE, EDGES, scale, factor)
    assert found.shape == (3, 6)
    width = factor * 0.1 / FWHM
    for i, (low, high) in enumerate(pairwise(EDGES)):
        lowest = max(low, 0.3)
        for j, energy in enumerate(TRUE):
            chance = ndtr((high / scale - energy) / width) - ndtr((lowest / scale - energy) / width)
            eff = 0.9 * (1 + erf((energy - 0.2) / (math.sqrt(2) * 0.1))) / 2
            expected = chance * eff if energy >= 0.003 else 0.0
            assert found[i, j] == pytest.approx(expected, rel=1e-7, abs=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1.03])
def test_efficiency_on_the_reconstructed_energy(scale: float) -> None:
    """Read off at the energy that the analysis sees, which the scale has moved, as the threshold
    is: integral of efficiency(x) times the density of x = scale (E + noise) over each bin."""
    section = "{ half_kev = 0.35, width_kev = 0.05 }"
    given = experiment(f"detector.efficiency={section}", resolution="noise_fwhm_kev = 0.05")
    found = assembly.response(instrument_of(given), TRUE[1:], EDGES, scale)
    width = scale * 0.05 / FWHM
    for i, (low, high) in enumerate(pairwise(EDGES)):
        for j, energy in enumerate(TRUE[1:]):

            def seen(x: float, energy: float = energy) -> float:
                density = math.exp(-(((x - scale * energy) / width) ** 2) / 2)
                turn_on = (1 + math.erf((x - 0.35) / (math.sqrt(2) * 0.05))) / 2
                return turn_on * density / (math.sqrt(2 * math.pi) * width)

            nodes = np.linspace(max(low, 0.3), high, 9)
            expected = sum(quad(seen, a, b)[0] for a, b in pairwise(nodes))
            assert found[i, j] == pytest.approx(expected, rel=2e-2, abs=1e-3)


def test_photo_electron_response() -> None:
    """Poisson counts of mean Y E, each smeared to sqrt(n w^2 + noise^2)."""
    section = 'model = "photo-electrons"\nyield_per_kev = 12.0\nsingle_width = 0.4\nnoise = 0.5'
    found = assembly.response(instrument_of(experiment(resolution=section)), TRUE, EDGES)
    for j, energy in enumerate(TRUE):
        expected = np.zeros(3)
        chance = math.exp(-12 * energy)
        for n in range(80):
            width = math.sqrt(n * 0.4**2 + 0.5**2) / 12
            cut = np.maximum(EDGES, 0.3)
            expected += chance * np.diff(ndtr((cut - n / 12) / width))
            chance *= 12 * energy / (n + 1)
        if energy < 0.003:
            expected[:] = 0
        np.testing.assert_allclose(found[:, j], expected, rtol=1e-7, atol=1e-14)


def test_photo_electrons_differ_from_a_gaussian() -> None:
    """At some photo-electrons: the matrix is Poisson's, not that of the same width."""
    section = 'model = "photo-electrons"\nyield_per_kev = 12.0'
    given = experiment(resolution=section)
    poisson = assembly.response(instrument_of(given), TRUE, EDGES)
    width = given.layout.detectors[0].resolution.build().sigma_kev(TRUE)
    gaussian = np.diff(ndtr((np.maximum(EDGES, 0.3)[:, None] - TRUE) / width), axis=0)
    assert np.abs(poisson - gaussian).max() > 0.02
