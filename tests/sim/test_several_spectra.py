"""Several detectors, periods and cores against numbers of an independent program.

``tests/data/examples`` holds the files and ``expected.json``; its tolerances are 1e-6 for counts
and flux fractions, 1e-4 for the changes with nuisances.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.experiment import (
    ConfigurationError,
    Experiment,
    load_experiment,
    restored_experiment,
)
from sim.folding.folds import Folds
from sim.model import Model
from sim.model_assembly import build_model
from sim.variation import varied

EXAMPLES = Path(__file__).parent.parent / "data" / "examples"
EXPECTED = json.loads((EXAMPLES / "expected.json").read_text(encoding="utf-8"))
FILES = {name: EXPECTED[name]["file"] for name in "bcde"}


def example(name: str, *overrides: str) -> Experiment:
    return load_experiment(EXAMPLES / name, list(overrides))


@pytest.fixture(scope="module")
def model() -> Callable[[str], Model]:
    """The model of an example, by its letter, folded once."""
    made: dict[str, Model] = {}

    def of(letter: str) -> Model:
        if letter not in made:
            made[letter] = build_model(example(FILES[letter]))
        return made[letter]

    return of


def component(norm: str) -> str:
    """Name of a background, of the name of one of its norms."""
    name = norm.removeprefix("norm:").partition("[")[0]
    return name.removesuffix("_on").removesuffix("_off")


@pytest.mark.parametrize("letter", FILES)
def test_counts_of_every_sample(letter: str, model: Callable[[str], Model]) -> None:
    built = model(letter)
    found: dict[tuple[str, str], Any] = built.expected(by="sample")
    assert {"/".join(place) for place in found} >= set(EXPECTED[letter]["counts"])
    for name, row in EXPECTED[letter]["counts"].items():
        detector, period = name.split("/")
        samples = found[detector, period]
        signal = float(np.sum(samples.get("standard-model", 0.0)))
        expected = row["signal_electron"] + row["signal_nucleus"]
        assert signal == pytest.approx(expected, rel=1e-6, abs=0), name
        backgrounds: dict[str, float] = {}
        for norm, counts in samples.items():
            if norm.startswith("norm:"):
                key = f"background:{component(norm)}"
                backgrounds[key] = backgrounds.get(key, 0.0) + float(counts.sum())
        for key, value in row.items():
            if key.startswith("background:"):
                assert backgrounds.get(key, 0.0) == pytest.approx(value, rel=1e-6, abs=0), name
    assert built.asimov().flat.sum() == pytest.approx(EXPECTED[letter]["total"], rel=1e-6, abs=0)
    assert built.asimov().flat.size == EXPECTED[letter]["n_bins"]


@pytest.mark.parametrize("letter", FILES)
def test_flux_of_every_period(letter: str, model: Callable[[str], Model]) -> None:
    infos = {info.period: info for info in model(letter).spectra}
    expected = EXPECTED[letter]["flux_over_flux_at_full_power"]
    for period, value in expected.items():
        assert infos[period].flux_fraction == pytest.approx(value, rel=1e-6, abs=1e-12)
        assert infos[period].powered == (value > 0.05)


@pytest.mark.parametrize("letter", FILES)
def test_names_of_the_nuisances(letter: str, model: Callable[[str], Model]) -> None:
    assert sorted(n.name for n in model(letter).nuisances) == sorted(EXPECTED[letter]["nuisances"])


@pytest.mark.parametrize("letter", FILES)
def test_changes_with_each_nuisance(letter: str, model: Callable[[str], Model]) -> None:
    """Sum of |change| in each spectrum at +1 and -1: who is touched, and by how much."""
    built = model(letter)
    nominal = built.expected()
    centers = {nuisance.name: nuisance.center for nuisance in built.nuisances}
    for name, rows in EXPECTED[letter]["sum_of_abs_change_at_plus_and_minus_1"].items():
        for sign, column in ((1, 0), (-1, 1)):
            changed = built.expected(nuisances={name: centers[name] + sign})
            found = {
                "/".join(place): float(np.abs(changed[place] - nominal[place]).sum())
                for place in nominal
            }
            touched = {place for place, change in found.items() if change > 0}
            assert set(rows) <= touched
            for place, values in rows.items():
                assert found[place] == pytest.approx(values[column], rel=1e-4, abs=0), (name, place)


VARIANTS = {
    "b1": ("systematics.energy_scale={sigma=0.05, per='all'}",),
    "b3": ("background.rise.norm_per='detector+period'",),
    "b8": ("systematics.quenching={sigma=0.10, per='detector'}",),
    "c3": ("systematics.energy_scale={sigma=0.10, per='detector'}",),
    "c4": ("background.low-energy-excess.norm=free",),
    "e3": ("exposure.off_residual_flux=0.2",),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_variants(name: str) -> None:
    row = EXPECTED["variants"][name]
    built = build_model(example(row["file"], *VARIANTS[name], "systematics.flux_shape=false"))
    assert built.asimov().flat.sum() == pytest.approx(row["total"], rel=1e-6, abs=0)


def test_names_of_variants() -> None:
    """What is shared has one parameter, what is not one for each."""
    (file,) = {EXPECTED["variants"][n]["file"] for n in ("b1", "b8")}
    shared = build_model(example(file, *VARIANTS["b1"])).nuisances
    assert [n.name for n in shared if n.name.startswith("energy")] == ["energy_scale"]
    apart = build_model(example(file, *VARIANTS["b8"])).nuisances
    names = [n.name for n in apart if n.name.startswith("quenching")]
    assert names == ["quenching[C2]", "quenching[C3]", "quenching[C5]"]


@pytest.mark.parametrize(("name", "detector"), [("b6", "C3"), ("e1", "si")])
def test_a_selection_drops_what_touches_nothing(
    name: str, detector: str, model: Callable[[str], Model]
) -> None:
    chosen = model(name[0]).select(detector=[detector])
    total = EXPECTED["variants"][name]["total"]
    assert chosen.asimov().flat.sum() == pytest.approx(total, rel=1e-6, abs=0)
    assert {info.detector for info in chosen.spectra} == {detector}
    others = {d.name for d in chosen.experiment.layout.detectors} - {detector}
    assert not any(f"[{other}" in n.name for n in chosen.nuisances for other in others)


def test_correlations(model: Callable[[str], Model]) -> None:
    ((names, matrix),) = model("c").correlations
    assert names == ("energy_scale[tungstate]", "energy_scale[sapphire]")
    np.testing.assert_array_equal(matrix, [[1, 0.5], [0.5, 1]])
    assert model("c").select(detector=["sapphire"]).correlations == ()


def test_a_run_without_split_has_the_same_counts(tmp_path: Path) -> None:
    text = (EXAMPLES / "c-two-cores.toml").read_text("utf-8").replace('split = "month"', "")
    (tmp_path / "c.toml").write_text(text, "utf-8")
    (tmp_path / "c-power.csv").write_text((EXAMPLES / "c-power.csv").read_text("utf-8"), "utf-8")
    built = build_model(load_experiment(tmp_path / "c.toml"))
    assert len(built.spectra) == 2
    total = EXPECTED["variants"]["c1"]["total"]
    assert built.asimov().flat.sum() == pytest.approx(total, rel=1e-6, abs=0)


# Folds


def test_a_hundred_periods_are_folded_once(tmp_path: Path) -> None:
    """200 spectra of two detectors: as many folds as without a split, and shared shapes."""
    text = (EXAMPLES / "c-two-cores.toml").read_text("utf-8")
    text = text.replace("bin_width_kev = 0.02", "bin_width_kev = 0.01")
    (tmp_path / "c-power.csv").write_text((EXAMPLES / "c-power.csv").read_text("utf-8"), "utf-8")
    counted = []
    for split in ("", "split = 100"):
        path = tmp_path / "c.toml"
        path.write_text(text.replace('split = "month"', split), "utf-8")
        folds = Folds()
        built = build_model(load_experiment(path), folds=folds)
        counted.append(folds.count)
    assert len(built.spectra) == 200
    # two channels, of each detector as it is and with its energy scale up and down
    assert counted == [2 * 2 * 3] * 2
    assert len({id(terms.shapes) for terms in built.terms()}) == 2
    assert len([n for n in built.nuisances if "excess[" in n.name]) == 200


def test_burn_up_of_every_week_folds_isotopes(tmp_path: Path) -> None:
    """With other fission fractions in every period the isotopes are folded, to the same counts."""
    text = (EXAMPLES / "b-germanium-runs.toml").read_text("utf-8")
    head, _, rest = text.partition("[[exposure.period]]")
    periods = "".join(
        f'[[exposure.period]]\nname = "p{i}"\nstart_day = {10 * i}\ndays = 10\n'
        f"fission_fractions = {{ u235 = {0.60 - 0.01 * i:.2f}, u238 = 0.08, "
        f"pu239 = {0.27 + 0.01 * i:.2f}, pu241 = 0.05 }}\n"
        for i in range(8)
    )
    analysis = rest[rest.index("[analysis]") : rest.index("[[background]]")]
    text = head + periods + analysis.replace("[1.0, 12.0, 0.1]", "[1.0, 2.0, 0.1]")
    text = text.replace("energy_scale = 0.01", "").replace("quenching = 0.025", "")
    (tmp_path / "weeks.toml").write_text(text, "utf-8")
    folds = Folds()
    every = build_model(load_experiment(tmp_path / "weeks.toml"), folds=folds)
    assert folds.count == 3 * 2 * 5  # detectors, channels, four isotopes and neutron capture
    for i in (0, 7):
        one = text.replace(
            periods,
            "".join(
                f"[[exposure.period]]{p}"
                for p in periods.split("[[exposure.period]]")[1 + i : 2 + i]
            ),
        )
        (tmp_path / "one.toml").write_text(one, "utf-8")
        alone = build_model(load_experiment(tmp_path / "one.toml"))
        for detector in ("C2", "C3", "C5"):
            place = (detector, f"p{i}")
            np.testing.assert_allclose(
                every.expected()[place], alone.expected()[place], rtol=1e-9, atol=1e-14
            )


def test_keys_by_name() -> None:
    """On the command line and in variations: of a unit also what it leaves to [detector]."""
    file = FILES["b"]
    by_set = example(
        file,
        "detector.unit.C3.threshold_kev=0.2",
        "detector.unit.C2.resolution.fano_factor=0.12",
        "background.ge71.norm=0.1",
    )
    by_key = varied(
        example(file),
        {
            "detector.unit.C3.threshold_kev": 0.2,
            "detector.unit.C2.resolution.fano_factor": 0.12,
            "background.ge71.norm": 0.1,
        },
    )
    for found in (by_set, by_key):
        c2, c3, _ = found.layout.detectors
        assert (c3.threshold_kev, c2.resolution.fano_factor) == (0.2, 0.12)
        assert c2.resolution.noise_fwhm_kev == 0.048
        assert found.config.background[3].norm == 0.1
    assert by_set.sha256() == by_key.sha256()
    assert (
        restored_experiment(by_set.canonical_json(), by_set.source, by_set.files).sha256()
        == by_set.sha256()
    )
    with pytest.raises(ConfigurationError, match="or one of C2, C3, C5 expected, found C4"):
        example(file, "detector.unit.C4.mass_kg=1")
