"""What each take was compared with, and what it is like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple, TypedDict

from feedback.clock import now
from feedback.copies.descriptions import SCHEME
from feedback.copies.related import sources_of
from feedback.copies.threshold import Threshold, threshold_of
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

KEPT = 3  # of the library, and as many takes, that are kept of each take

# Checked never, or with other descriptions; or in vain, or before frames of the library came that it was never compared with.
UNCHECKED = """
SELECT t.id FROM takes t LEFT JOIN take_checks c ON c.take = t.id AND c.scheme = :scheme
WHERE t.state = 'done' AND t.rendition IS NOT NULL AND t.id > :beyond AND (c.take IS NULL OR c.upto < :library OR (:library > 0 AND c.problem IS NOT NULL))
ORDER BY t.id LIMIT :most
"""
NEWEST_OF_LIBRARY = """
SELECT coalesce(max(d.id), 0) FROM picture_descriptions d WHERE d.data IS NOT NULL AND EXISTS (SELECT 1 FROM library_items i WHERE i.media = d.media)
"""
NAMED = f"""
    i.id AS item, i.file, n.name AS title, l.name AS licence, i.excluded IS NOT NULL AS excluded, t.id AS other, t.project
FROM {{matched}}
LEFT JOIN library_items i ON i.id = (SELECT min(id) FROM library_items WHERE media = k.media)
LEFT JOIN library_files f ON f.id = i.file LEFT JOIN titles n ON n.id = f.title LEFT JOIN licences l ON l.id = n.licence
LEFT JOIN takes t ON i.id IS NULL AND t.id = (SELECT min(id) FROM takes WHERE rendition = k.media)
    AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS})
WHERE (i.id IS NOT NULL OR t.id IS NOT NULL)
"""
MATCHES = f"""
SELECT k.take, own.brief, k.media, k.likeness, k.mirrored, k.frame, k.other_frame,
{NAMED.format(matched="take_likenesses k JOIN takes own ON own.id = k.take")}
AND k.likeness >= :least
"""
OF_TAKES = f"{MATCHES} AND k.take IN (SELECT value FROM json_each(:takes)) ORDER BY k.take, k.likeness DESC"
OF_MEDIA = f"SELECT {NAMED.format(matched='(SELECT ? AS media) k')}"


class Alike(NamedTuple):
    """One picture that a take is like."""

    media: str  # sha256
    likeness: float  # 0 to 1
    mirrored: bool
    frame: int  # of the take, from 0
    other_frame: int


class Face(NamedTuple):
    """Where a face is; shares of the picture's width and height."""

    frame: int  # from 0
    x: float
    y: float
    width: float
    height: float


class Match(TypedDict):
    take: int
    media: str  # sha256
    likeness: float
    mirrored: bool
    frame: int
    other_frame: int
    item: int | None  # of the library
    file: int | None
    title: str | None
    licence: str | None
    excluded: bool  # from the library
    other: int | None  # a take, where it is none of the library
    project: int | None  # of that take, an id
    is_source: bool  # the take starts from it, or from another frame of its file
    is_marked: bool


class Check(TypedDict):
    take: int
    checked: str
    faces: int | None  # None: nobody looked for any
    problem: str | None  # why it could not be compared


def unchecked(studio: Studio, beyond: int, most: int, *, newer: bool) -> list[int]:
    """The next done takes after `beyond` that are to be checked; `newer`: also where the library has grown since."""
    library = int(studio.value(NEWEST_OF_LIBRARY)) if newer else 0
    values = {"scheme": SCHEME, "beyond": beyond, "most": most, "library": library}
    return [row[0] for row in studio.tuples(UNCHECKED, values)]


def keep_check(
    studio: Studio,
    take: int,
    upto: int,
    alike: Sequence[Alike] = (),
    faces: Sequence[Face] | None = None,
    problem: str | None = None,
) -> None:
    """Instead of what was known. `upto`: the newest description that it was compared with."""
    with studio.writing() as db:
        for table in ("take_likenesses", "take_faces"):
            db.table(table).delete_where("take = ?", [take])
        row = {"take": take, "scheme": SCHEME, "upto": upto, "problem": problem, "checked": now()}
        row["faces"] = None if faces is None else len(faces)
        db.table("take_checks").insert(row, pk="take", replace=True)
        db.table("take_likenesses").insert_all({"take": take, **each._asdict()} for each in alike)
        db.table("take_faces").insert_all(({"take": take, **each._asdict()} for each in faces or ()), ignore=True)


def find_check(studio: Studio, take: int) -> Check | None:
    row = studio.row("SELECT take, checked, faces, problem FROM take_checks WHERE take = ?", (take,))
    return None if row is None else Check(**row)  # type: ignore[typeddict-item]


def faces_of(studio: Studio, take: int) -> list[Face]:
    sql = "SELECT frame, x, y, width, height FROM take_faces WHERE take = ? ORDER BY frame, x, y"
    return [Face(*row) for row in studio.tuples(sql, (take,))]


def matches_of(studio: Studio, takes: Sequence[int], threshold: Threshold, least: float = 0.0) -> list[Match]:
    """What takes are like by at least `least`, the most alike first; takes of open trials are not named."""
    rows = studio.rows(OF_TAKES, {"takes": json.dumps(list(takes)), "least": least})
    return as_matches(studio, rows, threshold)


def all_marked(studio: Studio, threshold: Threshold) -> list[Match]:
    """Of all takes, those that are marked; by take."""
    rows = studio.rows(f"{MATCHES} ORDER BY k.take, k.likeness DESC", {"least": threshold.value})
    return [match for match in as_matches(studio, rows, threshold) if match["is_marked"]]


def matches_of_file(studio: Studio, alike: Sequence[Alike], threshold: Threshold) -> list[Match]:
    """The same of a file that is no take: its `take` is 0."""
    rows = [
        {"take": 0, "brief": 0, **each._asdict(), **row}
        for each in alike
        for row in studio.rows(OF_MEDIA, (each.media,))
    ]
    return [as_match(row, set(), threshold) for row in rows]


def as_matches(studio: Studio, rows: Sequence[dict[str, Any]], threshold: Threshold) -> list[Match]:
    sources = sources_of(studio, sorted({row["brief"] for row in rows if row["item"]})) if rows else {}
    return [as_match(row, sources.get(row["brief"], set()), threshold) for row in rows]


def as_match(row: dict[str, Any], sources: set[int | str], threshold: Threshold) -> Match:
    brief_less = {name: value for name, value in row.items() if name != "brief"}
    flags = {"mirrored": bool(row["mirrored"]), "excluded": bool(row["excluded"])}
    is_source = row["file"] in sources or row["media"] in sources
    is_marked = row["likeness"] >= threshold.value and not is_source
    return Match(**{**brief_less, **flags, "is_source": is_source, "is_marked": is_marked})  # type: ignore[typeddict-item]


def marked(studio: Studio, takes: Sequence[int]) -> set[int]:
    """Those of these takes that are too much like something."""
    threshold = threshold_of(studio)
    return {match["take"] for match in matches_of(studio, takes, threshold, threshold.value) if match["is_marked"]}
