"""A folder is gone through for files made elsewhere, once or every few seconds: that works on network shares too.

A file is taken once it has kept its size and time between two looks, and decodes: half-written ones wait. What is refused is
named in one line and looked at again when it changes; it keeps no other file back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from feedback.errors import Refused, one_line
from feedback.fields import clean_text
from feedback.store import Studio
from generation.intake.taking import Taken, Target, take_file

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".mp4"}
SETTLING = 2.0  # seconds in which a file that is being written changes
MOST_FILES = 100_000  # of a folder


class Stamp(NamedTuple):
    """What changes while a file is written."""

    bytes: int
    modified: int  # nanoseconds
    inode: int


@dataclass(frozen=True)
class Refusal:
    file: str
    reason: str  # one line, which names the file


@dataclass
class Pass:
    """What one look at the folder brought."""

    taken: list[Taken] = field(default_factory=list)
    known: int = 0  # files that were takes already
    refused: list[Refusal] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)  # files that are still being written

    def add(self, later: Pass) -> None:
        """What a later look brought besides; known and waiting are as of then."""
        self.taken += later.taken
        self.refused += later.refused
        self.known, self.waiting = later.known, later.waiting


@dataclass
class Watch:
    """A folder, and what is known of its files while it is watched."""

    studio: Studio
    folder: Path
    target: Target
    stop: threading.Event = field(default_factory=threading.Event)
    settling: float = SETTLING
    on_file: Callable[[Taken | Refusal], None] = lambda outcome: None
    on_progress: Callable[[int, int], None] = lambda done, count: None
    done: dict[str, Stamp] = field(default_factory=dict)
    """By path: what a file was like when it was taken or refused."""

    def look(self) -> Pass:
        """One pass: files that keep still for the time of settling are taken. Refused when the folder is not there."""
        before = self.changed()
        if not before:
            return Pass(known=len(self.done))
        self.stop.wait(self.settling)
        after, outcome = self.changed(), Pass(known=len(self.done))
        for number, (path, stamp) in enumerate(after.items()):
            if self.stop.is_set():
                break
            self.on_progress(number, len(after))
            if before.get(path) == stamp and stamp.bytes:
                self.take(path, stamp, outcome)
            else:
                outcome.waiting.append(shown_name(path))
        return outcome

    def take(self, path: str, stamp: Stamp, outcome: Pass) -> None:
        try:
            taken = take_file(self.studio, Path(path), self.target)
        except FileNotFoundError:  # moved on by whoever made it
            return
        except (Refused, OSError) as refusal:
            if stamp_of(path) != stamp:  # it went on being written after all
                outcome.waiting.append(shown_name(path))
                return
            self.done[path] = stamp
            outcome.refused.append(Refusal(shown_name(path), one_line(refusal, 300)))
            self.on_file(outcome.refused[-1])
            return
        self.done[path] = stamp
        if not taken.is_new:
            outcome.known += 1
            return
        outcome.taken.append(taken)
        self.on_file(taken)

    def changed(self) -> dict[str, Stamp]:
        """Files that are new since they were last dealt with, or other than then, in the order of their times."""
        stamps = {path: stamp for path in files_in(self.folder) if (stamp := stamp_of(path)) is not None}
        self.done = {path: stamp for path, stamp in self.done.items() if path in stamps}
        changed = [(path, stamp) for path, stamp in stamps.items() if self.done.get(path) != stamp]
        return dict(sorted(changed, key=lambda each: (each[1].modified, each[0])))


def shown_name(path: str) -> str:
    return " ".join(clean_text(Path(path).name).split())


def files_in(folder: Path) -> Iterator[str]:
    """Paths of pictures and clips in the folder and those below it; hidden ones are somebody's business meanwhile."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder: name the one that the other tool writes to")
    count = 0
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                count += 1
                if count > MOST_FILES:
                    raise Refused(f"{folder} has more than {MOST_FILES} pictures and clips: watch a folder below it")
                yield os.path.join(root, name)


def stamp_of(path: str) -> Stamp | None:
    """None for what is no file, or gone."""
    if not os.path.isfile(path):
        return None
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)
