"""The directive `public-face`: everything that `import nuem` offers, by subject."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

import nuem


def names_of(subject: ModuleType) -> list[str]:
    """Public names of a subject, the functions after the classes, both in alphabetical order."""
    return sorted(sorted(subject.__all__), key=is_function)


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
    """One section for each subject."""

    has_content: ClassVar[bool] = False

    def run(self) -> list[nodes.Node]:
        """The sections, written by autodoc."""
        sections: list[nodes.Node] = []
        for subject in nuem.SUBJECTS:
            section = nodes.section(ids=[nodes.make_id(subject.__name__)])
            section += nodes.title(text=subject.__name__)
            section += nodes.paragraph(text=str(subject.__doc__).partition(": ")[2].capitalize())
            lines = [line for name in names_of(subject) for line in entry(name)]
            lines = StringList(lines, source="nuem")
            self.state.nested_parse(lines, self.content_offset, section)
            sections.append(section)
        return sections


def setup(app: Sphinx) -> ExtensionMetadata:
    """The directive."""
    app.add_directive("public-face", PublicFace)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
