"""Which files a folder holds. Links are not followed, and what is no ordinary file is named and left alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from feedback.errors import NotFound
from feedback.fields import shown

SIDECARS = {".txt", ".json", ".csv"}
IGNORED = {"thumbs.db", "desktop.ini"}
FOLDER = "it is a folder in the folder: --recursive reads those too"
UNREADABLE_FOLDER = "it is a folder that cannot be listed: let this account read it"


@dataclass(frozen=True)
class Candidate:
    """A file that may be a film or a picture, or the reason why it is not read."""

    path: Path
    bytes: int = 0
    changed: int = 0  # when, in nanoseconds
    refusal: str | None = None

    @property
    def stamp(self) -> list[int]:
        """What it looks like as long as nobody writes to it."""
        return [self.bytes, self.changed]


def list_candidates(path: Path, recursive: bool) -> list[Candidate]:
    """In the order of their names. NotFound when nothing is there."""
    if not path.exists():
        raise NotFound(f"no file or folder {shown(str(path))}")
    root = path.resolve()  # the link that was named itself is meant
    if not root.is_dir():
        return [look_at(root, root)]
    return [look_at(each, root, recursive) for each in files_in(root, recursive)]


def files_in(folder: Path, recursive: bool) -> Iterator[Path]:
    """Hidden ones and sidecars are left out; a folder that is not, or cannot be, listed is yielded, to be refused by name."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or entry.name.lower() in IGNORED or path.suffix.lower() in SIDECARS:
            continue
        if recursive and entry.is_dir(follow_symlinks=False):
            yield from files_in(path, recursive)
        else:
            yield path


def look_at(path: Path, root: Path, recursive: bool = False) -> Candidate:
    if not is_text(path):
        return Candidate(path, refusal="its name, or that of its folder, is not UTF-8: rename it")
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Candidate(path, refusal=refuse_link(path, root))
        if stat.S_ISDIR(status.st_mode):
            return Candidate(path, refusal=UNREADABLE_FOLDER if recursive or path == root else FOLDER)
        if not stat.S_ISREG(status.st_mode):
            return Candidate(path, refusal="it is no ordinary file but a device, a pipe or a socket")
    except OSError as error:
        return Candidate(path, refusal=f"it cannot be read: {error.strerror or error}")
    return Candidate(path, status.st_size, status.st_mtime_ns)


def is_text(path: Path) -> bool:
    """Names are bytes to the file system: one that another machine wrote may be no text, and cannot be recorded."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_link(path: Path, root: Path) -> str:
    target = path.resolve()
    if not target.exists():
        return "it is a link to nothing"
    inside = target.is_relative_to(root)
    return (
        "it is a link to a file that is read where it is"
        if inside
        else "it is a link out of the folder: add its target"
    )
