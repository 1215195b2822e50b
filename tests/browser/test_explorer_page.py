"""The explorer in a real Chromium: its numbers are the command's, on every screen."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    "NUEM_BROWSER" not in os.environ, reason="needs a browser: make check-browser"
)

Open = Callable[[Path, str], AbstractContextManager[Any]]
CLOSE = 1e-6


@pytest.fixture(scope="module", params=["gemma-2012", "conus-plus-2025", "germanium-prospect"])
def page_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from scripts.cli import run

    name: str = request.param
    page = tmp_path_factory.mktemp("explorer") / f"{name}.html"
    width = {"gemma-2012": 0.9, "conus-plus-2025": 0.01, "germanium-prospect": 0.1}[name]
    words = ["explore", name, "-o", str(page), "--set", f"analysis.bin_width_kev={width}"]
    assert run(words) == 0
    return page


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, Any]]:
    """What the lines of a page print, each run with --json; the last limit of them."""
    from scripts.cli import run

    monkeypatch.chdir(tmp_path)

    def call(lines: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for line in lines.splitlines():
            program, *words = shlex.split(line)
            assert program == "nuem"
            if words[0] == "contour":
                continue
            capsys.readouterr()
            assert run([*words, *(["--force"] if words[0] == "spectrum" else []), "--json"]) == 0
            found = json.loads(capsys.readouterr().out)
        return found

    return call


def settled(page: Any) -> Any:
    page.wait_for_selector("main[aria-busy=false]", timeout=120_000)
    return page


def write(page: Any, control: str, value: object) -> None:
    """Types a number beside a slider."""
    page.locator(f"#{control}-number").fill(str(value))
    page.locator(f"#{control}-number").press("Enter")


def numbers(page: Any, selector: str) -> list[float]:
    """Numbers of a <data>, all digits."""
    return [float(text) for text in page.locator(selector).get_attribute("value").split()]


def same_limit(page: Any, found: dict[str, Any]) -> None:
    theirs = [end for interval in found["intervals"] for end in interval]
    scale = max(abs(end) for end in theirs)
    np.testing.assert_allclose(numbers(page, "#headline data"), theirs, atol=CLOSE * scale)


def test_limits_are_those_of_the_command(
    opened_page: Open, page_file: Path, command: Callable[[str], dict[str, Any]]
) -> None:
    """As the page opens: every limit that the command knows, the band, and another construction."""
    with opened_page(page_file, "light") as page:
        settled(page)
        for parameter in ("q_nu", "r2_nu", "sin2_theta_w", "cevns"):
            page.select_option("#choice-parameter", parameter)
            same_limit(settled(page), command(page.inner_text("#command")))
        page.select_option("#choice-parameter", "mu_nu")
        lines = settled(page).inner_text("#command")
        found = command(lines.splitlines()[0] + " --expected")
        same_limit(page, found)
        band = [found["expected"][str(n)]["upper"] for n in range(-2, 3)]
        np.testing.assert_allclose(numbers(page, "#band data"), band, rtol=CLOSE)
        page.select_option("#choice-method", "delta-chi2")
        page.select_option("#choice-treatment", "off-fixed")
        write(page, "cl", 0.95)
        same_limit(settled(page), command(page.inner_text("#command")))


def test_sliders_move_what_the_command_moves(
    opened_page: Open, page_file: Path, command: Callable[[str], dict[str, Any]]
) -> None:
    """Exposure, a background, the threshold and a truth, by number and by key."""
    with opened_page(page_file, "light") as page:
        before = settled(page).inner_text("#headline")
        write(page, "exposure", 2.5)
        page.locator("#experiment input[type=range]").nth(1).press("ArrowRight")
        page.locator("#threshold").press("ArrowRight")
        page.locator("#parameter-mu_nu").press("PageUp")
        write(page, "parameter-q_nu", -1e-12)
        lines = settled(page).inner_text("#command")
        found = command(lines)
        same_limit(page, found)
        assert page.inner_text("#headline") != before
        for word in (
            "exposure.scale=2.5",
            "background.0",
            "detector.threshold_kev",
            "--q-nu -1e-12",
        ):
            assert word in lines
        total = numbers(page, "#total-counts")[0]
        from sim.store import read_spectra

        counts = read_spectra(Path("sliders.h5")).spectra.counts
        assert total == pytest.approx(counts[0].sum(), rel=1e-10)
        page.select_option("#choice-parameter", "q_nu")
        same_limit(settled(page), command(page.inner_text("#command")))
        page.click("#reset")
        assert settled(page).inner_text("#headline") == before


def test_map(opened_page: Open, page_file: Path) -> None:
    """The point that the keys lead to has the rise that the command's likelihood has."""
    from analysis.fits.minimum import treated_likelihood
    from sim.experiment import load_experiment
    from sim.model_assembly import build_model

    text = page_file.read_text()
    width = text.split('"overrides":["')[1].split('"')[0]
    model = build_model(load_experiment(page_file.stem, [width]))
    likelihood = treated_likelihood(model, model.asimov())
    parameters = [model.signal_table.parameter(name) for name in ("mu_nu", "q_nu")]
    with opened_page(page_file, "light") as page:
        settled(page)
        for key in ("Shift+ArrowRight",) * 4 + ("Shift+ArrowUp",) * 2 + ("ArrowLeft",):
            page.locator("#map").press(key)
        x, y, value, _ = numbers(page, "#read data")
        signal = (p.fitted for p in model.signal_table.parameters)
        point = {name: 0.0 for name in signal if name in likelihood.names}
        for parameter, at in zip(parameters, (x, y), strict=True):
            point[parameter.fitted] = parameter.inverse(at)
        held = likelihood.with_fixed(point)
        end, _ = held.descend(held.centers)
        assert value == pytest.approx(held.value(end), rel=CLOSE)
        assert value > 0.1
        assert "magnetic moment" in page.inner_text("#map-words")


