"""The directive `public-face`: everything that `import nuem` offers, by the floor it lives on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import nuem

FLOORS = {
    "sim": "Experiments, models, spectra, cross sections",
    "analysis": "Fits, limits, studies, figures",
    "detectors": "Detectors",
    "fluxes": "Fluxes",
}


def names_by_floor() -> dict[str, list[str]]:
    """Public names of each floor, the functions after the classes, both in alphabetical order."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in sorted(nuem.__all__):
        found[home_of(name)].append(name)
    return {floor: sorted(found[floor], key=is_function) for floor in FLOORS if found[floor]}


def home_of(name: str) -> str:
    """The floor of a public name."""
    return str(getattr(nuem, name).__module__).partition(".")[0]


def is_function(name: str) -> bool:
    """False for a class."""
    return not isinstance(getattr(nuem, name), type)


def entry(name: str) -> list[str]:
    """What autodoc is told about a name."""
    thing: Any = getattr(nuem, name)
    if is_function(name):
        return [f".. autofunction:: nuem.{name}", ""]
    if issubclass(thing, Exception):
        return [f".. autoexception:: nuem.{name}", "   :show-inheritance:", ""]
    return [f".. autoclass:: nuem.{name}", "   :members:", ""]


class PublicFace(SphinxDirective):
    """One section for each floor."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """The sections, written by autodoc."""
        sections: list[nodes.Node] = []
        for floor, names in names_by_floor().items():
            section = nodes.section(ids=[nodes.make_id(floor)])
            section += nodes.title(text=FLOORS[floor])
            lines = StringList([line for name in names for line in entry(name)], source="nuem")
            self.state.nested_parse(lines, self.content_offset, section)
            sections.append(section)
        return sections


def setup(app: Sphinx) -> ExtensionMetadata:
    """The directive."""
    app.add_directive("public-face", PublicFace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
