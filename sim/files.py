"""Files that are whole or not there: bytes under a temporary name, synced, then renamed."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path

_SUFFIX = ".writing"


class OutputExistsError(OSError):
    """The output is already there and overwriting was not asked for."""


def check_free(path: Path, *, force: bool) -> None:
    """Raise OutputExistsError if path exists and force is not given."""
    if path.exists() and not force:
        raise OutputExistsError(f"{path} exists already; give --force to overwrite it")


def write_atomically(path: Path, content: bytes) -> None:
    """Write content to path so that at any moment the old or the new file is there, whole.

    A temporary file in the same folder is written, synced and renamed, then the folder is
    synced.  On any failure the temporary file is removed and the error raised; a process that
    is killed leaves it behind, for ``sweep``.

    Raises
    ------
    OSError
        if the folder is missing or not writable, or the disk is full.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    try:
        _write(path, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def sweep(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers died; those being written are locked.

    Where locks do not exist, or the folder may not be changed, nothing is removed.
    """
    for temporary in folder.glob(f".*{_SUFFIX}"):
        with suppress(OSError), temporary.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            temporary.unlink()


def _write(path: Path, content: bytes) -> None:
    descriptor, temporary = _locked_temporary(path)
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


def _locked_temporary(path: Path) -> tuple[int, str]:
    """A new file beside path, locked: one that was swept before its lock was held is made anew."""
    while True:
        descriptor, temporary = tempfile.mkstemp(_SUFFIX, f".{path.name}.", path.parent)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor, temporary
        os.close(descriptor)


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
