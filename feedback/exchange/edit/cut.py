"""A project's selects as clips in a row: which frames of what, from where on, and what they are called.

Frames are counted from 0 in the media's own rate, first and last both inside. A still has one frame, which is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from feedback.errors import Refused
from feedback.exchange.edit import names
from feedback.exchange.edit.settings import EditSettings
from feedback.exchange.edit.timecode import first_hour, is_dropping, timecode, written_rate
from feedback.judgements.selects import SelectDetails, SelectNote
from feedback.production.projects import Project
from feedback.rights.content_credentials.signing import Signing
from feedback.rights.passport import Passport

NAMED = 8  # takes that a refusal names


class MarkedNote(NamedTuple):
    """A note's part within a clip."""

    note: SelectNote
    first: int  # frames of the media; both inside the clip's range
    last: int


@dataclass(frozen=True)
class Clip:
    select: SelectDetails
    name: str
    file: str  # the name of the media where it comes along
    reel: str
    rate: Fraction  # frames a second of the media; of a still, of its shot
    start: int  # frames of the cut before it, at the cut's rate
    length: int  # how many of the cut's frames it lasts
    location: str | None  # path of the media as the edit sees it; None: it is missing
    passport: Passport | None = None  # of the take; None: the export asks for none

    @property
    def first(self) -> int:
        return self.select["frame_in"]

    @property
    def last(self) -> int:
        return self.select["frame_out"]

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    @property
    def is_held(self) -> bool:
        return self.select["kind"] == "still"

    @property
    def available(self) -> int:
        """Frames that there are; of a still, as many as it is held for."""
        return self.last + 1 if self.is_held else self.select["frames"]

    @property
    def notes(self) -> list[MarkedNote]:
        """Notes on frames of the clip, and those on the whole take at its first frame."""
        parts = (marked(note, self.first, self.last) for note in self.select["notes"])
        return [part for part in parts if part is not None]


@dataclass(frozen=True)
class Cut:
    project: str
    title: str
    rate: Fraction
    settings: EditSettings
    clips: Sequence[Clip]
    day: str  # on which it is read, in the studio
    remarks: list[str] = field(default_factory=list)  # for whoever exports: what a format cannot hold
    signing: Signing | None = None  # what media are signed with; None: they get no Content Credentials
    inputs: Mapping[str, Path] = field(default_factory=dict)  # files that takes were made from, by sha256

    @property
    def is_dropping(self) -> bool:
        return is_dropping(self.rate, self.settings.drop_frame)

    @property
    def origin(self) -> int:
        """The number of the first frame: 01:00:00:00."""
        return first_hour(self.rate, self.settings.drop_frame)

    @property
    def count(self) -> int:
        """Frames of the whole, at the cut's rate."""
        return self.clips[-1].start + self.clips[-1].length if self.clips else 0

    def timecode(self, frame: int) -> str:
        return timecode(frame, self.rate, self.settings.drop_frame)

    def recorded(self, clip: Clip, frame: int) -> int:
        """The number in the cut of a frame of a clip's media."""
        return self.origin + clip.start + round((frame - clip.first) * self.rate / clip.rate)


def marked(note: SelectNote, first: int, last: int) -> MarkedNote | None:
    """None for a note on frames outside of first to last."""
    start = first if note["frame_in"] is None else note["frame_in"]
    end = start if note["frame_out"] is None else note["frame_out"]
    if start > last or end < first:
        return None
    return MarkedNote(note, max(start, first), min(end, last))


def rate_of(select: SelectDetails) -> Fraction:
    return Fraction(select["fps_num"], select["fps_den"])


def cut_of(project: Project, settings: EditSettings, selects: Iterable[SelectDetails], day: str) -> Cut:
    """In the order of `selects`. Locations are those of the studio's own files, whether they are there or not."""
    rate = Fraction(project["fps_num"], project["fps_den"])
    clips = named_apart([clip_of(select, settings) for select in selects])
    return Cut(project["code"], project["title"], rate, settings, placed(clips, rate), day)


