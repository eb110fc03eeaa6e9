"""Who asks in the tests of access, and what they ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STRANGERS = ("nobody", "expired", "revoked", "ended")  # without a login, or with one that is over
OUTSIDERS = ("outsider", "other_supervisor")  # a creative and a supervisor of another project
MEMBERS = ("creative", "supervisor")
PEOPLE = (*STRANGERS, *OUTSIDERS, *MEMBERS, "admin")


@dataclass(frozen=True)
class Asker:
    """One of PEOPLE with what there is in the hidden project, as they would name it."""

    kind: str
    left: int  # takes of one brief
    right: int
    brief: int
    shot: int
    own_tag: int  # of the creative
    own_note: int  # likewise
    rendition: str  # names of files
    rendition_hash: str
    archived_hash: str

    def uid(self, what: str) -> str:
        return f"{what}-{self.kind}"


def everybody(status: int) -> dict[str, int]:
    return dict.fromkeys(PEOPLE, status)


def signed_in(status: int, **others: int) -> dict[str, int]:
    return everybody(status) | dict.fromkeys(STRANGERS, 401) | others


def members(status: int, **others: int) -> dict[str, int]:
    """Of the hidden project, and admins; to all others it does not exist."""
    return signed_in(status) | dict.fromkeys(OUTSIDERS, 404) | others


def supervisors(status: int, **others: int) -> dict[str, int]:
    """Of any project, and admins."""
    return signed_in(status, creative=403, outsider=403) | others


def admins(status: int) -> dict[str, int]:
    return signed_in(403, admin=status)


@dataclass(frozen=True)
class Case:
    expected: dict[str, int]  # status by kind of person
    path: Callable[[Asker], str] | str = ""  # where it is not the route's own
    body: Callable[[Asker], Any] | Any = None
    form: dict[str, str] | None = None


def judged(uid: str, **fields: Any) -> Callable[[Asker], dict[str, Any]]:
    return lambda asker: {"uid": asker.uid(uid), "take": asker.left, **fields}


def ballot(asker: Asker) -> dict[str, Any]:
    return {"uid": asker.uid("ballot"), "left": asker.left, "right": asker.right, "verdict": "left"}


def ranking(asker: Asker) -> dict[str, Any]:
    return {"uid": asker.uid("ranking"), "takes": [asker.right, asker.left]}


@dataclass(frozen=True)
class Event:
    """An event of a page. Everybody who is signed in may call it, and is told when their role does not allow it."""

    data: list[Any] = field(default_factory=list)
    role: str = "creative"  # the least one that it does its work for
