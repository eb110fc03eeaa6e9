"""Selects as a table for a spreadsheet: one row per select, UTF-8 with a byte order mark so that Excel reads it."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.edit.timecode import has_timecode
from feedback.exchange.files import check_count, whole_file
from feedback.judgements.selects import SelectNote

COLUMNS = (
    "project",
    "sequence",
    "shot",
    "position",
    "take",
    "version",
    "seed",
    "status",
    "stars",
    "raters",
    "frame_in",
    "frame_out",
    "fps",
    "kind",
    "width",
    "height",
    "frames",
    "prompt",
    "negative_prompt",
    "notes",
    "circled_by",
    "media_sha256",
    "media_path",
    "clip",
    "reel",
    "record_in",
    "shot_fps",
    "shot_title",
)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(cut: Cut, path: Path) -> int:
    """Returns the number of rows read back from what was written."""
    with whole_file(path) as partial:
        with partial.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([harmless(cell) for cell in cells(cut, clip)] for clip in cut.clips)
        with partial.open(encoding="utf-8-sig", newline="") as file:
            count = len(list(csv.DictReader(file)))
        check_count(path, count, len(cut.clips))
    return count


def cells(cut: Cut, clip: Clip) -> list[Any]:
    select, record = clip.select, cut.recorded(clip, clip.first)
    extra = {
        "fps": str(clip.rate),
        "clip": clip.name,
        "reel": clip.reel,
        "shot_fps": str(Fraction(select["shot_fps_num"], select["shot_fps_den"])),
        "record_in": cut.timecode(record) if has_timecode(cut.rate) else record,
        "notes": " | ".join(note_text(note) for note in select["notes"]),
        "media_sha256": select["media"],
        "media_path": clip.location,
    }
    values: dict[str, Any] = {**select, **extra}
    return [values[column] for column in COLUMNS]


def note_text(note: SelectNote) -> str:
    frames = "" if note["frame_in"] is None else f" [{note['frame_in']}-{note['frame_out']}]"
    return f"{note['person']}{frames}: {note['text']}"


def harmless(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets a ' in front (CSV injection); numbers stay numbers."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
