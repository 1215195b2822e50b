"""Kernels compiled by the tests and by the commands that they start are kept in one form."""

from __future__ import annotations

import sys
from pathlib import Path

from sim.integrity.kernel_cache import guard_kernel_cache

sys.path.insert(0, str(Path(__file__).parent))


def pytest_configure() -> None:
    """Guard the kernel cache, as the command does."""
    guard_kernel_cache()
