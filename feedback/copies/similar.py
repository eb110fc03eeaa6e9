"""Which pictures an image encoder takes for similar to each take: what is in them, not whether they are copies."""

from __future__ import annotations

import json
from collections.abc import Sequence

from feedback.copies.checks import NAMED, Alike, Match, as_matches
from feedback.copies.threshold import Threshold
from feedback.copies.vectors import Encoder, in_use, newest_of_library
from feedback.store import Studio

# Compared never or by another encoder, or before what changes the comparison came.
UNCHECKED = """
SELECT t.id, t.rendition FROM takes t JOIN picture_vectors v ON v.media = t.rendition AND v.encoder = :encoder AND v.data IS NOT NULL
LEFT JOIN similarity_checks c ON c.take = t.id AND c.encoder = :encoder
WHERE t.state = 'done' AND (c.take IS NULL OR c.upto < :least) GROUP BY t.id ORDER BY t.id
"""
MATCHES = f"""
SELECT k.take, own.brief, k.media, k.likeness, k.mirrored, k.frame, k.other_frame,
{NAMED.format(matched="take_similarities k JOIN takes own ON own.id = k.take")}
AND k.likeness >= :least AND k.take IN (SELECT value FROM json_each(:takes))
AND EXISTS (SELECT 1 FROM similarity_checks c WHERE c.take = k.take AND c.encoder = :encoder)
ORDER BY k.take, k.likeness DESC
"""
NEVER = 2.0  # no similarity reaches it


def unchecked(studio: Studio, encoder: int, least: int = 0) -> list[tuple[int, str]]:
    """(take, rendition) of those that are to be compared: never yet, or before the library's newest vector or this one."""
    values = {"encoder": encoder, "least": max(least, newest_of_library(studio, encoder))}
    return studio.tuples(UNCHECKED, values)


def keep(studio: Studio, take: int, encoder: int, upto: int, alike: Sequence[Alike]) -> None:
    """Instead of what was known. `upto`: the newest vector that it was compared with."""
    with studio.writing() as db:
        db.table("take_similarities").delete_where("take = ?", [take])
        db.table("similarity_checks").insert({"take": take, "encoder": encoder, "upto": upto}, pk="take", replace=True)
        db.table("take_similarities").insert_all({"take": take, **each._asdict()} for each in alike)


def is_compared(studio: Studio, take: int, encoder: Encoder) -> bool:
    sql = "SELECT count(*) FROM similarity_checks WHERE take = ? AND encoder = ?"
    return bool(studio.value(sql, (take, encoder.id)))


def similar_to(studio: Studio, takes: Sequence[int], encoder: Encoder, least: float = -1.0) -> list[Match]:
    """What takes are similar to by at least `least`, the most similar first; takes of open trials are not named."""
    values = {"takes": json.dumps(list(takes)), "encoder": encoder.id, "least": least}
    limit = Threshold(NEVER if encoder.threshold is None else encoder.threshold, encoder.frames)
    return as_matches(studio, studio.rows(MATCHES, values), limit)


def marked_similar(studio: Studio, takes: Sequence[int]) -> set[int]:
    """Those of these takes that are more similar to something than the library's own pictures are to each other."""
    encoder = in_use(studio)
    if encoder is None or encoder.threshold is None:
        return set()
    return {match["take"] for match in similar_to(studio, takes, encoder, encoder.threshold) if match["is_marked"]}
