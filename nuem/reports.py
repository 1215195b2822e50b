"""Reports: pages of an experiment, the explorer, and published limits beside ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nuem.face import offered

if TYPE_CHECKING:
    from analysis.explorer.content import explorer_content as explorer_content
    from analysis.explorer.page import explorer_page as explorer_page
    from analysis.published.reproduction import ReproducedLimit as ReproducedLimit
    from analysis.published.reproduction import reproduce_limits as reproduce_limits
    from analysis.reports.content import Report as Report
    from analysis.reports.content import report as report
    from analysis.reports.page import report_page as report_page

HOMES = {
    "Report": "analysis.reports.content",
    "ReproducedLimit": "analysis.published.reproduction",
    "explorer_content": "analysis.explorer.content",
    "explorer_page": "analysis.explorer.page",
    "report": "analysis.reports.content",
    "report_page": "analysis.reports.page",
    "reproduce_limits": "analysis.published.reproduction",
}

if not TYPE_CHECKING:
    __all__ = list(HOMES)


def __getattr__(name: str) -> object:
    return offered(name, __name__, HOMES)


def __dir__() -> list[str]:
    return sorted(HOMES)
