"""Tables as users have them: what they state is read, and what they get wrong is said.

Each is made after a published file; the numbers are made up (``tests/cases/README.md``).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scripts.cli import run
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.folding.reactor_flux import full_flux
from sim.model_assembly import build_model

GERMANIUM = """name = "ge"
[reactor]
{reactor}
[detector]
material = "Ge"
mass_kg = 2.8
threshold_kev = 0.16
min_ionization_kev = 0.00296
resolution = {{ noise_fwhm_kev = 0.05, fano_factor = 0.11 }}
{detector}
[exposure]
on_days = 300.0
off_days = 60.0
[analysis]
window_kev = [0.16, 1.0]
bin_width_kev = 0.06
[[background]]
name = "b"
{background}
"""
POWER = "thermal_power_gw = 3.6\nbaseline_m = 20.7"
FLUX = 'spectrum = "table"\nspectrum_table = "t.txt"'
FLAT = 'shape = "flat"\nrate_per_kev_kg_day = 10.0'
TABLE = 'shape = "table"\nfile = "t.txt"'
EFFICIENCY = 'efficiency = { model = "table", file = "t.txt" }'
QUENCHING = 'quenching = { model = "table", file = "t.txt", beyond = "constant" }'


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """An experiment file of germanium with a table, t.txt."""

    def make(
        text: str, *, reactor: str = POWER, detector: str = "", background: str = FLAT
    ) -> Path:
        (tmp_path / "t.txt").write_text(text, encoding="utf-8")
        path = tmp_path / "a.toml"
        path.write_text(
            GERMANIUM.format(reactor=reactor, detector=detector, background=background),
            encoding="utf-8",
        )
        return path

    return make


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    """Exit code of the command with --json, and what it printed (the line of an error)."""

    def call(*words: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = run([*map(str, words), "--json"])
        captured = capsys.readouterr()
        if captured.out:
            assert captured.err == ""
            return code, json.loads(captured.out)
        assert captured.err.count("\n") == 1
        return code, captured.err

    return call


def rows(columns: Mapping[str, np.ndarray]) -> str:
    lines = (",".join(f"{v:.6g}" for v in row) for row in zip(*columns.values(), strict=True))
    return "\n".join([",".join(columns), *lines]) + "\n"


def signal(path: Path) -> np.ndarray:
    """Counts of all templates of the signal, (7, n)."""
    model = build_model(load_experiment(str(path)))
    samples = model.samples()
    return np.array([samples[name] for name in model.signal_table.templates])


def background(path: Path) -> np.ndarray:
    """Counts of the background, (2, n_bins), ON and OFF."""
    return build_model(load_experiment(str(path))).samples()["norm:b"].reshape(2, -1)


def fission_like(energy_mev: np.ndarray) -> np.ndarray:
    return np.exp(0.87 - 0.16 * energy_mev - 0.091 * energy_mev**2)


# 01: a flux table from 2 MeV on


def from_2_mev() -> str:
    energy = np.linspace(2.0, 8.0, 25)
    isotopes = {name: fission_like(energy) for name in ("u235", "u238", "pu239", "pu241")}
    return rows({"energy_mev": energy, **isotopes})


def test_a_flux_that_starts_at_2_mev(write: Any, command: Any) -> None:
    """The shares of all and of the signal below it are said, beside every number."""
    path = write(from_2_mev(), reactor=f"{POWER}\n{FLUX}")
    for words in (("validate", path), ("flux", path), ("limit", path)):
        code, found = command(*words)
        (warning,) = found["warnings"] if "warnings" in found else found["files"][0]["warnings"]
        assert code == 0
        assert warning.startswith("t.txt: the table starts at 2 MeV, below which are 79 % of")
    assert warning.endswith("antineutrinos and 79 % of a magnetic moment's signal in the window")
    assert (warning,) == build_model(load_experiment(str(path))).warnings


def test_the_share_that_is_said_is_the_one_that_is_lost(write: Any) -> None:
    """Another route: the moment's signal folded with a whole spectrum, and with it cut at 2 MeV."""
    path = write("", reactor=POWER)
    spectrum = full_flux(load_experiment(str(path))).per_fission
    energy = np.linspace(0.0, 12.0, 2401)
    counts = {}
    for first in (0.0, 2.0):
        inside = energy[energy >= first]
        text = rows({"energy_mev": inside, "total": spectrum.density(inside)})
        path = write(text, reactor=f"{POWER}\n{FLUX}")
        model = build_model(load_experiment(str(path), ["analysis.channels=['electron']"]))
        moment = NeutrinoParameters(mu_nu=1e-10)
        counts[first] = np.sum(model.expected_flat(moment) - model.expected_flat())
    assert 1 - counts[2.0] / counts[0.0] == pytest.approx(0.79, abs=0.01)


