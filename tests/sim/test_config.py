"""The experiment file's door: what is refused, and that one clear line says what and where."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sim.config.file import ExperimentConfig
from sim.experiment import ConfigurationError, load_experiment, parse_experiment, preset_text
from sim.model_assembly import build_model

OneLine = Callable[[BaseException], str]


@pytest.fixture
def refusal(one_line: OneLine) -> Callable[..., str]:
    """The one-line message with which GEMMA's file, changed by --set, is refused."""

    def message(*overrides: str) -> str:
        with pytest.raises(ConfigurationError) as caught:
            load_experiment("gemma-2012", overrides)
        return one_line(caught.value)

    return message


# Unknown and missing keys


@pytest.mark.parametrize(
    ("override", "key", "nearest"),
    [
        ("reacter.baseline_m=3", "reacter", "reactor"),
        ("detectors.mass_kg=3", "detectors", "detector"),
        ("backgrounds=[]", "backgrounds", "background"),
        ("titel='x'", "titel", None),
        ("detector.mas_kg=3", "detector.mas_kg", "mass_kg"),
        ("detector.mass=3", "detector.mass", "mass_kg"),
        ("detector.treshold_kev=3", "detector.treshold_kev", "threshold_kev"),
        ("detector.resolution.fwhm_kev=1", "detector.resolution.fwhm_kev", "noise_fwhm_kev"),
        ("detector.efficiency.platau=1", "detector.efficiency.platau", "plateau"),
        ("reactor.fission_fractions.u23=0.1", "reactor.fission_fractions.u23", "u235"),
        ("analysis.window=[1.0, 2.0]", "analysis.window", "window_kev"),
        ("analysis.binwidth_kev=1", "analysis.binwidth_kev", "bin_width_kev"),
        ("background.0.nrom=1", "background.0.nrom", "norm"),
        ("background.0.center_kev=3", "background.0.center_kev", None),
        ("background.1.indx=1", "background.1.indx", "index"),
        ("background.2.centre_kev=1", "background.2.centre_kev", "center_kev"),
        ("published.limits.0.uper=1", "published.limits.0.uper", "upper"),
        ("variant.0.change=[]", "variant.0.change", "changes"),
        ("systematics.flux=0.1", "systematics.flux", "flux_norm"),
        ("physics.ionisation='free'", "physics.ionisation", "ionization"),
    ],
)
def test_unknown_keys(
    override: str, key: str, nearest: str | None, refusal: Callable[..., str]
) -> None:
    message = refusal(override)
    assert message.startswith(f"gemma-2012: {key}: unknown key; ")
    if nearest is None:
        assert "valid" in message
    else:
        assert f"nearest valid name: {nearest}" in message


def test_unknown_keys_in_a_file(texts: Any, one_line: OneLine) -> None:
    """Not only through --set."""
    for line, key in (("mas_kg = 1.0", "detector.mas_kg"), ("[detector.qenching]", "qenching")):
        text = texts.small.replace('material = "Ge"', f'material = "Ge"\n{line}', 1)
        if line.startswith("["):
            text = texts.small + line
        with pytest.raises(ConfigurationError) as caught:
            parse_experiment(text, "my.toml")
        message = one_line(caught.value)
        number = text.splitlines().index(line) + 1
        assert message.startswith(f"my.toml, line {number}: ")
        assert f"{key}: unknown key; nearest valid name: " in message


@pytest.mark.parametrize("key", ['"a\\nb"', '"\\r\\n"', '"tab\\there"'])
def test_keys_with_line_breaks_stay_on_one_line(key: str, texts: Any, one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(f"{key} = 1\n" + texts.small)
    assert "unknown key" in one_line(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        'name = "small"',
        'material = "Ge"',
        "mass_kg = 2.0",
        "threshold_kev = 3.0",
        "min_ionization_kev = 0.003",
        "noise_fwhm_kev = 1.0",
        "on_days = 100.0",
        "off_days = 50.0",
        "window_kev = [3.0, 7.0]",
        "bin_width_kev = 1.0",
    ],
)
def test_missing_keys(line: str, texts: Any, one_line: OneLine) -> None:
    assert texts.small.count(line) == 1
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(texts.small.replace(line, ""), "small")
    message = one_line(caught.value)
    assert f"{line.partition(' ')[0]}: this key is required" in message


@pytest.mark.parametrize("section", ["reactor", "detector", "exposure", "analysis"])
def test_missing_sections(section: str, texts: Any, one_line: OneLine) -> None:
    kept, inside = [], False
    for line in texts.small.splitlines():
        if line.startswith("["):
            inside = line.startswith((f"[{section}]", f"[{section}."))
        if not inside:
            kept.append(line)
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment("\n".join(kept), "small")
    assert one_line(caught.value) == f"small: {section}: this key is required"


