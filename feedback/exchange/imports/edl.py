"""A CMX 3600 edit decision list as clips. It says neither its frame rate nor its shots, but in comments of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby

from feedback.errors import Invalid, Refused
from feedback.exchange.edit.timecode import DROP_RATES, frame_number, has_timecode, written_rate
from feedback.exchange.imports.entries import CutFile, Entry, check_entries, clip_name_in, rate_in_file, refusing
from feedback.fields import LARGEST_INTEGER, shown

LONGEST_LINE = 10_000
TC = r"(\d{1,3}:\d\d:\d\d[:;.,]\d{2,3})"
EVENT = re.compile(
    rf"\s*(\d{{1,6}})\s+(\S+)\s+(\S+)\s+(C|D|W\d{{1,4}}|K\s?[BO]?)\s+(?:\d{{1,4}}\s+)?{TC}\s+{TC}\s+{TC}\s+{TC}\s*"
)
STARTS_LIKE_EVENT = re.compile(r"\s*\d{1,6}\s+\S+\s+\S+\s+\S+.*\d\d[:;]")
COMMENT = re.compile(r"\*\s*([A-Z][A-Z ]*?)\s*:\s*(.*)")
OUR_SHOT = re.compile(r"([^/\s]*)/([^/\s]*)/(\S+)\s+FPS: (\S+)\s+CUT: (\S+)")
OUR_TAKE = re.compile(r"(\d{1,18})\s+VERSION: (\S+)\s+SEED: (\d{1,18})")
BLACK = {"BL", "BLK", "BLACK"}


@dataclass
class Event:
    """A line of the list, and the comments that follow it."""

    line: int
    number: int
    reel: str
    track: str
    kind: str  # C: cut; else a transition
    times: tuple[str, str, str, str]  # source in and out, record in and out
    drops: bool | None  # as the last FCM line has it
    comments: dict[str, str] = field(default_factory=dict)
    is_frozen: bool = False
    has_speed: bool = False

    @property
    def where(self) -> str:
        return f"line {self.line}"

    @property
    def is_picture(self) -> bool:
        return "V" in self.track.upper() or self.track.upper() in ("B", "NONE")


def read_edl(text: str, name: str, rate: Fraction | None) -> CutFile:
    """`rate`: what its timecode counts; None: what our own comments say. Refused where neither is known."""
    events = list(events_of(text))
    rate = rate_of(name, events, rate)
    remarks = list[str]()
    check_drop_frame(events, rate, remarks)
    is_marked = any(";" in time for event in events for time in event.times)
    pictures = [event for event in with_comments(events) if event.is_picture and event.reel.upper() not in BLACK]
    if len(pictures) < len(events):
        remarks.append(f"{len(events) - len(pictures)} events of sound or black are left out")
    entries = [entry for event in pictures if (entry := entry_of(event, rate, is_marked)) is not None]
    check_entries(name, entries, "events")
    drops = drops_in(pictures[0], pictures[0].times[2], is_marked) if rate in DROP_RATES else None
    return CutFile(entries, rate, "", drops, remarks)


def events_of(text: str) -> Iterator[Event]:
    drops, last = None, None
    for number, line in enumerate(text.split("\n"), start=1):
        if len(line) > LONGEST_LINE:
            raise Invalid(f"line {number} has {len(line)} characters: is it an EDL?")
        if match := EVENT.fullmatch(line):
            if last:
                yield last
            event, reel, track, kind, *times = match.groups()
            last = Event(number, int(event), reel, track, kind[0], tuple(times), drops)  # type: ignore[arg-type]
        elif STARTS_LIKE_EVENT.match(line):
            raise Invalid(
                f"line {number}: {shown(line.strip())} is no event; give NUMBER REEL TRACK C and four timecodes"
            )
        elif line.upper().startswith("FCM:"):
            drops = "NON" not in line.upper()
        elif last:
            comment_on(last, line)
    if last:
        yield last


def comment_on(event: Event, line: str) -> None:
    words = line.strip()
    if words.upper().startswith("M2"):
        event.has_speed = True
    if words.upper().startswith("* FREEZE FRAME") or re.match(r"M2\s+\S+\s+0*\.?0+(\.0*)?\s", words):
        event.is_frozen = True
    if match := COMMENT.fullmatch(words):
        event.comments.setdefault(match[1], match[2].strip())


def rate_of(name: str, events: list[Event], given: Fraction | None) -> Fraction:
    ours = [(event, match) for event in events if (match := our_shot(event))]
    if given is None and ours:
        event, match = ours[0]
        given = rate_in_file(event.where, match[5])
    if given is None:
        raise Refused(f"{name}: an EDL does not say its frame rate: give --fps, such as --fps 24 or 29.97")
    if not has_timecode(given):
        raise Invalid(
            f"{name}: there is no timecode at {written_rate(given)} frames per second: give the EDL's own --fps"
        )
    return given


def our_shot(event: Event) -> re.Match[str] | None:
    return OUR_SHOT.fullmatch(event.comments.get("CIRCLETAKE SHOT", ""))


def check_drop_frame(events: list[Event], rate: Fraction, remarks: list[str]) -> None:
    """Invalid for drop frame at a rate that has none; a remark where FCM and the timecodes contradict each other."""
    marked = next((event for event in events if any(";" in time for time in event.times)), None)
    declared = next((event for event in events if event.drops), None)
    dropping = marked or declared
    if dropping is not None and rate not in DROP_RATES:
        raise Invalid(
            f"{dropping.where}: it counts in drop frame, and {written_rate(rate)} has none: give --fps 29.97 or 59.94"
        )
    if marked and marked.drops is False:
        remarks.append(
            f"FCM says non-drop frame above timecodes with ';' ({marked.where}): they are read as drop frame"
        )


def drops_in(event: Event, time: str, is_marked: bool) -> bool:
    """A list with ';' marks every timecode by itself; in one of plain colons the FCM line above counts."""
    return ";" in time if is_marked else bool(event.drops)


def with_comments(events: list[Event]) -> Iterator[Event]:
    """Lines of one number are one event: what stands below the last is of all, and a transition's clip is the one it goes to."""
    for _, group in groupby(events, key=lambda event: event.number):
        lines = list(group)
        together = {key: text for line in lines for key, text in line.comments.items()}
        for line in lines:
            line.comments = {**together, **line.comments}
            same = [other for other in lines if other.reel == line.reel]
            line.is_frozen, line.has_speed = any(e.is_frozen for e in same), any(e.has_speed for e in same)
            if line.kind != "C" and "TO CLIP NAME" in together:
                line.comments["FROM CLIP NAME"] = together["TO CLIP NAME"]
            yield line


