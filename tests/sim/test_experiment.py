"""Experiments: presets, files, overrides, and the form in which they are stored."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sim import experiment as experiment_module
from sim.experiment import (
    ConfigurationError,
    load_experiment,
    parse_experiment,
    preset_names,
    preset_text,
    read_text,
    restored_experiment,
)
from sim.model_assembly import build_model

PHYSICAL_SECTIONS = ("[reactor", "[detector", "[[reactor", "[exposure", "[systematics")
OneLine = Callable[[BaseException], str]


# Presets


@pytest.mark.parametrize("name", preset_names())
def test_presets_load_and_build(name: str) -> None:
    experiment = load_experiment(name)
    assert experiment.name == name
    assert experiment.source == preset_text(name)
    assert build_model(experiment).samples()["1"].sum() > 0


@pytest.mark.parametrize("name", preset_names())
def test_variants_of_presets_load(name: str) -> None:
    for variant in load_experiment(name).config.variant:
        changed = load_experiment(name, variant.changes)
        assert changed.sha256() != load_experiment(name).sha256()


@pytest.mark.parametrize("name", preset_names())
def test_every_number_of_a_preset_says_where_it_comes_from(name: str) -> None:
    """A mark on each line of the physical sections, or on the comment above its section."""
    marks = ("[seen", "[remembered", "[assumed", "[derived")
    section, bare = "", []
    for line in preset_text(name).splitlines():
        if line.startswith("["):
            section = line
        elif "=" in line and section.startswith(PHYSICAL_SECTIONS):
            key, _, value = line.partition("=")
            number = any(letter.isdigit() for letter in value.partition("#")[0])
            if number and not any(mark in line for mark in marks):
                bare.append(f"{section} {key.strip()}")
    assert bare == []


def test_a_preset_states_the_treatment_of_the_paper_and_why() -> None:
    stated = [load_experiment(name).config.published for name in preset_names()]
    both = [p for p in stated if p.background and "[" in p.background_evidence]
    assert len(both) >= 10
    with pytest.raises(ConfigurationError, match="background goes with background_evidence"):
        load_experiment("gemma-2012", ['published.background_evidence=""'])


def test_gemma() -> None:
    """The numbers of the experiments' table, section 4."""
    config = load_experiment("gemma-2012").config
    assert config.reactor.thermal_power_gw == 3.0
    assert config.reactor.baseline_m == 13.9
    assert config.published.flux_cm2_s == 2.7e13
    assert config.detector.mass_kg == 1.5
    assert config.detector.threshold_kev == 2.8
    assert config.exposure.on_days == 755.6
    assert config.exposure.off_days == 187.0
    assert config.analysis.window_kev == (2.8, 55.0)
    assert 1.2 <= config.detector.resolution.noise_fwhm_kev <= 1.5
    flux = build_model(load_experiment("gemma-2012")).flux.total_cm2_s
    assert flux == pytest.approx(2.7e13, rel=0.01, abs=0)


def test_every_number_says_where_it_comes_from() -> None:
    """Up to the background components, whose origin a comment states."""
    head = preset_text("gemma-2012").partition("[[background]]")[0]
    tagged = 0
    for line in head.splitlines():
        key, separator, value = line.partition(" = ")
        if separator and not key.startswith("#") and not value.startswith('"'):
            assert any(tag in value for tag in ("[seen]", "[remembered]", "[assumed]")), line
            tagged += 1
    assert tagged >= 12


