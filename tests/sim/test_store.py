"""The HDF5 store: exact round trips, and damaged or hostile files that never give wrong data."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hist
import numpy as np
import pytest
import uhi.io.hdf5
from model_arrays import MONOMIALS, expected_background, monomials_at, signal_of

from sim import hdf5, store
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toy_array
from sim.spectra.spectra import Spectra
from sim.store import StoreError, read_spectra, spectra_image, write_spectra

OneLine = Callable[[BaseException], str]
NUMBERS = (
    "spectra/detector/on/energy_kev",
    "spectra/detector/on/counts",
    "spectra/detector/off/counts",
    "toys",
)
TRUTH = NeutrinoParameters(mu_nu=2.9e-11, q_nu=-7e-13, r2_nu=1.1e-32)


@pytest.fixture
def edited(stored: Path) -> Callable[..., Path]:
    """The stored file after an edit through h5py, sealed again unless told otherwise."""

    def edit(change: Callable[[h5py.File], object], *, reseal: bool = True) -> Path:
        with h5py.File(stored, "r+") as file:
            change(file)
        if reseal:
            stored.write_bytes(hdf5.sealed(stored.read_bytes().split(b"\nnuem-sha256:")[0]))
        return stored

    return edit


@pytest.fixture
def refused(one_line: OneLine) -> Callable[[Path], str]:
    """The one-line message with which a file is refused."""

    def message(path: Path) -> str:
        with pytest.raises(StoreError) as caught:
            read_spectra(path)
        text = one_line(caught.value)
        assert text.startswith(f"{path}: ")
        return text

    return message


# Round trips


def test_round_trip_is_exact(small: Model, tmp_path: Path) -> None:
    path, spectra, toys = tmp_path / "a.h5", small.asimov(TRUTH), toy_array(small, 5, 3, TRUTH)
    write_spectra(path, small, spectra, toys, 3)
    found = read_spectra(path)
    np.testing.assert_array_equal(found.spectra.counts, spectra.counts)
    np.testing.assert_array_equal(found.spectra.edges_kev, spectra.edges_kev)
    np.testing.assert_array_equal(found.toys, toys)
    assert (found.spectra.kind, found.spectra.truth, found.seed) == ("asimov", TRUTH, 3)
    assert found.experiment.config == small.experiment.config
    assert found.experiment.source == small.experiment.source
    assert dict(found.experiment.files) == dict(small.experiment.files)
    assert found.experiment.sha256() == small.experiment.sha256()
    assert os.listdir(tmp_path) == ["a.h5"]


def test_a_stored_experiment_gives_the_same_model(stored: Path, small: Model) -> None:
    from sim.model_assembly import build_model

    again = build_model(read_spectra(stored).experiment)
    np.testing.assert_array_equal(signal_of(again), signal_of(small))
    np.testing.assert_array_equal(expected_background(again), expected_background(small))


def test_without_toys_and_seed(small: Model, tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_spectra(path, small, small.asimov())
    found = read_spectra(path)
    assert found.toys.shape == (0, 8)
    assert found.seed is None
    assert found.spectra.truth is not None
    np.testing.assert_array_equal(
        monomials_at(found.spectra.truth, small.couplings),
        monomials_at(NeutrinoParameters(), small.couplings),
    )


@pytest.mark.parametrize("value", [0.0, -0.0, 5e-324, 1.7976931348623157e308, 0.1 + 0.2])
def test_numbers_are_kept_to_the_last_bit(value: float, small: Model, tmp_path: Path) -> None:
    path, counts = tmp_path / "a.h5", np.full((2, 4), value)
    spectra = Spectra.on_and_off(small.edges_kev, counts, "observed")
    write_spectra(path, small, spectra, seed=2**100 + 1)
    found = read_spectra(path)
    assert found.spectra.counts.tobytes() == counts.tobytes()
    assert (found.spectra.kind, found.spectra.truth) == ("observed", None)
    assert found.seed == 2**100 + 1


def test_what_is_in_the_file(stored: Path, small: Model) -> None:
    """Everything needed to make it again, readable by any HDF5 reader."""
    with h5py.File(stored, "r") as file:
        assert file.attrs["format"] == "nuem spectra"
        assert file.attrs["schema_version"] == store.SCHEMA_VERSION
        assert {"created", "nuem_version", "versions", "seed", "kind"} <= set(file.attrs)
        assert file["experiment/source"].asstr()[()] == small.experiment.source
        names = file["templates"].attrs["monomials"].split(", ")
        assert names == [*MONOMIALS, "nucleus"][: len(names)]
        assert file["templates"].shape == (len(names), 8)
        np.testing.assert_array_equal(file["templates"][:7], signal_of(small).reshape(7, 8))
        assert file["spectra/detector/on/counts"].attrs["units"] == "counts"
        assert file["spectra/detector/on/energy_kev"].attrs["units"] == "keV"
        assert file["experiment"].attrs["sha256"] == small.experiment.sha256()


def test_hashes_of_the_tables(stored: Path, small: Model) -> None:
    """The text of each table that the configuration names, with its name and its hash."""
    assert small.experiment.files
    with h5py.File(stored, "r") as file:
        found = {
            node.attrs["name"]: (node.asstr()[()], node.attrs["sha256"])
            for node in file["experiment/files"].values()
        }
    assert found == {
        name: (text, hashlib.sha256(text.encode()).hexdigest())
        for name, text in small.experiment.files.items()
    }


def test_the_default_plot_of_a_viewer(stored: Path, small: Model) -> None:
    """From the root along ``default`` to an NXdata whose signal has as many values as bins."""
    with h5py.File(stored, "r") as file:
        assert file.attrs["NX_class"] == "NXroot"
        entry = file[file.attrs["default"]]
        assert entry.attrs["NX_class"] == "NXentry"
        detector = entry[entry.attrs["default"]]
        assert detector.attrs["NX_class"] == "NXsubentry"
        for data in (detector[detector.attrs["default"]], detector["off"]):
            assert data.attrs["NX_class"] == "NXdata"
            signal = data[data.attrs["signal"]]
            (axis,) = (data[name] for name in data.attrs["axes"])
            assert axis.shape == (signal.size + 1,)
            assert (signal.attrs["units"], axis.attrs["units"]) == ("counts", "keV")
        np.testing.assert_array_equal(entry["detector/on/counts"][()], small.asimov().counts[0])


def test_every_array_has_units(stored: Path) -> None:
    def check(name: str, node: h5py.Dataset | h5py.Group) -> None:
        if isinstance(node, h5py.Dataset) and node.dtype.kind == "f":
            assert node.attrs["units"], name

    with h5py.File(stored, "r") as file:
        file.visititems(check)


@pytest.mark.parametrize("errors", [None, np.array([[0.1, 0.2, 0.3, 0.4]] * 2)])
def test_periods_are_histograms_of_uhi(errors: Any, small: Model, tmp_path: Path) -> None:
    """What uhi reads from the file is what hist makes of the spectra."""
    spectra = small.asimov().with_errors(errors)
    write_spectra(tmp_path / "a.h5", small, spectra)
    with h5py.File(tmp_path / "a.h5", "r") as file:
        for period in ("on", "off"):
            found = hist.Hist(uhi.io.hdf5.read(file[f"spectra/detector/{period}"]))
            assert found == spectra.to_hist(period)
            assert found.axes[0].name == "energy_kev"
    np.testing.assert_array_equal(read_spectra(tmp_path / "a.h5").spectra.errors, errors)


def test_toys_of_gaussian_bins_come_back(small: Model, tmp_path: Path) -> None:
    """With their errors, also where a difference falls below 0; the errors never do."""
    spectra = small.asimov().with_errors(np.full((2, 4), 0.5))
    drawn = np.full((3, 8), -1.5)
    write_spectra(tmp_path / "a.h5", small, spectra, drawn, seed=1)
    stored = read_spectra(tmp_path / "a.h5")
    toy = stored.toy(2)
    assert (toy.kind, toy.truth) == ("toy", stored.spectra.truth)
    np.testing.assert_array_equal(toy.flat, drawn[2])
    np.testing.assert_array_equal(toy.errors, spectra.errors)
    for name, wrong in (("toys", spectra.with_errors(None)), ("errors", _negative(spectra))):
        write_spectra(tmp_path / f"{name}.h5", small, wrong, drawn, seed=1)
        with pytest.raises(StoreError, match=f"the {name} are not finite numbers >= 0"):
            read_spectra(tmp_path / f"{name}.h5")


def _negative(spectra: Spectra) -> Spectra:
    return spectra.with_errors(np.full((2, 4), -0.5))


def test_many_bins_stay_readable(small: Model, tmp_path: Path) -> None:
    """Nothing is compressed: a reader that refuses more than a file can hold takes it."""
    edges = np.arange(20_001.0)
    spectra = Spectra.on_and_off(edges, np.zeros((2, 20_000)), "observed")
    write_spectra(tmp_path / "a.h5", small, spectra)
    assert read_spectra(tmp_path / "a.h5").spectra.counts.shape == (2, 20_000)


# Older files


OLD = Path(__file__).parent.parent / "data" / "schema-1"


def test_reading_an_old_file_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    read_spectra(OLD / "spectra.h5")
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("nuem.store", "INFO")
    ] * 3
    for record, version in zip(caplog.records, (1, 2, 3), strict=True):
        expected = f"spectra.h5: schema version {version} read as {version + 1}"
        assert record.getMessage().endswith(expected)


def test_a_file_of_schema_1(tmp_path: Path) -> None:
    """Written by the code of that time from old.toml: --mu-nu 3e-11 --q-emu 1e-13, 3 toys."""
    before = (OLD / "spectra.h5").read_bytes()
    found = read_spectra(OLD / "spectra.h5")
    assert (OLD / "spectra.h5").read_bytes() == before
    with h5py.File(OLD / "spectra.h5", "r") as file:
        assert file.attrs["schema_version"] == 1
        np.testing.assert_array_equal(found.spectra.counts, file["counts"][()])
        np.testing.assert_array_equal(found.spectra.edges_kev, [3.0, 4.0, 5.0, 6.0, 7.0])
        np.testing.assert_array_equal(found.toys, file["toys"][()].reshape(3, 8))
    assert (found.spectra.kind, found.spectra.errors, found.seed) == ("asimov", None, 5)
    assert found.spectra.truth is not None
    assert (found.spectra.truth.mu_nu, found.spectra.truth.transition_q) == (3e-11, (1e-13, 0.0))
    experiment = load_experiment(OLD / "old.toml")
    assert found.experiment.config == experiment.config
    assert dict(found.experiment.files) == dict(experiment.files)
    assert found.toys.shape == (3, 8)
    model = build_model(found.experiment)
    np.testing.assert_allclose(
        model.asimov(found.spectra.truth).counts, found.spectra.counts, rtol=1e-6
    )
    write_spectra(tmp_path / "new.h5", model, found.spectra, found.toys, found.seed)
    again = read_spectra(tmp_path / "new.h5")
    assert again.spectra.counts.tobytes() == found.spectra.counts.tobytes()
    assert again.spectra.truth == found.spectra.truth


def test_gaussian_errors_of_schema_1(edited: Callable[..., Path]) -> None:
    """A file of the old layout, made from a new one."""

    def old_layout(file: h5py.File) -> None:
        for name, new in (("counts", "counts"), ("errors", "counts")):
            file[name] = np.stack([file[f"spectra/detector/{p}/{new}"][()] for p in ("on", "off")])
        file["edges_kev"] = file["spectra/detector/on/energy_kev"][()]
        del file["spectra"], file["index"]
        for name in ("toys", "templates"):
            values = file[name][()]
            del file[name]
            file[name] = values.reshape(len(values), 2, -1)
        file.attrs["schema_version"] = 1

    found = read_spectra(edited(old_layout)).spectra
    np.testing.assert_array_equal(found.errors, found.counts)


def test_a_version_without_a_migration(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    path = edited(lambda file: file.attrs.__setitem__("schema_version", 0))
    assert refused(path).endswith("schema version 0 is not read any more")


def test_a_configuration_key_that_came_later(edited: Callable[..., Path], small: Model) -> None:
    """A file from before a key was added is read with the key's default."""

    def without(file: h5py.File) -> None:
        resolved = json.loads(file["experiment/resolved"].asstr()[()])
        assert resolved["physics"].pop("axial") is False
        del file["experiment/resolved"]
        file["experiment/resolved"] = json.dumps(resolved, sort_keys=True)

    found = read_spectra(edited(without)).experiment
    assert found.config.physics.axial is False
    assert found.sha256() == small.experiment.sha256()


