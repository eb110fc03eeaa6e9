"""Selects as a CMX 3600 edit decision list, for editing systems that read nothing newer.

The adapter leaves three things to us: the `FCM:` line, unique reel names of eight characters, and the record start,
which it takes from the track and not from the timeline's global start time.
"""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio

from feedback.errors import Refused
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.otio import (
    FIRST_HOUR,
    frames,
    one_line,
    rate_of,
    refusing_rates_without_timecode,
    timeline_of,
)
from feedback.judgements.selects import SelectDetails

REEL = "CT{:06d}"
"""Eight characters: unique for the first million takes of a studio."""


def write_edl(selects: list[SelectDetails], path: Path) -> int:
    """Returns the number of events read back. Refused when the selects do not share one frame rate."""
    rates = sorted({rate_of(select) for select in selects})
    if len(rates) > 1:
        raise Refused(f"an EDL has one frame rate and these selects have {', '.join(map(str, rates))}: export otio")
    with refusing_rates_without_timecode(rates[0], "an EDL"), whole_file(path) as partial:
        partial.write_text(edl_text(selects, rates[0]), encoding="ascii", errors="replace")
        # The line of our own is one the adapter does not write, and reads as a comment it cannot place.
        again = otio.adapters.read_from_string(without_fcm(partial.read_text()), adapter_name="cmx_3600", rate=rates[0])
        count = len(again.find_clips())
        check_count(path, count, len(selects))
    return count


def edl_text(selects: list[SelectDetails], rate: float) -> str:
    timeline = timeline_of(selects)
    track = timeline.tracks[0]
    for clip, select in zip(track, selects, strict=True):
        prepare(clip, select)
    hour = FIRST_HOUR * round(rate)
    # A track that starts at minus one hour is recorded from 01:00:00:00 on.
    track.source_range = frames(-hour, hour + track.available_range().duration.value, rate)
    title, _, rest = otio.adapters.write_to_string(timeline, adapter_name="cmx_3600", rate=rate).partition("\n")
    return f"{title}\nFCM: NON-DROP FRAME\n{rest}"


def prepare(clip: otio.schema.Clip, select: SelectDetails) -> None:
    comments = [
        f"CIRCLETAKE TAKE: {select['take']} VERSION: {select['version']} SEED: {select['seed']}",
        f"PROMPT: {one_line(select['prompt'])[:200]}",
    ]
    clip.metadata["cmx_3600"] = {"reel": REEL.format(select["take"] % 1_000_000), "comments": comments}


def without_fcm(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.startswith("FCM:"))
