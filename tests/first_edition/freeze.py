"""Makes the references of the first edition: ``python tests/first_edition/freeze.py [NAME ...]``.

The references that are committed were made so by nuem at the commit in ``references/origin.json``,
before the core was rewritten for several detectors and periods.  Run it anew only for a deliberate
change of what frozen files give, and say in CHANGELOG.md what changes and by how much.  NAME is
that of a frozen experiment, ``combined`` or ``studies``, which stores files of its own schema.

Every answer is asked for again with counts that differ by rounding errors (1e-15).  Where that
moves a number by more than a tenth of the tolerance, ten times as much is the answer's tolerance.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

import edition_answers
import edition_arrays
import edition_spectra
import edition_studies
import numpy as np
from edition_answers import DATA, TOLERANCE, Answer

import nuem

REFERENCES = DATA / "references"
HOUSE = ("analysis", "detectors", "fluxes", "nuem", "sim")
METHODS = {
    "mu_nu": ("qtilde", "delta-chi2", "cls", "clsb", "bayes-flat"),
    **dict.fromkeys(("q_nu", "r2_nu", "sin2_theta_w", "cevns"), ("delta-chi2",)),
}
FREE = ("mu_nu", "q_nu", "r2_nu", "mu_nu+q_nu+r2_nu", "cevns")
SLOW = ("dresden-ii", "dresden-ii-null", "made-floating")
"""Floating shapes: only the observed data, no bands, no flat prior, which takes half a minute."""
BANDS_OF_ALL = (
    "few-counts",
    "background-dominated",
    "made-cores",
    "made-templates",
    "made-scalings",
)
"""Bands of every parameter; of mu_nu they are had of all files."""
FURTHER = {
    "few-counts": (
        "limit|asimov|off-joint|mu_nu|feldman-cousins",
        "contour|asimov|off-joint|q_nu|r2_nu",
        "significance|asimov|off-joint|cevns",
        "goodness|asimov|off-joint|200",
    ),
    "background-dominated": (
        "profile|asimov|off-joint|mu_nu",
        "contour|asimov|off-fixed|mu_nu|q_nu",
        "impacts|asimov|off-joint|mu_nu",
    ),
    "conus-plus-2025": (
        "significance|asimov|off-joint|cevns",
        "significance|asimov|off-fixed|cevns",
        "impacts|asimov|off-joint|r2_nu",
    ),
    "made-ccd": ("limit|asimov|off-joint|r2_nu|feldman-cousins",),
    "made-templates": (
        "limit|asimov|off-fixed|q_nu|feldman-cousins",
        "limit|asimov|off-joint|q_nu|feldman-cousins",
    ),
    "made-cores": ("profile|asimov|off-joint|r2_nu", "impacts|asimov|off-joint|q_nu"),
    "made-gaussian": ("profile|observed|off-joint|q_nu", "significance|observed|off-joint|mu_nu"),
    "made-off-fixed": (
        "significance|observed|off-fixed|mu_nu",
        "impacts|observed|off-fixed|mu_nu",
        "goodness|observed|off-joint|200",
    ),
    "made-floating": ("impacts|observed|off-joint|mu_nu", "significance|observed|off-joint|cevns"),
    "dresden-ii": ("significance|observed|off-joint|cevns",),
}
COMBINED = [
    f"{names}|{data}|{treatment}|{parameter}|{method}"
    for names, data, treatment in (
        ("few-counts+background-dominated", "asimov", "off-joint"),
        ("conus-plus-2025+made-flux-shape", "asimov", "off-joint"),
        ("made-off-fixed+made-gaussian", "observed", "off-fixed"),
    )
    for parameter in ("mu_nu", "q_nu", "r2_nu")
    for method in METHODS[parameter]
    if method != "bayes-flat" or "few" in names
]


def questions(name: str) -> Iterator[str]:
    """All that is asked of a frozen file."""
    model = edition_answers.model(name)
    off_can_fix = edition_arrays.off_can_fix(model.experiment)
    treatments = ("off-joint", "off-fixed") if off_can_fix else ("off-joint",)
    data = ("asimov", "observed")
    if model.observed is None or name in SLOW:
        data = ("asimov",) if model.observed is None else ("observed",)
    for base in (f"{d}|{t}" for t in treatments for d in data):
        for parameter, methods in METHODS.items():
            for method in methods:
                if name not in SLOW or method != "bayes-flat":
                    yield f"limit|{base}|{parameter}|{method}"
        yield from (f"fit|{base}|{free}" for free in FREE)
    configured = model.experiment.config.analysis.background
    for parameter, methods in METHODS.items():
        for method in methods if name not in SLOW else ():
            if parameter == "mu_nu" or name in BANDS_OF_ALL:
                yield f"band|asimov|{configured}|{parameter}|{method}"
    yield from FURTHER.get(name, ())


def settled(ask: Callable[[int], Answer], question: str, shakes: int) -> Answer | None:
    """An answer, with a tolerance of its own where rounding errors move it.

    None where they change what must be equal: rovno's fit of one bin at its bound, off-fixed,
    whose error is there or not.
    """
    found, largest = ask(0), 0.0
    for shake in range(1, shakes + 1):
        shaken = ask(shake)
        if found["exact"] != shaken["exact"]:
            print(f"  {question}: left out, rounding errors change {found['exact']}")
            return None
        triples = zip(found["numbers"], shaken["numbers"], found["sizes"], strict=True)
        largest = max([largest, *(abs(x - y) / size for x, y, size in triples if size > 0)])
    if 10 * largest > TOLERANCE:
        found["tolerance"] = float(f"{10 * largest:.0e}")
        print(f"  {question}: moved by {largest:.1e}", flush=True)
    return found


def with_common_tolerances(answers: dict[str, Answer]) -> dict[str, Answer]:
    """Fits of one likelihood end alike: each with the largest of their tolerances."""
    bases = {q: q.rsplit("|", 1)[0] for q in answers if q.startswith("fit|")}
    for question, base in bases.items():
        same = [answers[q] for q, other in bases.items() if other == base]
        largest = max(answer.get("tolerance", TOLERANCE) for answer in same)
        if largest > TOLERANCE:
            answers[question]["tolerance"] = largest
    return answers


def freeze_file(name: str) -> None:
    """References of one frozen file."""
    model = edition_answers.model(name)
    arrays = {**edition_spectra.arrays(model), **edition_spectra.gaussian_toys(model)}
    np.savez_compressed(REFERENCES / f"{name}.npz", **arrays)
    shakes = 1 if name in SLOW else 2
    asked = {q: settled(_asker(name, q), q, shakes) for q in questions(name)}
    answers = {q: answer for q, answer in asked.items() if answer is not None}
    content = {
        "sha256": model.experiment.sha256(),
        **edition_spectra.names(model),
        "toys": edition_spectra.toy_hashes(model),
        "answers": with_common_tolerances(answers),
    }
    _write(name, content)


def _asker(name: str, question: str) -> Callable[[int], Answer]:
    return lambda shake: edition_answers.answer(name, question, shake=shake)


def freeze_combined() -> None:
    """References of limits of several files."""

    def asker(question: str) -> Callable[[int], Answer]:
        return lambda shake: edition_answers.combined(question, shake=shake)

    _write("combined", {q: settled(asker(q), q, 2) for q in COMBINED})


def freeze_studies() -> None:
    """References of studies, and of the files that the first edition stored."""
    stored = edition_studies.STORED
    shutil.rmtree(stored, ignore_errors=True)
    stored.mkdir()
    found = {}
    for name in edition_studies.PLANS:
        edition_studies.run(name, stored / name)
        nuem.merge_study(stored / name, stored / f"{name}.h5")
        found[name] = edition_studies.results(name, stored / name)
    for name, truth in (("few-counts", "beyond"), ("made-gaussian", "standard-model")):
        model = edition_answers.model(name)
        parameters = edition_spectra.TRUTHS[truth]
        toys = np.array([edition_arrays.counts(t) for t in nuem.toys(model, 3, 7, parameters)])
        path = stored / f"spectra-{name}.h5"
        nuem.write_spectra(path, model, model.asimov(parameters), toys, 7)
        found[path.stem] = edition_studies.spectra(path)
    _write("studies", found)


def main(names: list[str]) -> None:
    """Freeze the named parts, or all of them."""
    REFERENCES.mkdir(exist_ok=True)
    files = sorted(path.stem for path in (DATA / "experiments").glob("*.toml"))
    for name in names or [*files, "combined", "studies"]:
        start = time.perf_counter()
        match name:
            case "combined":
                freeze_combined()
            case "studies":
                freeze_studies()
            case _:
                freeze_file(name)
        print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)
    command = ["git", "log", "-1", "--format=%H", "--", *HOUSE]
    commit = subprocess.run(
        command, cwd=DATA.parents[2], capture_output=True, text=True, check=True
    ).stdout.strip()
    _write("origin", {"nuem": nuem.__version__, "commit": commit})


def _write(name: str, content: dict[str, Any]) -> None:
    """A line for each entry, and for each answer, so that differences can be read."""
    lines = []
    for key, value in content.items():
        text = json.dumps(value)
        if key == "answers":
            rows = (f"  {json.dumps(q)}: {json.dumps(a)}" for q, a in value.items())
            text = "{\n" + ",\n".join(rows) + "\n }"
        lines.append(f" {json.dumps(key)}: {text}")
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (REFERENCES / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