def clip_of(select: SelectDetails, settings: EditSettings) -> Clip:
    file = names.file_name(settings.media_name, select, Path(select["path"]).suffix)
    return Clip(
        select=select,
        name=names.clip_name(settings.clip_name, select),
        file=file,
        reel=names.reel_name(select["take"]),
        rate=rate_of(select),
        start=0,
        length=1,
        location=str(Path(select["path"]).resolve()),
    )


def named_apart(clips: Sequence[Clip]) -> list[Clip]:
    """Media of two takes that a template calls alike get their reels: `{shot}{take}` of S_01 and 23, and of S_012 and 3."""
    takes = dict[str, set[int]]()
    for clip in clips:
        takes.setdefault(plain_stem(clip), set()).add(clip.select["take"])
    return [
        replace(clip, file=names.with_reel(clip.file, clip.reel)) if len(takes[plain_stem(clip)]) > 1 else clip
        for clip in clips
    ]


def plain_stem(clip: Clip) -> str:
    """The name of its media as systems compare it that know no large letters, whatever codec it is in."""
    return Path(clip.file).stem.casefold()


def placed(clips: Sequence[Clip], rate: Fraction) -> list[Clip]:
    """One after the other, each a frame at least. Ends are rounded, not lengths, so that nothing adds up over several rates."""
    exact, half, start, result = Fraction(0), Fraction(1, 2), 0, list[Clip]()
    for clip in clips:
        exact = max(exact + clip.count * rate / clip.rate, start + half)
        end = int(exact + half)  # not round(): by its even numbers a clip of the cut's rate could lose a frame
        result.append(replace(clip, start=start, length=end - start))
        start = end
    return result


def with_clips(cut: Cut, clips: Sequence[Clip]) -> Cut:
    return replace(cut, clips=placed(clips, cut.rate))


def with_rate(cut: Cut, rate: Fraction) -> Cut:
    return replace(cut, rate=rate, clips=placed(cut.clips, rate))


def largest(cut: Cut) -> tuple[int, int]:
    """Width and height of the largest picture, in pixels."""
    sizes = [(clip.select["width"], clip.select["height"]) for clip in cut.clips]
    return max(sizes, key=lambda size: size[0] * size[1])


def missing_media(cut: Cut) -> list[int]:
    """The takes whose file is gone."""
    return [clip.select["take"] for clip in cut.clips if not Path(clip.select["path"]).is_file()]


def name_takes(takes: Sequence[int]) -> str:
    """`takes 3, 9`, the first few of them."""
    more = f" and {len(takes) - NAMED} more" if len(takes) > NAMED else ""
    return f"take{'s' if len(takes) > 1 else ''} {', '.join(map(str, takes[:NAMED]))}{more}"


def of_one_rate(cut: Cut) -> Cut:
    """At the project's rate, or that which all clips have."""
    rates = {clip.rate for clip in cut.clips}
    return with_rate(cut, rates.pop()) if len(rates) == 1 else cut


def without(cut: Cut, reasons: dict[int, str], what: str, leave_out: bool) -> Cut:
    """Without those takes (ids, with why a format cannot hold them), which is said; Refused unless they may be left out."""
    if not reasons:
        return cut
    grouped = dict[str, list[int]]()
    for take, reason in reasons.items():
        grouped.setdefault(reason, []).append(take)
    lines = [f"{name_takes(takes)}: {reason}" for reason, takes in grouped.items()]
    if not leave_out:
        raise Refused(f"{what} cannot hold {'; '.join(lines)}: leave them out with --leave-out, or export otio or csv")
    kept = [clip for clip in cut.clips if clip.select["take"] not in reasons]
    if not kept:
        raise Refused(f"{what} can hold none of the selects: {'; '.join(lines)}")
    return replace(with_clips(cut, kept), remarks=[*cut.remarks, *(f"left out {line}" for line in lines)])


def of_another_rate(cut: Cut) -> dict[int, str]:
    """Takes whose rate is not the cut's, and why that matters."""
    return {
        clip.select["take"]: f"{written_rate(clip.rate)} frames per second in a cut of {written_rate(cut.rate)}"
        for clip in cut.clips
        if clip.rate != cut.rate
    }
