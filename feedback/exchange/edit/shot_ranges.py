"""What the edit wants of a shot: which frames its cut has, and the plate that lies there. Briefs of the shot start from it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple, cast

from feedback.store import Studio
from feedback.store.media import MediaFile

LARGEST_FRAME = 100_000_000  # 19 days at 60 frames a second


class Range(NamedTuple):
    """Frames from first to last, both inside, at a rate of their own."""

    first: int
    last: int
    rate: Fraction

    def __str__(self) -> str:
        return f"{self.first}-{self.last} at {self.rate}"


def ranges_of(studio: Studio, shot: int) -> list[Range]:
    """Of a shot (id): what is wished first, then alternates."""
    sql = "SELECT frame_in, frame_out, fps_num, fps_den FROM shot_ranges WHERE shot = ? ORDER BY place"
    return [Range(first, last, Fraction(num, den)) for first, last, num, den in studio.tuples(sql, (shot,))]


def set_ranges(studio: Studio, shot: int, ranges: Sequence[Range]) -> None:
    """These instead of those before."""
    rows = [
        {
            "shot": shot,
            "place": place,
            "frame_in": each.first,
            "frame_out": each.last,
            "fps_num": each.rate.numerator,
            "fps_den": each.rate.denominator,
        }
        for place, each in enumerate(ranges, start=1)
    ]
    with studio.writing() as db:
        db.execute("DELETE FROM shot_ranges WHERE shot = ?", (shot,))
        db.table("shot_ranges").insert_all(rows)


def first_ranges(studio: Studio) -> dict[int, Range]:
    """By shot (id): what is wished of those that a cut named."""
    sql = "SELECT shot, frame_in, frame_out, fps_num, fps_den FROM shot_ranges WHERE place = 1"
    return {shot: Range(first, last, Fraction(num, den)) for shot, first, last, num, den in studio.tuples(sql)}


def frames_in(wished: Range, rate: Fraction) -> int:
    """How many frames at that rate a range lasts; one at least."""
    return max(1, round((wished.last - wished.first + 1) * rate / wished.rate))


def wished_frames(studio: Studio, shot: int, rate: Fraction) -> int | None:
    """How many frames at that rate the cut has of a shot (id); None where no cut said so."""
    ranges = ranges_of(studio, shot)
    return frames_in(ranges[0], rate) if ranges else None


def plate_of(studio: Studio, shot: int) -> str | None:
    """sha256 of the media that lies in the cut where the shot will be."""
    return studio.value("SELECT plate FROM shots WHERE id = ?", (shot,))


def set_plate(studio: Studio, shot: int, plate: str) -> None:
    with studio.writing() as db:
        db.table("shots").update(shot, {"plate": plate})


def plates_of_shots(studio: Studio) -> dict[int, MediaFile]:
    """By shot (id): the plates of those that have one."""
    sql = "SELECT s.id AS shot, m.* FROM shots s JOIN media m ON m.sha256 = s.plate"
    return {row.pop("shot"): cast(MediaFile, row) for row in studio.rows(sql)}