@pytest.mark.parametrize(
    ("line", "typo"),
    [("mass_kg", "mas_kg"), ("on_days", "on_day"), ("[exposure]", "[exposur]")],
)
def test_a_required_key_misspelled(line: str, typo: str, texts: Any, one_line: OneLine) -> None:
    """The commonest slip: the key found and the key meant are both named."""
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(texts.small.replace(line, typo, 1), "small")
    message = one_line(caught.value)
    assert f"{typo.strip('[]')}: unknown key; nearest valid name: {line.strip('[]')}" in message


# Values


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ("detector.mass_kg=-1.5", "greater than 0, found -1.5"),
        ("detector.mass_kg=0", "greater than 0, found 0"),
        ("detector.mass_kg=nan", "finite number, found nan"),
        ("detector.mass_kg=inf", "finite number, found inf"),
        ("detector.mass_kg=-inf", "found -inf"),
        ("detector.mass_kg='1.5'", "a number (in kg) or a text with its unit, such as '1.5 kg'"),
        ("detector.mass_kg=heavy", "'1.5 kg', expected, found 'heavy'"),
        ("detector.mass_kg=true", "valid number, found True"),
        ("detector.mass_kg=[1.5]", "valid number"),
        ("detector.mass_kg=2012-03-04", "valid number"),
        ("detector.material=32", "valid string, found 32"),
        ("detector.min_ionization_kev=0", "greater than 0, found 0"),
        ("detector.threshold_kev=-0.1", "greater than or equal to 0, found -0.1"),
        ("detector.resolution=1.35", "dictionary"),
        ("detector.resolution.noise_fwhm_kev=-1", "found -1"),
        ("detector.resolution.pair_energy_kev=0", "found 0"),
        ("detector.quenching.k=0", "greater than 0, found 0"),
        ("detector.efficiency.plateau=1.2", "less than or equal to 1, found 1.2"),
        ("detector.efficiency.acts_on=both", "'true' or 'reconstructed', found 'both'"),
        ("reactor.thermal_power_gw=0", "greater than 0, found 0"),
        ("reactor.baseline_m=nan", "finite number, found nan"),
        ("reactor.spectrum=nobody-1900", "found 'nobody-1900'"),
        ("reactor.energies_per_fission=ma", "'ma-2013', 'kopeikin-2004' or 'james-1969'"),
        ("reactor.neutron_captures_per_fission=-0.1", "found -0.1"),
        ("reactor.fission_fractions.u235=1.5", "less than or equal to 1, found 1.5"),
        ("exposure.on_days=0", "greater than 0, found 0"),
        ("exposure.off_days=-1", "greater than or equal to 0, found -1"),
        ("exposure.off_residual_flux=1.5", "less than or equal to 1, found 1.5"),
        ("physics.couplings=loop", "'one-loop' or 'tree', found 'loop'"),
        ("physics.sin2_theta_w=1", "less than 1, found 1"),
        ("physics.charge_sign=0", "1 or -1, found 0"),
        ("physics.form_factor=helmet", "'helm', 'helm-rms', 'klein-nystrand' or 'unity'"),
        ("physics.ionization=none", "found 'none'"),
        ("analysis.background=off-line", "'off-joint' or 'off-fixed', found 'off-line'"),
        ("analysis.bin_width_kev=0", "greater than 0, found 0"),
        ("analysis.channels=[]", "at least 1"),
        ("systematics.flux_norm=-0.1", "found -0.1"),
        ("systematics.flux_norm=1.0", "found 1.0"),
        ("background.0.rate_per_kev_kg_day=0", "greater than 0, found 0"),
        ("background.0.name='2nd'", "found '2nd'"),
        ("background.0.scaling=off", "found 'off'"),
        ("background.1.index=steep", "valid number, found 'steep'"),
        ("background.2.sigma_kev=-1", "found -1"),
        ("published.limits.0.cl=90", "less than 1, found 90"),
        ("name=''", "found ''"),
    ],
)
def test_bad_values(override: str, found: str, refusal: Callable[..., str]) -> None:
    """The message names the key, dotted, and what was found."""
    message = refusal(override)
    key = override.partition("=")[0]
    assert message.startswith(f"gemma-2012: {key}")
    assert found in message