def entry_of(event: Event, rate: Fraction, is_marked: bool) -> Entry | None:
    """None for the empty line that a transition begins with."""
    source_in, source_out, record_in, record_out = (
        refusing(event.where, lambda time=time: frame_number(time, rate, drops_in(event, time, is_marked)))
        for time in event.times
    )
    if record_out == record_in:
        return None
    check_order(event, event.times[2:], record_in, record_out)
    if event.has_speed:  # what runs backwards may be written backwards
        source_in, source_out = min(source_in, source_out), max(source_in, source_out)
    check_order(event, event.times[:2], source_in, source_out)
    # The source of a frozen frame, or at another speed, is as long as it says; the cut has what is recorded.
    is_plain = not event.is_frozen and not event.has_speed and source_out > source_in
    count = source_out - source_in if is_plain else record_out - record_in
    name = clip_name_in(event.where, event.comments.get("FROM CLIP NAME") or event.reel)
    frames = {"first": source_in, "last": source_in + count - 1, "rate": rate}
    return Entry(event.where, name, **frames, **our_names(event))  # type: ignore[arg-type]


def check_order(event: Event, times: tuple[str, ...], first: int, after: int) -> None:
    if after < first:
        raise Invalid(f"{event.where}: it ends before it begins ({times[0]} to {times[1]}): mend its timecode")


def our_names(event: Event) -> dict[str, object]:
    """What comments of ours say."""
    names = dict[str, object]()
    if shot := our_shot(event):
        names |= {"project": shot[1] or None, "sequence": shot[2], "shot": shot[3]}
        names["shot_rate"] = rate_in_file(event.where, shot[4])
    if take := OUR_TAKE.fullmatch(event.comments.get("CIRCLETAKE TAKE", "")):
        number, version, seed = take.groups()
        if max(int(number), int(seed)) <= LARGEST_INTEGER:
            names |= {"take": int(number), "version": version, "seed": int(seed)}
    return names
