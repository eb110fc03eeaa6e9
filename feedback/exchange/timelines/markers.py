"""Notes as an EDL of markers, which DaVinci Resolve lays on the timeline of the cut: an event of one frame for each.

As Resolve writes them itself: a colour, a name and a length of frames behind `|C:`, `|M:` and `|D:`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut, MarkedNote
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.edl import count_events, heading
from feedback.fields import on_one_line

COLOUR = "ResolveColorBlue"


def write_markers(cut: Cut, path: Path) -> int:
    """Returns the number of markers read back. Refused when no note is on the selects. UTF-8: Resolve reads every letter."""
    notes = [(clip, note) for clip in cut.clips for note in clip.notes]
    if not notes:
        raise Refused(f"no note is on a select of {cut.project}: write one, or export another format")
    lines = [
        *heading(cut),
        *(line for number, each in enumerate(notes, start=1) for line in marker_lines(cut, *each, number)),
    ]
    with whole_file(path) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="")
        count = count_events(partial.read_text(encoding="utf-8"), float(cut.rate))
        check_count(path, count, len(notes))
    return count


def marker_lines(cut: Cut, clip: Clip, marked: MarkedNote, number: int) -> Iterator[str]:
    first, end = (cut.recorded(clip, frame) for frame in (marked.first, marked.last + 1))
    span = f"{cut.timecode(first)} {cut.timecode(first + 1)}"
    # What divides the parts cannot be in one of them.
    name = on_one_line(f"{marked.note['person']}: {marked.note['text']}").replace("|", "/")
    yield f"{number:03d}  001      V     C        {span} {span}  "
    yield f" |C:{COLOUR} |M:{name} |D:{end - first}"
    yield ""
