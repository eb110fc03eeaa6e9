"""What a version rests on, found by another way: from the frozen snapshots of its runs, and from there up, brief by brief.

`touched` asks the database downwards, from a consent to what rests on it. This reads the files that the runs learned from,
whose hashes the runs carry, and follows their takes upwards in Python. What both agree on is stated in the ledger.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback.errors import Refused
from feedback.ledger.rows import takes_behind
from feedback.preferences.snapshot import read_snapshot
from feedback.store import Studio

FILES = (
    "SELECT id, source_media FROM briefs WHERE id",
    "SELECT id, mask_media FROM briefs WHERE id",
    "SELECT brief, original FROM outside_takes WHERE brief",
)
"""What briefs start from, or came as."""
FRAMES = (
    "SELECT media, id FROM library_items WHERE media",
    "SELECT proxy, id FROM library_items WHERE proxy",
    "SELECT f.sha256, i.id FROM library_files f JOIN library_items i ON i.file = f.id WHERE f.sha256",
)
TAKES = tuple(
    f"SELECT {column}, brief FROM takes WHERE {column}"
    for column in ("media", "rendition", "poster", "rendition_poster")
)


@dataclass
class Walked:
    """Ids of what is behind a version, and of what that starts from."""

    people: set[int] = field(default_factory=set)  # who judged
    takes: set[int] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)  # that runs were trained with
    reached: dict[int, Reached] = field(default_factory=dict)  # by brief of the takes
    read: list[int] = field(default_factory=list)  # runs whose snapshot was read and has its hash
    unread: list[int] = field(default_factory=list)  # those of which the rows of the record were read instead


@dataclass
class Reached:
    """From one brief upwards: itself and the briefs of the takes it starts from, frames, and files that they start from."""

    briefs: set[int] = field(default_factory=set)
    frames: set[int] = field(default_factory=set)
    files: set[str] = field(default_factory=set)  # sha256

    def add(self, other: Reached) -> None:
        self.briefs |= other.briefs
        self.frames |= other.frames
        self.files |= other.files


def walk_from(studio: Studio, runs: Sequence[int]) -> Walked:
    walked = Walked()
    for run in runs:
        _read_run(studio, run, walked)
    sql = "SELECT DISTINCT brief FROM takes WHERE id IN (SELECT value FROM json_each(?))"
    briefs = {row[0] for row in studio.tuples(sql, (json.dumps(sorted(walked.takes)),))}
    walked.reached = _reach(studio, briefs)
    return walked


def _read_run(studio: Studio, run: int, walked: Walked) -> None:
    row = studio.row("SELECT folder, snapshot_sha256 FROM runs WHERE id = ?", (run,)) or {}
    try:
        snapshot = read_snapshot(studio.folder / row["folder"], row["snapshot_sha256"])
    except (Refused, OSError, ValueError, KeyError):
        people = studio.tuples("SELECT DISTINCT person FROM run_judgements WHERE run = ?", (run,))
        walked.unread.append(run)
        walked.people |= {each[0] for each in people}
        walked.takes |= set(takes_behind(studio, [run]))
        walked.frames |= {each[0] for each in studio.tuples("SELECT item FROM run_library_items WHERE run = ?", (run,))}
        return
    walked.read.append(run)
    walked.takes |= {int(take) for take in snapshot["takes"]}
    walked.frames |= {row["item"] for row in snapshot.get("library", ())}
    walked.people |= _people_in(snapshot)


def _people_in(snapshot: dict[str, Any]) -> set[int]:
    judged = {
        person for name in ("pairs", "star_pairs") for pair in snapshot[name] for _, person, _ in pair["judgements"]
    }
    return judged | {row["person"] for name in ("circles", "tags") for row in snapshot.get(name, ())}


def _reach(studio: Studio, briefs: Iterable[int]) -> dict[int, Reached]:
    """Each brief with all above it: level by level, until nothing new starts from anything."""
    above: dict[int, set[int]] = defaultdict(set)
    own: dict[int, Reached] = {}
    level, roots = set(briefs), sorted(set(briefs))
    while level:
        own |= {brief: Reached({brief}) for brief in level}
        by_file: dict[str, set[int]] = defaultdict(set)
        for sql in FILES:
            for brief, media in _asked(studio, sql, level):
                by_file[media or ""].add(brief)
        by_file.pop("", None)
        for media, frame in _any(studio, FRAMES, by_file):
            for brief in by_file[media]:
                own[brief].frames.add(frame)
        level = set()
        for media, source in _any(studio, TAKES, by_file):
            level.add(source)
            for brief in by_file[media]:
                above[brief].add(source)
        for media, starting in by_file.items():
            for brief in starting:
                own[brief].files.add(media)
        level -= own.keys()
    return {root: _together(root, own, above) for root in roots}


def _any(studio: Studio, questions: Iterable[str], values: Iterable[Any]) -> set[tuple[Any, ...]]:
    given = list(values)
    return {row for sql in questions for row in _asked(studio, sql, given)}


def _together(root: int, own: dict[int, Reached], above: dict[int, set[int]]) -> Reached:
    reached, waiting = Reached(), [root]
    while waiting:
        brief = waiting.pop()
        if brief not in reached.briefs:
            reached.add(own[brief])
            waiting += above.get(brief, ())
    return reached


def _asked(studio: Studio, sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
    return studio.tuples(f"{sql} IN (SELECT value FROM json_each(?))", (json.dumps(sorted(values)),))
