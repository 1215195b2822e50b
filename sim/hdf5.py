"""HDF5 as bytes: images built in memory and sealed with a checksum, and a guarded reader.

The HDF5 library never touches the disk when writing (on a full disk it would crash the process):
an image is built in memory and written as bytes by ``sim.files``, and what is too large for that
goes through a stream whose errors it does not see.  A file ends with a seal, the
SHA-256 of all bytes before it, which is verified before the HDF5 library sees the file (damaged
metadata can crash it); other readers of HDF5 do not mind what follows the end of the file.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import h5py
import numpy as np
import numpy.typing as npt

from sim.integrity.seal import SealError, check_seal, seal
from sim.integrity.seal import sealed as sealed

_LOG = logging.getLogger("nuem.store")
_READ_ERRORS = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    RuntimeError,
    AttributeError,
    IndexError,
    OverflowError,
)
_DEEPEST = 32
"""Groups within groups in a file: ours have a handful."""


class StoreError(OSError):
    """A file that is missing, damaged, or not one of ours."""


class MissingFileError(StoreError):
    """A file that is not there."""


def image(attributes: Mapping[str, object], fill: Callable[[h5py.File], None]) -> bytes:
    """Sealed bytes of an HDF5 file with a header of attributes and content by fill."""
    with h5py.File(f"{uuid4()}.h5", "w", driver="core", backing_store=False) as file:
        fill(file)
        for key, value in attributes.items():
            file.attrs[key] = value
        file.flush()
        return sealed(bytes(file.id.get_file_image()))


def writer(
    attributes: Mapping[str, object], fill: Callable[[h5py.File], None]
) -> Callable[[BinaryIO], None]:
    """What writes the same to a stream (``sim.files``), for content that is larger than memory."""

    def write(file: BinaryIO) -> None:
        stream = _Guarded(file)
        try:
            with h5py.File(stream, "w") as content:
                fill(content)
                for key, value in attributes.items():
                    content.attrs[key] = value
        except Exception:
            stream.check()
            raise
        stream.check()
        seal(file)

    return write


class _Guarded:
    """A stream for the HDF5 library that never fails: the first error is kept for later."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._error: OSError | None = None
        self.tell = stream.tell

    def check(self) -> None:
        """Raise the error that there was."""
        if self._error is not None:
            raise self._error

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, which may write what was held back."""
        self._try(lambda: self._stream.seek(offset, whence))
        return offset if self._error else self._stream.tell()

    def read(self, size: int = -1) -> bytes:
        """As of the stream."""
        return self._stream.read(size)

    def flush(self) -> None:
        """Nothing: the whole file is synced in the end."""

    def write(self, content: bytes) -> int:
        """Write, unless there was an error."""
        self._try(lambda: self._stream.write(content))
        return len(content)

    def truncate(self, size: int) -> int:
        """Cut, or lengthen, unless there was an error."""
        self._try(lambda: self._stream.truncate(size))
        return size

    def _try(self, act: Callable[[], object]) -> None:
        if self._error is None:
            try:
                act()
            except OSError as error:
                self._error = error


def write_array(
    group: h5py.Group, name: str, values: npt.NDArray[np.generic], units: str, **attributes: str
) -> None:
    """A dataset with its units and other attributes."""
    dataset = group.create_dataset(name, data=np.ascontiguousarray(values))
    dataset.attrs["units"] = units
    for key, value in attributes.items():
        dataset.attrs[key] = value


def text(dataset: h5py.Dataset) -> str:
    """Content of a string dataset."""
    return str(dataset.asstr()[()])


@contextmanager
def verified(
    path: Path,
    expected_format: str,
    schema_version: int,
    migrations: Mapping[int, Callable[[h5py.File], None]] | None = None,
) -> Iterator[h5py.File]:
    """Open a file for reading after checking format, schema version, links and checksum.

    A file of an older schema is brought to the present one in memory: migrations[n] changes the
    layout of version n into that of n + 1.  The file itself stays as it is.

    The file is read as bytes, so that the HDF5 library neither locks nor touches it.

    Raises
    ------
    MissingFileError
        if the file is not there.
    StoreError
        if it is truncated, altered, hostile, of a newer schema, of one so old that there is no
        migration, or of another format, or if reading it inside the context fails.
    OSError
        if the system does not let it be read, which says nothing of its content.
    """
    content = _content(path)
    try:
        check_seal(content)
        with _opened(content, writable=False) as file:
            version = _checked_version(file, path, expected_format, schema_version, len(content))
            if version == schema_version:
                yield file
                return
        with _opened(content, writable=True) as file:
            _migrate(file, path, range(version, schema_version), migrations or {})
            yield file
    except StoreError:
        raise
    except SealError as error:
        raise StoreError(f"{path}: {error}") from None
    except _READ_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path}: not a readable nuem file ({reason})") from None


def _content(path: Path) -> bytes:
    """The bytes of a regular file."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
        if regular:
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingFileError(f"{path}: no such file") from None
    raise StoreError(f"{path}: not a regular file")


def _opened(content: bytes, *, writable: bool) -> h5py.File:
    """An HDF5 file in memory; what is changed in it is gone when it is closed."""
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fapl_core(backing_store=False)
    access.set_file_image(content)
    flags = h5py.h5f.ACC_RDWR if writable else h5py.h5f.ACC_RDONLY
    return h5py.File(h5py.h5f.open(uuid4().hex.encode(), flags, access))


def _migrate(
    file: h5py.File,
    path: Path,
    versions: range,
    migrations: Mapping[int, Callable[[h5py.File], None]],
) -> None:
    for version in versions:
        if version not in migrations:
            raise StoreError(f"{path}: schema version {version} is not read any more")
        migrations[version](file)
        _LOG.info("%s: schema version %d read as %d", path, version, version + 1)


def _checked_version(
    file: h5py.File, path: Path, expected_format: str, schema_version: int, n_bytes: int
) -> int:
    if file.attrs.get("format") != expected_format:
        raise StoreError(f"{path}: not a {expected_format} file")
    version = int(file.attrs["schema_version"])
    if version > schema_version:
        raise StoreError(
            f"{path}: schema version {version} is newer than {schema_version}: upgrade nuem"
        )
    _check_links(file, path, n_bytes)
    return version


def _check_links(group: h5py.Group, path: Path, n_bytes: int, depth: int = 0) -> None:
    """Refuse links, virtual and external storage, deep groups, more than the file can hold."""
    if depth > _DEEPEST:
        raise StoreError(f"{path}: groups are nested more than {_DEEPEST} deep, which is refused")
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise StoreError(f"{path}: {group.name}/{name} is a link, which is refused")
        node = group[name]
        if isinstance(node, h5py.Group):
            _check_links(node, path, n_bytes, depth + 1)
        elif node.is_virtual or node.external or node.nbytes > n_bytes:
            raise StoreError(f"{path}: {node.name} has a storage or size that is refused")
