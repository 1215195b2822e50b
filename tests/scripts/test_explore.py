"""nuem explore: writes one page, and refuses what it cannot make."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
ONE_DETECTOR = Path(__file__).parents[1] / "data/first-edition/experiments/conus-plus-2025.toml"
COARSE = ("--set", "analysis.bin_width_kev=0.083")


def test_page_by_default(nuem: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("explore", ONE_DETECTOR, *COARSE, "--threshold-kev", "0.2,0.3")
    found = nuem(*words, "--json").json()
    page = "explore-conus-plus-2025.html"
    assert found == {"experiment": "conus-plus-2025", "written": [page], "warnings": []}
    page = Path(page).read_text(encoding="utf-8")
    held = re.search(r'id="content">(.*?)</script>', page)
    assert held is not None
    content = json.loads(held[1])
    assert [t["threshold_kev"] for t in content["thresholds"]] == [0.17, 0.2, 0.3]
    assert content["overrides"] == [COARSE[1]]
    assert "explore-conus-plus-2025.html" in nuem(*words).error(5)
    assert nuem(*words, "--force").text() == "wrote explore-conus-plus-2025.html\n"


def test_what_it_refuses(nuem: Run, tmp_path: Path) -> None:
    page = str(tmp_path / "page.html")
    assert "must end in .html" in nuem("explore", "gemma-2012", "-o", "page.pdf").error(2)
    words = ("explore", "gemma-2012", "-o", page, "--threshold-kev")
    assert "'a' is not a number" in nuem(*words, "3,a").error(2)
    assert "threshold 60 keV: allowed is what the window holds" in nuem(*words, "60").error(3)
    assert not Path(page).exists()
