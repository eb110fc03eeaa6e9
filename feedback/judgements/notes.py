"""Notes: text on a take, optionally on a region of it (normalised box) and on some of its frames."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypedDict, cast

from feedback.errors import Invalid, NotFound
from feedback.fields import check_number, check_text, shown
from feedback.judgements import idempotency
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio
from feedback.store.media import describe

LONGEST_NOTE = 4000


class Region(TypedDict):
    """A box in shares of the frame, 0 to 1."""

    x: float
    y: float
    w: float
    h: float


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


def _check_region(region: Mapping[str, Any] | None) -> str | None:
    if region is None:
        return None
    box = {side: round(check_number(f"region {side}", region.get(side), 0, 1), 6) for side in ("x", "y", "w", "h")}
    inside = box["x"] + box["w"] <= 1.000001 and box["y"] + box["h"] <= 1.000001
    if not inside or not box["w"] or not box["h"]:
        raise Invalid(f"region {box} must lie inside the frame: x, y, w, h from 0 to 1, w and h above 0")
    return json.dumps(box)


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
) -> tuple[Note, bool]:
    """Keeps a note; frames count from 0 and the last is included. `supersedes`: the person's own note it replaces."""
    text = check_text("note", text, LONGEST_NOTE, required=True)
    media = get_judgeable_take(studio, take)["media"]
    _check_frames(describe(studio, media)["frames"], frame_in, frame_out)
    if supersedes is not None and not studio.row(
        "SELECT id FROM notes WHERE id = ? AND person = ? AND take = ?", (supersedes, person_id, take)
    ):
        raise NotFound(f"no note {supersedes} of yours on take {take}")
    note = {"person": person_id, "take": take, "text": text, "region": _check_region(region)}
    frames = {"frame_in": frame_in, "frame_out": frame_out}
    return idempotency.store_once(studio, "notes", uid, {**note, **frames, "supersedes": supersedes})


def list_notes(studio: Studio, take: int) -> list[ListedNote]:
    """The notes that count today on a take, oldest first."""
    rows = studio.rows(
        "SELECT n.*, p.name AS author FROM notes n JOIN people p ON p.id = n.person WHERE n.take = ?"
        " AND NOT EXISTS (SELECT 1 FROM notes later WHERE later.supersedes = n.id) ORDER BY n.id",
        (take,),
    )
    return [cast(ListedNote, {**row, "region": json.loads(row["region"]) if row["region"] else None}) for row in rows]