@pytest.mark.parametrize(
    ("override", "key"),
    [
        ("analysis.window_kev=3", "analysis.window_kev"),
        ("analysis.window_kev=[2.8]", "analysis.window_kev.1"),
        ("analysis.window_kev=[2.8, 5.0, 7.0]", "analysis.window_kev"),
        ("analysis.window_kev=[-1.0, 5.0]", "analysis.window_kev.0"),
        ("analysis.channels=['muon']", "analysis.channels.0"),
        ("background.0.norm=-0.1", "background.0.norm"),
        ("background.0.norm='fixed'", "background.0.norm"),
        ("background.0.norm=true", "background.0.norm"),
        ("background=3", "background"),
        ("background.0=3", "background.0"),
    ],
)
def test_bad_values_in_arrays(override: str, key: str, refusal: Callable[..., str]) -> None:
    assert refusal(override).startswith(f"gemma-2012: {key}")


def test_a_value_that_fits_none_of_two_types_is_one_problem(refusal: Callable[..., str]) -> None:
    assert refusal("background.0.norm=fixed") == (
        "gemma-2012: background.0.norm: Input should be 'free' or a valid number, found 'fixed'"
    )


def test_all_problems_are_told(texts: Any) -> None:
    """The first in the message, with how many there are; each in a line of its own beside it."""
    text = texts.small.replace("mass_kg = 2.0", "mass_kg = -2.0").replace("on_days", "on_dys")
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "small", overrides=["systematics.exposure=2"])
    lines = text.splitlines()
    header, mass = lines.index("[exposure]") + 1, lines.index("mass_kg = -2.0") + 1
    unknown, *others = caught.value.problems
    assert str(caught.value) == f"{unknown} (and 2 more)"
    assert unknown.startswith(f"small, line {header + 1}: exposure.on_dys: unknown key; ")
    assert others == [
        f"small, line {mass}: detector.mass_kg: Input should be greater than 0, found -2.0",
        "small: systematics.exposure: Input should be less than or equal to 0.5, found 2",
    ]


def test_unknown_variants(refusal: Callable[..., str]) -> None:
    """Sections of several kinds: the key, what was found, and the nearest valid kind."""
    message = refusal("background.0.shape=flatt")
    assert message.startswith("gemma-2012: background.0: ")
    assert "'flatt'" in message
    assert message.endswith("flat")
    message = refusal("detector.quenching.model=lindhart")
    assert message.startswith("gemma-2012: detector.quenching")
    assert "'lindhart'" in message
    assert "lindhard" in message


def test_background_without_a_shape(texts: Any, one_line: OneLine) -> None:
    text = texts.small + texts.flat.replace('shape = "flat"', "")
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "small")
    message = one_line(caught.value)
    assert "background.0" in message
    assert "shape" in message


# Sections that must agree


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        (
            ["detector.threshold_kev=60"],
            "detector.threshold_kev = 60 lies above analysis.window_kev",
        ),
        (["detector.threshold_kev=55"], "detector.threshold_kev = 55 lies above"),
        (["detector.min_ionization_kev=56"], "detector.min_ionization_kev = 56 lies above"),
        (
            ["analysis.window_kev=[55.0, 2.8]"],
            "analysis: window_kev must increase: found 55 to 2.8",
        ),
        (["analysis.window_kev=[2.8, 2.8]"], "window_kev must increase"),
        (["analysis.bin_width_kev=0.37"], "whole number of bins of 0.37 keV, found 141.08"),
        (["analysis.bin_width_kev=100.0"], "whole number of bins of 100 keV"),
        (["analysis.bin_width_kev=1e-5"], "at most 100000 bins"),
        (["analysis.channels=['electron', 'electron']"], "each channel may stand once"),
        (
            ["reactor.flux_cm2_s=2.7e13"],
            "reactor: power with baseline and flux_cm2_s are both given",
        ),
        (["reactor.normalisation=flux"], "normalisation = 'flux', but its keys are missing"),
        (["reactor.normalisation=both"], "'power' or 'flux', found 'both'"),
        (["reactor.fission_fractions.u235=0.6"], "the fission fractions must sum to 1, found 1.02"),
        (["detector.resolution.noise_fwhm_kev=0"], "the resolution must have a width"),
        (["background.1.name=flat"], "background: the name 'flat' stands twice"),
        (
            ["background.0.scaling=decay"],
            "background.0: half_life_days goes with scaling = 'decay'",
        ),
        (["background.0.half_life_days=3.0"], "background.0: half_life_days goes with"),
        (
            ["background.0.scaling=reactor", "analysis.background=off-fixed"],
            "the OFF spectrum cannot give the norm of 'flat' (scaling = 'reactor')",
        ),
        (
            ["background.1.scaling=free", "analysis.background=off-fixed"],
            "the OFF spectrum cannot give the norm of 'inverse-energy' (scaling = 'free')",
        ),
        (
            ["exposure.off_days=0", "analysis.background=off-fixed"],
            "'off-fixed' needs an OFF period: exposure.off_days is 0",
        ),
    ],
)
def test_contradictions(overrides: list[str], expected: str, refusal: Callable[..., str]) -> None:
    assert expected in refusal(*overrides)


