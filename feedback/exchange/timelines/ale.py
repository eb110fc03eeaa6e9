"""Selects as an Avid Log Exchange file: a bin of clips with the columns an assistant editor expects."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio

from feedback.exchange.edit.cut import Clip, Cut, MarkedNote
from feedback.exchange.edit.timecode import written_rate
from feedback.exchange.files import check_count, whole_file
from feedback.fields import on_one_line

VIDEO_FORMATS = {1080: "1080", 720: "720", 576: "PAL", 486: "NTSC"}  # by height; the rest are Avid's CUSTOM
COLUMNS = (
    *("Name", "Tape", "Tracks", "Start", "End", "Duration", "FPS", "Image Size", "Source File", "Scene", "Take"),
    *("Circled", "Version", "Seed", "Stars", "Prompt", "Comments"),
)


def write_ale(cut: Cut, path: Path) -> int:
    """Returns the number of clips read back. The cut is of one rate, which has timecode."""
    rows = [COLUMNS, *(cells(cut, clip) for clip in cut.clips)]
    # A tab or a line end inside a cell would move every cell after it.
    columns, *data = ("\t".join(on_one_line(str(cell)) for cell in row) for row in rows)
    text = "\n".join(["Heading", *heading(cut), "", "Column", columns, "", "Data", *data, ""])
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")
        again = otio.adapters.read_from_string(
            partial.read_text(encoding="utf-8"), adapter_name="ale", fps=float(cut.rate)
        )
        count = len(again)
        check_count(path, count, len(cut.clips))
    return count


def heading(cut: Cut) -> list[str]:
    values = {"FIELD_DELIM": "TABS", "VIDEO_FORMAT": video_format(cut), "AUDIO_FORMAT": "48khz"}
    return [f"{name}\t{value}" for name, value in {**values, "FPS": written_rate(cut.rate)}.items()]


def video_format(cut: Cut) -> str:
    """Of the largest picture, as Avid's projects are called."""
    width, height = max(((clip.select["width"], clip.select["height"]) for clip in cut.clips), key=lambda size: size[1])
    return "CUSTOM" if width > 1920 else VIDEO_FORMATS.get(height, "CUSTOM")


def cells(cut: Cut, clip: Clip) -> tuple[object, ...]:
    select = clip.select
    comments = " | ".join(comment_on(cut, note) for note in clip.notes)
    stars = "" if select["stars"] is None else f"{select['stars']:.1f}"
    return (
        *(clip.name, clip.reel, "V", cut.timecode(clip.first), cut.timecode(clip.last + 1), cut.timecode(clip.count)),
        *(written_rate(clip.rate), f"{select['width']}x{select['height']}", clip.file, select["shot"], select["take"]),
        *("Y" if select["status"] == "circled" else "", select["version"], select["seed"], stars),
        *(select["prompt"], comments),
    )


def comment_on(cut: Cut, marked: MarkedNote) -> str:
    """A note; one on frames begins with the media's timecode of the first."""
    note = marked.note
    start = "" if note["frame_in"] is None else f" [{cut.timecode(marked.first)}]"
    return f"{note['person']}{start}: {note['text']}"
