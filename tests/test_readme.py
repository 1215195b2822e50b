"""The README's Python example prints what the README says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def test_python_example_prints_the_output_shown(tmp_path: Path) -> None:
    blocks = re.search(
        r"```python\n(.*?)```\n\nprints\n\n```text\n(.*?)```", README.read_text(), re.S
    )
    assert blocks is not None
    code, shown = blocks.groups()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout == shown
    assert len(shown.splitlines()) == 3


def test_linked_pages_exist() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text())
    missing = [link for link in links if not (README.parent / link).is_file()]
    assert len(links) > 5
    assert missing == []