def test_a_stated_flux_in_a_part_of_the_spectrum(write: Any, command: Any) -> None:
    path = write(from_2_mev(), reactor=f"flux_cm2_s = 1.46e13\n{FLUX}")
    code, found = command("flux", path)
    assert (code, found["total_cm2_s"]) == (0, 1.46e13)
    assert found["warnings"][0].endswith("the whole of reactor.flux_cm2_s is put from 2 to 8 MeV")


# 02: energies in keV, and other units of a flux


def from_1500_kev() -> dict[str, np.ndarray]:
    energy = np.arange(1500.0, 9601.0, 300.0)
    return {"energy_mev": energy, "total": fission_like(energy / 1e3)}


def test_a_flux_in_kev(write: Any, command: Any) -> None:
    """Refused under a name in MeV; converted where the header says keV."""
    path = write(rows(from_1500_kev()), reactor=f"{POWER}\n{FLUX}")
    for verb in ("validate", "limit"):
        code, found = command(verb, path)
        line = found["files"][0]["problems"][0] if verb == "validate" else found
        assert code == 3
        assert (
            "t.txt, line 2: 100% of total lie above 15 MeV, as from energy_mev[0] = 1500.0" in line
        )
        assert "of keV the header says 'energy [keV]'" in line
    for header in ("E/keV", "energy [keV]", "energy_kev"):
        text = rows(from_1500_kev()).replace("energy_mev", header)
        code, found = command("flux", write(text, reactor=f"{POWER}\n{FLUX}"))
        assert code == 0
        assert found["neutrinos_per_fission"] == pytest.approx(2.338, rel=1e-3)


@pytest.mark.parametrize(
    ("factor", "code", "message"),
    [
        (1.0, 0, None),
        (10.0, 3, "antineutrinos per fission, and no fission makes more than 15"),
        (2.0, 0, "column total: 12.2 antineutrinos per fission from 0 to 10 MeV, where a reactor"),
        (0.001, 0, "column total: 0.00612 antineutrinos per fission from 0 to 10 MeV, where"),
    ],
)
def test_numbers_per_fission(
    factor: float, code: int, message: str | None, write: Any, command: Any
) -> None:
    energy = np.linspace(0.0, 10.0, 101)
    text = rows({"energy_mev": energy, "total": 1.15 * factor * fission_like(energy)})
    found_code, found = command("flux", write(text, reactor=f"{POWER}\n{FLUX}"))
    assert found_code == code
    if code:
        assert message is not None
        assert message in found
    else:
        assert [message in warning for warning in found["warnings"]] == [True] * bool(message)
    stated = write(text, reactor=f"flux_cm2_s = 1e13\n{FLUX}")  # only the shape counts
    assert command("flux", stated)[1]["warnings"] == []


# 03: quenching in percent


def test_quenching_in_percent(write: Any, command: Any) -> None:
    percent, fraction = "0.1 5.0\n1.2 10.0\n4.0 7.8\n", "0.1 0.05\n1.2 0.1\n4.0 0.078\n"
    wanted = signal(write(fraction, detector=QUENCHING))
    code, line = command("limit", write(percent, detector=QUENCHING))
    assert code == 3
    assert (
        "t.txt, line 1: quenching_factor[0] = 5.0 is above 1: no recoil ionizes more than" in line
    )
    said = "# recoil energy (keV)  quenching (percent)\n"
    found = signal(write(said + percent, detector=QUENCHING))
    np.testing.assert_array_equal(found, wanted)


