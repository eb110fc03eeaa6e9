"""What other people's readers make of our files, for selects that nobody thought of, at every rate that has timecode.

`CIRCLETAKE_EXAMPLES=1000` tries that many cuts in each format instead of a few.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import opentimelineio as otio
import pycmx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from timecode import Timecode

from feedback.errors import Refused
from feedback.exchange.edit.cut import Clip, Cut
from feedback.exchange.edit.timecode import is_dropping
from feedback.exchange.timelines.ale import write_ale
from feedback.exchange.timelines.edl import write_edl
from feedback.exchange.timelines.fcp7xml import write_fcp7xml
from feedback.exchange.timelines.fcpxml import write_fcpxml
from feedback.exchange.timelines.markers import write_markers
from feedback.exchange.timelines.otio import write_otio
from tests.feedback.exchange.cuts import Given, Setting, make_cut, settings_of_cuts

EXAMPLES = int(os.environ.get("CIRCLETAKE_EXAMPLES", "25"))
NAMES = {Fraction(24000, 1001): "23.976", Fraction(30000, 1001): "29.97", Fraction(60000, 1001): "59.94"}
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

Span = tuple[int, int]  # first frame and how many


def recorded(cut: Cut) -> list[tuple[Span, Span]]:
    """Of each clip: frames of its media, and frames of the cut."""
    return [((clip.first, clip.count), (cut.origin + clip.start, clip.count)) for clip in cut.clips]


def marked(cut: Cut, clip: Clip) -> list[Span]:
    """Of each note on the clip's frames: its part there, in frames of the media."""
    spans = [(note["frame_in"], note["frame_out"]) for note in clip.select["notes"]]
    parts = [(max(first, clip.first), min(last, clip.last)) for first, last in spans]
    return [(first, last - first + 1) for first, last in parts if first <= last]


def span_of(range_: otio.opentime.TimeRange) -> Span:
    start, count = range_.start_time.value, range_.duration.value
    assert (start, count) == (round(start), round(count))
    return round(start), round(count)


def is_within(inner: otio.opentime.TimeRange, outer: otio.opentime.TimeRange) -> bool:
    """In frames; in seconds, as OTIO's own `contains` has it, a range may stand out of itself by a rounding."""
    first, count = span_of(inner)
    start, available = span_of(outer)
    return start <= first and first + count <= start + available


def number_of(text: str, rate: Fraction, drop: bool) -> int:
    """The frame that a timecode names, by the `timecode` library; it does not know 47.952."""
    if rate == Fraction(48000, 1001):
        rate = Fraction(48)
    read = Timecode(NAMES.get(rate, str(rate)), text, force_non_drop_frame=not is_dropping(rate, drop))
    return int(read.frame_number)


