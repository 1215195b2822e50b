"""The report in a real Chromium: `make check-browser`."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    "NUEM_BROWSER" not in os.environ, reason="needs a browser: make check-browser"
)

SCREENS = ("light", "dark", "tablet", "phone")


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a toy with signal, and of a toy study, of the preset in full."""
    from scripts.cli import run

    folder = tmp_path_factory.mktemp("report")
    spectra, study, page = folder / "toy.h5", folder / "study", folder / "report.html"
    coarse = ["--set", "analysis.bin_width_kev=0.9"]
    truth = ["--mu-nu", "6e-11", "--seed", "1"]
    for words in (
        ["spectrum", "gemma-2012", "-o", spectra, "--toys", 1, *truth],
        ["toys", "gemma-2012", *coarse, "-n", 500, "-o", study, *truth],
        ["report", spectra, "--toy", 0, "--study", study, "-o", page],
    ):
        assert run([str(word) for word in words]) == 0
    return page


@pytest.fixture
def opened(
    opened_page: Callable[[Path, str], AbstractContextManager[Any]],
    report_file: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Any]:
    with opened_page(report_file, request.param) as page:
        yield page


def on(*screens: str) -> Any:
    return pytest.mark.parametrize("opened", screens, indirect=True)


@on(*SCREENS)
def test_figures_are_shown_and_nothing_overflows(opened: Any) -> None:
    figures = opened.locator("figure")
    assert figures.count() == 16
    for i in range(figures.count()):
        figure = figures.nth(i)
        box = figure.locator("svg").bounding_box()
        assert box["width"] > 250
        assert box["height"] > 120
        assert many_colours(figure.locator("svg").screenshot())
    width, window = opened.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= window


def many_colours(picture: bytes) -> bool:
    """True for a picture that is not of one colour."""
    from PIL import Image

    colours = Image.open(io.BytesIO(picture)).convert("RGB").getcolors(2**24)
    return len(colours) > 20


@on("light", "dark")
def test_figures_follow_the_page(opened: Any) -> None:
    """The ink of the figures is that of the text, on the paper of the page."""
    page_ink = opened.evaluate("getComputedStyle(document.body).color")
    figure_ink = opened.evaluate(
        "getComputedStyle(document.querySelector('#flux svg [style*=\"--ink\"]')).fill"
    )
    strokes = opened.evaluate(
        "[...document.querySelectorAll('#flux svg path')].map(p => getComputedStyle(p).stroke)"
    )
    assert page_ink in {figure_ink, *strokes}
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    brightness = sum(int(n) for n in paper.removeprefix("rgb(").removesuffix(")").split(","))
    dark = opened.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    assert brightness < 150 if dark else brightness > 700


@on("light")
def test_every_section_is_reached(opened: Any) -> None:
    links = opened.locator("nav a")
    assert links.count() == 8
    for i in range(links.count()):
        links.nth(i).click()
        target = links.nth(i).get_attribute("href").removeprefix("#")
        assert opened.evaluate(f"location.hash === '#{target}'")
        top = opened.locator(f"#{target}").bounding_box()["y"]
        assert -5 <= top < 900


@on("dark")
def test_print(opened: Any, kept_picture: Callable[[Any, str], None]) -> None:
    """On paper: light, no navigation, the source unfolded, a PDF of a few pages."""
    opened.emulate_media(media="print")
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert not opened.locator("nav").is_visible()
    document = opened.pdf(format="A4", print_background=True)
    assert document.startswith(b"%PDF")
    n_pages = document.count(b"/Type /Page\n") or document.count(b"/Type /Page ")
    assert 4 < n_pages < 20
    kept_picture(opened, "report-print")
    opened.emulate_media(media="screen")
