"""The folder of compiled kernels: found or made somewhere, and guarded."""

from __future__ import annotations

import atexit
import hashlib
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from shutil import rmtree

_FLOORS = ("fluxes", "detectors", "sim", "analysis")


def use_private_folder() -> bool:
    """Keep compiled kernels in a folder of their own, one for each state of the kernel files.

    numba's cache looks only at the file of a kernel, so a shared folder could serve stale code.
    A NUMBA_CACHE_DIR that is set already is respected.  True if the folder is not there yet.
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(file for floor in _FLOORS for file in (root / floor).rglob("*kernels.py")):
        digest.update(path.read_bytes())
    cache = _cache_home() / f"numba-{digest.hexdigest()[:16]}"
    private = os.environ.setdefault("NUMBA_CACHE_DIR", str(cache)) == str(cache)
    return private and not cache.exists()


def guard_folder() -> None:
    """Before numba is imported: a folder that cannot be written is replaced for this command.

    What is damaged in the folder is compiled anew.
    """
    folder = os.environ.get("NUMBA_CACHE_DIR")
    if folder is not None and not _is_writable(Path(folder)):
        spare = tempfile.mkdtemp(prefix="nuem-kernels-")
        atexit.register(rmtree, spare, ignore_errors=True)
        os.environ["NUMBA_CACHE_DIR"] = spare
    from sim.integrity.kernel_cache import guard_kernel_cache

    guard_kernel_cache()


def _cache_home() -> Path:
    """The user's folder for caches; a temporary one of the user where there is no home."""
    stated = os.environ.get("XDG_CACHE_HOME")
    if stated:
        return Path(stated) / "nuem"
    try:
        return Path.home() / ".cache" / "nuem"
    except RuntimeError:  # neither HOME nor an entry in the list of users
        return _own_temporary()


def _own_temporary() -> Path:
    """The same folder every time, unless it is another user's."""
    folder = Path(tempfile.gettempdir()) / f"nuem-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.lstat().st_uid == os.getuid():
            return folder
    return Path(tempfile.mkdtemp(prefix="nuem-"))


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True
