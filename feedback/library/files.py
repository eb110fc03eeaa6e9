"""The files that the library is read from. They stay where they are, and are known by the sha256 of their content.

A film that was not read to its end is `reading`: what was chosen so far is recorded together with where to go on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.store import Studio

EXAMPLES = 3  # that are kept of each reason for which frames of a file were left out
READING, DONE, LEFT_OUT = "reading", "done", "left_out"


@dataclass
class Counts:
    """What became of one file, and where to go on reading it."""

    stills: int = 0
    clips: int = 0
    shots: int = 0
    # By reason: how many frames or clips were left out, and the first of them as text.
    left_out: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Of a film that is not read to its end: the next frame's number and what is known of the shot that it is in.
    position: dict[str, Any] = field(default_factory=dict)

    def leave_out(self, reason: str, example: str, count: int = 1) -> None:
        entry = self.left_out.setdefault(reason, {"count": 0, "examples": []})
        entry["count"] += count
        if len(entry["examples"]) < EXAMPLES:
            entry["examples"].append(example)

    def as_text(self) -> str:
        return json.dumps(vars(self), ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> Counts:
        return cls(**json.loads(text))


class LibraryFile(TypedDict):
    id: int
    sha256: str
    title: int
    title_name: str
    path: str  # when it was last read
    bytes: int
    kind: str  # film, still, or other for what is neither
    width: int | None  # pixels, as it is shown
    height: int | None
    fps_num: int | None
    fps_den: int | None
    frames: int | None
    seconds: float | None
    detail: str  # JSON: what its content says of itself
    state: str  # reading, done or left_out
    reason: str | None
    read_until: float  # seconds
    counts: str  # JSON of Counts
    created: str
    finished: str | None


FILE = "SELECT f.*, t.name AS title_name FROM library_files f JOIN titles t ON t.id = f.title"


def find_file(studio: Studio, sha256: str) -> LibraryFile | None:
    return cast(LibraryFile | None, studio.row(f"{FILE} WHERE f.sha256 = ?", (sha256,)))


def file_unchanged(studio: Studio, path: str, stamp: list[int]) -> LibraryFile | None:
    """The file that was read to its end at this path, when size and time of change are what they were then."""
    for row in studio.rows(f"{FILE} WHERE f.path = ? AND f.state = 'done'", (path,)):
        if json.loads(row["detail"]).get("stamp") == stamp:
            return cast(LibraryFile, row)
    return None


def begin_file(studio: Studio, sha256: str, title: int, path: str, fields: Mapping[str, Any]) -> LibraryFile:
    """The record of a file that is going to be read, or was before and is to be read on.

    `fields`: bytes, kind, width, height, fps_num, fps_den, seconds and `detail`, a dict.
    """
    row = {**fields, "detail": json.dumps(fields["detail"], ensure_ascii=False), "path": path}
    with studio.writing() as db:
        # What was left out under this name had other content.
        gone = "path = ? AND sha256 != ? AND state = 'left_out' AND id NOT IN (SELECT file FROM library_items)"
        db.table("library_files").delete_where(gone, [path, sha256])
        there = find_file(studio, sha256)
        if there is None:
            first = {"sha256": sha256, "title": title, "state": READING, "counts": Counts().as_text(), "created": now()}
            db.table("library_files").insert({**row, **first})
        else:
            again = {"state": READING, "reason": None, "title": title} if there["state"] == LEFT_OUT else {}
            db.table("library_files").update(there["id"], {**row, **again})
    return cast(LibraryFile, find_file(studio, sha256))


def keep_counts(studio: Studio, file: int, counts: Counts, read_until: float) -> None:
    """Inside the transaction that records what was chosen up to there."""
    with studio.writing() as db:
        db.table("library_files").update(file, {"counts": counts.as_text(), "read_until": read_until})


def finish_file(studio: Studio, file: int, counts: Counts, frames: int, seconds: float) -> None:
    """It was read to its end."""
    counts.position = {}
    row = {"counts": counts.as_text(), "frames": frames, "seconds": seconds, "read_until": seconds}
    with studio.writing() as db:
        db.table("library_files").update(file, {**row, "state": DONE, "finished": now()})


def move_file(studio: Studio, file: LibraryFile, path: str, stamp: list[int]) -> None:
    """Its content was met again elsewhere, and is no longer where it was."""
    detail = {**json.loads(file["detail"]), "stamp": stamp}
    with studio.writing() as db:
        db.table("library_files").update(file["id"], {"path": path, "detail": json.dumps(detail, ensure_ascii=False)})


def leave_file_out(studio: Studio, sha256: str, title: int, path: str, size: int, kind: str, reason: str) -> None:
    """It cannot be read, or not to its end. What was chosen from it before stays."""
    begin = {"bytes": size, "kind": kind, "detail": {}}
    with studio.writing() as db:
        there = find_file(studio, sha256)
        file = there or begin_file(studio, sha256, title, path, begin)
        row = {"state": LEFT_OUT, "reason": reason, "path": path, "finished": now()}
        db.table("library_files").update(file["id"], row)


def exclude_items_of(studio: Studio, file: int, reason: str) -> None:
    """Of a file that was changed while it was read, so that nobody can say of which content they are."""
    with studio.writing() as db:
        sql = "UPDATE library_items SET excluded = ?, reason = ? WHERE file = ? AND excluded IS NULL"
        db.execute(sql, (now(), reason, file))


def get_file(studio: Studio, number: int) -> LibraryFile | None:
    return cast(LibraryFile | None, studio.row(f"{FILE} WHERE f.id = ?", (number,)))
