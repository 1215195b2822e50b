"""numba's cache on the disk, guarded: damage is compiled anew, what cannot be stored is not.

numba believes what it finds in its cache: a damaged file ends a program, or is run.  Here every
file carries a seal, and one without, or with a wrong one, is taken as not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from numba.core import caching

from sim.integrity.seal import SealError, check_seal, sealed

_GUARDED = "_nuem_guarded"


def guard_kernel_cache() -> None:
    """Guard the kernel cache of this process, once; kernels may be imported already."""
    file_class: Any = caching.IndexDataCacheFile
    cache_class: Any = caching.Cache
    if hasattr(file_class, _GUARDED):
        return
    setattr(file_class, _GUARDED, True)
    load_index, load_data = file_class._load_index, file_class._load_data
    open_for_write, save = file_class._open_for_write, cache_class._save_overload

    def guarded_index(self: Any) -> Any:
        return load_index(self) if _is_whole(Path(self._index_path)) else {}

    def guarded_data(self: Any, name: str) -> Any:
        if not _is_whole(Path(self._data_path(name))):
            raise OSError("damaged")  # for numba, a file that is gone
        return load_data(self, name)

    @contextmanager
    def sealing(self: Any, path: str) -> Iterator[BytesIO]:
        with open_for_write(self, path) as file:
            content = BytesIO()
            yield content
            file.write(sealed(content.getvalue()))

    def save_if_possible(self: Any, *arguments: Any) -> None:
        with suppress(OSError):
            save(self, *arguments)

    file_class._load_index = guarded_index
    file_class._load_data = guarded_data
    file_class._open_for_write = sealing
    cache_class._save_overload = save_if_possible


def _is_whole(path: Path) -> bool:
    try:
        check_seal(path.read_bytes())
    except (OSError, SealError):
        return False
    return True
