"""HDF5 as bytes: images built in memory and sealed with a checksum, and a guarded reader.

The HDF5 library never touches the disk when writing (on a full disk it would crash the process):
an image is built in memory and written as bytes by ``sim.files``.  It ends with a seal, the
SHA-256 of all bytes before it, which is verified before the HDF5 library sees the file (damaged
metadata can crash it); other readers of HDF5 do not mind what follows the end of the file.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import h5py
import numpy as np
import numpy.typing as npt

_LOG = logging.getLogger("nuem.store")
_SEAL_MARK = b"\nnuem-sha256:"
_SEAL_LENGTH = len(_SEAL_MARK) + 64 + 1
_BLOCK = 2**20
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


class StoreError(OSError):
    """A file that is missing, damaged, or not one of ours."""


def image(attributes: Mapping[str, object], fill: Callable[[h5py.File], None]) -> bytes:
    """Sealed bytes of an HDF5 file with a header of attributes and content by fill."""
    with h5py.File(f"{uuid4()}.h5", "w", driver="core", backing_store=False) as file:
        fill(file)
        for key, value in attributes.items():
            file.attrs[key] = value
        file.flush()
        return sealed(bytes(file.id.get_file_image()))


def sealed(content: bytes) -> bytes:
    """Content with its seal at the end."""
    return content + _SEAL_MARK + hashlib.sha256(content).hexdigest().encode() + b"\n"


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

    Raises
    ------
    StoreError
        if the file is missing, truncated, altered, hostile, of a newer schema, of one so old that
        there is no migration, or of another format, or if reading it inside the context fails.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file")
    try:
        _check_seal(path)
        with h5py.File(path, "r") as file:
            version = _checked_version(file, path, expected_format, schema_version)
            if version == schema_version:
                yield file
                return
        with h5py.File(path, "r+", driver="core", backing_store=False) as file:
            _migrate(file, path, range(version, schema_version), migrations or {})
            yield file
    except StoreError:
        raise
    except _READ_ERRORS as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StoreError(f"{path}: not a readable nuem file ({reason})") from None


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


def _checked_version(file: h5py.File, path: Path, expected_format: str, schema_version: int) -> int:
    if file.attrs.get("format") != expected_format:
        raise StoreError(f"{path}: not a {expected_format} file")
    version = int(file.attrs["schema_version"])
    if version > schema_version:
        raise StoreError(
            f"{path}: schema version {version} is newer than {schema_version}: upgrade nuem"
        )
    _check_links(file, path)
    return version


def _check_seal(path: Path) -> None:
    """Verify the checksum at the end of a file, reading it once."""
    size = path.stat().st_size - _SEAL_LENGTH
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        left = size
        while left > 0:
            block = stream.read(min(left, _BLOCK))
            if not block:
                break
            digest.update(block)
            left -= len(block)
        seal = stream.read(_SEAL_LENGTH)
    if size < 0 or not seal.startswith(_SEAL_MARK):
        raise StoreError(f"{path}: truncated, or not a nuem file: it does not end with a seal")
    if seal != _SEAL_MARK + digest.hexdigest().encode() + b"\n":
        raise StoreError(f"{path}: the content does not match its checksum: the file is damaged")


def _check_links(group: h5py.Group, path: Path) -> None:
    """Refuse links, virtual and external storage, and more content than the file can hold."""
    for name in group:
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise StoreError(f"{path}: {group.name}/{name} is a link, which is refused")
        node = group[name]
        if isinstance(node, h5py.Group):
            _check_links(node, path)
        elif node.is_virtual or node.external or node.nbytes > path.stat().st_size:
            raise StoreError(f"{path}: {node.name} has a storage or size that is refused")