def test_quenching_beyond_its_table(write: Any, command: Any) -> None:
    """The share of coherent scattering from outside of a table is said by validate."""
    path = write("1.0 0.2\n1.5 0.21\n", detector=QUENCHING)
    code, found = command("validate", path)
    assert code == 0
    below, above = sorted(found["files"][0]["warnings"], key=lambda line: "below" not in line)
    assert (
        "of coherent scattering in the window is of recoils below its first row at 1 keV" in below
    )
    assert (
        "of recoils above its last row at 1.5 keV, where that row's factor is carried on" in above
    )
    shares = [float(line.split(": ")[1].split("%")[0]) for line in (below, above)]
    assert sum(shares) < 100
    assert min(shares) > 1
    eV = write("1000 0.2\n5000 0.21\n", detector=QUENCHING)
    assert (
        "recoil_kev starts at 1000, above the highest recoil of Ge"
        in command("limit", eV)[1]["warnings"][0]
    )


# 10: an efficiency with steps


def test_an_efficiency_with_a_step(write: Any, command: Any) -> None:
    """Equal energies are a step: the same as one of a tenth of an eV, in the limit of none."""
    step = "0.1 0.69\n0.5 0.69\n0.5 0.72\n0.9 0.72\n"
    steep = "0.1 0.69\n0.49999999 0.69\n0.50000001 0.72\n0.9 0.72\n"
    found = signal(write(step, detector=EFFICIENCY))
    near = signal(write(steep, detector=EFFICIENCY))
    np.testing.assert_allclose(found, near, rtol=2e-3)
    assert command("validate", write(step, detector=EFFICIENCY))[0] == 0


def test_rows_out_of_order_are_told_apart(write: Any, command: Any) -> None:
    text = "0.1 0.5\n0.600000001 0.7\n0.6 0.72\n"
    code, line = command("limit", write(text, detector=EFFICIENCY))
    assert code == 3
    assert (
        "line 3: energy_kev must increase strictly: energy_kev[2] = 0.6 after 0.600000001" in line
    )


def test_an_efficiency_above_the_window(write: Any, command: Any) -> None:
    path = write("100 0.5\n900 0.7\n", detector=EFFICIENCY)
    code, found = command("spectrum", path, "-o", path.with_suffix(".h5"))
    assert code == 0
    assert "energy_kev starts at 100, above the window, which ends at 1 keV" in found["warnings"][0]


# 11: a histogram of a background


HISTOGRAM = "0.06 0.22 2700\n0.22 0.28 300\n0.28 0.40 94\n0.40 2.0 5\n"


@pytest.mark.parametrize("header", ["", "low_kev high_kev rate_per_kev_kg_day\n"])
def test_a_histogram_as_background(header: str, write: Any, command: Any) -> None:
    """Counts of a bin are the histogram's rates times the widths, in whole and in parts."""
    path = write(header + HISTOGRAM, background=TABLE)
    assert command("validate", path)[0] == 0
    days_kg = np.array([300.0, 60.0]) * 2.8
    counts = background(path)
    rates = [2700, 300] + [94] * 2 + [5] * 10
    np.testing.assert_allclose(counts, np.outer(days_kg, np.array(rates) * 0.06), rtol=1e-12)


def test_bins_that_meet_but_for_rounding(write: Any, command: Any) -> None:
    text = HISTOGRAM.replace("0.28 0.40", "0.280002 0.40")
    assert command("validate", write(text, background=TABLE))[0] == 0
    code, line = command(
        "limit", write(HISTOGRAM.replace("0.28 0.40", "0.29 0.40"), background=TABLE)
    )
    assert code == 3
    assert "a header line with the names of the columns expected" in line
    named = "low_kev high_kev rate_per_kev_kg_day\n" + HISTOGRAM.replace("0.28 0.40", "0.29 0.40")
    code, line = command("limit", write(named, background=TABLE))
    assert "bins must adjoin: bin 1 ends at 0.28, bin 2 starts at 0.29" in line


def test_histograms_of_flux_and_efficiency(write: Any) -> None:
    flux = "low_mev,high_mev,total\n0,2,2\n2,4,0.5\n4,8,0.1\n"
    found = full_flux(load_experiment(str(write(flux, reactor=f"{POWER}\n{FLUX}"))))
    assert found.neutrinos_per_fission == pytest.approx(5.4, rel=1e-12)
    bins = "low_kev,high_kev,efficiency\n0.1,0.5,0.69\n0.5,0.9,0.72\n"
    step = "0.1 0.69\n0.5 0.69\n0.5 0.72\n0.9 0.72\n"
    signals = [signal(write(text, detector=EFFICIENCY)) for text in (bins, step)]
    np.testing.assert_array_equal(*signals)


