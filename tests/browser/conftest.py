"""A real Chromium, and pages opened in it that complain of nothing and ask for nothing.

NUEM_BROWSER is the path of the browser; with NUEM_SCREENSHOTS, pictures to look at go there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

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

Open = Callable[[Path, str], AbstractContextManager[Any]]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if "NUEM_BROWSER" not in os.environ:
        pytest.skip("needs a browser: make check-browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=os.environ["NUEM_BROWSER"], args=ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def opened_page(browser: Any) -> Open:
    """A page on a screen; at its end nothing was complained of and nothing asked for."""

    @contextmanager
    def open_page(file: Path, screen: str) -> Iterator[Any]:
        context = browser.new_context(**SCREENS[screen])
        page = context.new_page()
        heard: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda sent: asked.append(sent.url))
        page.goto(file.as_uri())
        yield page
        assert heard == []
        assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
        keep(page, f"{file.stem}-{screen}")
        context.close()

    return open_page


@pytest.fixture(scope="session")
def kept_picture() -> Callable[[Any, str], None]:
    """Keeps a picture of a page, to look at."""
    return keep


def keep(page: Any, name: str) -> None:
    folder = os.environ.get("NUEM_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
