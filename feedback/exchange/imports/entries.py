"""A cut as it was read, whatever wrote it: clips in a row, with what each says of its shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from feedback.errors import Invalid, Refused
from feedback.exchange.edit.shot_ranges import LARGEST_FRAME
from feedback.fields import check_whole, shown
from feedback.production.projects import parse_fps

MOST_ENTRIES = 50_000
LONGEST_CLIP_NAME = 300


@dataclass(frozen=True)
class Entry:
    """One clip. None: the file does not say."""

    where: str  # as refusals call it: line 12
    name: str = ""  # of the clip
    project: str | None = None  # a code
    sequence: str | None = None  # a code; empty: the file says that there is none
    shot: str | None = None  # a code
    title: str | None = None
    first: int | None = None  # frames, both inside; both None: no range
    last: int | None = None
    rate: Fraction | None = None  # of those frames
    shot_rate: Fraction | None = None  # where it is not that of the frames
    position: int | None = None  # of the shot, within its sequence
    take: int | None = None  # a number of ours, which may be another studio's
    sha256: str | None = None  # of that take's media
    seed: int | None = None
    version: str | None = None
    plate: Path | None = None  # a file, there or not


@dataclass(frozen=True)
class CutFile:
    entries: Sequence[Entry]
    rate: Fraction | None = None  # of the project, as far as the file says
    title: str = ""
    is_dropping: bool | None = None
    remarks: list[str] = field(default_factory=list)


def frame_in_file(where: str, name: str, value: Any) -> int:
    """A frame's number; Invalid, which names the place in the file, for what cannot be one."""
    return refusing(where, lambda: check_whole(name, value, 0, LARGEST_FRAME))


def rate_in_file(where: str, value: Any) -> Fraction:
    return refusing(where, lambda: parse_fps(value))


def refusing(where: str, read: Any) -> Any:
    """What `read` returns; its refusal begins with the place in the file."""
    try:
        return read()
    except Refused as reason:
        raise type(reason)(f"{where}: {reason}") from None


def check_entries(name: str, entries: Sequence[Entry], what: str) -> None:
    """Refused for a file without clips, or with more than anybody cuts."""
    if not entries:
        raise Refused(f"{name} has no {what}: is it a cut?")
    if len(entries) > MOST_ENTRIES:
        raise Refused(f"{name} has {len(entries)} {what}: give at most {MOST_ENTRIES}, such as one reel at a time")


def check_range(where: str, first: int, last: int) -> None:
    if last < first:
        raise Invalid(f"{where}: frames {first}-{last}: the last frame is before the first")


def clip_name_in(where: str, text: str) -> str:
    if len(text) > LONGEST_CLIP_NAME:
        raise Invalid(f"{where}: {shown(text)} is a name of {len(text)} characters: give at most {LONGEST_CLIP_NAME}")
    return text