# 12: rates in other units, trailing commas, counts in place of rates


def test_a_rate_per_tonne_and_year(write: Any, command: Any) -> None:
    text = "0.1 3652.5\n1.2 3652.5\n"
    code, line = command("limit", write(f"# 1/ton/yr/keV\n{text}", background=TABLE))
    assert code == 3
    assert "t.txt, line 2: the comment above says ton" in line
    path = write(f"energy [keV]  rate [1/ton/yr/keV]\n{text}", background=TABLE)
    counts = background(path)
    np.testing.assert_allclose(counts[0], 300 * 2.8 * 0.01 * 0.06, rtol=1e-12)


def test_counts_that_are_none(write: Any, command: Any) -> None:
    """Counts that are not whole, without errors, are doubted; with errors they are not."""
    edges = np.linspace(0.16, 1.0, 15)
    columns = {"low_kev": edges[:-1], "high_kev": edges[1:], "counts": np.full(14, 812.5)}
    off = {**columns, "counts": np.full(14, 160.0)}
    path = write(rows(columns))
    path.with_name("off.txt").write_text(rows(off))
    path.write_text(path.read_text() + '[data]\non = "t.txt"\noff = "off.txt"\n')
    (warning,) = command("validate", path)[1]["files"][0]["warnings"]
    assert warning in command("limit", path)[1]["warnings"]
    assert warning.startswith("t.txt, line 2: counts = 812.5 is not whole, and there is no column")
    for name, table in (("t.txt", columns), ("off.txt", off)):
        path.with_name(name).write_text(rows({**table, "error": np.full(14, 20.0)}))
    assert command("validate", path)[1]["files"][0]["warnings"] == []


# 13: semicolons, decimal commas, compressed files


def test_semicolons_and_decimal_commas(write: Any, command: Any) -> None:
    points = "energy_kev;efficiency\n0.1;0.5\n1.2;0.9\n"
    assert command("validate", write(points, detector=EFFICIENCY))[0] == 0
    for text in (points.replace("0.1", "0,1"), "energy_kev\tefficiency\n0,1\t0.5\n1.2\t0.9\n"):
        code, line = command("limit", write(text, detector=EFFICIENCY))
        assert code == 3
        assert "t.txt, line 2: a decimal comma in '0,1': write 0.1" in line


def test_a_compressed_table(write: Any, command: Any) -> None:
    text = "energy_kev,efficiency\n0.1,0.5\n1.2,0.9\n"
    path = write(text, detector=EFFICIENCY.replace("t.txt", "t.txt.gz"))
    packed = gzip.compress(text.encode())
    path.with_name("t.txt.gz").write_bytes(packed)
    code, found = command("limit", path)
    assert code == 0
    assert found == command("limit", write(text, detector=EFFICIENCY))[1]
    path = write(text, detector=EFFICIENCY.replace("t.txt", "t.txt.gz"))
    path.with_name("t.txt.gz").write_bytes(packed[:-9])
    code, line = command("limit", path)
    assert code == 3
    assert "t.txt.gz: not a whole gzip file" in line


# validate


def test_validate_finds_what_limit_refuses(write: Any, command: Any) -> None:
    """A quenching table that ends too early, and a background that does not span the window."""
    short = write("0.1 0.2\n0.5 0.2\n", detector=QUENCHING.replace("constant", "error"))
    narrow = write("0.2 5\n1.2 5\n", background=TABLE)
    for path in (short, narrow):
        code, refused = command("limit", path)
        assert code == 3
        code, found = command("validate", path)
        assert code == 3
        (problem,) = found["files"][0]["problems"]
        assert problem.split(": ", 1)[1] in refused.replace("ge: ", "")
    assert (
        command(
            "validate",
            narrow,
            "--set",
            "analysis.window_kev=[0.22, 1.0]",
            "--set",
            "analysis.bin_width_kev=0.06",
        )[0]
        == 0
    )
