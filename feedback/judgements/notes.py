"""Notes: text on a take, optionally on a region of it and on some of its frames; and answers to them.

Append-only. A note that is edited, or taken back, is superseded by a new row; the first row of a note names it for good,
so that answers and resolutions stay with it. Threads as they are read are in `note_threads`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from feedback.errors import Forbidden, Invalid, NotFound
from feedback.fields import check_text, shown
from feedback.judgements import idempotency
from feedback.judgements.holds import held_frames
from feedback.judgements.regions import Region, check_region
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio
from feedback.store.media import describe

LONGEST_NOTE = 4000


class Note(TypedDict):
    id: int
    uid: str
    person: int
    take: int
    text: str
    region: str | None  # JSON of a Region
    frame_in: int | None  # the take's own frames, from 0; both inside the range
    frame_out: int | None
    supersedes: int | None
    created: str
    reply_to: int | None  # the first row of the note that began the thread
    taken_back: int  # 1: from then on there is no such note


class ListedNote(TypedDict):
    """A note with its writer's name, and its region read."""

    id: int
    uid: str
    person: int
    author: str
    take: int
    text: str
    region: Region | None
    frame_in: int | None
    frame_out: int | None
    supersedes: int | None
    created: str
    reply_to: int | None


_FIRST = """
WITH RECURSIVE earlier(id, supersedes) AS (
    SELECT id, supersedes FROM notes WHERE id = :note UNION ALL
    SELECT n.id, n.supersedes FROM notes n JOIN earlier e ON n.id = e.supersedes)
SELECT id FROM earlier WHERE supersedes IS NULL
"""
_LATEST = """
WITH RECURSIVE later(id) AS (
    SELECT :note UNION ALL SELECT n.id FROM notes n JOIN later l ON n.supersedes = l.id)
SELECT max(id) FROM later
"""


def first_row(studio: Studio, note: int) -> int:
    """The row by which a note is known however often it was edited; NotFound: there is no such note."""
    first = studio.value(_FIRST, {"note": note})
    if first is None:
        raise NotFound(f"no note {note}")
    return int(first)


def latest_row(studio: Studio, note: int) -> Note:
    """The row that stands for a note today; NotFound: there is no such note."""
    row = studio.row("SELECT * FROM notes WHERE id = ?", (studio.value(_LATEST, {"note": note}),))
    if row is None:
        raise NotFound(f"no note {note}")
    return cast(Note, row)


def _check_frames(frames: int, frame_in: int | None, frame_out: int | None) -> None:
    if frame_in is None and frame_out is None:
        return
    whole = all(isinstance(frame, int) for frame in (frame_in, frame_out))
    if not whole or not 0 <= frame_in <= frame_out < frames:  # type: ignore[operator]
        raise Invalid(
            f"frames {shown(frame_in)}-{shown(frame_out)} must lie in 0-{frames - 1}, the first not after the last"
        )


def write_note(
    studio: Studio,
    person_id: int,
    uid: str,
    take: int,
    text: str,
    *,
    region: Mapping[str, Any] | None = None,
    frame_in: int | None = None,
    frame_out: int | None = None,
    supersedes: int | None = None,
    reply_to: int | None = None,
) -> tuple[Note, bool]:
    """Keeps a note; frames count from 0 and the last is included. Returns the row and whether it is new.

    A still has as many frames as it is held for in the cut.

    `supersedes`: any row of the person's own note that it replaces, which keeps its place in its thread. `reply_to`: a
    note on the same take; an answer to an answer is one to the note that began the thread.
    """
    text = check_text("note", text, LONGEST_NOTE, required=True)
    media = get_judgeable_take(studio, take)["media"]
    _check_frames(max(describe(studio, media)["frames"], held_frames(studio, take)), frame_in, frame_out)
    note = {"person": person_id, "take": take, "text": text, "region": check_region(region)}
    frames = {"frame_in": frame_in, "frame_out": frame_out}
    with studio.writing():
        before = None if supersedes is None else _own_note(studio, person_id, supersedes, take)
        thread = before["reply_to"] if before else _thread_of(studio, reply_to, take)
        replaced = {"supersedes": _replaced_by(studio, uid, before)}
        return idempotency.store_once(studio, "notes", uid, {**note, **frames, **replaced, "reply_to": thread})


def _own_note(studio: Studio, person_id: int, note: int, take: int) -> Note:
    if not studio.value("SELECT 1 FROM notes WHERE id = ? AND person = ? AND take = ?", (note, person_id, take)):
        raise NotFound(f"no note {note} of yours on take {take}")
    return latest_row(studio, note)


def _replaced_by(studio: Studio, uid: str, before: Note | None) -> int | None:
    """The row that a note of this uid supersedes: when it is sent again, the one that it superseded then."""
    if before is None:
        return None
    stored = studio.row("SELECT id, supersedes FROM notes WHERE uid = ?", (uid,))
    if stored is None or not stored["supersedes"]:
        return before["id"]
    is_of_note = first_row(studio, stored["id"]) == first_row(studio, before["id"])
    return int(stored["supersedes"]) if is_of_note else before["id"]


def _thread_of(studio: Studio, reply_to: int | None, take: int) -> int | None:
    if reply_to is None:
        return None
    answered = studio.row("SELECT id, take, reply_to FROM notes WHERE id = ?", (reply_to,))
    if answered is None or answered["take"] != take:
        raise NotFound(f"no note {reply_to} on take {take}")
    return answered["reply_to"] or first_row(studio, reply_to)


def take_back(studio: Studio, person_id: int, note: int) -> None:
    """Takes one's own note back; its rows stay in the record. Doing it again changes nothing.

    NotFound: there is no such note. Forbidden: it is somebody else's.
    """
    with studio.writing():
        latest = latest_row(studio, note)
        if latest["person"] != person_id:
            raise Forbidden("this note is somebody else's; only who wrote it takes it back")
        if not latest["taken_back"]:
            kept = ("person", "take", "text", "region", "frame_in", "frame_out", "reply_to")
            row = {name: latest[name] for name in kept}  # type: ignore[literal-required]
            more = {"supersedes": latest["id"], "taken_back": 1}
            idempotency.store_once(studio, "notes", str(uuid.uuid4()), {**row, **more})


def list_notes(studio: Studio, take: int) -> list[ListedNote]:
    """The notes that count today on a take, oldest first."""
    rows = studio.rows(
        "SELECT n.*, p.name AS author FROM current_notes n JOIN people p ON p.id = n.person WHERE n.take = ?"
        " ORDER BY n.id",
        (take,),
    )
    return [cast(ListedNote, {**row, "region": json.loads(row["region"]) if row["region"] else None}) for row in rows]