def test_toys_of_a_file(stored: Path, small: Model, one_line: OneLine) -> None:
    found = read_spectra(stored)
    expected = toy_array(small, 3, 11)
    for index in range(3):
        toy = found.toy(index)
        np.testing.assert_array_equal(toy.flat, expected[index])
        assert (toy.kind, toy.truth) == ("toy", found.spectra.truth)
    for index in (3, -1, 10**9):
        with pytest.raises(StoreError) as caught:
            found.toy(index)
        assert one_line(caught.value) == f"toy {index} is not in the file: it holds 3 toys"


def test_hdf5_does_not_touch_the_disk(small: Model, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert spectra_image(small, small.asimov())[:8] == b"\x89HDF\r\n\x1a\n"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("call", ["os.replace", "os.fsync"])
def test_a_full_disk_keeps_the_old_file(
    call: str, stored: Path, small: Model, monkeypatch: Any
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before, listing = stored.read_bytes(), os.listdir(stored.parent)
    monkeypatch.setattr(call, full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_spectra(stored, small, small.asimov(TRUTH))
    assert stored.read_bytes() == before
    assert os.listdir(stored.parent) == listing
    read_spectra(stored)


# Damage


@pytest.mark.parametrize("tenths", range(10))
def test_truncated(tenths: int, stored: Path, refused: Callable[[Path], str]) -> None:
    whole = stored.read_bytes()
    stored.write_bytes(whole[: len(whole) * tenths // 10])
    refused(stored)


@pytest.mark.parametrize("missing", [1, 8, 100])
def test_the_last_bytes_are_missing(
    missing: int, stored: Path, refused: Callable[[Path], str]
) -> None:
    stored.write_bytes(stored.read_bytes()[:-missing])
    refused(stored)


def test_bytes_zeroed(stored: Path, refused: Callable[[Path], str]) -> None:
    whole = stored.read_bytes()
    stored.write_bytes(b"\x00" * len(whole))
    refused(stored)
    stored.write_bytes(b"\x00" * 512 + whole[512:])
    refused(stored)


READ_FLIPPED = """
import sys
from pathlib import Path
import numpy as np
from sim.store import StoreError, read_spectra

def content(path):
    found = read_spectra(path)
    spectra, experiment = found.spectra, found.experiment
    return [
        experiment.canonical_json(), experiment.source, dict(experiment.files),
        experiment.sha256(), spectra.edges_kev.tolist(), spectra.counts.tolist(), spectra.kind,
        spectra.truth, found.toys.tolist(), found.seed,
    ]

path, rng = Path(sys.argv[1]), np.random.default_rng(int(sys.argv[2]))
whole, expected, refusals = path.read_bytes(), content(path), 0
for position in rng.integers(len(whole), size=250):
    bits = int(rng.choice([1, 2, 4, 8, 16, 32, 64, 128, 255]))
    print(f"byte {position} of {len(whole)}, bits {bits}", flush=True)
    damaged = bytearray(whole)
    damaged[position] ^= bits
    path.write_bytes(damaged)
    try:
        found = content(path)
    except StoreError as error:
        assert len(str(error).splitlines()) == 1, error
        refusals += 1
    else:
        assert found == expected, "wrong data"
assert refusals > 50, refusals
print("done")
"""


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bytes_never_give_wrong_data(seed: int, stored: Path) -> None:
    """A flipped bit or byte anywhere: refused at once, or nothing that a reader sees changed.

    In a process of its own, which may hang or die.
    """
    command = [sys.executable, "-c", READ_FLIPPED, str(stored), str(seed)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with tempfile.TemporaryFile("w+") as output:
        try:
            code = subprocess.run(
                command, stdout=output, stderr=output, env=environment, timeout=120, check=False
            ).returncode
        except subprocess.TimeoutExpired:
            code = -1
        output.seek(0)
        lines = output.read().splitlines()
    assert (code, lines[-1]) == (0, "done"), "\n".join(lines[-3:])


def test_flipped_bits_in_the_numbers_are_always_seen(
    stored: Path, refused: Callable[[Path], str]
) -> None:
    whole = stored.read_bytes()
    with h5py.File(stored, "r") as file:
        places = {name: file[name].id.get_offset() for name in NUMBERS}
    for name, offset in places.items():
        for bit in (0, 30, 63, 255):
            damaged = bytearray(whole)
            damaged[offset + bit // 8] ^= 1 << (bit % 8)
            stored.write_bytes(damaged)
            assert "does not match its checksum" in refused(stored), name


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["spectra/detector/on/counts"].__setitem__(0, 7.0),
        lambda file: file["templates"].__setitem__((0, 0), 7.0),
        lambda file: file.attrs.__setitem__("mu_nu", 1e-11),
        lambda file: file.attrs.__setitem__("seed", "12"),
        lambda file: file.attrs.__setitem__("kind", "toy"),
        lambda file: file.attrs.__delitem__("q_nu"),
        lambda file: file.attrs.__setitem__("extra", 1),
        lambda file: file.create_dataset("extra", data=[1.0]),
        lambda file: file["experiment/source"].__setitem__((), "name = 'other'"),
        lambda file: file.move("spectra/detector/on/counts", "spectra/detector/on/count"),
        lambda file: file["experiment/files"].move("0", "1"),
    ],
)
def test_altered(
    change: Callable[[h5py.File], object],
    edited: Callable[..., Path],
    refused: Callable[[Path], str],
) -> None:
    refused(edited(change, reseal=False))


def test_the_name_of_a_table_is_protected(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    """The name says which table of the configuration a text is."""
    refused(
        edited(
            lambda f: f["experiment/files/0"].attrs.__setitem__("name", "other.csv"), reseal=False
        )
    )


def test_the_hash_of_the_experiment_is_verified(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    refused(edited(lambda f: f["experiment"].attrs.__setitem__("sha256", "0" * 64), reseal=False))


def test_the_type_of_the_numbers_is_protected(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    """The same bytes read as big-endian or as integers are other numbers."""

    def retype(dtype: str) -> Callable[[h5py.File], None]:
        def change(file: h5py.File) -> None:
            raw = file["spectra/detector/on/counts"][()]
            del file["spectra/detector/on/counts"]
            file.create_dataset("spectra/detector/on/counts", data=raw.view(dtype))

        return change

    refused(edited(retype(">f8"), reseal=False))


@pytest.mark.parametrize("key", ["schema_version", "format", "kind"])
def test_missing_header(
    key: str, edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    refused(edited(lambda file: file.attrs.__delitem__(key)))


# Other files


def test_no_file(tmp_path: Path, refused: Callable[[Path], str]) -> None:
    assert refused(tmp_path / "a.h5").endswith("a.h5: no such file")
    assert refused(tmp_path).endswith(": not a regular file")


@pytest.mark.parametrize(
    "content", [b"", b"name = 'gemma'\n", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04" * 99]
)
def test_not_hdf5(content: bytes, tmp_path: Path, refused: Callable[[Path], str]) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(content)
    assert "not a nuem file" in refused(path)
    path.write_bytes(hdf5.sealed(content))
    assert "not a readable nuem file" in refused(path)


def test_another_kind_of_hdf5(tmp_path: Path, refused: Callable[[Path], str]) -> None:
    path = tmp_path / "a.h5"
    for kind in (None, "nuem scan"):
        with h5py.File(path, "w") as file:
            file["counts"] = [1.0, 2.0]
            if kind is not None:
                file.attrs["format"] = kind
        assert "not a nuem file" in refused(path)
        path.write_bytes(hdf5.sealed(path.read_bytes()))
        assert "not a nuem spectra file" in refused(path)


def test_newer_schema(edited: Callable[..., Path], refused: Callable[[Path], str]) -> None:
    path = edited(lambda file: file.attrs.__setitem__("schema_version", 1000))
    assert "schema version 1000 is newer than" in refused(path)


@pytest.mark.parametrize("version", ["one", np.inf, np.nan, [], [1, 2]])
def test_absurd_schema(
    version: object, edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    refused(edited(lambda file: file.attrs.__setitem__("schema_version", version)))


@pytest.mark.parametrize(
    "missing",
    [
        "experiment",
        "experiment/resolved",
        "experiment/source",
        "experiment/files",
        "spectra",
        "spectra/detector/off",
        "index",
        "index/period",
        "spectra/detector/on/energy_kev",
        "spectra/detector/on/counts",
        "toys",
    ],
)
def test_missing_parts(
    missing: str, edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    """Though the seal is valid."""
    refused(edited(lambda file: file.__delitem__(missing)))


def replaced(name: str, data: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        file[name] = data

    return change


@pytest.mark.parametrize(
    "change",
    [
        replaced("spectra/detector/on/counts", np.ones(3)),
        replaced("spectra/detector/on/counts", np.ones((1, 4))),
        replaced("spectra/detector/on/counts", np.ones(8)),
        replaced("spectra/detector/on/counts", np.ones(4, dtype=int)),
        replaced("spectra/detector/on/energy_kev", np.ones(4)),
        replaced("spectra/detector/on/energy_kev", -np.arange(5.0)),
        replaced("spectra/detector/on/energy_kev", 3.0),
        replaced("toys", np.ones((3, 9))),
        replaced("toys", np.ones((3, 2, 4))),
        replaced("toys", 1.0),
        replaced("index/first_bin", np.array([0, 3])),
        replaced("index/period", ["on", "on"]),
        replaced("spectra/detector/on/energy_kev", "text"),
        replaced("spectra/detector/on/counts", ["a"] * 4),
        replaced("experiment/resolved", "{}"),
        replaced("experiment/resolved", "not json"),
        replaced("experiment/resolved", "[1]"),
        replaced("experiment/resolved", 3.0),
        replaced("experiment/source", 3.0),
        replaced("experiment/files", 3.0),
        lambda file: file.attrs.__setitem__("kind", "guess"),
        lambda file: file.attrs.__setitem__("seed", "a lot"),
        lambda file: file.attrs.__setitem__("mu_nu", "a lot"),
        lambda file: file.attrs.__delitem__("q_nu"),
    ],
)
def test_parts_that_do_not_agree(
    change: Callable[[h5py.File], None],
    edited: Callable[..., Path],
    refused: Callable[[Path], str],
) -> None:
    """Though the seal is valid."""
    refused(edited(change))


# Hostile files


def test_soft_link(edited: Callable[..., Path], refused: Callable[[Path], str]) -> None:
    def change(file: h5py.File) -> None:
        file.move("toys", "experiment/toys")
        file["toys"] = h5py.SoftLink("/experiment/toys")

    assert "/toys is a link, which is refused" in refused(edited(change))


def test_external_link(
    edited: Callable[..., Path], refused: Callable[[Path], str], tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["counts"] = np.ones((2, 4))

    def change(file: h5py.File) -> None:
        del file["toys"]
        file["toys"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "counts")

    assert "/toys is a link, which is refused" in refused(edited(change))


def test_external_link_in_a_group(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    def change(file: h5py.File) -> None:
        file["experiment/files/secret"] = h5py.ExternalLink("/etc/passwd", "/")

    assert "/experiment/files/secret is a link" in refused(edited(change))


def test_dangling_soft_link(edited: Callable[..., Path], refused: Callable[[Path], str]) -> None:
    assert "is a link" in refused(
        edited(lambda file: file.__setitem__("gone", h5py.SoftLink("/nowhere")))
    )


def test_virtual_dataset(
    edited: Callable[..., Path], refused: Callable[[Path], str], tmp_path: Path
) -> None:
    def change(file: h5py.File) -> None:
        del file["toys"]
        layout = h5py.VirtualLayout((2, 4), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "missing.h5"), "counts", (2, 4))
        file.create_virtual_dataset("toys", layout)

    assert "storage or size that is refused" in refused(edited(change))


def test_external_storage(
    edited: Callable[..., Path], refused: Callable[[Path], str], tmp_path: Path
) -> None:
    (tmp_path / "raw").write_bytes(b"\x00" * 64)

    def change(file: h5py.File) -> None:
        del file["toys"]
        file.create_dataset("toys", (2, 4), "f8", external=[(str(tmp_path / "raw"), 0, 64)])

    assert "storage or size that is refused" in refused(edited(change))


def test_absurd_size(edited: Callable[..., Path], refused: Callable[[Path], str]) -> None:
    """8 TiB in a few kB: refused before anything is read."""

    def change(file: h5py.File) -> None:
        del file["toys"]
        file.create_dataset("toys", (2**37, 2, 4), "f8", chunks=(1, 2, 4))

    path = edited(change)
    assert path.stat().st_size < 2**20
    assert "storage or size that is refused" in refused(path)


def test_more_than_the_file_can_hold(
    edited: Callable[..., Path], refused: Callable[[Path], str]
) -> None:
    """64 MiB of fill values that are nowhere on the disk: a file of ours holds what it says."""

    def change(file: h5py.File) -> None:
        del file["toys"]
        file.create_dataset("toys", (2**20, 2, 4), "f8", chunks=(1024, 2, 4))

    path = edited(change)
    assert path.stat().st_size < 2**20
    assert "storage or size that is refused" in refused(path)


def test_groups_in_a_circle(edited: Callable[..., Path], refused: Callable[[Path], str]) -> None:
    refused(edited(lambda file: file["experiment"].__setitem__("again", file["/"])))
