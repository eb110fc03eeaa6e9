"""Titles of the library: films, series and photographs, each under one licence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import NotFound, Refused
from feedback.fields import check_text, on_one_line, shown
from feedback.rights import contributors
from feedback.rights.licences import get_licence
from feedback.store import Studio, audit_log
from feedback.store.time_zone import day_in, today

LONGEST_NAME = 200
TITLE = "SELECT t.id, t.name, l.name AS licence, t.created FROM titles t JOIN licences l ON l.id = t.licence"


class Title(TypedDict):
    id: int
    name: str
    licence: str
    created: str


def ensure_title(studio: Studio, name: str, licence: str | None, *, actor: str = "command line") -> Title:
    """The title of that name, made under the licence where there is none.

    NotFound: no such licence. Refused: the licence was ended or ran out, the title is under another one, or it is new and no
    licence is named.
    """
    name = clean_name(name)
    there = find_title(studio, name)
    if licence is None and there is None:
        raise Refused(f"the title {shown(name)} is new: name the licence that it is under with --licence L")
    if licence is not None:
        known = get_licence(studio, licence)
        if known["ended"]:
            raise Refused(
                f"licence {shown(licence)} was ended on {day_in(studio, known['ended'])}: name one that holds"
            )
        if known["ends"] and known["ends"] < today(studio):
            raise Refused(f"the last day of licence {shown(licence)} was {known['ends']}: name one that holds")
        if there is None:
            return _add_title(studio, name, known["id"], actor)
        if there["licence"] != licence:
            raise Refused(
                f"the title {shown(name)} is under the licence {shown(there['licence'])}, not {shown(licence)}"
            )
    assert there is not None, "a title that is not there needs a licence"
    return there


def clean_name(name: str) -> str:
    return on_one_line(check_text("title", name, LONGEST_NAME, required=True))


def _add_title(studio: Studio, name: str, licence: int, actor: str) -> Title:
    with studio.writing() as db:
        if find_title(studio, name) is None:
            db.table("titles").insert({"name": name, "licence": licence, "created": now()})
            audit_log.record(studio, actor, "library.title", name, {"licence": licence})
    return get_title(studio, name)


def find_title(studio: Studio, name: str) -> Title | None:
    return cast(Title | None, studio.row(f"{TITLE} WHERE t.name = ?", (name,)))


def get_title(studio: Studio, name: str) -> Title:
    title = find_title(studio, name)
    if title is None:
        raise NotFound(f"no title {shown(name)}: see circletake library report")
    return title


def list_titles(studio: Studio) -> list[Title]:
    """By name."""
    return cast(list[Title], studio.rows(f"{TITLE} ORDER BY t.name"))


def ids_of_people(studio: Studio, names: Iterable[str], *, actor: str = "command line") -> list[int]:
    """Contributors of these names; whoever is new is recorded as a performer, of whom consent to a likeness is needed."""
    numbers = []
    for name in dict.fromkeys(on_one_line(name) for name in names):
        there = contributors.find_contributor(studio, name)
        numbers.append((there or contributors.add_contributor(studio, name, actor=actor))["id"])
    return numbers


def tag_title(
    studio: Studio, name: str, people: Iterable[str], remove: Iterable[str] = (), *, actor: str = "command line"
) -> Title:
    """Says who is in all of a title. NotFound: no such title, or nobody of a name that is removed."""
    title, added, gone = get_title(studio, name), list(people), list(remove)
    with studio.writing() as db:
        rows = [(title["id"], person) for person in ids_of_people(studio, added, actor=actor)]
        db.conn.executemany("INSERT OR IGNORE INTO title_contributors (title, contributor) VALUES (?, ?)", rows)
        for each in gone:
            person = contributors.get_contributor(studio, each)["id"]
            db.table("title_contributors").delete_where("title = ? AND contributor = ?", [title["id"], person])
        audit_log.record(studio, actor, "library.tag-title", name, {"people": added, "removed": gone})
    return title
