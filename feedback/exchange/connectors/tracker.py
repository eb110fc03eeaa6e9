"""What a production tracker can do for us. Each implements it with its own client, and keeps nothing itself.

Whatever we write there carries a mark in its text, such as `circletake:3f2a9c1d/take/12`: a run that was killed between
writing there and writing down here finds it again, and what is ours is never taken for somebody's answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

MARK = re.compile(r"circletake:([0-9a-f]{8})/(take|status|note)/(\d+)")


class Mark(NamedTuple):
    """Whose and what a text of ours there is about."""

    studio: str  # eight hexadecimal digits
    kind: Literal["take", "status", "note"]
    number: int  # id of the row here; of a note that of its first row

    def __str__(self) -> str:
        return f"circletake:{self.studio}/{self.kind}/{self.number}"


def mark_in(text: str | None) -> Mark | None:
    match = MARK.search(text or "")
    return Mark(match[1], match[2], int(match[3])) if match else None  # type: ignore[arg-type]


def marked(text: str, mark: Mark) -> str:
    """On a line of its own at the end."""
    return f"{text}\n\n{mark}"


@dataclass(frozen=True)
class TheirShot:
    """A shot as the tracker has it."""

    id: str
    sequence: str  # empty where it is in none
    name: str
    position: int | None = None  # in the cut, where the tracker has an order of its own
    fps: str | None = None  # None where the shot does not say
    frame_in: int | None = None
    frame_out: int | None = None
    frames: int | None = None  # how many


@dataclass(frozen=True)
class OutgoingTake:
    """A take as it goes there."""

    mark: Mark
    name: str
    path: Path  # of a file under that name
    text: str
    status: str | None  # theirs, of the preview at first; None leaves what is there


@dataclass(frozen=True)
class Publication:
    """A take that is there."""

    take: int
    theirs: str  # id of the preview or version
    detail: dict[str, Any]  # what the tracker's module gave when it was published


@dataclass(frozen=True)
class TheirPerson:
    name: str
    email: str


@dataclass(frozen=True)
class TheirNote:
    id: str
    take: int
    person: TheirPerson
    text: str


@dataclass(frozen=True)
class TheirStatus:
    """A change of status there."""

    id: str  # of the change
    take: int
    person: TheirPerson
    status: str


class Published(NamedTuple):
    theirs: str
    detail: dict[str, Any]
    status: str  # id there of what set its first status


class Tracker(Protocol):
    """One site. Every call raises Refused, in one line, when the site cannot be reached or refuses."""

    @property
    def site(self) -> str:
        """A name without secrets, by which the record knows it, such as `kitsu https://kitsu.example/api`."""
        ...

    def find_project(self, name: str) -> str:
        """Its id there; NotFound names those that there are."""
        ...

    def list_projects(self) -> list[str]:
        """Names, as the account sees them."""
        ...

    def list_shots(self, project: str) -> list[TheirShot]:
        """Of a project (id), in the order of the cut."""
        ...

    def list_statuses(self) -> list[str]:
        """The names of statuses that there are."""
        ...

    def publish_take(self, project: str, shot: str, take: OutgoingTake) -> Published:
        """Makes it a preview of the shot (id), or finishes what an earlier call with its mark began."""
        ...

    def push_status(self, take: Publication, status: str, text: str, mark: Mark, *, is_newest: bool) -> str:
        """Gives it a status; returns the id of the change. `is_newest`: of all takes of its shot that are there."""
        ...

    def push_note(self, take: Publication, text: str, mark: Mark, earlier: str | None) -> str:
        """Writes a note, in place of an `earlier` one (id) of ours; returns its id."""
        ...

    def pull_notes(self, takes: Sequence[Publication]) -> list[TheirNote]:
        """What others wrote there about these takes, oldest first, ours left out."""
        ...

    def pull_statuses(self, takes: Sequence[Publication]) -> list[TheirStatus]:
        """Statuses that others gave these takes there, oldest first."""
        ...
