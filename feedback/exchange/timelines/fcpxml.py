"""Selects as Final Cut Pro X XML (FCPXML 1.8), which Final Cut Pro and Resolve read.

1.8 names media on the asset itself: newer versions are read by fewer programs. Times are fractions of a second, exact at every rate. A still is a `video` element on an asset without a length; a note is a
marker on its clip.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from feedback.exchange.edit.cut import Clip, Cut, MarkedNote, largest
from feedback.exchange.files import check_count, whole_file
from feedback.exchange.timelines.otio import url_of
from feedback.fields import on_one_line

VERSION = "1.8"
DOCTYPE = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
CLIPS = ("asset-clip", "video")


def write_fcpxml(cut: Cut, path: Path) -> int:
    """Returns the number of clips read back. The cut is of one rate."""
    root = Element("fcpxml", version=VERSION)
    resources = SubElement(root, "resources")
    project = SubElement(
        SubElement(SubElement(root, "library"), "event", name=cut.project), "project", name=f"{cut.project} selects"
    )
    project.append(sequence_of(cut, resources))
    ElementTree.indent(root)
    with whole_file(path) as partial:
        partial.write_text(DOCTYPE + ElementTree.tostring(root, encoding="unicode"), encoding="utf-8")
        spine = ElementTree.parse(partial).getroot().find(".//spine")
        count = 0 if spine is None else sum(child.tag in CLIPS for child in spine)
        check_count(path, count, len(cut.clips))
    return count


def seconds(frames: int, rate: Fraction) -> str:
    """`1001/24000s` for a frame at 23.976, `5s` for five seconds."""
    time = frames / rate
    return f"{time.numerator}s" if time.denominator == 1 else f"{frames * rate.denominator}/{rate.numerator}s"


def sequence_of(cut: Cut, resources: Element) -> Element:
    width, height = largest(cut)
    own = add_format(resources, "r1", cut.rate, width, height)
    start = {"tcStart": seconds(cut.origin, cut.rate), "tcFormat": "DF" if cut.is_dropping else "NDF"}
    sequence = Element("sequence", {"format": own, "duration": seconds(cut.count, cut.rate), **start})
    spine = SubElement(sequence, "spine")
    formats = {(cut.rate, width, height, False): own}
    assets = dict[str, str]()
    for clip in cut.clips:
        if clip.file not in assets:
            assets[clip.file] = add_asset(resources, clip, formats)
        spine.append(element_of(cut, clip, assets[clip.file]))
    return sequence


def add_format(resources: Element, number: str, rate: Fraction | None, width: int, height: int) -> str:
    """Without a rate: a still's."""
    size = {"width": str(width), "height": str(height), "colorSpace": "1-1-1 (Rec. 709)"}
    kind = {"name": "FFVideoFormatRateUndefined"} if rate is None else {"frameDuration": seconds(1, rate)}
    SubElement(resources, "format", {"id": number, **kind, **size})
    return number


def add_asset(resources: Element, clip: Clip, formats: dict[tuple[Fraction, int, int, bool], str]) -> str:
    select = clip.select
    kind = clip.rate, select["width"], select["height"], clip.is_held
    if kind not in formats:
        number = f"r{len(resources) + 1}"
        formats[kind] = add_format(resources, number, None if clip.is_held else clip.rate, *kind[1:3])
    length = "0s" if clip.is_held else seconds(clip.available, clip.rate)
    name = f"r{len(resources) + 1}"
    about = {
        "id": name,
        "name": clip.file,
        "src": url_of(clip.location or clip.file),
        "start": "0s",
        "duration": length,
        "hasVideo": "1",
        "format": formats[kind],
        "uid": select["media"],
    }
    asset = SubElement(resources, "asset", about)
    metadata = SubElement(asset, "metadata")
    SubElement(metadata, "md", key="com.apple.proapps.studio.reel", value=clip.reel)
    SubElement(metadata, "md", key="com.apple.proapps.studio.shot", value=select["shot"])
    SubElement(metadata, "md", key="com.apple.proapps.studio.take", value=str(select["take"]))
    return name


def element_of(cut: Cut, clip: Clip, asset: str) -> Element:
    spans = {
        "offset": seconds(cut.origin + clip.start, cut.rate),
        "start": seconds(clip.first, clip.rate),
        "duration": seconds(clip.count, clip.rate),
    }
    drop = {} if clip.is_held else {"tcFormat": "DF" if cut.is_dropping else "NDF"}
    element = Element(CLIPS[clip.is_held], {"ref": asset, "name": clip.name, **spans, **drop})
    select = clip.select
    note = f"take {select['take']}, version {select['version']}, seed {select['seed']}: {on_one_line(select['prompt'])}"
    SubElement(element, "note").text = note
    element.extend(marker_of(marked, clip) for marked in clip.notes)
    return element


def marker_of(marked: MarkedNote, clip: Clip) -> Element:
    note = marked.note
    return Element(
        "marker",
        start=seconds(marked.first, clip.rate),
        duration=seconds(marked.last - marked.first + 1, clip.rate),
        value=f"{note['person']}: {on_one_line(note['text'])}",
        note=note["text"],
    )
