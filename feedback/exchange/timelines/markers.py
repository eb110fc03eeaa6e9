"""Notes as an EDL of markers, which DaVinci Resolve lays on the timeline of the cut: an event of one frame for each.

As Resolve writes them itself: a colour, a name and a length of frames behind `|C:`, `|M:` and `|D:`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from feedback.errors import Refused
from feedback.exchange.edit.cut import Cut
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.edl import count_events, heading
from feedback.fields import on_one_line

COLOUR = "ResolveColorBlue"


class Mark(NamedTuple):
    frame: int  # of the cut
    frames: int  # how long it is
    text: str


def write_markers(cut: Cut, path: Path) -> int:
    """Returns the number of markers read back. Refused when no note is on the selects. UTF-8: Resolve reads every letter."""
    marks = marks_of(cut)
    if not marks:
        raise Refused(f"no note is on a select of {cut.project}: write one, or export another format")
    lines = [
        *heading(cut),
        *(line for number, mark in enumerate(marks, start=1) for line in lines_of(cut, mark, number)),
    ]
    with whole_file(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
        count = count_events(partial.read_text(encoding="utf-8"), float(cut.rate))
        check_count(path, count, len(marks))
    return count


def marks_of(cut: Cut) -> list[Mark]:
    """In the order of the cut. Notes that begin on one frame are one: a timeline has one marker there."""
    marks = dict[int, Mark]()
    for clip in cut.clips:
        for note, first, last in clip.notes:
            frame, end = cut.recorded(clip, first), cut.recorded(clip, last + 1)
            # What divides the parts of a line cannot be in one of them.
            text = on_one_line(f"{note['person']}: {note['text']}").replace("|", "/")
            before = marks.get(frame)
            texts = [*([before.text] if before else []), text]
            marks[frame] = Mark(frame, max(end - frame, before.frames if before else 1), " / ".join(texts))
    return [marks[frame] for frame in sorted(marks)]


def lines_of(cut: Cut, mark: Mark, number: int) -> Iterator[str]:
    span = f"{cut.timecode(mark.frame)} {cut.timecode(mark.frame + 1)}"
    yield f"{number:03d}  001      V     C        {span} {span}  "
    yield f" |C:{COLOUR} |M:{mark.text} |D:{mark.frames}"
    yield ""