@many
@given(settings_of_cuts)
def test_otio(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    assert write_otio(cut, tmp_path / "a.otio") == len(cut.clips)
    timeline = otio.adapters.read_from_file(str(tmp_path / "a.otio"))
    assert timeline.global_start_time == otio.opentime.RationalTime(cut.origin, float(cut.rate))
    clips = list(timeline.find_clips())
    starts = [clip.range_in_parent().start_time.value + cut.origin for clip in clips]
    spans = [span_of(clip.source_range) for clip in clips]
    assert list(
        zip(spans, ((round(start), span[1]) for start, span in zip(starts, spans, strict=True)), strict=True)
    ) == recorded(cut)
    for clip, ours in zip(clips, cut.clips, strict=True):
        assert is_within(clip.source_range, clip.media_reference.available_range)
        assert [span_of(marker.marked_range) for marker in clip.markers] == marked(cut, ours)


@many
@given(settings_of_cuts)
def test_edl(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    assert write_edl(cut, tmp_path / "a.edl") == len(cut.clips)
    with (tmp_path / "a.edl").open() as file:
        events = list(pycmx.parse_cmx3600(file).events)
    read = [
        tuple(number_of(getattr(edit, name), cut.rate, setting.drop) for name in PLACES)
        for (edit,) in (e.edits for e in events)
    ]
    held = [clip.is_held for clip in cut.clips]
    expected = [
        (media[0], media[0] + (1 if is_held else media[1]), place[0], place[0] + place[1])
        for (media, place), is_held in zip(recorded(cut), held, strict=True)
    ]
    assert read == expected
    assert [edit.source for event in events for edit in event.edits] == [clip.reel for clip in cut.clips]


PLACES = ("source_in", "source_out", "record_in", "record_out")


@many
@given(settings_of_cuts)
def test_edl_as_otio_reads_it(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    write_edl(cut, tmp_path / "a.edl")
    text = "\n".join(line for line in (tmp_path / "a.edl").read_text().split("\n") if not line.startswith("FCM"))
    timeline = otio.adapters.read_from_string(text, adapter_name="cmx_3600", rate=float(cut.rate))
    clips = list(timeline.find_clips())
    assert [span_of(clip.source_range) for clip in clips] == [media for media, _ in recorded(cut)]
    assert [clip.name for clip in clips] == [clip.name for clip in cut.clips]
    if cut.is_dropping:
        return  # its reader leaves out markers in drop frame
    for clip, ours in zip(clips, cut.clips, strict=True):
        starts = [cut.origin + ours.start + first - ours.first for first, _ in marked(cut, ours)]
        assert [marker.marked_range.start_time.value for marker in clip.markers] == starts


@many
@given(settings_of_cuts)
def test_ale(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    assert write_ale(cut, tmp_path / "a.ale") == len(cut.clips)
    clips = otio.adapters.read_from_file(str(tmp_path / "a.ale"), fps=float(cut.rate))
    assert [span_of(clip.source_range) for clip in clips] == [media for media, _ in recorded(cut)]
    for clip, ours in zip(clips, cut.clips, strict=True):
        columns = clip.metadata["ALE"]
        assert (columns["Tape"], columns["Image Size"]) == (ours.reel, "64x64")
        assert clip.media_reference.target_url == ours.file


@many
@given(settings_of_cuts)
def test_final_cut_pro_7(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    assert write_fcp7xml(cut, tmp_path / "a.xml") == len(cut.clips)
    timeline: Any = otio.adapters.read_from_file(str(tmp_path / "a.xml"), adapter_name="fcp_xml")
    assert round(timeline.global_start_time.value) == cut.origin
    clips = list(timeline.find_clips())
    assert [span_of(clip.source_range) for clip in clips] == [media for media, _ in recorded(cut)]
    starts = [round(clip.range_in_parent().start_time.value) + cut.origin for clip in clips]
    assert starts == [place[0] for _, place in recorded(cut)]
    for clip, ours in zip(clips, cut.clips, strict=True):
        assert [span_of(marker.marked_range) for marker in clip.markers] == marked(cut, ours)
        assert is_within(clip.source_range, clip.media_reference.available_range)


@many
@given(settings_of_cuts)
def test_fcpxml_is_exact(tmp_path: Path, setting: Setting) -> None:
    """Read as fractions: the reader below knows whole rates only."""
    cut = make_cut(*setting)
    assert write_fcpxml(cut, tmp_path / "a.fcpxml") == len(cut.clips)
    spine = ElementTree.parse(tmp_path / "a.fcpxml").getroot().find(".//spine")
    assert spine is not None

    def frames(element: ElementTree.Element, name: str) -> int:
        number = Fraction(element.attrib[name].removesuffix("s")) * cut.rate
        assert number.denominator == 1
        return int(number)

    read = [tuple(frames(element, name) for name in ("start", "duration", "offset")) for element in spine]
    assert read == [(*media, place[0]) for media, place in recorded(cut)]
    for element, ours in zip(spine, cut.clips, strict=True):
        marks = [(frames(marker, "start"), frames(marker, "duration")) for marker in element.findall("marker")]
        assert marks == marked(cut, ours)


@many
@given(settings_of_cuts)
def test_fcpxml_as_otio_reads_it(tmp_path: Path, setting: Setting) -> None:
    """Its reader counts 23 frames a second at 23.976, cuts 28.9999 frames to 28, and knows no stills in a spine."""
    clips_alone = [each for each in setting.given if each.kind == "clip"]
    assume(setting.rate.denominator == 1 and clips_alone)
    cut = make_cut(setting.rate, setting.drop, clips_alone)
    write_fcpxml(cut, tmp_path / "a.fcpxml")
    (timeline,) = otio.adapters.read_from_file(str(tmp_path / "a.fcpxml"), adapter_name="fcpx_xml")
    clips = list(timeline.find_clips())
    for clip, (media, _) in zip(clips, recorded(cut), strict=True):
        read = clip.source_range.start_time.value, clip.source_range.duration.value
        assert all(0 <= ours - theirs <= 1 for ours, theirs in zip(media, read, strict=True))
    assert [Path(clip.media_reference.target_url).name for clip in clips] == [
        Path(str(clip.location)).name for clip in cut.clips
    ]


@many
@given(settings_of_cuts)
def test_markers(tmp_path: Path, setting: Setting) -> None:
    cut = make_cut(*setting)
    begun = dict[int, int]()  # notes that begin on one frame are one marker
    for clip in cut.clips:
        for first, count in marked(cut, clip):
            frame = cut.origin + clip.start + first - clip.first
            begun[frame] = max(count, begun.get(frame, 0))
    expected = sorted(begun.items())
    if not expected:
        with pytest.raises(Refused, match="no note is on a select"):
            write_markers(cut, tmp_path / "a.edl")
        return
    assert write_markers(cut, tmp_path / "a.edl") == len(expected)
    lines = (tmp_path / "a.edl").read_text().split("\n")
    starts = [number_of(line.split()[6], cut.rate, setting.drop) for line in lines if line[:3].isdigit()]
    counts = [int(line.rsplit("|D:", 1)[1]) for line in lines if "|D:" in line]
    assert list(zip(starts, counts, strict=True)) == expected


@pytest.mark.parametrize(
    ("rate", "drop", "mode", "first"),
    [
        (Fraction(30000, 1001), True, "DROP FRAME", 107892),
        (Fraction(30000, 1001), False, "NON-DROP FRAME", 108000),
        (Fraction(60000, 1001), True, "DROP FRAME", 215784),
        (Fraction(60000, 1001), False, "NON-DROP FRAME", 216000),
        (Fraction(30), True, "NON-DROP FRAME", 108000),
        (Fraction(24000, 1001), True, "NON-DROP FRAME", 86400),
    ],
)
def test_the_mode_of_a_list_is_that_of_its_timecodes(
    tmp_path: Path, rate: Fraction, drop: bool, mode: str, first: int
) -> None:
    cut = make_cut(rate, drop, [Given("clip", 0, 9, 10)])
    write_edl(cut, tmp_path / "a.edl")
    lines = (tmp_path / "a.edl").read_text().split("\n")
    assert lines[1] == f"FCM: {mode}"
    assert (";" in lines[3]) == (mode == "DROP FRAME")
    assert cut.origin == first
