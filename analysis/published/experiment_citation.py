"""The experiment itself as a reference: an entry of BibTeX made of what its file states."""

from __future__ import annotations

import re

from sim.experiment import Experiment

_ARXIV = re.compile(r"arXiv:\s?(\d{4}\.\d{4,5})|\b([a-z-]+/\d{7})\b")
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_SPECIAL = re.compile(r"[\\{}%&#_$~^\"@]")
_TEX = {
    "\\": "{\\textbackslash}",
    "~": "{\\textasciitilde}",
    "^": "{\\textasciicircum}",
    '"': "''",
    "{": "(",
    "}": ")",
    "@": "{@}",
}


def experiment_entry(experiment: Experiment) -> tuple[str, str] | None:
    """Key and BibTeX entry (``@misc``, the stated reference as its note), or None without one.

    A reference that begins with "none" is none.  The first arXiv number becomes the eprint, and
    a year is taken only where the text holds a single one.
    """
    reference = " ".join(experiment.config.reference.split())
    if not reference or reference.lower().startswith("none"):
        return None
    key = re.sub(r"[^A-Za-z0-9-]+", "-", experiment.name).strip("-") or "experiment"
    authors, _, _ = reference.partition(" et al.")
    fields = [("title", f"{{{_tex(experiment.name)}}}"), ("note", _tex(reference))]
    if authors != reference and re.fullmatch(r"[\w' -]+", authors):
        fields.insert(0, ("author", f"{authors} and others"))
    years = set(_YEAR.findall(_ARXIV.sub("", reference)))
    if len(years) == 1:
        fields.append(("year", years.pop()))
    if found := _ARXIV.search(reference):
        fields += [("eprint", found[1] or found[2]), ("archivePrefix", "arXiv")]
    lines = ",\n".join(f'  {name} = "{text}"' for name, text in fields)
    return key, f"@misc{{{key},\n{lines}\n}}"


def _tex(text: str) -> str:
    """Text without signs that mean something to TeX or BibTeX."""
    return _SPECIAL.sub(lambda found: _TEX.get(found[0], f"\\{found[0]}"), text)
