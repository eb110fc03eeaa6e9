"""fsync that fails: SQLite's own file system layer (VFS) with another xSync, and `os.fsync` of everything else."""

from __future__ import annotations

import ctypes
import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

OK, IOERR_FSYNC = 0, 10 | 4 << 8  # https://sqlite.org/rescode.html
POINTER = ctypes.sizeof(ctypes.c_void_p)
XOPEN = 5 * POINTER  # in struct sqlite3_vfs, behind three ints and three pointers
XSYNC = 5 * POINTER  # in struct sqlite3_io_methods, behind its version and four pointers
METHODS = {1: 12, 2: 16, 3: 18}  # of struct sqlite3_io_methods, by its version
OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)

_state: dict[str, Any] = {"fails": False, "installed": False, "failed": 0}
_kept: list[Any] = []  # what C code has the address of must not be collected
_patched: dict[int, int] = {}  # address of a file's methods -> that of their copy with our xSync


def _read(address: int) -> int:
    return int(ctypes.c_void_p.from_address(address).value or 0)


def _write(address: int, value: int) -> None:
    ctypes.c_void_p.from_address(address).value = value


def _copy_of(methods: int) -> int:
    """A copy of a file's methods whose xSync fails when it should."""
    if methods in _patched.values():
        return methods
    if methods not in _patched:
        size = (1 + METHODS[min(ctypes.c_int.from_address(methods).value, 3)]) * POINTER
        copy, real = ctypes.create_string_buffer(ctypes.string_at(methods, size), size), SYNC(_read(methods + XSYNC))

        def sync(file: int, flags: int) -> int:
            _state["failed"] += _state["fails"]
            return IOERR_FSYNC if _state["fails"] else int(real(file, flags))

        callback = SYNC(sync)
        _kept.extend([copy, real, callback])
        _write(ctypes.addressof(copy) + XSYNC, ctypes.cast(callback, ctypes.c_void_p).value or 0)
        _patched[methods] = ctypes.addressof(copy)
    return _patched[methods]


def install() -> None:
    """From now on whatever database this process opens can be made to fail; skips where Python has a SQLite of its own."""
    if _state["installed"]:
        return
    try:
        library = ctypes.CDLL("libsqlite3.so.0")
    except OSError as reason:
        pytest.skip(f"Python's SQLite is no shared library here: {reason}")
    library.sqlite3_libversion.restype = ctypes.c_char_p
    if library.sqlite3_libversion().decode() != sqlite3.sqlite_version:
        pytest.skip("Python has another SQLite than the shared library")
    library.sqlite3_vfs_find.restype = ctypes.c_void_p
    vfs = library.sqlite3_vfs_find(None)
    real = OPEN(_read(vfs + XOPEN))

    def open_file(vfs: int, name: int, file: int, flags: int, out: int) -> int:
        code = int(real(vfs, name, file, flags, out))
        if code == OK and _read(file):
            _write(file, _copy_of(_read(file)))
        return code

    callback = OPEN(open_file)
    _kept.extend([real, callback])
    _write(vfs + XOPEN, ctypes.cast(callback, ctypes.c_void_p).value or 0)
    _state["installed"] = True


@contextmanager
def no_sync(disk: Path) -> Iterator[None]:
    """No fsync succeeds, of SQLite's files or of others, on whatever disk."""
    real = os.fsync

    def fails(descriptor: int) -> None:
        _state["failed"] += 1
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    _state.update(fails=True, failed=0)
    os.fsync = fails
    try:
        yield
        assert _state["failed"], "nothing was synchronised, so nothing was tried"
    finally:
        os.fsync = real
        _state["fails"] = False