@pytest.mark.parametrize("key", ["thermal_power_gw = 3.0", "baseline_m = 15.0"])
def test_half_a_normalisation(key: str, texts: Any, one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(texts.small.replace(key, ""), "small")
    message = one_line(caught.value)
    assert message == (
        "small, line 5: reactor: thermal_power_gw and baseline_m go together: one is missing"
    )


def test_no_normalisation(texts: Any, one_line: OneLine) -> None:
    text = texts.small.replace("thermal_power_gw = 3.0", "").replace("baseline_m = 15.0", "")
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "small")
    message = one_line(caught.value)
    assert message.startswith("small, line 5: reactor: give thermal_power_gw and baseline_m, ")
    assert "or flux_cm2_s" in message
    text = text.replace("[reactor]", '[reactor]\nflux_cm2_s = 1e13\nnormalisation = "power"')
    with pytest.raises(
        ConfigurationError, match="normalisation = 'power', but its keys are missing"
    ):
        parse_experiment(text, "small")


# What is allowed


@pytest.mark.parametrize(
    "overrides",
    [
        ["background.0.scaling=reactor", "background.0.norm=0", "analysis.background=off-fixed"],
        ["background.0.scaling=reactor"],
        ["reactor.flux_cm2_s=2.7e13", "reactor.normalisation=power"],
        ["reactor.flux_cm2_s=2.7e13", "reactor.normalisation=flux"],
        ["reactor.fission_fractions.u235=0.5805"],
        ["exposure.off_days=0"],
        ["detector.threshold_kev=0"],
        ["detector.threshold_kev=54.9"],
        ["analysis.window_kev=[0.0, 55.0]"],
        ["background=[]"],
        ["exposure.off_residual_flux=1"],
    ],
)
def test_allowed(overrides: list[str]) -> None:
    load_experiment("gemma-2012", overrides)


def test_integers_are_numbers() -> None:
    detector = load_experiment("gemma-2012", ["detector.mass_kg=2"]).config.detector
    assert detector.mass_kg == 2.0
    assert type(detector.mass_kg) is float


def test_defaults(texts: Any) -> None:
    """What a file that does not say gets: the house conventions."""
    experiment = parse_experiment(texts.small)
    neutrinos = build_model(experiment).flux.neutrinos_per_fission
    assert neutrinos == pytest.approx(7.19, rel=0, abs=0.005)  # with 0.6 captures
    config = experiment.config
    assert config.reactor.spectrum == "bestiole-2023"
    assert config.reactor.active_normalisation == "power"
    assert config.reactor.energies_per_fission == "ma-2013"
    assert config.reactor.fission_fractions.model_dump() == {
        "u235": 0.58,
        "u238": 0.07,
        "pu239": 0.30,
        "pu241": 0.05,
    }
    assert config.physics.couplings == "one-loop"
    assert config.physics.sin2_theta_w == 0.23857
    assert config.physics.ionization == "stepping"
    assert config.physics.form_factor == "helm"
    assert config.physics.charge_sign == 1
    assert config.analysis.background == "off-joint"
    assert config.systematics.flux_norm == 0
    assert config.exposure.off_residual_flux == 0
    channels = parse_experiment(texts.cevns).config.analysis.channels
    assert channels == ("electron", "nucleus")


def test_min_ionization_is_required() -> None:
    """DESIGN and PHYSICS: a required key, because 1/T spectra leak through the resolution."""
    assert ExperimentConfig.model_fields["detector"].is_required()
    text = preset_text("gemma-2012")
    line = next(line for line in text.splitlines() if line.startswith("min_ionization_kev"))
    with pytest.raises(
        ConfigurationError, match=r"detector\.min_ionization_kev: this key is required"
    ):
        parse_experiment(text.replace(line, ""))


def test_configurations_are_frozen() -> None:
    from pydantic import ValidationError

    config = load_experiment("gemma-2012").config
    with pytest.raises(ValidationError, match="frozen"):
        config.detector.mass_kg = 3.0  # type: ignore[misc]


def test_a_turn_on_without_a_width_is_refused(refusal: Callable[..., str]) -> None:
    """half_kev alone would be ignored silently."""
    assert "width_kev" in refusal("detector.efficiency.half_kev=4.0")
