"""Selects as Final Cut Pro 7 XML (xmeml 5), which Premiere Pro, Resolve and Avid read.

Written here: OpenTimelineIO's adapter, which reads it again, writes no picture size, no drop frame and no held stills.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import opentimelineio as otio

from feedback.exchange.edit.cut import Clip, Cut, MarkedNote, largest
from feedback.exchange.edit.timecode import has_timecode, is_dropping, timecode
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.otio import url_of
from feedback.fields import on_one_line

LONGEST_PROMPT = 1000
DOCTYPE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'


def write_fcp7xml(cut: Cut, path: Path) -> int:
    """Returns the number of clips read back. The cut is of one rate."""
    root = Element("xmeml", version="5")
    root.append(sequence_of(cut))
    ElementTree.indent(root)
    with whole_file(path) as partial:
        partial.write_text(DOCTYPE + ElementTree.tostring(root, encoding="unicode"), encoding="utf-8")
        again = otio.adapters.read_from_string(partial.read_text(encoding="utf-8"), adapter_name="fcp_xml")
        timeline = again if isinstance(again, otio.schema.Timeline) else again[0]
        count = len(timeline.find_clips())
        check_count(path, count, len(cut.clips))
    return count


def has_timebase(rate: Fraction) -> bool:
    """Whole rates, and those slower by a thousandth: these files have no others."""
    return rate.denominator == 1 or rate == Fraction(round(rate) * 1000, 1001)


def sequence_of(cut: Cut) -> Element:
    sequence = Element("sequence", id="sequence-1")
    put(sequence, "name", f"{cut.project} selects")
    put(sequence, "duration", cut.count)
    sequence.append(rate_of(cut.rate))
    video = SubElement(SubElement(sequence, "media"), "video")
    SubElement(video, "format").append(samples_of(cut.rate, *largest(cut)))
    track = SubElement(video, "track")
    seen = set[str]()
    for number, clip in enumerate(cut.clips, start=1):
        track.append(item_of(cut, clip, number, is_new=clip.file not in seen))
        seen.add(clip.file)
    sequence.append(timecode_of(cut.rate, cut.origin, cut.settings.drop_frame))
    return sequence


def item_of(cut: Cut, clip: Clip, number: int, *, is_new: bool) -> Element:
    item = Element("clipitem", id=f"clipitem-{number}")
    put(item, "name", clip.name)
    put(item, "duration", clip.available)
    item.append(rate_of(clip.rate))
    span = {"start": clip.start, "end": clip.start + clip.count, "in": clip.first, "out": clip.last + 1}
    for name, frame in span.items():
        put(item, name, frame)
    if clip.is_held:
        put(item, "stillframe", "TRUE")
    item.append(file_of(clip, cut.settings.drop_frame) if is_new else Element("file", id=file_id(clip)))
    logging = SubElement(item, "logginginfo")
    put(logging, "scene", clip.select["shot"])
    put(logging, "shottake", clip.select["take"])
    put(logging, "good", "TRUE" if clip.select["status"] == "circled" else "FALSE")
    comments = SubElement(item, "comments")
    put(comments, "mastercomment1", f"version {clip.select['version']}, seed {clip.select['seed']}")
    put(comments, "mastercomment2", on_one_line(clip.select["prompt"])[:LONGEST_PROMPT])
    item.extend(marker_of(note) for note in clip.notes)
    return item


def file_id(clip: Clip) -> str:
    return f"file-{clip.reel}"


def file_of(clip: Clip, drop: bool) -> Element:
    file = Element("file", id=file_id(clip))
    put(file, "name", clip.file)
    if clip.location is not None:
        put(file, "pathurl", localhost(url_of(clip.location)))
    file.append(rate_of(clip.rate))
    put(file, "duration", clip.available)
    start = timecode_of(clip.rate, 0, drop)
    put(SubElement(start, "reel"), "name", clip.reel)
    file.append(start)
    video = SubElement(SubElement(file, "media"), "video")
    video.append(samples_of(clip.rate, clip.select["width"], clip.select["height"]))
    return file


def localhost(url: str) -> str:
    """`file://localhost/srv/a.mp4`, as these files have it."""
    return url.replace("file:///", "file://localhost/", 1)


def marker_of(marked: MarkedNote) -> Element:
    marker = Element("marker")
    put(marker, "name", f"{marked.note['person']}: {on_one_line(marked.note['text'])}")
    put(marker, "comment", marked.note["text"])
    put(marker, "in", marked.first)
    put(marker, "out", marked.last + 1)
    return marker


def samples_of(rate: Fraction, width: int, height: int) -> Element:
    samples = Element("samplecharacteristics")
    samples.append(rate_of(rate))
    values = {"width": width, "height": height, "anamorphic": "FALSE", "pixelaspectratio": "square"}
    for name, value in {**values, "fielddominance": "none"}.items():
        put(samples, name, value)
    return samples


def rate_of(rate: Fraction) -> Element:
    """23.976 is 24 "ntsc"."""
    element = Element("rate")
    put(element, "timebase", round(rate))
    put(element, "ntsc", "TRUE" if rate.denominator != 1 else "FALSE")
    return element


def timecode_of(rate: Fraction, frame: int, drop: bool) -> Element:
    element = Element("timecode")
    element.append(rate_of(rate))
    put(element, "string", timecode(frame, rate, drop) if has_timecode(rate) else counted(frame, round(rate)))
    put(element, "frame", frame)
    put(element, "displayformat", "DF" if is_dropping(rate, drop) else "NDF")
    return element


def counted(frame: int, base: int) -> str:
    """Hours, minutes, seconds and frames at a whole rate that SMPTE does not know."""
    seconds, frames = divmod(frame, base)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


def put(parent: Element, name: str, value: object) -> None:
    SubElement(parent, name).text = str(value)
