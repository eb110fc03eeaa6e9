"""Selects as a CMX 3600 edit decision list, for editing systems that read nothing newer.

Written here: OpenTimelineIO's adapter, which reads it again, writes no `FCM:` line, markers in the source's timecode instead
of the cut's, and freezes without a reel.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from anyascii import anyascii

from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.files import check_count, whole_file
from feedback.fields import on_one_line

MOST_EVENTS = 999
LONGEST_PROMPT = 200
COLOUR = "WHITE"


def write_edl(cut: Cut, path: Path) -> int:
    """Returns the number of events read back. The cut is of one rate, which has timecode."""
    return write_list(cut, path, "".join(f"{line}\r\n" for line in lines_of(cut)))


def write_list(cut: Cut, path: Path, text: str) -> int:
    """Returns the number of events of an EDL, which is ASCII: letters beyond it are written in Latin ones."""
    if not text.isascii():
        cut.remarks.append("an EDL is ASCII: letters that it has not are written in Latin letters")
        text = anyascii(text)
    if len(cut.clips) > MOST_EVENTS:
        cut.remarks.append(
            f"CMX 3600 numbers {MOST_EVENTS} events and these are {len(cut.clips)}: some systems stop there"
        )
    with whole_file(path) as partial:
        partial.write_text(text, encoding="ascii", newline="")
        count = count_events(partial.read_text(encoding="ascii"), float(cut.rate))
        check_count(path, count, len(cut.clips))
    return count


def count_events(text: str, rate: float) -> int:
    # The adapter reads the line as a comment that belongs to nothing.
    without_fcm = "\n".join(line for line in text.split("\n") if not line.startswith("FCM:"))
    return len(otio.adapters.read_from_string(without_fcm, adapter_name="cmx_3600", rate=rate).find_clips())


def lines_of(cut: Cut) -> Iterator[str]:
    yield from heading(cut)
    for number, clip in enumerate(cut.clips, start=1):
        yield from event_of(cut, clip, number)


def heading(cut: Cut) -> Iterator[str]:
    yield f"TITLE: {cut.project} selects"
    yield f"FCM: {'DROP FRAME' if cut.is_dropping else 'NON-DROP FRAME'}"
    yield ""


def event_of(cut: Cut, clip: Clip, number: int) -> Iterator[str]:
    # A frozen frame is one frame of the source, however long it is recorded.
    source = cut.timecode(clip.first), cut.timecode((clip.first if clip.is_held else clip.last) + 1)
    record = cut.timecode(cut.recorded(clip, clip.first)), cut.timecode(cut.recorded(clip, clip.last + 1))
    yield f"{number:03d}  {clip.reel} V     C        {' '.join((*source, *record))}"
    if clip.is_held:
        yield f"M2   {clip.reel}       000.0                {source[0]}"
    yield f"* FROM CLIP NAME: {clip.name}"
    if clip.is_held:
        yield "* FREEZE FRAME"
    yield f"* SOURCE FILE: {clip.file}"
    yield from comments_of(clip)
    for note, first, last in clip.notes:
        until = f" (until {cut.timecode(cut.recorded(clip, last))})" if last > first else ""
        text = f"{on_one_line(note['person'])}: {on_one_line(note['text'])}{until}"
        yield f"* LOC: {cut.timecode(cut.recorded(clip, first))} {COLOUR:<7} {text}"


def comments_of(clip: Clip) -> Iterator[str]:
    select = clip.select
    place = f"{select['project']}/{select['sequence']}/{select['shot']}"
    shot_rate = Fraction(select["shot_fps_num"], select["shot_fps_den"])
    yield f"* CIRCLETAKE SHOT: {place} FPS: {shot_rate} CUT: {clip.rate}"
    yield f"* CIRCLETAKE TAKE: {select['take']} VERSION: {select['version']} SEED: {select['seed']}"
    yield f"* PROMPT: {on_one_line(select['prompt'])[:LONGEST_PROMPT]}"
