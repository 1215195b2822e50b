"""nuem doctor"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from scripts.output import number, print_json, print_table

_FOR_DEVELOPERS = {"browser", "dev", "docs", "fuzz", "package"}
_REQUIREMENT = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?[^;]*(?:;.*extra == ['\"](.+?)['\"])?")


@click.command("doctor")
@click.option("--quick", is_flag=True, help="Without the self-test.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(quick: bool, as_json: bool) -> int:
    """Versions, the cache of compiled kernels, optional parts, and a self-test of ten seconds.

    The self-test folds a small experiment, takes its limits and compares them with numbers that are
    shipped.  Exit code 6 if one of them differs.
    """
    from scripts.cli import EXIT_OK, EXIT_PARTIAL

    versions, parts, cache = _versions(), list(_optional_parts()), _kernel_cache()
    if not as_json:
        print_table(("package", "version"), list(versions.items()))
        click.echo()
        rows = [(p["extra"], "yes" if not p["missing"] else "no", _remedy(p)) for p in parts]
        print_table(("optional part", "installed", "missing"), rows)
        click.echo()
        for key, value in cache.items():
            click.echo(f"kernels: {key.replace('_', ' ')}: {value}")
    checks = [] if quick else _checked(as_json)
    failed = [check for check in checks if not check["passed"]]
    if as_json:
        content = {"versions": versions, "optional": parts, "kernels": cache, "checks": checks}
        print_json(content)
    elif not quick:
        click.echo(f"{len(failed)} of {len(checks)} checks failed" if failed else "all is well")
    return EXIT_PARTIAL if failed else EXIT_OK


def _checked(silent: bool) -> list[dict[str, Any]]:
    """The self-test, a line for each check as it is done."""
    from scripts.self_test import self_test

    if not silent:
        click.echo("\nself-test")
    checks = []
    for check in self_test():
        checks.append({**asdict(check), "passed": check.passed})
        if not silent:
            told = "ok" if check.passed else f"DIFFERS from {number(check.expected, 10)}"
            click.echo(f"{check.name:26}{number(check.found, 7):>14} {check.unit:8}{told}")
    return checks


def _versions() -> dict[str, str]:
    """nuem, Python and what nuem cannot do without."""
    needed = [name for name, extra in _requirements() if extra is None]
    python = f"{sys.version.split()[0]} ({sys.platform}, {os.cpu_count()} processors)"
    found = {name: metadata.version(name) for name in sorted(needed)}
    return {"nuem": metadata.version("nuem"), "python": python, **found}


def _optional_parts() -> Iterator[dict[str, Any]]:
    """Each extra for users, with versions and what is missing of it."""
    wanted: dict[str, list[str]] = {}
    for name, extra in _requirements():
        if extra is not None and extra not in _FOR_DEVELOPERS:
            wanted.setdefault(extra, []).append(name)
    for extra, names in sorted(wanted.items()):
        found = {name: _version(name) for name in names}
        missing = [name for name, version in found.items() if version is None]
        yield {"extra": extra, "packages": found, "missing": missing}


def _requirements() -> Iterator[tuple[str, str | None]]:
    """Packages that nuem states, each with the extra it belongs to or None."""
    for line in metadata.requires("nuem") or ():
        if found := _REQUIREMENT.match(line):
            yield found[1], found[2]


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _remedy(part: dict[str, Any]) -> str:
    if not part["missing"]:
        return ""
    return f"{', '.join(part['missing'])}: pip install 'nuem[{part['extra']}]'"


def _kernel_cache() -> dict[str, str]:
    """Folder of compiled kernels, what is in it, and the code that studies are bound to."""
    from analysis.studies.code import code_sha256

    folder = Path(os.environ.get("NUMBA_CACHE_DIR", ""))
    sizes = [file.stat().st_size for file in folder.rglob("*.nbc")]
    state = f"{len(sizes)} kernels, {sum(sizes) / 1e6:.1f} MB" if sizes else "none compiled yet"
    return {"folder": str(folder), "state": state, "code_of_studies": code_sha256()[:12]}
