"""References in a report: what to cite, as text with links, and as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.published.citations import Citation, citations
from sim.experiment import Experiment

_FIELD = re.compile(r'(\w+) = "(.*?)"(?=,?\s)', re.DOTALL)
_PLAIN = (
    (re.compile(r"\{?\\'\{?e\}?\}?"), "é"),
    (re.compile(r"\$\\bar\\nu_e\$"), "ν̄ₑ"),
    (re.compile(r"\\url"), ""),
    (re.compile(r"[{}$]"), ""),
    (re.compile(r"\s+"), " "),
)
_MOST_AUTHORS = 3


@dataclass(frozen=True, slots=True)
class Reference:
    """A source: who, what, where; a link or ""; what it is used for."""

    authors: str
    title: str
    where: str
    link: str
    used_for: str


def references(experiments: Sequence[Experiment]) -> tuple[Reference, ...]:
    """nuem, and the source of everything that experiments and their limits use."""
    return tuple(reference(citation) for citation in _citations(experiments))


def bibtex(experiments: Sequence[Experiment]) -> str:
    """The same as BibTeX."""
    return "\n\n".join(citation.bibtex for citation in _citations(experiments))


def _citations(experiments: Sequence[Experiment]) -> list[Citation]:
    """Each once, with all that it is used for."""
    found: dict[str, Citation] = {}
    for citation in (c for experiment in experiments for c in citations(experiment)):
        known = found.get(citation.key, citation)
        uses = dict.fromkeys((*known.used_for, *citation.used_for))
        found[citation.key] = replace(known, used_for=tuple(uses))
    return list(found.values())


def reference(citation: Citation) -> Reference:
    """A BibTeX entry of nuem as text."""
    found = {name: plain(value) for name, value in _FIELD.findall(citation.bibtex)}
    return Reference(
        authors=_authors(found.get("author", "")),
        title=found.get("title", citation.key),
        where=_where(found),
        link=_link(found),
        used_for="; ".join(citation.used_for),
    )


def plain(text: str) -> str:
    """Text without the TeX that nuem's bibliography uses."""
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    return text.strip()


def _authors(text: str) -> str:
    names = text.split(" and ")
    shown = ["et al." if name == "others" else name for name in names[:_MOST_AUTHORS]]
    return ", ".join(shown) + (" et al." if len(names) > _MOST_AUTHORS else "")


def _where(found: dict[str, str]) -> str:
    journal = " ".join(found[key] for key in ("journal", "volume", "pages") if key in found)
    place = journal or found.get("institution", "")
    version = f"version {found['version']}" if "version" in found else ""
    year = f"({found['year']})" if "year" in found else ""
    return " ".join(part for part in (place, version, year) if part)


def _link(found: dict[str, str]) -> str:
    if "doi" in found:
        return f"https://doi.org/{found['doi']}"
    if "eprint" in found:
        return f"https://arxiv.org/abs/{found['eprint']}"
    return found.get("howpublished", "")
