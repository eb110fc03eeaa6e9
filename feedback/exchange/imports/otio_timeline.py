"""An OpenTimelineIO timeline as clips: those of its picture tracks, in the order in which they begin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import opentimelineio as otio

from feedback.errors import Invalid, Refused, one_line
from feedback.exchange.imports.entries import CutFile, Entry, check_entries, clip_name_in, frame_in_file, rate_in_file
from feedback.fields import SHOWN, clean_text

DEEPEST = 200  # levels of brackets; timelines have about 20
MARKS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
OURS = "circletake"
NOT_IN_THE_STUDIO = ("project", "sequence", "shot", "sha256", "version")


def read_otio(text: str, name: str, folder: Path) -> CutFile:
    """`folder`: where relative paths of plates begin. Refused, in one line, for what is no timeline."""
    check_depth(text, name)
    try:
        timeline = otio.adapters.read_from_string(text, adapter_name="otio_json")
    except Exception as error:  # of many kinds, C++'s among them
        raise Invalid(f"{name} is no OpenTimelineIO file: {one_line(error)}") from None
    return cut_of(timeline, name, folder)


def check_depth(text: str, name: str) -> None:
    """Invalid for brackets inside brackets by the thousand, on which a reader that calls itself would end the process."""
    depth = 0
    for mark in MARKS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark[0], 0)
        if depth > DEEPEST:
            raise Invalid(f"{name} is nested more than {DEEPEST} levels deep: that is no timeline")


def cut_of(timeline: Any, name: str, folder: Path) -> CutFile:
    try:
        remarks = list[str]()
        placed = sorted(clips_of(timeline, name, remarks), key=lambda each: each[0])
        entries = [entry_of(clip, f"clip {number}", folder) for number, (_, clip) in enumerate(placed, start=1)]
        check_entries(name, entries, "clips")
        return CutFile(entries, **of_the_whole(timeline, entries), remarks=remarks)
    except Refused:
        raise
    except Exception as error:  # a timeline that contradicts itself
        raise Invalid(f"{name} cannot be read as a timeline: {one_line(error)}") from None


def clips_of(timeline: Any, name: str, remarks: list[str]) -> Iterator[tuple[float, Any]]:
    """(seconds before it, clip) of every picture track."""
    if isinstance(timeline, otio.schema.SerializableCollection):
        timelines = [each for each in timeline if isinstance(each, otio.schema.Timeline)]
        if len(timelines) != 1:
            raise Refused(f"{name} holds {len(timelines)} timelines: give a file of one")
        timeline = timelines[0]
    if not isinstance(timeline, otio.schema.Timeline):
        raise Refused(f"{name} holds a {type(timeline).__name__}: give a timeline")
    tracks = [track for track in timeline.tracks if getattr(track, "kind", "Video") == otio.schema.TrackKind.Video]
    disabled = 0
    for track in tracks:
        for start, clip in clips_in(track):
            disabled += not clip.enabled
            if clip.enabled:
                yield start, clip
    if disabled:
        remarks.append(f"{disabled} clips that are switched off are left out")


def clips_in(composition: Any, start: float = 0.0) -> Iterator[tuple[float, Any]]:
    is_track = isinstance(composition, otio.schema.Track)
    for child in composition:
        if isinstance(child, otio.schema.Clip):
            yield start, child
        elif isinstance(child, otio.core.Composition):
            yield from clips_in(child, start)
        if is_track and isinstance(child, otio.core.Item):
            start += child.duration().to_seconds()


def of_the_whole(timeline: Any, entries: list[Entry]) -> dict[str, Any]:
    timeline = next(iter(timeline)) if isinstance(timeline, otio.schema.SerializableCollection) else timeline
    ours = ours_in(timeline)
    start = getattr(timeline, "global_start_time", None)
    rate = rate_in_file("the timeline", start.rate) if start is not None else entries[0].rate
    drops = ours.get("drop_frame")
    return {
        "rate": rate,
        "title": text_in(ours, "title") or "",
        "is_dropping": drops if isinstance(drops, bool) else None,
    }


def ours_in(thing: Any) -> Mapping[str, Any]:
    values = thing.metadata.get(OURS)
    return values if isinstance(values, Mapping) else {}


def text_in(values: Mapping[str, Any], key: str) -> str | None:
    value = values.get(key)
    return clean_text(value) if isinstance(value, str) else None


def whole_in(values: Mapping[str, Any], key: str) -> int | None:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def entry_of(clip: Any, where: str, folder: Path) -> Entry:
    ours = ours_in(clip)
    where = f"{where} ({clip.name[:SHOWN]})" if clip.name else where
    first, last, rate = frames_of(clip, where)
    names = {name: text_in(ours, name) for name in NOT_IN_THE_STUDIO}
    shot_rate = rate_in_file(where, ours["shot_fps"]) if isinstance(ours.get("shot_fps"), str) else None
    return Entry(
        where=where,
        name=clip_name_in(where, clip.name or ""),
        title=text_in(ours, "shot_title"),
        first=first,
        last=last,
        rate=rate,
        shot_rate=shot_rate,
        take=whole_in(ours, "take"),
        seed=whole_in(ours, "seed"),
        plate=None if ours else plate_of(clip, folder),  # the media of ours are takes
        **names,  # type: ignore[arg-type]
    )


def frames_of(clip: Any, where: str) -> tuple[int, int, Fraction]:
    """Counted from the first frame of its media, where the file says which that is."""
    try:
        span = clip.trimmed_range()
    except Exception:
        raise Invalid(f"{where}: it says neither its range nor that of its media: give it a source range") from None
    rate = rate_in_file(where, span.duration.rate)
    start, reference = span.start_time, clip.media_reference
    if reference is not None and reference.available_range is not None:
        start = start - reference.available_range.start_time
    first = frame_in_file(where, "first frame", float(round(start.rescaled_to(span.duration.rate).value)))
    count = frame_in_file(where, "length", float(round(span.duration.value)))
    if count < 1:
        raise Invalid(f"{where}: it lasts {count} frames: give it at least one, or leave it out")
    return first, first + count - 1, rate


def plate_of(clip: Any, folder: Path) -> Path | None:
    url = getattr(clip.media_reference, "target_url", None)
    return path_of(url, folder) if isinstance(url, str) and url else None


def path_of(url: str, folder: Path) -> Path | None:
    """Where a URL points on this machine, or a path relative to the timeline's folder; None for the web and nonsense."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("", "file") or "\0" in unquote(url):
        return None
    return folder / unquote(parts.path if parts.scheme else url)
