"""Selects as an OpenTimelineIO timeline: one video track, one clip per select, in shot order.

Frames are counted from 0 in the media's own rate, in and out both inside the range. A still has one frame; it is held
with a FreezeFrame effect for its select's range, or for one second where nobody set one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import opentimelineio as otio

from feedback.errors import Refused
from feedback.exchange.files import check_count, whole_file
from feedback.judgements.selects import SelectDetails, SelectNote

FIRST_HOUR = 3600
HOLD_SECONDS = 1
METADATA_KEYS = (
    "select",
    "project",
    "shot",
    "shot_title",
    "take",
    "version",
    "seed",
    "brief",
    "prompt",
    "negative_prompt",
    "kind",
    "status",
    "stars",
    "raters",
    "circled_by",
)
"""What a clip's metadata says, under "circletake"."""


def write_otio(selects: list[SelectDetails], path: Path) -> int:
    """Returns the number of clips read back from what was written."""
    with whole_file(path) as partial:
        otio.adapters.write_to_file(timeline_of(selects), str(partial), adapter_name="otio_json")
        again = otio.adapters.read_from_file(str(partial), adapter_name="otio_json")
        count = len(again.find_clips())
        check_count(path, count, len(selects))
    return count


def timeline_of(selects: list[SelectDetails]) -> otio.schema.Timeline:
    first = selects[0]
    rate = rate_of(first)
    timeline = otio.schema.Timeline(name=f"{first['project']} selects")
    # Programmes start at 01:00:00:00; timecode counts whole frames, also at 24000/1001.
    timeline.global_start_time = otio.opentime.RationalTime(FIRST_HOUR * round(rate), rate)
    timeline.metadata["circletake"] = {"project": first["project"], "title": first["project_title"]}
    track = otio.schema.Track(name="Selects", kind=otio.schema.TrackKind.Video)
    track.extend([clip_of(select) for select in selects])
    timeline.tracks.append(track)
    return timeline


def rate_of(select: SelectDetails) -> float:
    return float(select["fps_num"]) / float(select["fps_den"])


@contextmanager
def refusing_rates_without_timecode(rate: float, what: str) -> Iterator[None]:
    """Refused instead of the library's error, for rates that a brief may have and SMPTE has no timecode for."""
    try:
        yield
    except ValueError as error:
        if "timecode" not in str(error):
            raise
        raise Refused(f"{what} has no timecode at {rate:.6g} frames per second: export otio or csv") from None


def clip_of(select: SelectDetails) -> otio.schema.Clip:
    rate = rate_of(select)
    clip = otio.schema.Clip(
        name=f"{select['shot']}_take{select['take']}",
        media_reference=otio.schema.ExternalReference(
            target_url=Path(select["path"]).resolve().as_uri(),
            available_range=frames(0, select["frames"], rate),
        ),
        source_range=source_range(select),
        metadata={"circletake": metadata_of(select)},
    )
    if select["kind"] == "still":
        clip.effects.append(otio.schema.FreezeFrame(name="held still"))
    clip.markers.extend([marker_of(note, select) for note in select["notes"]])
    return clip


def frames(start: int, count: int, rate: float) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(count, rate))


def source_range(select: SelectDetails) -> otio.opentime.TimeRange:
    count = select["frame_out"] - select["frame_in"] + 1
    if select["kind"] == "still" and count == 1:
        count = round(rate_of(select)) * HOLD_SECONDS
    return frames(select["frame_in"], count, rate_of(select))


def metadata_of(select: SelectDetails) -> dict[str, Any]:
    # A round trip through JSON leaves plain types only, which is what OTIO's metadata can hold.
    values: Mapping[str, Any] = select
    plain = {key: values[key] for key in METADATA_KEYS} | {"sha256": select["media"], "notes": select["notes"]}
    return dict(json.loads(json.dumps(plain)))


def marker_of(note: SelectNote, select: SelectDetails) -> otio.schema.Marker:
    """A note on frames marks those frames; a note on the whole take marks the first frame of the select."""
    start = select["frame_in"] if note["frame_in"] is None else note["frame_in"]
    end = start if note["frame_out"] is None else note["frame_out"]
    return otio.schema.Marker(
        name=one_line(note["text"])[:120],
        marked_range=frames(start, end - start + 1, rate_of(select)),
        color=otio.schema.MarkerColor.WHITE,
        comment=note["text"],
        metadata={"circletake": json.loads(json.dumps(note))},
    )


def one_line(text: str) -> str:
    return " ".join(text.split())
