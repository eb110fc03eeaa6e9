"""What was chosen from the files of the library: frames, and clips of some seconds. Nothing of it is ever deleted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound
from feedback.fields import check_text
from feedback.library.files import Counts, keep_counts
from feedback.library.hashes import HashIndex
from feedback.library.titles import ids_of_people
from feedback.rights.contributors import get_contributor
from feedback.store import Studio, audit_log

LONGEST_CAPTION, LONGEST_REASON = 2000, 500
MOST = 10_000  # items of one change
STILL, CLIP = "still", "clip"
SIDECAR, MODEL = "sidecar", "model "  # who wrote a caption, where no person did


@dataclass(frozen=True)
class NewItem:
    """A frame or a clip that was chosen; its media are stored already."""

    kind: str  # still or clip
    media: str  # sha256
    proxy: str | None  # sha256 of a smaller one for browsers
    shot: int  # of the film, from 0
    frame_in: int  # of the file, from 0
    frame_out: int  # included
    seconds: float  # from the beginning of the file to the first frame
    caption: str
    captioned_by: str  # SIDECAR, MODEL and its name, a person's name, or empty
    sharpness: float
    perceptual_hash: int
    people: tuple[int, ...] = ()  # contributors


class Item(TypedDict):
    id: int
    title: str
    licence: str
    file: int
    path: str
    kind: str
    media: str
    proxy: str | None
    ext: str  # of the media
    width: int
    height: int
    frames: int
    shot: int
    frame_in: int
    frame_out: int
    seconds: float
    caption: str
    captioned_by: str
    sharpness: float
    perceptual_hash: int
    excluded: str | None
    excluded_by: str | None
    reason: str | None
    people: list[str]  # those in it, and those of the whole title


ITEM = (
    "SELECT i.id, t.name AS title, l.name AS licence, i.file, f.path, i.kind, i.media, i.proxy, m.ext, m.width, m.height, m.frames,"
    " i.shot, i.frame_in, i.frame_out, i.seconds, i.caption, i.captioned_by, i.sharpness, i.perceptual_hash, i.excluded,"
    " p.name AS excluded_by, i.reason,"
    " (SELECT json_group_array(name) FROM (SELECT c.name FROM contributors c WHERE c.id IN (SELECT contributor FROM"
    " item_contributors WHERE item = i.id UNION SELECT contributor FROM title_contributors WHERE title = t.id)"
    " ORDER BY c.name)) AS people"
    " FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title"
    " JOIN licences l ON l.id = t.licence JOIN media m ON m.sha256 = i.media LEFT JOIN people p ON p.id = i.excluded_by"
)


def item_of(row: dict[str, Any]) -> Item:
    return cast(Item, {**row, "people": json.loads(row["people"])})


def get_item(studio: Studio, number: int) -> Item:
    row = studio.row(f"{ITEM} WHERE i.id = ?", (number,))
    if row is None:
        raise NotFound(f"no library item {number}: see circletake library list")
    return item_of(row)


def add_items(
    studio: Studio, file: int, items: Sequence[NewItem], counts: Counts, read_until: float
) -> list[tuple[int, NewItem]]:
    """Records what was chosen from a part of a file, together with how far it was read; returns (id, item) of each."""
    added = []
    with studio.writing() as db:
        for item in items:
            row = {name: value for name, value in vars(item).items() if name != "people"}
            number = int(db.table("library_items").insert({"file": file, **row, "created": now()}).last_pk or 0)
            _link(studio, [number], item.people)
            added.append((number, item))
        keep_counts(studio, file, counts, read_until)
    return added


def _link(studio: Studio, items: Iterable[int], people: Iterable[int]) -> None:
    persons = list(people)
    with studio.writing() as db:
        rows = [(item, person) for item in items for person in persons]
        db.conn.executemany("INSERT OR IGNORE INTO item_contributors (item, contributor) VALUES (?, ?)", rows)


def hashes_of_title(studio: Studio, title: int, kind: str) -> HashIndex:
    """Of its frames or of its clips, those that are excluded among them: nobody wants them again."""
    sql = "SELECT i.id, i.perceptual_hash FROM library_items i JOIN library_files f ON f.id = i.file WHERE f.title = ? AND i.kind = ?"
    return HashIndex((number, value) for number, value in studio.tuples(sql, (title, kind)))


def without_caption(studio: Studio, title: int | None = None) -> list[int]:
    """Ids of items that nobody has described and that are not excluded."""
    sql = "SELECT i.id FROM library_items i JOIN library_files f ON f.id = i.file WHERE i.caption = '' AND i.excluded IS NULL"
    return [
        row["id"]
        for row in studio.rows(f"{sql} AND (:title IS NULL OR f.title = :title) ORDER BY i.id", {"title": title})
    ]


class Described(TypedDict):
    id: int
    seconds: float
    caption: str
    captioned_by: str


def items_of_file(studio: Studio, file: int) -> list[Described]:
    sql = "SELECT id, seconds, caption, captioned_by FROM library_items WHERE file = ? ORDER BY id"
    return cast(list[Described], studio.rows(sql, (file,)))


def add_people(studio: Studio, items: Iterable[int], people: Iterable[int]) -> None:
    """`people`: contributors."""
    _link(studio, items, people)


def set_captions(studio: Studio, captions: Iterable[tuple[int, str]], by: str) -> None:
    """`captions`: (item, text). `by`: who wrote them."""
    rows = [(check_text("caption", text, LONGEST_CAPTION), by, number) for number, text in captions]
    with studio.writing() as db:
        db.conn.executemany("UPDATE library_items SET caption = ?, captioned_by = ? WHERE id = ?", rows)


def exclude(
    studio: Studio, items: Sequence[int], reason: str, *, person: int | None = None, actor: str = "command line"
) -> int:
    """Nothing learns from them and nothing starts from them from now on; returns how many it is of that were not so before.

    NotFound names an item that is not there; nothing is changed then.
    """
    why = check_text("reason", reason, LONGEST_REASON, required=True)
    numbers = check_items(studio, items)
    with studio.writing() as db:
        sql = f"UPDATE library_items SET excluded = ?, excluded_by = ?, reason = ? WHERE excluded IS NULL AND {AMONG}"
        count = db.execute(sql, (now(), person, why, json.dumps(numbers))).rowcount
        audit_log.record(studio, actor, "library.exclude", f"{len(numbers)} items", {"items": numbers, "reason": why})
    return count


AMONG = "id IN (SELECT value FROM json_each(?))"


def include(studio: Studio, items: Sequence[int], *, actor: str = "command line") -> int:
    """Takes exclusions back; returns how many there were."""
    numbers = check_items(studio, items)
    with studio.writing() as db:
        sql = f"UPDATE library_items SET excluded = NULL, excluded_by = NULL, reason = NULL WHERE excluded IS NOT NULL AND {AMONG}"
        count = db.execute(sql, (json.dumps(numbers),)).rowcount
        audit_log.record(studio, actor, "library.include", f"{len(numbers)} items", {"items": numbers})
    return count


def tag(
    studio: Studio,
    items: Sequence[int],
    people: Sequence[str] = (),
    remove: Sequence[str] = (),
    caption: str | None = None,
    *,
    actor: str = "command line",
) -> int:
    """Says who is in these items, and who is not, and what is seen; returns how many items these are."""
    numbers = check_items(studio, items)
    with studio.writing() as db:
        _link(studio, numbers, ids_of_people(studio, people, actor=actor))
        for name in remove:
            gone = [get_contributor(studio, name)["id"], json.dumps(numbers)]
            db.table("item_contributors").delete_where(
                "contributor = ? AND item IN (SELECT value FROM json_each(?))", gone
            )
        if caption is not None:
            set_captions(studio, ((number, caption) for number in numbers), actor)
        changed = {"items": numbers, "people": list(people), "removed": list(remove), "caption": caption}
        audit_log.record(studio, actor, "library.tag", f"{len(numbers)} items", changed)
    return len(numbers)


def check_items(studio: Studio, items: Sequence[int]) -> list[int]:
    """Each once; Invalid when there is none or there are too many, NotFound names one that is not there."""
    numbers = list(dict.fromkeys(items))
    if not 0 < len(numbers) <= MOST:
        raise Invalid(f"{len(numbers)} items are named; give 1 to {MOST}")
    known = {row["id"] for row in studio.rows(f"SELECT id FROM library_items WHERE {AMONG}", (json.dumps(numbers),))}
    missing = next((number for number in numbers if number not in known), None)
    if missing is not None:
        raise NotFound(f"no library item {missing}: see circletake library list")
    return numbers
