"""People whose work or likeness may be used: performers, artists, operators and others; and where a brief names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, on_one_line, shown
from feedback.store import Studio, audit_log

KINDS = ("performer", "artist", "operator", "director", "writer", "other")
LONGEST_NAME = 200
APART = r"[\s\-_.·]"  # what may stand between the words of a name
# Han, kana, Hangul, Thai, Lao, Khmer, Burmese: written without blanks, or with endings joined on to a name.
JOINED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)


class Contributor(TypedDict):
    id: int
    name: str
    kind: str  # one of KINDS
    account: str | None  # the name they sign in with, if they do
    created: str


CONTRIBUTOR = "SELECT c.id, c.name, c.kind, p.name AS account, c.created FROM contributors c LEFT JOIN people p ON p.id = c.account"


def add_contributor(
    studio: Studio, name: str, kind: str = "performer", *, account: str | None = None, actor: str = "command line"
) -> Contributor:
    """Refused when there is one of that name. Briefs that name them already are found. NotFound: no such account."""
    name = on_one_line(check_text("name", name, LONGEST_NAME, required=True))
    if kind not in KINDS:
        raise Invalid(f"no kind {shown(kind)}; give one of {', '.join(KINDS)}")
    if find_contributor(studio, name):
        raise Refused(f"{name} is recorded already: circletake consent list --person {shown(name)}")
    person = _account(studio, account)
    with studio.writing() as db:
        row = {"name": name, "kind": kind, "account": person, "created": now()}
        number = int(db.table("contributors").insert(row).last_pk or 0)
        briefs = [row["id"] for row in studio.rows("SELECT id, prompt FROM briefs") if is_named(name, row["prompt"])]
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


def link_brief(studio: Studio, brief: int, texts: Iterable[str]) -> None:
    """Notes whom a brief names in any of these texts, in the transaction that writes them."""
    together = list(texts)
    named = [
        row["id"]
        for row in studio.rows("SELECT id, name FROM contributors")
        if any(is_named(row["name"], text) for text in together)
    ]
    _link(studio, ((brief, number) for number in named))


def _link(studio: Studio, pairs: Iterable[tuple[int, int]]) -> None:
    with studio.writing() as db:
        rows = ({"brief": brief, "contributor": number} for brief, number in pairs)
        db.table("brief_contributors").insert_all(rows, ignore=True)


def is_named(name: str, text: str) -> bool:
    """Whether a text has the name as words of its own, in any case, with any blanks or accents written either way."""
    return _pattern(name).search(plain(text)) is not None


@lru_cache(4096)
def _pattern(name: str) -> re.Pattern[str]:
    joined = JOINED.search(name) is not None
    apart = rf"{APART}{'*' if joined else '+'}"
    words = apart.join(re.escape(word) for word in re.split(f"{APART}+", plain(name)) if word)
    return re.compile(words if joined else rf"(?<!\w){words}(?!\w)")


def plain(text: str) -> str:
    """Without case and accents: "Amélie" is named where somebody types "amelie"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(letter for letter in apart if not unicodedata.combining(letter)))
