"""People whose work or likeness may be used: performers, artists, operators and others; and where a brief names them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, on_one_line, shown
from feedback.rights.names import is_named, plain
from feedback.store import Studio, audit_log

KINDS = ("performer", "artist", "operator", "director", "writer", "other")
LONGEST_NAME = 200


class Contributor(TypedDict):
    id: int
    name: str
    kind: str  # one of KINDS
    account: str | None  # the name they sign in with, if they do
    created: str


# All that a brief's takes were drawn from: with a guidance below one the negative prompt is drawn too, a rewrite has words of
# its own, and so has a take that was made elsewhere.
WORDS = """
SELECT id AS brief, prompt AS words FROM briefs UNION SELECT id, negative_prompt FROM briefs
UNION SELECT brief, prompt FROM rewrites
UNION SELECT o.brief, json_extract(t.provenance, '$.made_with.prompt') FROM outside_takes o JOIN takes t ON t.id = o.take
UNION SELECT o.brief, json_extract(t.provenance, '$.made_with.negative_prompt') FROM outside_takes o JOIN takes t ON t.id = o.take
"""
CONTRIBUTOR = "SELECT c.id, c.name, c.kind, p.name AS account, c.created FROM contributors c LEFT JOIN people p ON p.id = c.account"


def add_contributor(
    studio: Studio, name: str, kind: str = "performer", *, account: str | None = None, actor: str = "command line"
) -> Contributor:
    """Refused when there is one of that name. Briefs that name them already are found. NotFound: no such account."""
    name = on_one_line(check_text("name", name, LONGEST_NAME, required=True))
    if kind not in KINDS:
        raise Invalid(f"no kind {shown(kind)}; give one of {', '.join(KINDS)}")
    if not any(letter.isalnum() for letter in plain(name)):
        raise Invalid(f"the name {shown(name)} has no letters: no brief could name it")
    if find_contributor(studio, name):
        raise Refused(f"{name} is recorded already: circletake consent list --person {shown(name)}")
    person = _account(studio, account)
    with studio.writing() as db:
        row = {"name": name, "kind": kind, "account": person, "created": now()}
        number = int(db.table("contributors").insert(row).last_pk or 0)
        briefs = {row["brief"] for row in studio.rows(WORDS) if row["words"] and is_named(name, row["words"])}
        _link(studio, ((brief, number) for brief in briefs))
        audit_log.record(studio, actor, "contributor.add", name, {"kind": kind})
    return get_contributor(studio, name)


def _account(studio: Studio, account: str | None) -> int | None:
    if account is None:
        return None
    number = studio.value("SELECT id FROM people WHERE name = ?", (account,))
    if number is None:
        raise NotFound(f"nobody signs in as {shown(account)}")
    return int(number)


def find_contributor(studio: Studio, name: str) -> Contributor | None:
    return cast(Contributor | None, studio.row(f"{CONTRIBUTOR} WHERE c.name = ?", (on_one_line(name),)))


def get_contributor(studio: Studio, name: str) -> Contributor:
    contributor = find_contributor(studio, name)
    if contributor is None:
        raise NotFound(
            f"nobody called {shown(name)} is recorded: circletake consent person {shown(name)} --kind performer"
        )
    return contributor


def count_briefs(studio: Studio, contributor: int) -> int:
    """How many briefs name somebody (id)."""
    return int(studio.value("SELECT count(*) FROM brief_contributors WHERE contributor = ?", (contributor,)))


def list_contributors(studio: Studio) -> list[Contributor]:
    """By name."""
    return cast(list[Contributor], studio.rows(f"{CONTRIBUTOR} ORDER BY c.name"))


def named_in(studio: Studio, texts: Iterable[str]) -> set[int]:
    """Ids of those whom any of these texts names."""
    together = list(texts)
    people = studio.rows("SELECT id, name FROM contributors")
    return {row["id"] for row in people if any(is_named(row["name"], text) for text in together)}


def link_brief(studio: Studio, brief: int, texts: Iterable[str]) -> None:
    """Notes whom a brief names in any of these texts, in the transaction that writes them."""
    _link(studio, ((brief, number) for number in named_in(studio, texts)))


def _link(studio: Studio, pairs: Iterable[tuple[int, int]]) -> None:
    with studio.writing() as db:
        # sqlite-utils would look for the rowid of a row that is there already, and this table has none.
        db.conn.executemany("INSERT OR IGNORE INTO brief_contributors (brief, contributor) VALUES (?, ?)", list(pairs))
