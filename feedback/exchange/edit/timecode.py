"""SMPTE timecode (ST 12-1): which frame rates have one, and what a frame is called.

Drop frame leaves out numbers, never frames, so that timecode keeps to the clock at 30000/1001 and 60000/1001.
"""

from __future__ import annotations

import re
from fractions import Fraction

from opentimelineio.opentime import RationalTime

from feedback.errors import Invalid
from feedback.fields import shown

RATES = (
    *(Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)),
    *(Fraction(48000, 1001), Fraction(48), Fraction(50), Fraction(60000, 1001), Fraction(60)),
)
"""Frames a second that editing systems count in hours, minutes, seconds and frames."""
DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
# As people and files write them; a whole rate is written as it is.
WRITTEN = {Fraction(24000, 1001): "23.976", Fraction(30000, 1001): "29.97"}
WRITTEN |= {Fraction(48000, 1001): "47.952", Fraction(60000, 1001): "59.94"}


def has_timecode(rate: Fraction) -> bool:
    return rate in RATES


def is_dropping(rate: Fraction, drop: bool) -> bool:
    """Whether timecode at that rate leaves numbers out, for a project that drops where it can."""
    return drop and rate in DROP_RATES


def written_rate(rate: Fraction) -> str:
    """23.976, 24, 29.97, or 12.5."""
    return WRITTEN.get(rate) or f"{float(rate):.6g}"


def first_hour(rate: Fraction, drop: bool) -> int:
    """The frame that is called 01:00:00:00, where programmes begin: 107892 at 29.97 drop frame, 86400 at 24."""
    left_out = 54 * round(rate) // 15 if is_dropping(rate, drop) else 0  # two or four in each minute but every tenth
    return round(rate) * 3600 - left_out


def timecode(frame: int, rate: Fraction, drop: bool) -> str:
    """What frame number `frame` (from 0) is called: `01:00:00:00`, with `;` before the frames where numbers are left out."""
    return str(RationalTime(frame, float(rate)).to_timecode(float(rate), is_dropping(rate, drop)))


TIMECODE = re.compile(r"(\d{1,2}):(\d\d):(\d\d)[:;.,](\d{2,3})")


def frame_number(text: str, rate: Fraction, drop: bool) -> int:
    """The number, from 0, of the frame that a timecode names; Invalid for what names none.

    `drop`: numbers are left out in it, two in each minute but every tenth at 29.97, four at 59.94.
    """
    match = TIMECODE.fullmatch(text.strip())
    if match is None:
        raise Invalid(f"{shown(text)} is no timecode; give HH:MM:SS:FF")
    hours, minutes, seconds, frames = map(int, match.groups())
    base, left_out = round(rate), round(rate) // 15 if is_dropping(rate, drop) else 0
    if minutes > 59 or seconds > 59 or frames >= base:
        raise Invalid(f"there is no {shown(text)} at {written_rate(rate)} frames per second: give the right --fps")
    if left_out and seconds == 0 and minutes % 10 and frames < left_out:
        raise Invalid(f"there is no {shown(text)} in drop frame: it is one of the numbers that are left out")
    whole = 60 * hours + minutes
    return (60 * whole + seconds) * base + frames - left_out * (whole - whole // 10)