def test_unknown_preset(one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_experiment("gemma-2021")
    message = one_line(caught.value)
    assert message.startswith(
        "experiment 'gemma-2021' is not shipped; nearest valid name: gemma-2012"
    )
    with pytest.raises(ConfigurationError, match="not shipped"):
        preset_text("../gemma-2012")
    with pytest.raises(ConfigurationError, match="not shipped"):
        load_experiment("")


# Files


def test_paths_and_presets_are_told_apart(texts: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A name that ends in .toml or contains '/' is a path; so is a Path."""
    (tmp_path / "mine.toml").write_text(texts.small)
    (tmp_path / "mine").write_text(texts.small)
    monkeypatch.chdir(tmp_path)
    for path in ("mine.toml", "./mine", str(tmp_path / "mine"), Path("mine")):
        assert load_experiment(path).name == "small"
    with pytest.raises(ConfigurationError, match="'mine' is not shipped"):
        load_experiment("mine")
    with pytest.raises(FileNotFoundError):
        load_experiment("gemma-2012.toml")


def test_tables_are_read_beside_the_file(texts: Any, tmp_path: Path, monkeypatch: Any) -> None:
    table = "energy_kev,rate_per_kev_kg_day\n1,1\n9,1\n"
    (tmp_path / "mine.toml").write_text(texts.small + texts.table)
    (tmp_path / "table.csv").write_text(table)
    monkeypatch.chdir("/")
    experiment = load_experiment(tmp_path / "mine.toml")
    assert dict(experiment.files) == {"table.csv": table}
    (tmp_path / "table.csv").unlink()
    with pytest.raises(FileNotFoundError):
        load_experiment(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    "text",
    ["name = ", "[reactor\n", "name = 'a'\nname = 'b'\n", "a = 1 b = 2", "\x00", "x = 01"],
)
def test_not_toml(text: str, one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "my.toml")
    assert one_line(caught.value).startswith("my.toml: not valid TOML: ")


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 50_000, "a = " + "{a=" * 20_000, "a = 1" + "0" * 5000],
    ids=["arrays", "tables", "digits"],
)
def test_hostile_toml_is_a_configuration_error(text: str, one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_experiment(text, "my.toml")
    assert one_line(caught.value).startswith("my.toml: ")


def test_not_utf8(tmp_path: Path, one_line: OneLine) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes('name = "Müller"'.encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        load_experiment(path)
    assert one_line(caught.value) == f"{path}: not a text file (UTF-8 expected)"


def test_byte_order_mark_is_skipped(texts: Any, tmp_path: Path) -> None:
    path = tmp_path / "bom.toml"
    path.write_bytes(b"\xef\xbb\xbf" + texts.small.encode())
    assert load_experiment(path).name == "small"


def test_huge_files_are_not_read(tmp_path: Path, one_line: OneLine) -> None:
    """A sparse file of 65 MiB."""
    path = tmp_path / "huge.toml"
    with path.open("wb") as stream:
        stream.truncate(65 * 2**20)
    with pytest.raises(ConfigurationError) as caught:
        load_experiment(path)
    assert one_line(caught.value) == f"{path}: larger than 64 MiB"


def test_size_limit_is_inclusive(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(experiment_module, "_MAX_FILE_BYTES", 4)
    path = tmp_path / "t"
    path.write_text("abcd")
    assert read_text(path) == "abcd"
    path.write_text("abcde")
    with pytest.raises(ConfigurationError, match="larger than"):
        read_text(path)


def test_a_folder_is_not_a_file(texts: Any, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="not a regular file"):
        parse_experiment(texts.small + '[data]\non = "."\n', folder=tmp_path)


def test_a_file_name_with_a_null_byte(texts: Any, one_line: OneLine) -> None:
    with pytest.raises((ConfigurationError, OSError)) as caught:
        parse_experiment(texts.small + '[data]\non = "a\\u0000b"\n')
    one_line(caught.value)


# Overrides


@pytest.mark.parametrize(
    ("override", "path", "expected"),
    [
        ("reactor.baseline_m=12", ("reactor", "baseline_m"), 12.0),
        ("reactor.baseline_m = 1.2e1 ", ("reactor", "baseline_m"), 12.0),
        ("physics.couplings=tree", ("physics", "couplings"), "tree"),
        ("physics.couplings='tree'", ("physics", "couplings"), "tree"),
        ('physics.couplings="tree"', ("physics", "couplings"), "tree"),
        ("physics.charge_sign=-1", ("physics", "charge_sign"), -1),
        ("reactor.spectrum=huber-mueller", ("reactor", "spectrum"), "huber-mueller"),
        ("analysis.window_kev=[3, 9.0]", ("analysis", "window_kev"), (3.0, 9.0)),
        ("analysis.channels=['nucleus']", ("analysis", "channels"), ("nucleus",)),
        ("background.0.norm=0.1", ("background", 0, "norm"), 0.1),
        ("background.0.norm=free", ("background", 0, "norm"), "free"),
        ("background.2.center_kev=10.4", ("background", 2, "center_kev"), 10.4),
        ("detector.efficiency.plateau=0.9", ("detector", "efficiency", "plateau"), 0.9),
        ("reactor.fission_fractions={u235=1.0,u238=0.0,pu239=0.0,pu241=0.0}",
         ("reactor", "fission_fractions", "u235"), 1.0),
        ("description='a = b'", ("description",), "a = b"),
        ("name=run-3.b", ("name",), "run-3.b"),
    ],
)  # fmt: skip
def test_overrides_are_typed(override: str, path: tuple[Any, ...], expected: object) -> None:
    found: Any = load_experiment("gemma-2012", [override]).config
    for part in path:
        found = found[part] if isinstance(part, int) else getattr(found, part)
    assert found == expected
    assert type(found) is type(expected)


def test_the_last_override_counts() -> None:
    overrides = ["detector.mass_kg=2", "detector.mass_kg=3"]
    assert load_experiment("gemma-2012", overrides).config.detector.mass_kg == 3


def test_overrides_leave_the_source_alone() -> None:
    changed = load_experiment("gemma-2012", ["detector.mass_kg=2"])
    assert changed.source == preset_text("gemma-2012")
    assert '"mass_kg": 2.0' in changed.canonical_json()


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("detector.mass_kg", "KEY=VALUE expected"),
        ("=3", "KEY=VALUE expected"),
        ("", "KEY=VALUE expected"),
        ("detector..mass_kg=3", "KEY=VALUE expected"),
        (".=3", "KEY=VALUE expected"),
        ("detector.mass_kg=", "the value is not valid TOML"),
        ("detector.mass_kg=1 2", "the value is not valid TOML"),
        ("detector.mass_kg=[1", "the value is not valid TOML"),
        ("detector.mass_kg=$HOME", "the value is not valid TOML"),
        ("name.x=3", "name is not a table"),
        ("detector.mass_kg.x=3", "detector.mass_kg is not a table"),
        ("detector.mass_kg.x.y=3", "mass_kg"),
        ("background.4.norm=3", "an index below 4 or one of flat, inverse-energy, "),
        ("background.-1.norm=3", "ge71-k, pb210 expected, found -1"),
        ("background.rise.norm=3", "pb210 expected, found rise"),
        ("background.4={}", "pb210 expected, found 4"),
        ("background.\u00b2.norm=3", "an index below 4 or one of"),
        ("detector.mass_kg=1\nexposure.on_days=2", "not valid TOML"),
        ("detector.mass_kg=1\n[x]", "not valid TOML"),
        ("detector.mass_kg=1" + "0" * 5000, "not valid TOML"),
    ],
)
def test_bad_overrides(override: str, expected: str, one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_experiment("gemma-2012", [override])
    message = one_line(caught.value)
    assert message.startswith("--set ")
    assert expected in message


def test_override_of_an_unknown_key(one_line: OneLine) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_experiment("gemma-2012", ["detector.efficiency.platau=0.9"])
    assert "unknown key; nearest valid name: plateau" in one_line(caught.value)


# The stored form


def with_everything(texts: Any, folder: Path) -> Any:
    (folder / "table.csv").write_text("energy_kev,rate_per_kev_kg_day\n1,0.1\n9,1\n")
    text = texts.small + texts.flat + texts.table + "half_life_days = 0.1\nscaling = 'decay'\n"
    overrides = [
        "reactor.baseline_m=14.300000000000001",
        "detector.mass_kg=0.1",
        "description='µ ν \\n'",
    ]
    return parse_experiment(text, "small", folder, overrides)


def test_round_trip_gives_the_same_hash(texts: Any, tmp_path: Path) -> None:
    for experiment in (with_everything(texts, tmp_path), load_experiment("gemma-2012")):
        stored = experiment.canonical_json()
        back = restored_experiment(stored, experiment.source, experiment.files)
        assert back.canonical_json() == stored
        assert back.sha256() == experiment.sha256()
        assert back.config == experiment.config
        again = restored_experiment(json.dumps(json.loads(stored)), "", experiment.files)
        assert again.sha256() == experiment.sha256()


def test_the_hash_sees_what_matters(texts: Any, tmp_path: Path) -> None:
    """Any value and any table; not the comments and the order of a file."""
    base = with_everything(texts, tmp_path)
    assert base.sha256() == with_everything(texts, tmp_path).sha256()
    commented = parse_experiment("# a comment\n" + texts.small, "other name")
    assert commented.sha256() == parse_experiment(texts.small).sha256()
    changed = parse_experiment(texts.small, overrides=["detector.mass_kg=2.0000000000000004"])
    assert changed.sha256() != commented.sha256()
    (tmp_path / "table.csv").write_text("energy_kev,rate_per_kev_kg_day\n1,0.1\n9,2\n")
    table = parse_experiment(base.source, "small", tmp_path)
    (tmp_path / "table.csv").write_text("energy_kev,rate_per_kev_kg_day\n1,0.1\n9,3\n")
    assert parse_experiment(base.source, "small", tmp_path).sha256() != table.sha256()


def test_stating_a_default_changes_nothing(texts: Any) -> None:
    stated = parse_experiment(texts.small, overrides=["physics.couplings=one-loop"])
    assert stated.sha256() == parse_experiment(texts.small).sha256()
    whole = parse_experiment(texts.small, overrides=["detector.mass_kg=2"])
    assert whole.sha256() == parse_experiment(texts.small).sha256()


def test_keys_at_their_default_are_not_hashed(texts: Any) -> None:
    """So that a study goes on after an upgrade whose configuration has more keys."""
    stated = tomllib.loads(texts.small)
    content = json.dumps([stated, {}], sort_keys=True)
    assert parse_experiment(texts.small).sha256() == hashlib.sha256(content.encode()).hexdigest()


def test_equal_numbers_hash_equally(texts: Any) -> None:
    """-1 and -1.0 are the same sign of q."""
    one, other = (
        parse_experiment(texts.small, overrides=[f"physics.charge_sign={sign}"])
        for sign in ("-1", "-1.0")
    )
    assert one.config == other.config
    assert one.sha256() == other.sha256()


def test_replaced(texts: Any, one_line: OneLine) -> None:
    experiment = parse_experiment(texts.small + texts.flat)
    changed = experiment.replaced("analysis", background="off-fixed")
    assert changed.config.analysis.background == "off-fixed"
    assert experiment.config.analysis.background == "off-joint"
    assert changed.config.detector == experiment.config.detector
    assert (changed.source, changed.files) == (experiment.source, experiment.files)
    with pytest.raises(ConfigurationError) as caught:
        experiment.replaced("detector", mass_kg=-1.0)
    assert "detector.mass_kg" in one_line(caught.value)
    with pytest.raises(ConfigurationError) as caught:
        experiment.replaced("detector", mas_kg=1.0)
    assert "nearest valid name: mass_kg" in one_line(caught.value)


def test_bins_of_each_detector_stand_in_its_unit() -> None:
    """A table by detector, as other keys take one, is answered with where it stands."""
    expected = (
        r"analysis\.window_kev: what differs by detector stands in its \[\[detector\.unit\]\]"
    )
    with pytest.raises(ConfigurationError, match=expected):
        load_experiment("gemma-2012", ["analysis.window_kev={ A = [1.0, 2.0] }"])
