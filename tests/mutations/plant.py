"""Plant the errors of ``errors.py`` one at a time in a copy of the house and run its tests.

    python tests/mutations/plant.py [WORD ...]     only errors whose name or file holds a WORD

Prints each error with the test that caught it, and the share that was caught; exit code 1 if one
was not, or if a text to replace does not stand in its file exactly once.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from errors import ERRORS, TESTS, PlantedError

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = (".*", "__pycache__", "_build", "build", "dist", "results", "*.egg-info")
PYTEST = (sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider")
LONGEST_S = 900


def main() -> None:
    words = sys.argv[1:]
    chosen = [e for e in ERRORS if not words or any(w in e.name or w in e.file for w in words)]
    caught = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "house"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for error in chosen:
            by = _caught_by(error, copy)
            caught += by is not None
            print(f"{'caught' if by else 'MISSED'}  {error.file}: {error.name}", end="")
            print(f"  ({by})" if by else "", flush=True)
    print(f"\n{caught} of {len(chosen)} planted errors caught")
    sys.exit(caught < len(chosen))


def _caught_by(error: PlantedError, copy: Path) -> str | None:
    """The test that fails with the error planted, or None."""
    path = copy / error.file
    text = path.read_text(encoding="utf-8")
    if text.count(error.right) != 1:
        sys.exit(f"{error.file}: {error.right!r} must stand there once: {error.name}")
    path.write_text(text.replace(error.right, error.wrong), encoding="utf-8")
    try:
        tests = [f"tests/{name}" for name in TESTS[error.file]]
        done = subprocess.run(
            [*PYTEST, *tests],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
        )
    finally:
        path.write_text(text, encoding="utf-8")
    if done.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.M)
    return failed[1].removeprefix("tests/") if failed else f"exit code {done.returncode}"


if __name__ == "__main__":
    main()
