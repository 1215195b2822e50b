"""nuem cross-section: the check points of the physics page, arrays, ranges, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., Any]
SM = -8.275113e-33  # <r^2> of nu_e in the Standard Model, one-loop


@pytest.fixture
def value(nuem: Run) -> Callable[..., float]:
    """The one cross section of a call."""

    def call(target: str, energy: float, recoil: float, *words: object) -> float:
        content = nuem(
            "cross-section", target, "--energy-mev", energy, "--recoil-kev", recoil, *words,
            "--json",
        ).json()  # fmt: skip
        (only,) = content["cross_section_cm2_per_kev"]
        return float(only)

    return call


@pytest.mark.parametrize(
    ("number", "words", "expected"),
    [
        ("2", ["--couplings", "tree"], 1.031669e-47),
        ("2, neutrino", ["--couplings", "tree", "--neutrino"], 1.037272e-47),
        ("3", [], 9.850081e-48),
        ("3 + 4", ["--mu-nu", "1e-11"], 9.850081e-48 + 2.486356e-48),
        ("5", ["--q-nu", "1e-12"], 3.513117e-48),
        ("5, negative", ["--q-nu", "-1e-12"], 2.126773e-47),
        ("6", ["--r2-nu", f"{SM + 1e-32!r}"], 1.024328e-47),
        ("6, negative", ["--r2-nu", f"{SM - 1e-32!r}"], 9.466607e-48),
    ],
)
def test_electron_check_points(
    value: Callable[..., float], number: str, words: list[str], expected: float
) -> None:
    """Check points 2 to 6: 3 MeV, 10 keV."""
    assert value("electron", 3, 10, *words) == pytest.approx(expected, rel=1e-5, abs=0)


def test_magnetic_part(value: Callable[..., float]) -> None:
    """Check point 4 by difference, and its square law."""
    standard = value("electron", 3, 10)
    part = value("electron", 3, 10, "--mu-nu", "1e-11") - standard
    assert part == pytest.approx(2.486356e-48, rel=1e-5, abs=0)
    five = value("electron", 3, 10, "--mu-nu=-5e-11") - standard
    assert five == pytest.approx(25 * part, rel=1e-9, abs=0)


@pytest.mark.parametrize(
    ("number", "energy", "recoil", "words", "expected"),
    [
        ("9", 3, 0.1, [], 2.944844e-40),
        ("9, tree", 3, 0.1, ["--couplings", "tree"], 2.944693e-40),
        ("10", 6, 0.5, [], 2.488646e-40),
        ("10, tree", 6, 0.5, ["--couplings", "tree"], 2.488519e-40),
        ("11", 6, 0.5, ["--q-nu", "1e-9"], 1.894520e-40),
        ("11, negative", 6, 0.5, ["--q-nu=-1e-9"], 3.163678e-40),
        ("12", 6, 0.5, ["--r2-nu", f"{SM + 1e-31!r}"], 4.709728e-40),
        ("12, negative", 6, 0.5, ["--r2-nu", f"{SM - 1e-31!r}"], 9.700241e-41),
        ("13", 3, 0.1, ["--mu-nu", "1e-11"], 2.944844e-40 + 2.554459e-43),
    ],
)
def test_nucleus_check_points(
    value: Callable[..., float],
    number: str,
    energy: float,
    recoil: float,
    words: list[str],
    expected: float,
) -> None:
    """Check points 9 to 13: Ge-74 with form factor 1."""
    words = ["--isotope", "Ge-74", "--form-factor", "unity", *words]
    assert value("nucleus", energy, recoil, *words) == pytest.approx(expected, rel=1e-5, abs=0)


def test_helm_is_the_default_form_factor(value: Callable[..., float]) -> None:
    """Check point 14: F(0.5 keV) = 0.9952255, and Ge-74 the default isotope."""
    point_like = value("nucleus", 6, 0.5, "--form-factor", "unity")
    assert value("nucleus", 6, 0.5) / point_like == pytest.approx(0.9952255**2, rel=1e-5, abs=0)
    for name, factor in (("helm-rms", 0.9951184), ("klein-nystrand", 0.9946582)):
        ratio = value("nucleus", 6, 0.5, "--form-factor", name) / point_like
        assert ratio == pytest.approx(factor**2, rel=1e-5, abs=0)


def test_beyond_the_end_point(value: Callable[..., float]) -> None:
    """Check point 8: 0.5 keV at 3 MeV is forbidden; so is 2.8 MeV for an electron at 3 MeV."""
    assert value("nucleus", 3, 0.5) == 0
    assert value("electron", 3, 2800, "--mu-nu", "1e-10") == 0


def test_json(nuem: Run) -> None:
    content = nuem(
        "cross-section", "nucleus", "--energy-mev", "3", "--recoil-kev", "0.1",
        "--q-nu", "-7e-13", "--isotope", "Si-28", "--json",
    ).json()  # fmt: skip
    assert content["energy_mev"] == [3.0]
    assert content["recoil_kev"] == [0.1]
    assert len(content["cross_section_cm2_per_kev"]) == 1
    assert content["q_nu"] == -7e-13
    assert content["mu_nu"] == 0
    assert content["r2_nu"] == pytest.approx(SM, rel=1e-6, abs=0)
    assert content["isotope"] == "Si-28"
    assert content["couplings"] == "one-loop"
    assert content["form_factor"] == "helm"


def test_tree_has_no_radius(nuem: Run) -> None:
    words = ["--energy-mev", "3", "--recoil-kev", "10", "--couplings", "tree", "--json"]
    assert nuem("cross-section", "electron", *words).json()["r2_nu"] == 0


def test_all_pairs(nuem: Run) -> None:
    """Repeated options and ranges: every pair, energies outermost, beside its value."""
    content = nuem(
        "cross-section", "electron", "--energy-mev", "2:4:3", "--energy-mev=8",
        "--recoil-kev", "5", "--recoil-kev", "10:20:2", "--json",
    ).json()  # fmt: skip
    pairs = [(e, t) for e in (2, 3, 4, 8) for t in (5, 10, 20)]
    assert list(zip(content["energy_mev"], content["recoil_kev"], strict=True)) == pairs
    values = content["cross_section_cm2_per_kev"]
    assert len(values) == 12
    assert values[4] == pytest.approx(9.850081e-48, rel=1e-5, abs=0)
    assert len(set(values)) == 12


def test_space_or_equals_sign(nuem: Run) -> None:
    words = ["cross-section", "electron", "--energy-mev", "3", "--recoil-kev", "10"]
    spaced = nuem(*words, "--q-nu", "-7e-13").text()
    assert nuem(*words, "--q-nu=-7e-13").text() == spaced
    assert nuem(*words, "--q-nu", "7e-13").text() != spaced


def test_table(nuem: Run) -> None:
    text = nuem("cross-section", "electron", "--energy-mev", "3", "--recoil-kev", "10").text()
    header, row = text.splitlines()
    assert header.split() == ["energy_mev", "recoil_kev", "cross_section_cm2_per_kev"]
    assert [float(cell) for cell in row.split()] == pytest.approx(
        [3, 10, 9.850081e-48], rel=1e-5, abs=0
    )


@pytest.mark.parametrize("option", ["--mu-nu", "--q-nu", "--r2-nu", "--energy-mev", "--recoil-kev"])
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999", "three"])
def test_what_is_not_a_finite_number(nuem: Run, option: str, text: str) -> None:
    values = {"--energy-mev": "3", "--recoil-kev": "10", option: text}
    words = [f"{name}={value}" for name, value in values.items()]
    line = nuem("cross-section", "electron", *words).error(2)
    assert option in line
    assert text in line


@pytest.mark.parametrize(("energy", "recoil"), [("0", "1"), ("-3", "1"), ("3", "0"), ("3", "-1")])
def test_energies_must_be_positive(nuem: Run, energy: str, recoil: str) -> None:
    outcome = nuem("cross-section", "electron", f"--energy-mev={energy}", f"--recoil-kev={recoil}")
    assert outcome.code in (2, 3)
    assert "positive" in outcome.error(outcome.code)


@pytest.mark.parametrize("isotope", ["Ge-99", "Ge", "Xx-3", "74Ge", "", "Ge-74.5", "Ge--74"])
def test_unknown_isotope(nuem: Run, isotope: str) -> None:
    words = ["--energy-mev", "3", "--recoil-kev", "0.1", "--isotope", isotope]
    outcome = nuem("cross-section", "nucleus", *words)
    assert outcome.code in (2, 3)
    outcome.error(outcome.code)


def test_a_huge_moment(nuem: Run) -> None:
    words = ["--energy-mev", "3", "--recoil-kev", "10", "--mu-nu", "1e200"]
    outcome = nuem("cross-section", "electron", *words)
    outcome.error(outcome.code)


def test_null_comes_with_a_reason(nuem: Run) -> None:
    words = ["--energy-mev", "3", "--recoil-kev", "10", "--q-nu", "1e300", "--json"]
    outcome = nuem("cross-section", "electron", *words)
    if outcome.code == 0:
        content = outcome.parsed()
        assert content["cross_section_cm2_per_kev"] != [None] or "reason" in content
    else:
        outcome.error(outcome.code)
