"""Writing files: the old or the new one is there, whole, and nothing else is left behind."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from sim.files import OutputExistsError, check_free, write_atomically


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_writes_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_atomically(path, b"\x00\r\n\xff" * 1000)
    assert path.read_bytes() == b"\x00\r\n\xff" * 1000
    write_atomically(path, b"")
    assert path.read_bytes() == b""
    assert os.listdir(tmp_path) == ["a.h5"]


def test_relative_paths(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    write_atomically(Path("b.h5"), b"new")
    assert (tmp_path / "b.h5").read_bytes() == b"new"


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_follow_the_umask(mask: int, tmp_path: Path) -> None:
    """Not those of a private temporary file; and the umask stays as it was."""
    before = os.umask(mask)
    try:
        write_atomically(tmp_path / "a", b"x")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("call", ["os.replace", "os.fsync"])
@pytest.mark.parametrize("old", [b"old", None])
def test_failure_keeps_the_old_file(
    call: str, old: bytes | None, tmp_path: Path, monkeypatch: Any
) -> None:
    path = tmp_path / "a.h5"
    if old is not None:
        path.write_bytes(old)
    monkeypatch.setattr(call, full_disk)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomically(path, b"new")
    assert caught.value.errno == errno.ENOSPC
    assert os.listdir(tmp_path) == ([] if old is None else ["a.h5"])
    if old is not None:
        assert path.read_bytes() == old


def test_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert os.listdir(tmp_path) == ["a.h5"]
    assert path.read_bytes() == b"old"


def test_the_file_is_synced_before_it_is_renamed_and_the_folder_after(
    tmp_path: Path, monkeypatch: Any
) -> None:
    calls: list[str] = []
    fsync, replace = os.fsync, os.replace

    def sync(descriptor: int) -> None:
        calls.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")
        if calls[-1] == "file":
            assert os.fstat(descriptor).st_size == 3
        fsync(descriptor)

    def rename(source: Any, target: Any) -> None:
        assert Path(source).parent == Path(target).parent == tmp_path
        calls.append("rename")
        replace(source, target)

    monkeypatch.setattr("os.fsync", sync)
    monkeypatch.setattr("os.replace", rename)
    write_atomically(tmp_path / "a", b"new")
    assert calls == ["file", "rename", "folder"]


def test_a_write_that_stops_half_way(tmp_path: Path, monkeypatch: Any) -> None:
    """A stream that fails after some bytes, as on a full disk."""
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")
    real = os.fdopen

    def half(descriptor: int, mode: str) -> Any:
        stream = real(descriptor, mode, buffering=0)

        class Half:
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None:
                stream.close()

            def write(self, content: bytes) -> None:
                stream.write(content[: len(content) // 2])
                full_disk()

        return Half()

    monkeypatch.setattr("os.fdopen", half)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new content")
    assert os.listdir(tmp_path) == ["a.h5"]
    assert path.read_bytes() == b"old"


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "nowhere" / "a.h5", b"x")
    assert os.listdir(tmp_path) == []


def test_check_free(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    check_free(path, force=False)
    path.touch()
    check_free(path, force=True)
    with pytest.raises(OutputExistsError, match=r"a\.h5 exists already; give --force"):
        check_free(path, force=False)
    assert issubclass(OutputExistsError, OSError)
