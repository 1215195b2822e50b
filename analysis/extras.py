"""What is said where a package is missing that only a part of nuem needs."""

from __future__ import annotations


class MissingExtraError(RuntimeError):
    """A package that is not installed; the message says with which extra of nuem it comes."""


def missing_extra(what: str, extra: str) -> MissingExtraError:
    """The error where ``what`` cannot be had without an extra: ``figures need matplotlib``."""
    return MissingExtraError(f"{what}: pip install 'nuem[{extra}]'")
