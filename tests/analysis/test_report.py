"""The report: what it says is what the analysis says; the page is whole, escaped and silent."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from dense_likelihoods import blind
from matplotlib.figure import Figure

import analysis.published.citations as citations_module
from analysis.extras import MissingExtraError
from analysis.fits.fit import fit
from analysis.fits.fitted_spectra import fitted_spectra
from analysis.fits.impacts import impacts
from analysis.fits.minimum import FitError
from analysis.limits.expected import expected_limits, expected_mu_nu_limits
from analysis.limits.limit import limit
from analysis.plots.figures import one_panel
from analysis.plots.spectrum import matrix_shape, plot_spectra
from analysis.plots.style import CYCLE, INK
from analysis.reports.content import Report, report
from analysis.reports.figures import PAGE_COLOURS, inline_svg
from analysis.reports.page import input_figures, report_page, spectra_figures
from analysis.reports.references import Reference, reference
from analysis.reports.studies import study_part
from analysis.reports.tables import (
    counts_table,
    fit_table,
    intervals_table,
    limits_table,
    methods_table,
    published_table,
    settings,
)
from analysis.reports.text import interval, number, setting, span, typeset, with_unit
from analysis.reports.verdict import verdict
from scripts.cli import run
from sim.cross_sections.parameters import NeutrinoParameters
from sim.experiment import load_experiment, parse_experiment, preset_text
from sim.hdf5 import StoreError
from sim.model import Model
from sim.model_assembly import build_model
from sim.pseudo import toys
from sim.spectra.spectra import Spectra

VOID = ("meta", "link", "br", "hr", "img", "input")


class Page(HTMLParser):
    """What a page holds: its ids, texts, everything that it would load, and tags left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.loads += re.findall(r"url\(\s*[\"']?([^\"')]+)", text) + re.findall("@import", text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        self._attributes(tag, attributes)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._attributes(tag, attributes)

    def _attributes(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            assert not name.startswith("on"), name
            if name == "id":
                self.ids.append(value or "")
            elif name in ("src", "srcset", "data", "poster", "action", "background"):
                self.loads.append(value or "")
            elif name in ("href", "xlink:href"):
                (self.links if tag == "a" else self.loads).append(value or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())


def requests_of(page: Page) -> list[str]:
    """What a browser would ask for when it opens the page."""
    return [what for what in page.loads if not what.startswith(("#", "data:"))]


@pytest.fixture(scope="module")
def toy(coarse: Model) -> Spectra:
    return next(iter(toys(coarse, 1, 6, NeutrinoParameters(mu_nu=8e-11))))


@pytest.fixture(scope="module")
def made(coarse: Model, toy: Spectra) -> Report:
    return report(coarse, toy)


@pytest.fixture(scope="module")
def page(made: Report) -> Page:
    return Page(report_page(made))


# --- content


def test_numbers_are_those_of_the_analysis(made: Report, coarse: Model, toy: Spectra) -> None:
    assert made.limits == tuple(
        limit(coarse, toy, name, cl) for cl in (0.90, 0.95) for name in ("mu_nu", "q_nu", "r2_nu")
    )
    assert made.headline == made.limits[:3]
    assert made.result == fit(coarse, toy)
    assert list(made.ranked) == impacts(coarse, toy)
    methods = [found.method for found in made.other_limits]
    assert methods == ["delta-chi2", "cls", "clsb", "bayes-flat"]
    assert made.other_limits[1] == limit(coarse, toy, "mu_nu", method="cls")
    assert list(made.bands) == ["qtilde", *methods]
    assert made.bands["cls"] == expected_mu_nu_limits(coarse, method="cls")
    assert made.intervals == {n: expected_limits(coarse, n) for n in ("q_nu", "r2_nu")}
    assert made.problems == ()
    assert [curve.parameter for curve in made.curves] == ["mu_nu", "q_nu", "r2_nu"]
    assert made.views == ("on", "off", "difference")


def test_probability_of_the_fit(made: Report) -> None:
    from scipy.stats import chi2

    assert made.result is not None
    degrees = made.result.n_bins - made.result.n_free
    wanted = chi2.sf(made.result.minus_two_log_likelihood, degrees)
    assert made.chi_square_p_value == pytest.approx(wanted)


def test_one_level_only(coarse: Model) -> None:
    assert [found.cl for found in report(coarse, coarse.asimov(), cl=0.95).limits] == [0.95] * 3


def test_tables(made: Report, toy: Spectra) -> None:
    limits = limits_table(made)
    assert limits.rows[0][2] == interval(made.headline[0])
    assert limits.rows[3][1] == "95\u00a0%"
    methods = {row[0]: row for row in methods_table(made).rows}
    assert methods["qtilde"][1] == number(made.headline[0].upper)
    assert methods["cls"][4] == number(made.bands["cls"][0])
    assert methods["clsb"][2] == "–", "a downward fluctuation excludes every value"
    ends = {row[0]: row for row in intervals_table(made).rows}
    assert list(ends) == [
        f"{symbol}, {end} end" for symbol in ("qν", "⟨rν²⟩") for end in ("lower", "upper")
    ]
    assert ends["qν, upper end"][3] == with_unit(made.intervals["q_nu"][2].upper, "e")
    counts = {row[0]: row for row in counts_table(made).rows}
    assert counts["data (toy)"][1:3] == tuple(number(n, 4) for n in toy.counts.sum(axis=1))
    assert made.fitted is not None
    rate = toy.counts[0].sum() / (1.5 * 755.6 * 52.2)
    assert counts["data (toy)"][3] == number(rate)
    assert counts["fit: total"][1] == number(made.fitted.parts(made.fitted.expected)[0].sum(), 4)
    fitted = {row[0]: row for row in fit_table(made).rows}
    assert fitted["µν²"][3] == "µB²"
    assert fitted["norm:flat"][4] == "–"
    flux = next(impact for impact in made.ranked if impact.nuisance == "flux_norm")
    assert fitted["flux_norm"][4] == number(flux.pull, 2)


def test_published_limits_stand_beside_ours(made: Report, coarse: Model, toy: Spectra) -> None:
    """By the construction that the paper's is closest to, at its confidence level."""
    table = published_table(made)
    entries = coarse.experiment.config.published.limits
    assert len(table.rows) == len(entries) > 1
    for row, entry in zip(table.rows, entries, strict=True):
        ours = limit(coarse, toy, entry.parameter, entry.cl, entry.method)
        assert row[2:4] == (interval(ours), ours.method)
        assert row[4] == f"{entry.source} ({entry.provenance})"
    assert table.rows[0][0] == "µν < 2.90 ×\u00a010⁻¹¹\u00a0µB"
    assert table.rows[1][0] == "qν in [−1.50, 1.50] ×\u00a010⁻¹²\u00a0e"


def test_without_published_limits_and_without_quenching() -> None:
    """A phonon detector of one's own: no published table, and no figure of a constant factor."""
    changes = [
        "analysis.bin_width_kev=5.8",
        "published.limits=[]",
        "detector.quenching={model='constant', factor=1.0}",
    ]
    model = build_model(load_experiment("gemma-2012", changes))
    page = Page(report_page(report(model, model.asimov())))
    assert "quenching" not in page.ids
    assert "recoil-nucleus" in page.ids
    assert "Published" not in page.text
    assert "−2 ln L = 0 (" in page.text


def test_settings_name_every_key_with_its_unit(made: Report) -> None:
    found = settings(made.model)
    reactor = {entry.key: entry for entry in found["[reactor]"]}
    assert (reactor["thermal_power_gw"].value, reactor["thermal_power_gw"].unit) == ("3", "GW")
    assert reactor["thermal_power_gw"].given
    assert not reactor["oscillation"].given
    assert reactor["fission_fractions.u235"].value == "0.58"
    line = {entry.key: entry for entry in found["[[background]] ge71-k"]}
    assert (line["center_kev"].value, line["center_kev"].unit) == ("10.37", "keV")
    assert not line["norm"].given
    assert (line["sigma_kev"].value, line["sigma_kev"].unit) == ("not set", "")
    n_keys = sum(len(entries) for entries in found.values())
    assert n_keys > 60


# --- numbers as text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3.9432e-11, 3, "3.94 ×\u00a010⁻¹¹"),
        (-8.275e-33, 3, "−8.28 ×\u00a010⁻³³"),
        (9.999e-12, 3, "1.00 ×\u00a010⁻¹¹"),
        (9.6e-12, 2, "9.6 ×\u00a010⁻¹²"),
        (2.69e13, 3, "2.69 ×\u00a010¹³"),
        (0.00528, 3, "0.00528"),
        (-0.5, 2, "−0.50"),
        (133506.4, 4, "133\u202f506"),
        (0.0, 3, "0"),
        (None, 3, "–"),
        (float("nan"), 3, "–"),
    ],
)
def test_numbers(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


def test_intervals(made: Report) -> None:
    assert span(-2.142e-12, 3.27e-12) == "[−2.14, 3.27] ×\u00a010⁻¹²"
    assert span(-1.21e-30, 4.14e-31) == "[−1.21, 0.41] ×\u00a010⁻³⁰"
    assert span(0, 0.31) == "[0, 0.310]"
    assert with_unit(4e-11, "mu_B") == "4.00 ×\u00a010⁻¹¹\u00a0µB"
    assert with_unit(None, "mu_B") == "–"
    two = replace(made.limits[1], intervals=((-3e-12, -2e-12), (-1e-12, 1e-12)))
    assert interval(two).count("] ×") == 2
    assert " or " in interval(two)
    none = replace(made.limits[1], status="no-sensitivity", intervals=())
    assert interval(none) == "no limit on qν: no-sensitivity"


def test_settings_as_text() -> None:
    assert setting(True) == "yes"
    assert setting([2.8, 55.0]) == "2.8, 55"
    assert setting({}) == "none"
    assert setting(None) == "not set"
    assert setting(0.1 + 0.2) == "0.3"


def test_symbols_are_set_low_and_the_rest_is_escaped() -> None:
    assert typeset("µν < 3 µB") == "µ<sub>ν</sub> &lt; 3 µ<sub>B</sub>"
    assert typeset("<b>qν</b>") == "&lt;b&gt;q<sub>ν</sub>&lt;/b&gt;"


# --- the page


def test_page_is_whole(page: Page, made: Report) -> None:
    assert page.open == []
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    targets = {link[1:] for link in page.links if link.startswith("#")}
    assert targets
    assert targets <= set(page.ids)
    outside = [link for link in page.links if not link.startswith("#")]
    assert len(outside) > 5
    assert all(link.startswith(("https://doi.org/", "https://a", "https://g")) for link in outside)
    assert page.tags.count("figure") == 3 + 1 + 3 + 2 + 5
    assert page.tags.count("svg") == page.tags.count("figure")
    experiment = made.model.experiment
    for words in (
        "gemma-2012",
        "GEMMA, 1.5 kg HPGe",
        experiment.sha256(),
        "pseudo-experiment",
        "off-joint",
        "status ok",
        "numba 0.",
        "# GEMMA at the Kalinin nuclear power plant",
        "Périssé, L., et al.: Comprehensive revision",
        "@article{Perisse2023,",
    ):
        assert words in page.text, words


def test_headline_says_the_limit(page: Page, made: Report) -> None:
    text = page.text.replace("\u00a0", " ")
    for found in made.headline:
        assert interval(found).replace("\u00a0", " ") in text
        assert f"90 % CL, {found.method}, fit ok" in text


def test_page_asks_for_nothing(page: Page) -> None:
    """No script, and nothing is loaded from anywhere; the figures use their own parts."""
    assert requests_of(page) == []
    inside = {what[1:] for what in page.loads if what.startswith("#")}
    assert len(inside) > 50
    assert inside <= set(page.ids)
    assert not {"script", "iframe", "object", "embed", "base", "form"} & set(page.tags)


@pytest.mark.parametrize(
    "text",
    [
        '<img src="https://a.example/b.png">',
        '<link rel="stylesheet" href="style.css">',
        "<style>body { background: url(https://a.example/b.png) }</style>",
        "<style>@import 'a.css';</style>",
        '<svg><image xlink:href="b.png"/></svg>',
    ],
)
def test_a_page_that_asks_is_found(text: str) -> None:
    assert requests_of(Page(text)) != []


def test_hostile_text_is_escaped(coarse: Model) -> None:
    """Everything of a user's that is free text: description, reference, comments of the file."""
    evil = '</pre><script>alert(1)</script><img src=x onerror="alert(2)">{{ 7*7 }} $x^{'
    text = preset_text("gemma-2012").replace("GEMMA, 1.5 kg HPGe", evil.replace('"', "'"))
    text = text.replace("Beda et al., Adv", evil.replace('"', "'"), 1) + f"\n# {evil}\n"
    changed = parse_experiment(text, overrides=["analysis.bin_width_kev=5.8"])
    assert "<script>" in changed.config.description
    model = build_model(changed)
    page = Page(report_page(report(model, model.asimov())))
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "{{ 7*7 }}" in page.text
    assert requests_of(page) == []


def test_problems_are_told(coarse: Model) -> None:
    """No sensitivity to anything: no numbers, a reason for each, and no figures of a fit."""
    sightless = blind(coarse)
    content = report(sightless, sightless.asimov())
    assert len(content.problems) == 6
    assert content.problems[0] == "mu_nu at 90 % CL: no bin's expectation depends on mu_nu"
    assert content.result is None
    page = Page(report_page(content))
    assert "What could not be had" in page.text
    assert "There is no fit." in page.text
    assert page.tags.count("figure") == 5
    with pytest.raises(ValueError, match="there is no fit"):
        fit_table(content)
    with pytest.raises(ValueError, match="there is no fit"):
        counts_table(content)


def test_a_fit_that_fails_is_told(coarse: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise FitError("the fit did not converge: planted")

    monkeypatch.setattr("analysis.reports.content.fit", fail)
    content = report(coarse, coarse.asimov())
    assert content.problems == ("the fit did not converge: planted",)
    assert content.views == ()
    assert content.chi_square_p_value is None
    page = Page(report_page(content))
    assert "the fit did not converge: planted" in page.text
    assert page.tags.count("figure") == 3 + 5


def test_no_off_period(coarse: Model) -> None:
    changes = ["analysis.bin_width_kev=5.8", "exposure.off_days=0.0"]
    alone = build_model(load_experiment("gemma-2012", changes))
    content = report(alone, alone.asimov())
    assert content.views == ("on",)
    assert {row[2] for row in counts_table(content).rows} == {"–"}
    page = Page(report_page(content))
    assert page.ids.count("spectrum-on") == 1
    assert "spectrum-off" not in page.ids
    assert "χ² probability" not in page.text, "a fit of Asimov data has no probability"


def test_references_are_plain_text() -> None:
    """No TeX is left of any entry that can be cited."""
    entries = citations_module._bibliography()
    assert len(entries) > 30
    for key, bibtex in entries.items():
        found = reference(citations_module.Citation(key, bibtex, ("test",)))
        text = f"{found.authors} {found.title} {found.where} {found.link}"
        assert not re.search(r"[\\{}$\"]", text), text
        assert found.authors, key
        assert found.title != key, key
        assert found.link == "" or found.link.startswith("https://"), key
    huber = reference(citations_module.Citation("Huber2011", entries["Huber2011"], ("flux", "it")))
    assert huber == Reference(
        "Huber, Patrick",
        "On the determination of anti-neutrino spectra from nuclear reactors",
        "Phys. Rev. C 84 024617 (2011)",
        "https://arxiv.org/abs/1106.0687",
        "flux; it",
    )


def run_quietly(*words: object) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        assert run([str(word) for word in words]) == 0


COARSE = ("--set", "analysis.bin_width_kev=5.8")


def test_studies_of_every_kind(made: Report, tmp_path: Path) -> None:
    """Their figures and what they say, each once; the second toy study has names of its own."""
    folders = [tmp_path / name for name in ("toys", "more", "scan", "coverage")]
    for folder in folders[:2]:
        run_quietly("toys", "gemma-2012", *COARSE, "-n", 60, "--seed", 2, "-o", folder)
    vary = ("--vary", "detector.threshold_kev=2.8,3.5")
    run_quietly("scan", "gemma-2012", *COARSE, *vary, "--parameter", "mu_nu", "-o", folders[2])
    truths = ("--sigmas", "0,2", "--methods", "qtilde,cls")
    run_quietly("coverage", "gemma-2012", *COARSE, "-n", 40, "--seed", 1, *truths, "-o", folders[3])
    page = Page(report_page(replace(made, studies=tuple(folders))))
    assert page.tags.count("figure") == 14 + 3 + 3 + 1 + 1
    assert len(page.ids) == len(set(page.ids))
    for words in (
        "60 of 60",
        "detector.threshold_kev (2 values)",
        "2 of 2: 2 ok",
        "80 of 80",
        "Coverage: coverage",
    ):
        assert words in page.text, words
    assert requests_of(page) == []
    for index, folder in enumerate(folders[1:]):
        merged = folder.with_suffix(".h5")
        run_quietly("merge", folder, "-o", merged)
        assert study_part(merged, index).facts == study_part(folder, index).facts
        run_quietly("study", merged)


SEVERAL = """
name = "several"
[reactor]
thermal_power_gw = 3.0
baseline_m = 12.0
[detector]
material = "Ge"
mass_kg = 1.0
threshold_kev = 1.0
min_ionization_kev = 0.003
resolution.noise_fwhm_kev = 0.1
[[detector.unit]]
name = "A"
[[detector.unit]]
name = "B"
[[exposure.period]]
name = "on"
start = 2025-01-01
stop = 2025-04-01
split = "month"
[[exposure.period]]
name = "off"
start = 2025-04-01
stop = 2025-05-01
power_fraction = 0.0
[analysis]
window_kev = [1.0, 4.0]
bin_width_kev = 1.0
[[background]]
name = "flat"
shape = "flat"
rate_per_kev_kg_day = 10.0
"""


def test_several_detectors_and_periods_are_seen_together(made: Report) -> None:
    """All spectra in one figure, rates in time; of many spectra, whole detectors large."""
    model = build_model(parse_experiment(SEVERAL))
    fitted = fitted_spectra(model, model.asimov(), fit(model))
    assert matrix_shape(fitted.infos) == (2, 4)
    names = [figure.name for figure in spectra_figures(replace(made, fitted=fitted))]
    large = ["spectrum-A", "spectrum-A-difference", "spectrum-B", "spectrum-B-difference"]
    assert names == ["matrix", "time", *large]
    axes = Figure().subplots(2, 4)
    plot_spectra(fitted, axes.tolist())
    assert [ax.get_title() for ax in axes.flat] == [info.name for info in fitted.infos]


COUNTING = """
name = "counted"
reactor = { thermal_power_gw = "1 MW", baseline_m = 3.0 }
exposure = { on_days = 300.0, off_days = 60.0 }
analysis = { mode = "counting", channels = ["nucleus"] }
[detector]
material = "Ar"
mass_kg = 10.0
threshold_kev = 0.0
min_ionization_kev = 0.04
resolution = { model = "none" }
quenching = { model = "constant", factor = 1.0 }
efficiency = { half_kev = 0.1, width_kev = 0.02, acts_on = "true" }
[[background]]
name = "neutrons"
shape = "counts"
rate_per_kg_day = 0.25
"""


def test_what_only_counts_has_no_response(made: Report) -> None:
    model = build_model(parse_experiment(COUNTING))
    figures = input_figures(replace(made, model=model))
    assert [figure.name for figure in figures] == ["flux", "recoil-nucleus"]


def test_no_study(made: Report, tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        report_page(replace(made, studies=(tmp_path,)))


@pytest.mark.parametrize(
    ("package", "error", "extra"),
    [
        ("jinja2", MissingExtraError, "report"),
        ("matplotlib", MissingExtraError, "plots"),
    ],
)
def test_missing_packages(
    made: Report,
    monkeypatch: pytest.MonkeyPatch,
    package: str,
    error: type[Exception],
    extra: str,
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(error, match=rf"pip install 'nuem\[{extra}\]'"):
        report_page(made)


# --- figures


@pytest.fixture(scope="module")
def svg() -> bytes:
    def draw(ax):  # type: ignore[no-untyped-def]
        for index, colour in enumerate(CYCLE):
            ax.plot([0, 1], [index, 2], color=colour)
        ax.set_title("-- <a> & µ")
        return ax

    return one_panel(draw, "svg")


def colours_in(text: str) -> Iterator[str]:
    return (found.lower() for found in re.findall(r"#[0-9a-fA-F]{6}\b", text))


def test_figures_take_the_colours_of_the_page(svg: bytes) -> None:
    """All colours become variables, each defined in the style sheet, light and dark."""
    assert {INK, *CYCLE} <= set(colours_in(svg.decode()))
    text = inline_svg(svg, "one")
    assert list(colours_in(text)) == []
    style = (Path(__file__).parents[2] / "analysis/reports/templates/report.css").read_text()
    for name in PAGE_COLOURS.values():
        assert f"var(--{name})" in text or name in ("grey", "pink")
        assert style.count(f"--{name}: #") == 2


def test_light_colours_of_the_page_are_those_of_the_figures() -> None:
    style = (Path(__file__).parents[2] / "analysis/reports/templates/report.css").read_text()
    light = dict(re.findall(r"--(\w+): (#\w{6})", style.split("@media")[0]))
    assert {light[name]: name for name in PAGE_COLOURS.values()} == PAGE_COLOURS


def test_inline_figures_are_bare(svg: bytes) -> None:
    text = inline_svg(svg, "one")
    assert text.startswith("<svg ")
    for part in ("<?xml", "<!DOCTYPE", "<!--", "<metadata", "<style", "http://purl.org"):
        assert part not in text
    assert 'width="' not in text[: text.index(">")]
    assert "viewBox" in text[: text.index(">")]
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert all(name.startswith("one-") for name in ids)
    used = re.findall(r'href="#([^"]+)"', text) + re.findall(r"url\(#([^)]+)\)", text)
    assert set(used) <= set(ids)
    assert np.unique(ids).size == len(ids)


def test_the_quality_of_the_fit_stands_first(made: Report, page: Page) -> None:
    """The worst p-value of the fits behind the limits, as the limits themselves have it."""
    found = verdict(made)
    assert found is not None
    assert not found.poor
    quality = min((f.quality for f in made.headline if f.quality), key=lambda q: q.p_value)
    assert f"p = {number(quality.p_value)}" in found.sentence
    assert page.text.index("The fit describes the data.") < page.text.index("magnetic moment")


def test_a_fit_that_is_poor_is_amber(made: Report) -> None:
    """A pull of 3.4 and no toy as large as the data are said, with what the limits warn of."""
    first = made.headline[0]
    assert first.quality is not None
    poor = replace(
        first.quality, p_value=1 / 201, how="toys", n_toys=200, pulls={"flux": -3.4, "k": 1.0}
    )
    bad = replace(first, quality=poor, warnings=("the data are not described",))
    changed = replace(made, limits=(bad, *made.limits[1:]))
    found = verdict(changed)
    assert found is not None
    assert found.poor
    assert "p < 0.00498 (200 toys)" in found.sentence
    assert found.sentence.endswith("Far from its constraint: flux −3.4 σ.")
    text = report_page(changed)
    assert '<section class="verdict poor"' in text
    assert "the data are not described" in Page(text).text


def test_cells_are_named_for_narrow_screens(made: Report) -> None:
    """A table's rows are read one below the other on a phone: each cell says its column."""
    text = report_page(made)
    assert text.count('data-name="best fit"') == len(limits_table(made).rows)


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_what_is_missing_is_found_before_anything_is_computed(
    package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr("scripts.sources.Given.data", lambda *_: pytest.fail("computed"))
    assert run(["report", "gemma-2012", "-o", str(tmp_path / "a.html")]) == 2