@pytest.mark.parametrize("screen", ["light", "dark", "tablet", "phone"])
def test_every_screen(opened_page: Open, page_file: Path, screen: str) -> None:
    """Nothing overflows, every drawing has curves, every control a name, sliders a text."""
    with opened_page(page_file, screen) as page:
        settled(page)
        width, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width <= window
        assert page.locator("#spectrum svg path.curve").count() == 3
        assert page.locator("#map svg path.contour").count() == 2
        for svg in page.locator("svg").all():
            box = svg.bounding_box()
            assert box["width"] > 250
            assert svg.get_attribute("aria-label")
        for control in page.locator("input, select, button").all():
            assert control.evaluate("e => e.labels?.length || e.ariaLabel || e.textContent")
        sliders = page.locator("input[type=range]").all()
        assert all(slider.get_attribute("aria-valuetext") for slider in sliders)
        ink = page.evaluate("getComputedStyle(document.querySelector('svg .title')).fill")
        assert ink == page.evaluate("getComputedStyle(document.body).color")


def test_numbers_that_cannot_be(opened_page: Open, page_file: Path) -> None:
    with opened_page(page_file, "phone") as page:
        before = settled(page).inner_text("#headline")
        for control, value, problem in (
            ("parameter-mu_nu", "-1e-11", "at least 0 is allowed"),
            ("parameter-mu_nu", "much", "a number is expected"),
            ("exposure", "0", "more than 0"),
            ("cl", "1", "between 0.5 and 1 is allowed"),
        ):
            write(page, control, value)
            assert problem in page.inner_text(f"#{control}-wrong")
        assert settled(page).inner_text("#headline") == before


def test_print(
    opened_page: Open, page_file: Path, kept_picture: Callable[[Any, str], None]
) -> None:
    with opened_page(page_file, "dark") as page:
        settled(page)
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
            "rgb(255, 255, 255)"
        )
        assert not page.locator("#copy").is_visible()
        document = page.pdf(format="A4", print_background=True)
        n_pages = document.count(b"/Type /Page\n") or document.count(b"/Type /Page ")
        assert 1 < n_pages < 8
        kept_picture(page, f"{page_file.stem}-print")
        page.emulate_media(media="screen")
