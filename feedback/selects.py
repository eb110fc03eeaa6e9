"""Selects: circled takes placed in their shots, with in and out frames. The latest row per shot and take counts."""

from __future__ import annotations

import uuid
from typing import Any

from feedback.clock import now
from feedback.media import describe
from feedback.studio import Studio


def _append(studio: Studio, row: dict[str, Any]) -> None:
    with studio.writing() as db:
        db["selects"].insert({"uid": str(uuid.uuid4()), **row, "created": now()})


def place_circled(studio: Studio, person_id: int, take: dict[str, Any]) -> None:
    """Adds a just circled take, whole, at the end of its shot; `take` is a row of `takes.get_take`."""
    frames = describe(studio, take["media"])["frames"]
    last = studio.value("SELECT max(position) FROM selects WHERE shot = ?", (take["shot"],))
    place = {"shot": take["shot"], "take": take["id"], "position": 1 + (last or 0)}
    _append(studio, {**place, "frame_in": 0, "frame_out": frames - 1, "person": person_id, "removed": 0})


def remove_circled(studio: Studio, person_id: int, take: dict[str, Any]) -> None:
    """Takes a select out again; the rows before stay."""
    row = studio.row("SELECT * FROM selects WHERE take = ? ORDER BY id DESC LIMIT 1", (take["id"],))
    if row and not row["removed"]:
        kept = {name: row[name] for name in ("shot", "take", "position", "frame_in", "frame_out")}
        _append(studio, {**kept, "person": person_id, "removed": 1})
