"""Seals: the SHA-256 of a file's content at its end, by which damage is known before it is read."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

_MARK = b"\nnuem-sha256:"
_LENGTH = len(_MARK) + 64 + 1
_PART = 2**20


class SealError(ValueError):
    """Content that does not end with a seal, or with that of other content."""


def sealed(content: bytes) -> bytes:
    """Content with its seal at the end."""
    return content + _MARK + hashlib.sha256(content).hexdigest().encode() + b"\n"


def seal(stream: BinaryIO) -> None:
    """Seal what a stream holds, without having it in memory."""
    stream.seek(0)
    digest = hashlib.sha256()
    while part := stream.read(_PART):
        digest.update(part)
    stream.write(_MARK + digest.hexdigest().encode() + b"\n")


def check_seal(content: bytes) -> None:
    """Verify the seal at the end of content.

    Raises
    ------
    SealError
        if there is none, or it is that of other content.
    """
    found = content[-_LENGTH:]
    if len(content) < _LENGTH or not found.startswith(_MARK):
        raise SealError("truncated, or not a nuem file: it does not end with a seal")
    digest = hashlib.sha256(memoryview(content)[:-_LENGTH])
    if found != _MARK + digest.hexdigest().encode() + b"\n":
        raise SealError("the content does not match its checksum: the file is damaged")
