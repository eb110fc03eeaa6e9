"""Selects as an OpenTimelineIO timeline: one video track, one clip per select, in the order of the cut.

Each clip has the rate of its media. A still is held with a FreezeFrame effect for its select's range.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import opentimelineio as otio

from feedback.exchange.edit.cut import Clip, Cut, MarkedNote
from feedback.exchange.files import check_count, whole_file
from feedback.fields import on_one_line

LONGEST_MARKER_NAME = 120
METADATA_KEYS = (
    "select",
    "project",
    "sequence",
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


def write_otio(cut: Cut, path: Path) -> int:
    """Returns the number of clips read back from what was written."""
    with whole_file(path) as partial:
        # Not by OTIO itself, which does not say that a disk is full.
        partial.write_text(otio.adapters.write_to_string(timeline_of(cut), "otio_json"), encoding="utf-8")
        again = otio.adapters.read_from_file(str(partial), adapter_name="otio_json")
        count = len(again.find_clips())
        check_count(path, count, len(cut.clips))
    return count


def timeline_of(cut: Cut) -> otio.schema.Timeline:
    """Its start has the project's rate; 01:00:00;00 is frame 107892 at 29.97 drop frame."""
    timeline = otio.schema.Timeline(name=f"{cut.project} selects")
    timeline.global_start_time = otio.opentime.RationalTime(cut.origin, float(cut.rate))
    drop = {"drop_frame": cut.is_dropping}
    timeline.metadata["circletake"] = {"project": cut.project, "title": cut.title, **drop}
    track = otio.schema.Track(name="Selects", kind=otio.schema.TrackKind.Video)
    track.extend([otio_clip(clip) for clip in cut.clips])
    timeline.tracks.append(track)
    return timeline


def otio_clip(clip: Clip) -> otio.schema.Clip:
    made = otio.schema.Clip(
        name=clip.name,
        media_reference=reference_of(clip),
        source_range=frames(clip.first, clip.count, clip.rate),
        metadata={"circletake": metadata_of(clip), "cmx_3600": {"reel": clip.reel}},
    )
    if clip.is_held:
        made.effects.append(otio.schema.FreezeFrame(name="held still"))
    made.markers.extend([marker_of(note, clip) for note in clip.notes])
    return made


def reference_of(clip: Clip) -> otio.core.MediaReference:
    available = frames(0, clip.available, clip.rate)
    if clip.location is None:
        return otio.schema.MissingReference(name=clip.file, available_range=available)
    # Named, since readers and file bundles call media by it.
    reference = otio.schema.ExternalReference(target_url=url_of(clip.location), available_range=available)
    reference.name = clip.file
    return reference


def url_of(location: str) -> str:
    r"""`file:///srv/a.mp4`, `file:///P:/a.mp4` of `P:\a.mp4`, `file://host/a.mp4` of `\\host\a.mp4`, and a relative path as it is."""
    if location.startswith("\\\\"):
        return "file:" + quote(location.replace("\\", "/"))
    if re.match(r"[A-Za-z]:[\\/]", location):
        return "file:///" + quote(location.replace("\\", "/"), safe="/:")
    is_absolute = PurePosixPath(location).is_absolute()
    return PurePosixPath(location).as_uri() if is_absolute else quote(location)


def frames(start: int, count: int, rate: Fraction) -> otio.opentime.TimeRange:
    first, duration = (otio.opentime.RationalTime(number, float(rate)) for number in (start, count))
    return otio.opentime.TimeRange(first, duration)


def metadata_of(clip: Clip) -> dict[str, Any]:
    # A round trip through JSON leaves plain types only, which is what OTIO's metadata can hold.
    values: Mapping[str, Any] = clip.select
    plain = {key: values[key] for key in METADATA_KEYS}
    more = {"sha256": values["media"], "notes": values["notes"], "file": clip.file, "reel": clip.reel}
    more["shot_fps"] = str(Fraction(clip.select["shot_fps_num"], clip.select["shot_fps_den"]))
    return dict(json.loads(json.dumps({**plain, **more})))


def marker_of(marked: MarkedNote, clip: Clip) -> otio.schema.Marker:
    note = marked.note
    return otio.schema.Marker(
        name=on_one_line(f"{note['person']}: {note['text']}")[:LONGEST_MARKER_NAME],
        marked_range=frames(marked.first, marked.last - marked.first + 1, clip.rate),
        color=otio.schema.MarkerColor.WHITE,
        comment=note["text"],
        metadata={"circletake": json.loads(json.dumps(note))},
    )
