"""Notes: words on a take, optionally on a region of it (normalised box) and on some of its frames."""

from __future__ import annotations

import json
from typing import Any

from feedback.errors import Invalid, NotFound
from feedback.fields import check_number, check_text, shown
from feedback.judgements import idempotency
from feedback.store import Studio
from feedback.store.media import describe

LONGEST_NOTE = 4000


def _check_region(region: dict[str, float] | None) -> str | None:
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
    region: dict[str, float] | None = None,
    frame_in: int | None = None,
    frame_out: int | None = None,
    supersedes: int | None = None,
) -> tuple[dict[str, Any], bool]:
    """Keeps a note; frames count from 0 and the last is included. `supersedes`: the person's own note it replaces."""
    text = check_text("note", text, LONGEST_NOTE, required=True)
    drawn = idempotency.check_done(studio, take)
    _check_frames(describe(studio, drawn["media"])["frames"], frame_in, frame_out)
    if supersedes is not None and not studio.row(
        "SELECT id FROM notes WHERE id = ? AND person = ? AND take = ?", (supersedes, person_id, take)
    ):
        raise NotFound(f"no note {supersedes} of yours on take {take}")
    said = {"person": person_id, "take": take, "text": text, "region": _check_region(region)}
    frames = {"frame_in": frame_in, "frame_out": frame_out}
    return idempotency.keep(studio, "notes", uid, {**said, **frames, "supersedes": supersedes})


def list_notes(studio: Studio, take: int) -> list[dict[str, Any]]:
    """The notes that count today on a take, oldest first, with the writer's name and the region as a dict."""
    rows = studio.rows(
        "SELECT n.*, p.name AS author FROM notes n JOIN people p ON p.id = n.person WHERE n.take = ?"
        " AND NOT EXISTS (SELECT 1 FROM notes later WHERE later.supersedes = n.id) ORDER BY n.id",
        (take,),
    )
    return [{**row, "region": json.loads(row["region"]) if row["region"] else None} for row in rows]
