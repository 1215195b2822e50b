"""The page of an explorer: one HTML file that computes in the browser, and asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from html import escape
from importlib import resources
from importlib.metadata import version
from string import Template

from analysis.explorer.content import explorer_content
from sim.experiment import Experiment

_PROGRAM = (
    "numbers",
    "expectation",
    "likelihood",
    "problem",
    "limits",
    "map",
    "charts",
    "figures",
    "controls",
    "command",
    "results",
    "page",
)
"""Parts of the program in the order in which they stand in the page, as one module."""


def explorer_page(
    experiment: Experiment,
    thresholds_kev: Sequence[float] | None = None,
    source: str | None = None,
    overrides: Sequence[str] = (),
) -> str:
    """HTML of an explorer of an experiment; arguments as those of ``explorer_content``.

    The page may run the program that it holds and nothing else: its security policy names the
    program's hash.

    Raises
    ------
    ConfigurationError
        for thresholds that the experiment cannot have.
    """
    content = explorer_content(experiment, thresholds_kev, source, overrides)
    program = "\n".join(_template(f"{name}.js") for name in _PROGRAM)
    config = experiment.config
    return Template(_template("explorer.html")).substitute(
        digest=base64.b64encode(hashlib.sha256(program.encode()).digest()).decode(),
        version=version("nuem"),
        name=escape(experiment.name),
        description=escape(config.description),
        reference=escape(config.reference),
        warnings="".join(f'<p class="warning">{escape(w)}</p>' for w in content["warnings"]),
        style=_template("explorer.css"),
        hash=experiment.sha256(),
        content=_inside_a_page(content),
        program=program,
    )


def _inside_a_page(content: object) -> str:
    """JSON that no markup in a name can end early."""
    text = json.dumps(content, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _template(name: str) -> str:
    return resources.files("analysis.explorer.templates").joinpath(name).read_text(encoding="utf-8")
