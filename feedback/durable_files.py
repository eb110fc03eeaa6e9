"""Files and folders that are whole under their names or not there at all, also after the loss of power.

Each is written beside its name, as `NAME.1f2e3d4c.partial`, fsynced, and renamed; then the folder around it is fsynced,
or the new name itself could be lost. What fails leaves nothing behind and the old one as it was; what is killed leaves
a `.partial`, which `remove_partials` clears away.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

PARTIAL = ".partial"


@contextmanager
def whole_file(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yields the path to write to, in a folder that is made if need be; an older file of the name is replaced.

    `durable=False` for what can be made again: it is whole, and may be lost with the power.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _beside(path)
    try:
        yield partial
        if durable:
            sync(partial)
        partial.rename(path)
        if durable:
            sync(path.parent)
    except OSError as error:
        _raise_named(error, path, partial)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yields an empty folder to write into; an older folder of the name is replaced, and kept until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial, old = _beside(path), _beside(path)
    try:
        partial.mkdir()
        yield partial
        for each in (*partial.rglob("*"), partial):
            sync(each)
        if path.exists():
            path.rename(old)
        partial.rename(path)
        sync(path.parent)
    except OSError as error:
        _raise_named(error, path, partial)
    finally:
        if old.exists() and not path.exists():
            old.rename(path)
        for rest in (partial, old):
            shutil.rmtree(rest, ignore_errors=True)


def _raise_named(error: OSError, path: Path, partial: Path) -> NoReturn:
    """The error with the name that a person gave: a write that fails says none, or that of the file beside it.

    Which disk is full is what a person needs to know.
    """
    where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else partial
    if error.errno is None or (where != partial and partial not in where.parents):
        raise error  # one without a number would say its name and no reason
    try:
        error.filename = str(path)
    except AttributeError:  # an error of FFmpeg's, which cannot be given a name
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    raise error


def write_bytes(path: Path, data: bytes) -> None:
    with whole_file(path) as partial:
        partial.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """In UTF-8, its line ends as they are."""
    write_bytes(path, text.encode())


def remove_partials(folder: Path) -> None:
    """What writers that were killed left in a folder. Only for folders that nobody else is writing into."""
    for leftover in folder.glob(f"*{PARTIAL}"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _beside(path: Path) -> Path:
    # Its own name each time: two writers of one file, threads or processes, must not write into each other's.
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}{PARTIAL}")


def sync(path: Path) -> None:
    """Puts a file's bytes, or a folder's names, on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
