"""The speed of nuem beside its peers: `make bench` runs this and writes docs/performance.md.

Ours and the peer run in turns in one process on one thread, and what counts is the median ratio of
processor times, so that other work on the machine touches both alike.  A runner of our own, because
pytest-benchmark times one function after the other.  Name rows to run only those.  Rows beside JAX
and NextStat appear where these are installed: `.venv/bin/pip install jax nextstat`.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import platform  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib.metadata import version  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402

sys.path[:0] = [str(Path(__file__).parent)]

import fold_rows  # noqa: E402
import process_rows  # noqa: E402
import roofline_rows  # noqa: E402
import study_rows  # noqa: E402
import toy_rows  # noqa: E402
from timing import Row  # noqa: E402

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
GROUPS: dict[str, Callable[[], list[Row]]] = {
    "fold": fold_rows.rows,
    "toys": toy_rows.fit_rows,
    "roofline": roofline_rows.rows,
    "blocks": toy_rows.block_rows,
    "accuracy": toy_rows.accuracy_rows,
    "minima": toy_rows.minima_rows,
    "asimov": toy_rows.asimov_rows,
    "study": study_rows.study_rows,
    "workers": study_rows.worker_rows,
    "memory": study_rows.memory_rows,
    "limit": process_rows.limit_rows,
    "first": process_rows.first_rows,
    "floating": process_rows.floating_rows,
    "unified": process_rows.unified_rows,
    "scan": process_rows.scan_rows,
    "refold": process_rows.refold_rows,
}
_PACKAGES = ("numpy", "numba", "scipy", "iminuit", "pyhf", "h5py", "jax", "nextstat")
_HEAD = """# Performance

Written by `make bench`; `make bench ARGS="fold toys"` renews only these sections. Ours and the
peer run in turns in one process on one thread; a ratio is the median over the rounds of processor
times, so that other work on the machine touches both alike. Absolute times are those of a shared
machine and say little.
"""


def main(names: list[str]) -> int:
    """Run the groups of rows (all by default), and renew their sections of the page."""
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        print(f"nuem: no benchmark {unknown[0]!r}: allowed are {', '.join(GROUPS)}")
        return 2
    for name in names or GROUPS:
        print(f"nuem: benchmark {name} ...", file=sys.stderr, flush=True)
        section = f"## {name}\n\n{table(GROUPS[name]())}\n{_machine()}"
        print(section)
        known = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
        known[name] = section
        parts = [_HEAD, *(known[group] for group in GROUPS if group in known)]
        PAGE.write_text("\n".join(parts), encoding="utf-8")
    return 0


def _sections(page: str) -> dict[str, str]:
    """Sections of the page by the group that wrote them."""
    parts = page.split("\n## ")[1:]
    return {part.partition("\n")[0]: f"## {part.strip()}\n" for part in parts}


def table(rows: list[Row]) -> str:
    """The rows in Markdown, and what lies behind the targets that are missed."""
    lines = [
        "| what | against | ours | peer | target | measured | |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        verdict = "met" if row.met else "**missed**"
        aim = f"{sign} {_number(row.target)}"
        cells = [row.what, row.against, row.ours, row.peer, aim, _number(row.measured), verdict]
        lines.append(f"| {' | '.join(cells)} |")
    named = [(", against ".join(filter(None, (r.what, r.against))), r.note) for r in rows if r.note]
    notes = [f"\n{name}: {note}." for name, note in named]
    return "\n".join([*lines, *notes, ""])


def _number(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def _machine() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES if find_spec(name))
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, load {load:.0f} from other work included; "
        f"Python {platform.python_version()}, {packages}.\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
