"""The limits of others, and the figures of the field."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from analysis.limits.limit_result import Limit
from analysis.plots.field import MET, compared_rows, plot_comparison, plot_world, why_not_met
from analysis.published.reproduction import ReproducedLimit
from analysis.published.values import OTHERS, dirac_prediction, published_values
from sim.config.published import PublishedLimit
from sim.experiment import load_experiment, preset_names

UNIT = [r"[$10^{-11}\,\mu_\mathrm{B}$]"]


def row(experiment: str, median: float, published: float | None) -> ReproducedLimit:
    asimov = Limit(
        parameter="mu_nu",
        unit="mu_B",
        cl=0.9,
        method="qtilde",
        treatment="off-joint",
        best_fit=0.0,
        lower=0.0,
        upper=median,
        intervals=((0.0, median),),
        status="ok",
    )
    entry = None
    if published is not None:
        entry = PublishedLimit(parameter="mu_nu", upper=published, source="s", provenance="seen")
    limits = median * np.linspace(0.5, 1.5, 101)
    return ReproducedLimit(
        experiment, "off-joint", asimov, entry, "", limits, papers_treatment=True
    )


def test_values_of_the_presets_are_those_of_their_files() -> None:
    values = {(v.name, v.parameter): v for v in published_values()}
    for name in preset_names():
        for entry in load_experiment(name).config.published.limits:
            if entry.parameter != "cevns" and not entry.expected:
                assert (name, entry.parameter) in values
    assert values["texono-2010", "r2_nu"].value == 6.6e-32
    assert values["gemma-2012", "mu_nu"].year == 2012


def test_others() -> None:
    """The limits for orientation, with a source each; LSND's radius is in our convention."""
    found = {(v.name, v.parameter): v.value for v in OTHERS}
    assert found["red giants", "mu_nu"] == 3e-12
    assert found["XENONnT", "mu_nu"] == 6.4e-12
    assert found["LZ", "mu_nu"] == 1.1e-11
    assert found["LSND", "r2_nu"] == pytest.approx(2 * 4.14e-32)
    assert all(v.source for v in OTHERS)
    assert len(found) == len(OTHERS)
    assert dirac_prediction().startswith("minimal Dirac neutrino: 3.2e-19 mu_B")


def test_comparison() -> None:
    """A line a row that has a published limit, at ours over published."""
    rows = [row("a", 2e-11, 4e-11), row("b", 3e-11, None), row("c", 6e-11, 3e-11)]
    assert [r.experiment for r in compared_rows(rows)] == ["a", "c"]
    ax = plot_comparison(rows, ax=Figure().subplots())
    labels = [label.get_text().split() for label in ax.get_yticklabels()]
    assert labels == [["c", "3", "off-joint"], ["a", "4", "off-joint"], [r"$\mu_\nu$", *UNIT]]
    points = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    assert points == pytest.approx([2.0, 0.5])


def test_world() -> None:
    ax = plot_world(
        "mu_nu", published_values(), [row("munu", 8e-11, 9e-11)], ax=Figure().subplots()
    )
    texts = [text.get_text() for text in ax.texts]
    assert {"gemma-2012", "XENONnT", "red giants"} <= set(texts)
    assert ax.get_yscale() == "log"
    assert "3.2e-19" in ax.get_title()
    (ours,) = ax.containers
    assert ours.lines[0].get_xdata() == pytest.approx([2005.4])
    assert ours.lines[0].get_ydata() == pytest.approx([8.0])
    assert all("mu_B" not in text.get_text() for text in (ax.title, ax.yaxis.label))


def test_outliers_have_a_reason_beside_them() -> None:
    """The preset's own; else that it is not the paper's treatment; nothing where it is met."""
    met, other = row("met", 3e-11, 4e-11), replace(row("b", 2e-11, 9e-11), papers_treatment=False)
    entry = PublishedLimit(
        parameter="mu_nu", upper=9e-11, source="s", provenance="seen", reason="a guess"
    )
    stated = replace(other, experiment="c", published=entry)
    assert [why_not_met(r) for r in (met, other, stated)] == [
        "", "not the paper's treatment", "a guess",
    ]  # fmt: skip
    ax = plot_comparison([met, other, stated], ax=Figure().subplots())
    notes = [text.get_text() for text in ax.texts if text.get_text()]
    assert notes == ["a guess", "not the paper's treatment"]


def test_rows_are_by_parameter_and_treatments_beside_each_other() -> None:
    def treated(name: str, parameter: str, treatment: str) -> ReproducedLimit:
        one = row(name, 2e-11, 4e-11)
        asimov = replace(one.asimov, parameter=parameter, treatment=treatment)
        return replace(one, asimov=asimov, treatment=treatment)

    rows = [
        treated(name, parameter, treatment)
        for name in ("a", "b")
        for treatment in ("off-joint", "off-fixed")
        for parameter in ("q_nu", "mu_nu")
    ]
    found = [(r.asimov.parameter, r.experiment, r.treatment) for r in compared_rows(rows)]
    assert found == [
        (parameter, name, treatment)
        for parameter in ("mu_nu", "q_nu")
        for name in ("a", "b")
        for treatment in ("off-joint", "off-fixed")
    ]


@pytest.mark.parametrize("name", preset_names())
def test_a_limit_that_is_missed_as_the_paper_treats_it_has_a_reason(name: str) -> None:
    """By the numbers on the preset's page."""
    page = (Path(__file__).parents[2] / "docs" / "experiments" / f"{name}.md").read_text("utf-8")
    limits = load_experiment(name).config.published.limits
    for line in re.findall(r"^\| `\w+` \[.*\*\*off-.*$", page, re.M):
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if cells[8] == "-" or MET[0] <= 1 / float(cells[8]) <= MET[1]:
            continue
        own = [e for e in limits if f"`{e.parameter}`" in cells[0] and e.source in cells[10]]
        assert len(own) == 1
        assert own[0].reason
