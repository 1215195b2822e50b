"""Files of likelihoods, read: JSON of pyhf and HS3, and folders of HEPData."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.extras import missing_extra
from analysis.imports.hs3_file import read_hs3
from analysis.imports.likelihood_file import LikelihoodFile
from analysis.imports.pyhf_file import read_pyhf
from sim.experiment import ConfigurationError, read_text

SUBMISSION = "submission.yaml"


def read_likelihood(kind: str, path: Path) -> LikelihoodFile:
    """The likelihood in a file of a kind: ``pyhf``, ``hs3``, or of a folder ``hepdata``.

    Raises
    ------
    ConfigurationError
        for a file that is not of this kind, or holds what no polynomial of parameters can.
    OSError
        if it cannot be read.
    """
    try:
        if kind == "hepdata":
            return _of_submission(path)
        return _of_json(kind, read_text(path))
    except ValueError as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{path}: {error}") from None


def _of_json(kind: str, text: str) -> LikelihoodFile:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(content, Mapping):
        raise ValueError(f"not a workspace of {kind}: an object expected")
    return read_pyhf(content) if kind == "pyhf" else read_hs3(content)


def _of_submission(folder: Path) -> LikelihoodFile:
    """The first likelihood among the resources of a submission, HS3 before HistFactory."""
    try:
        import yaml
    except ModuleNotFoundError:
        raise missing_extra("a HEPData submission needs PyYAML", "export") from None
    try:
        documents = list(yaml.safe_load_all(read_text(folder / SUBMISSION)))
    except yaml.YAMLError as error:
        raise ValueError(f"{SUBMISSION} is not YAML: {' '.join(str(error).split())}") from None
    names = [
        str(resource.get("location", ""))
        for document in documents
        if isinstance(document, Mapping)
        for resource in document.get("additional_resources") or []
    ]
    found: dict[str, str] = {}
    for name in names:
        if name.endswith(".json") and "/" not in name and (folder / name).is_file():
            text = read_text(folder / name)
            found.setdefault(_kind_of(text), text)
    for kind in ("hs3", "pyhf"):
        if kind in found:
            return _of_json(kind, found[kind])
    raise ValueError(
        f"no likelihood among the resources: a JSON file of HS3 or pyhf in the folder expected, "
        f"found {', '.join(names) or 'none'}"
    )


def _kind_of(text: str) -> str:
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(content, Mapping):
        return ""
    return "hs3" if "likelihoods" in content else "pyhf" if "channels" in content else ""
