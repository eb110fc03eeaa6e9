"""What a document is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from feedback.report.learning import CurvePoint
from feedback.report.standings import PathPoint


@dataclass(frozen=True)
class Paragraph:
    text: str
    quiet: bool = False  # an explanation


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    texts: Sequence[str]


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]  # the first cell names the row
    label: str  # what it is about, for those who do not see it


@dataclass(frozen=True)
class Plot:
    """A picture of numbers; `text` says what it shows."""

    text: str
    path: Sequence[PathPoint] = ()  # a trial's interval, ballot by ballot
    curve: Sequence[CurvePoint] = ()  # or the learning curve


@dataclass(frozen=True)
class TakePicture:
    """Of a take; `text` describes it."""

    take: int
    text: str


@dataclass(frozen=True)
class ComparedPicture:
    """One side of a comparison of before and after."""

    version: str
    number: int  # of the comparison, from 0
    side: Literal["before", "after"]
    is_clip: bool
    text: str


Picture = TakePicture | ComparedPicture


@dataclass(frozen=True)
class Pair:
    left: Picture
    right: Picture
    left_text: str
    right_text: str
    caption: str


@dataclass(frozen=True)
class Pairs:
    """Pictures in twos, side by side."""

    pairs: Sequence[Pair]


Part = Paragraph | Items | Table | Plot | Pairs


@dataclass(frozen=True)
class Section:
    title: str
    parts: Sequence[Part]


@dataclass(frozen=True)
class Document:
    title: str
    headlines: Sequence[str]  # what matters most, first
    sections: Sequence[Section]
    foot: str
    link: str = ""  # the page of what is to be done now, which the last headline says
    before: str = ""  # dates of the days beside this one
    date: str = ""
    after: str = ""
    project: str = field(default="")
