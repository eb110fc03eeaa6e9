"""Notes in threads as a person may read them, and resolving threads.

Whoever can still be dealt a pair with a take and has judged none reads only their own notes on it: what others wrote would
sway the verdict. Supervisors read all.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, TypedDict, cast

from feedback.errors import NotFound
from feedback.judgements import idempotency
from feedback.judgements.notes import ListedNote, first_row, latest_row, list_notes
from feedback.judgements.regions import Region
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio


class Reply(TypedDict):
    """A note as it is read."""

    id: int  # of its first row, which stays when it is edited
    person: int
    author: str
    text: str  # empty when it was taken back, and has answers
    region: Region | None
    frame_in: int | None
    frame_out: int | None
    created: str  # when it was first written
    edited: bool
    taken_back: bool


class Thread(Reply):
    """A note that answers none, with its answers."""

    resolved: bool
    resolved_by: str | None
    replies: list[Reply]


class Resolution(TypedDict):
    id: int
    uid: str
    note: int  # its first row
    person: int
    resolved: int  # 1 or 0
    created: str


_ROWS = """
SELECT n.*, p.name AS author FROM notes n JOIN people p ON p.id = n.person WHERE n.take = ? ORDER BY n.id
"""
_RESOLUTIONS = """
SELECT r.note, r.resolved, p.name FROM note_resolutions r JOIN people p ON p.id = r.person
WHERE r.note IN (SELECT id FROM notes WHERE take = ?) ORDER BY r.id
"""
# A verdict that says something of the take and another one.
_JUDGED = """
SELECT 1 FROM current_ballots WHERE person = :person AND :take IN ("left", "right")
AND verdict <> 'skip' AND doubt IS NULL LIMIT 1
"""
# Another take that it is compared with today, or once it is drawn.
_COMPARED = f"""
SELECT 1 FROM takes t JOIN takes other ON other.brief = t.brief AND other.id <> t.id
WHERE t.id = :take AND (other.state IN ('queued', 'leased') OR (other.state = 'done' AND other.rendition <> t.rendition))
UNION ALL SELECT 1 WHERE :take IN ({TAKES_OF_OPEN_TRIALS}) LIMIT 1
"""


_BLIND = f"""
SELECT t.id FROM json_each(:takes) given JOIN takes t ON t.id = given.value
WHERE t.id NOT IN (SELECT "left" FROM current_ballots WHERE person = :person AND verdict <> 'skip' AND doubt IS NULL
    UNION ALL SELECT "right" FROM current_ballots WHERE person = :person AND verdict <> 'skip' AND doubt IS NULL)
AND (t.id IN ({TAKES_OF_OPEN_TRIALS}) OR EXISTS (SELECT 1 FROM takes other WHERE other.brief = t.brief AND other.id <> t.id
    AND (other.state IN ('queued', 'leased') OR (other.state = 'done' AND other.rendition <> t.rendition))))
"""


def may_be_swayed(studio: Studio, person_id: int, take: int) -> bool:
    """Whether the person can still be dealt a pair with the take, and has judged none with it."""
    names = {"person": person_id, "take": take}
    return studio.value(_JUDGED, names) is None and studio.value(_COMPARED, names) is not None


def is_blind_to(studio: Studio, person_id: int, take: int) -> bool:
    """Whether what others think of the take is kept from this person."""
    role = studio.value("SELECT role FROM people WHERE id = ?", (person_id,))
    return role == "creative" and may_be_swayed(studio, person_id, take)


def takes_blind_to(studio: Studio, person_id: int, takes: Collection[int]) -> set[int]:
    """Those of these takes of which `is_blind_to` is true, in one query."""
    if studio.value("SELECT role FROM people WHERE id = ?", (person_id,)) != "creative":
        return set()
    return {row[0] for row in studio.tuples(_BLIND, {"person": person_id, "takes": json.dumps(list(takes))})}


def list_readable(studio: Studio, person_id: int, take: int) -> list[ListedNote]:
    """The notes on a take that this person may read, oldest first."""
    listed = list_notes(studio, take)
    if all(note["person"] == person_id for note in listed) or not is_blind_to(studio, person_id, take):
        return listed
    return [note for note in listed if note["person"] == person_id]


def list_threads(studio: Studio, take: int, *, only_of: int | None = None) -> list[Thread]:
    """The threads on a take, oldest first; `only_of`: a person (id) who may read none but their own notes."""
    listed, threads = _current_notes(studio, take), dict[int, Thread]()
    for note, reply_to in listed:
        if reply_to is None:
            threads[note["id"]] = {**note, "resolved": False, "resolved_by": None, "replies": []}
    for note, reply_to in listed:
        if reply_to is not None and not note["taken_back"] and only_of in (None, note["person"]):
            threads[reply_to]["replies"].append(note)
    for row in studio.rows(_RESOLUTIONS, (take,)):
        thread = threads[row["note"]]
        thread["resolved"], thread["resolved_by"] = bool(row["resolved"]), row["name"] if row["resolved"] else None
    read = [thread for thread in threads.values() if only_of in (None, thread["person"])]
    return [thread for thread in read if thread["replies"] or not thread["taken_back"]]


def _current_notes(studio: Studio, take: int) -> list[tuple[Reply, int | None]]:
    """Each note as it stands today, by its first row, with the first row of the note that it answers."""
    notes, first = dict[int, tuple[Reply, int | None]](), dict[int, int]()
    for row in studio.rows(_ROWS, (take,)):
        origin = first[row["id"]] = first.get(row["supersedes"], row["id"])
        before = notes.get(origin)
        notes[origin] = _as_read(row, origin, before[0]["created"] if before else row["created"]), row["reply_to"]
    return list(notes.values())


def _as_read(row: dict[str, Any], origin: int, created: str) -> Reply:
    gone = bool(row["taken_back"])
    read = {name: row[name] for name in ("person", "author", "frame_in", "frame_out")}
    region = json.loads(row["region"]) if row["region"] and not gone else None
    text = "" if gone else row["text"]
    more = {"id": origin, "text": text, "region": region, "created": created, "taken_back": gone}
    return cast(Reply, {**read, **more, "edited": row["id"] != origin})


def resolve_thread(
    studio: Studio, person_id: int, uid: str, note: int, resolved: bool = True
) -> tuple[Resolution, bool]:
    """Marks the thread of a note as resolved, or as open again; returns the row and whether it is new.

    Whether the person may read the thread, the caller has checked. NotFound: there is no such note.
    """
    thread = first_row(studio, latest_row(studio, note)["reply_to"] or note)
    row = {"note": thread, "person": person_id, "resolved": int(resolved)}
    return cast(tuple[Resolution, bool], idempotency.store_once(studio, "note_resolutions", uid, row))


def check_readable(studio: Studio, person_id: int, note: int) -> int:
    """The take of a note that the person may read; NotFound otherwise, as if there were none."""
    row = studio.row("SELECT take, person FROM notes WHERE id = ?", (note,))
    if row is None or (row["person"] != person_id and is_blind_to(studio, person_id, row["take"])):
        raise NotFound(f"no note {note}")
    return int(row["take"])
