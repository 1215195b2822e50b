"""Files that are whole or not there: bytes under a temporary name, synced, then renamed."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


class OutputExistsError(OSError):
    """The output is already there and overwriting was not asked for."""


def check_free(path: Path, *, force: bool) -> None:
    """Raise OutputExistsError if path exists and force is not given."""
    if path.exists() and not force:
        raise OutputExistsError(f"{path} exists already; give --force to overwrite it")


def write_atomically(path: Path, content: bytes) -> None:
    """Write content to path so that at any moment the old or the new file is there, whole.

    A temporary file in the same folder is written, synced and renamed, then the folder is
    synced.  On any failure the temporary file is removed and the error raised.

    Raises
    ------
    OSError
        if the folder is missing or not writable, or the disk is full.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
