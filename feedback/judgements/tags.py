"""Tags: a word on a take."""

from __future__ import annotations

from typing import Any

from feedback.errors import Invalid, NotFound
from feedback.fields import clean_text
from feedback.judgements import idempotency
from feedback.store import Studio

LONGEST_WORD = 40


def add_tag(studio: Studio, person_id: int, uid: str, take: int, word: str) -> tuple[dict[str, Any], bool]:
    """Keeps a tag, in lower case; returns the row and whether it is new."""
    word = " ".join(clean_text(word).lower().split())
    if not word or len(word) > LONGEST_WORD:
        raise Invalid(f"a tag has 1 to {LONGEST_WORD} characters, not {len(word)}")
    idempotency.check_done(studio, take)
    return idempotency.keep(studio, "tags", uid, {"person": person_id, "take": take, "word": word})


def remove_tag(studio: Studio, person_id: int, tag: int) -> None:
    """The tag stays in the record, marked with who removed it."""
    with studio.writing() as db:
        if not studio.row("SELECT id FROM tags WHERE id = ? AND removed_by IS NULL", (tag,)):
            raise NotFound(f"no tag {tag}")
        db.table("tags").update(tag, {"removed_by": person_id})


def list_tags(studio: Studio, take: int) -> list[dict[str, Any]]:
    return studio.rows("SELECT * FROM tags WHERE take = ? AND removed_by IS NULL ORDER BY word, id", (take,))
