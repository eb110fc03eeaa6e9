"""The clips of a cut by their shots: a shot that comes twice is one, with several ranges, and stands where it came first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from feedback.errors import Invalid
from feedback.exchange.edit.shot_ranges import Range
from feedback.exchange.imports.entries import Entry
from feedback.production.shots import sequence_of


@dataclass
class CutShot:
    """What a cut says of one shot."""

    code: str
    where: str
    sequence: str | None  # None: the file does not say
    title: str | None = None
    rate: Fraction | None = None
    position: int | None = None
    plate: Path | None = None
    entries: list[Entry] = field(default_factory=list)

    def ranges(self, without: Collection[int], rate: Fraction) -> list[Range]:
        """Each once, in the order of the cut; not those of takes (ids) `without`. `rate`: where the file says none."""
        wished = [
            Range(entry.first, entry.last, entry.rate or self.rate or rate)
            for entry in self.entries
            if entry.first is not None and entry.last is not None and entry.take not in without
        ]
        return list(dict.fromkeys(wished))


def shots_of(entries: Sequence[Entry]) -> list[CutShot]:
    """In the order of the cut, with their positions. Invalid where the file contradicts itself."""
    shots = dict[str, CutShot]()
    for entry in entries:
        assert entry.shot is not None, "named before"
        shot = shots.setdefault(entry.shot, CutShot(entry.shot, entry.where, entry.sequence))
        add(shot, entry)
    number(list(shots.values()))
    return list(shots.values())


def add(shot: CutShot, entry: Entry) -> None:
    if entry.sequence is not None:
        if shot.sequence not in (None, entry.sequence):
            raise Invalid(
                f"{entry.where}: shot {shot.code} is in sequence {entry.sequence or '(none)'}, and in"
                f" {shot.sequence or '(none)'} at {shot.where}: one shot has one sequence"
            )
        shot.sequence = entry.sequence
    shot.title = shot.title or entry.title
    shot.rate = shot.rate or entry.shot_rate or entry.rate
    shot.position = shot.position or entry.position
    shot.plate = shot.plate or entry.plate
    shot.entries.append(entry)


def number(shots: Sequence[CutShot]) -> None:
    """Positions from 1 in each sequence, in the order of the cut, unless the file has positions."""
    if any(shot.position for shot in shots):
        return
    counts = dict[str, int]()
    for shot in shots:
        sequence = sequence_in(shot)
        counts[sequence] = shot.position = counts.get(sequence, 0) + 1


def sequence_in(shot: CutShot) -> str:
    return sequence_of(shot.code) if shot.sequence is None else shot.sequence
