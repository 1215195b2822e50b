"""The report in a real Chromium: `make check-browser`.

NUEM_BROWSER is the path of the browser; with NUEM_SCREENSHOTS, pictures to look at go there.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(
    "NUEM_BROWSER" not in os.environ, reason="needs a browser: make check-browser"
)

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "tablet": {"viewport": {"width": 768, "height": 1024}, "color_scheme": "light"},
    "phone": {"viewport": {"width": 360, "height": 780}, "color_scheme": "light"},
}


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=os.environ["NUEM_BROWSER"], args=ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, report_file: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page on a screen; at its end nothing was complained of and nothing asked for."""
    context = browser.new_context(**SCREENS[request.param])
    page = context.new_page()
    heard: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda sent: asked.append(sent.url))
    page.goto(report_file.as_uri())
    yield page
    assert heard == []
    assert [url for url in asked if not url.startswith("data:")] == [report_file.as_uri()]
    keep(page, request.param)
    context.close()


def keep(page: Any, name: str) -> None:
    folder = os.environ.get("NUEM_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


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
def test_print(opened: Any) -> None:
    """On paper: light, no navigation, the source unfolded, a PDF of a few pages."""
    opened.emulate_media(media="print")
    paper = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    assert not opened.locator("nav").is_visible()
    document = opened.pdf(format="A4", print_background=True)
    assert document.startswith(b"%PDF")
    n_pages = document.count(b"/Type /Page\n") or document.count(b"/Type /Page ")
    assert 4 < n_pages < 20
    keep(opened, "print")
    opened.emulate_media(media="screen")
