"""Tags: a word on a take."""

from __future__ import annotations

from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Forbidden, Invalid, NotFound
from feedback.fields import clean_text
from feedback.judgements import idempotency
from feedback.people.accounts import at_least, get_person
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio

LONGEST_WORD = 40


class Tag(TypedDict):
    id: int
    uid: str
    person: int
    take: int
    word: str  # in lower case
    created: str
    removed_by: int | None  # a people id


def clean_word(word: str) -> str:
    """A tag as the record keeps it, in lower case; Invalid when it is empty or too long."""
    word = " ".join(clean_text(word).lower().split())
    if not word or len(word) > LONGEST_WORD:
        raise Invalid(f"a tag has 1 to {LONGEST_WORD} characters, not {len(word)}")
    return word


def add_tag(studio: Studio, person_id: int, uid: str, take: int, word: str) -> tuple[Tag, bool]:
    """Keeps a tag, in lower case; returns the row and whether it is new.

    The same word of the same person on the same take is kept once: the row is then the earlier one's.
    """
    word = clean_word(word)
    idempotency.check_uid(uid)
    get_judgeable_take(studio, take)
    with studio.writing():
        if not idempotency.is_stored(studio, "tags", uid):
            same = [tag for tag in list_tags(studio, take, person_id) if tag["word"] == word]
            if same:
                return same[0], False
        return idempotency.store_once(studio, "tags", uid, {"person": person_id, "take": take, "word": word})


def remove_tag(studio: Studio, person_id: int, tag: int) -> None:
    """The tag stays in the record, marked with who removed it. Removing it again changes nothing.

    Raises NotFound for an unknown tag, Forbidden for somebody else's below supervisor.
    """
    with studio.writing() as db:
        row = studio.row("SELECT person, removed_by FROM tags WHERE id = ?", (tag,))
        if row is None:
            raise NotFound(f"no tag {tag}")
        remover = get_person(studio, studio.value("SELECT name FROM people WHERE id = ?", (person_id,)))
        if row["person"] != person_id and not at_least(remover, "supervisor"):
            raise Forbidden(f"{remover['name']} is {remover['role']}; only a supervisor removes other people's tags")
        if row["removed_by"] is None:
            db.table("tags").update(tag, {"removed_by": person_id, "removed": now()})


def list_tags(studio: Studio, take: int, person_id: int | None = None) -> list[Tag]:
    """The tags of a take (of one person) that were not removed, by word."""
    rows = studio.rows(
        "SELECT * FROM tags WHERE take = ? AND removed_by IS NULL AND (? IS NULL OR person = ?) ORDER BY word, id",
        (take, person_id, person_id),
    )
    return cast(list[Tag], rows)
