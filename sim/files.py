"""Files that are whole or not there: bytes under a temporary name, synced, then renamed."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

_SUFFIX = ".writing"
_NOT_REGULAR = "not a regular file, and not replaced by one"
_LONGEST_STEM = 100
"""Bytes of the output's name in that of its temporary file: file systems allow 255 in all."""
_CANNOT_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
"""What a file system says that knows no fsync, of folders or at all: CIFS, FUSE, VirtualBox."""


Content = bytes | Callable[[BinaryIO], None]


class OutputExistsError(OSError):
    """The output is already there and overwriting was not asked for."""


def check_free(path: Path, *, force: bool, folder: bool = False) -> None:
    """Raise OutputExistsError if path is there without force, or as no regular file, or folder."""
    if not path.exists():
        return
    if not force:
        raise OutputExistsError(f"{path} exists already; give --force to overwrite it")
    if not (path.is_dir() if folder else path.is_file()):
        raise OutputExistsError(f"{path}: {'not a folder' if folder else _NOT_REGULAR}")


def write_atomically(path: Path, content: Content, *, swept: bool = False) -> None:
    """Write content to path so that at any moment the old or the new file is there, whole.

    content: bytes, or what writes them to a stream, of what should not be in memory at once.  A
    temporary file in the same folder is written, synced and renamed, then the folder is
    synced.  On any failure the temporary file is removed and the error raised; what a process that
    was killed left behind is removed by the next that writes the file (swept: by the caller).  Of
    a link the file is written that it points to.  A file system without locks, modes or syncing of
    folders is written to as well as it can be.

    Raises
    ------
    OSError
        if the folder is missing or not writable, the disk is full, or a device or folder is there.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
    try:
        target = Path(os.path.realpath(path)) if path.is_symlink() else path
        if target.exists() and not target.is_file():
            raise OSError(errno.EEXIST, _NOT_REGULAR)
        if not swept:
            sweep(target.parent, f"{_stem(target)}.")
        _write(target, content)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def sweep(folder: Path, stem: str = "") -> None:
    """Remove the temporary files in a folder whose writers died; those being written are locked.

    stem: only those of files whose names begin with it.  Where locks do not exist, or the folder
    may not be changed, nothing is removed.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if not (name.startswith(f".{stem}") and name.endswith(_SUFFIX)):
            continue
        temporary = folder / name
        with suppress(OSError), open(temporary, "rb", opener=_without_waiting) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            temporary.unlink()


def _write(path: Path, content: Content) -> None:
    descriptor, temporary = _locked_temporary(path)
    try:
        with os.fdopen(descriptor, "w+b") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                content(stream)
            stream.flush()
            _sync(stream.fileno())
            with suppress(OSError):  # modes are a nicety that some file systems do not know
                os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _locked_temporary(path: Path) -> tuple[int, str]:
    """A new file beside path, locked: one that was swept before its lock was held is made anew."""
    while True:
        descriptor, temporary = tempfile.mkstemp(_SUFFIX, f".{_stem(path)}.", path.parent)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink > 0:
            return descriptor, temporary
        os.close(descriptor)


def _without_waiting(path: str, flags: int) -> int:
    """Opens what may be a pipe, which would wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _stem(path: Path) -> str:
    return os.fsdecode(os.fsencode(path.name)[:_LONGEST_STEM])


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _sync_folder(folder: Path) -> None:
    """Sync a folder, if it can be opened: it may be one to write to, and not to list."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)
