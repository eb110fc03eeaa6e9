"""Writing exports: beside their name first, renamed when whole, so nobody opens half a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from feedback import durable_files
from feedback.errors import Refused


class Export(TypedDict):
    path: str
    count: int  # of entries, counted in what was written
    remarks: list[str]  # what the format could not hold


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yields the path to write to; it becomes `path` when the block ends well, and is removed when not.

    It ends in .partial: a library that chooses a format by the suffix is told the format.
    """
    make_folder(path.parent)
    if path.is_dir():
        raise Refused(f"{path} is a folder, where a file is to be written: export into another folder")
    with durable_files.whole_file(path) as partial:
        yield partial


@contextmanager
def whole_folder(path: Path, marker: str) -> Iterator[Path]:
    """The same for a folder. A folder that is there is replaced only when it holds `marker` (an earlier export)."""
    if path.exists() and not (path / marker).is_file() and (not path.is_dir() or any(path.iterdir())):
        raise Refused(f"{path} is there and is not an export of this kind: name another folder")
    make_folder(path.parent)
    with durable_files.whole_folder(path) as partial:
        yield partial


def make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Refused(f"{folder} is a file: name a folder to export into") from None
    except OSError as error:
        raise Refused(f"{folder} cannot be made ({error.strerror}): name a folder that you may write into") from error


def check_count(path: Path, count: int, expected: int) -> None:
    """An export that cannot be read back whole is not kept."""
    if count != expected:
        raise Refused(f"{path.name} holds {count} of {expected} entries when read again: it was not kept")


def safe_name(code: str) -> str:
    """A project code as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", code).strip("._") or "project"
