"""How alike is too alike: by how alike frames of the library are that are different pictures.

Of frames of the library (SAMPLE of them at most) it is known how alike the most alike frame of another file is. The threshold
is such that, with nine chances in ten, no more than one in a hundred of different pictures reaches it.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from typing import NamedTuple

from feedback.copies.descriptions import SCHEME, count_library
from feedback.store import Studio

SAMPLE = 1000  # frames that are measured
FEWEST = 100  # below which a library says nothing of its own, and DEFAULT counts
ALARMED, DOUBT = 0.01, 0.1  # of different pictures; how likely more of them are, since a sample is small
LOWEST, DEFAULT, HIGHEST = 0.6, 0.85, 0.9
"""A library that holds the same film twice must not make its copies go unseen; one of few kinds of pictures, everything a copy."""

# In an order that has nothing to do with that of films; of one file only as many as of any other.
TO_MEASURE = """
SELECT d.id FROM picture_descriptions d LEFT JOIN nearest_apart n ON n.description = d.id
WHERE d.scheme = :scheme AND d.data IS NOT NULL AND EXISTS (SELECT 1 FROM library_items i WHERE i.media = d.media)
AND (n.description IS NULL OR n.upto * 2 < :newest)
ORDER BY n.description IS NOT NULL, (d.id * 2654435761) % 4294967296 LIMIT :most
"""
SAME_FILE = """
SELECT DISTINCT i.media FROM library_items i WHERE i.file IN (
    SELECT own.file FROM library_items own JOIN picture_descriptions d ON d.media = own.media WHERE d.id = ?)
"""
MEASURED = """
SELECT n.likeness FROM nearest_apart n JOIN picture_descriptions d ON d.id = n.description WHERE d.scheme = ?
ORDER BY n.likeness DESC
"""


class Threshold(NamedTuple):
    value: float  # likeness from which a take is marked, 0 to 1
    frames: int  # of the library that it is set by; 0 where it is DEFAULT


def threshold_of(studio: Studio) -> Threshold:
    values = [row[0] for row in studio.tuples(MEASURED, (SCHEME,))]
    return Threshold(DEFAULT, 0) if len(values) < FEWEST else Threshold(cut(values), len(values))


def cut(values: Sequence[float]) -> float:
    """What at most ALARMED of different pictures are above, as these likenesses tell but for DOUBT; within bounds."""
    ordered = sorted(values, reverse=True)
    return min(HIGHEST, max(LOWEST, ordered[allowed(len(ordered))] + 1e-6))


def allowed(count: int) -> int:
    """How many of a sample may be above what ALARMED of all are above: more would be there with all but DOUBT."""
    likely = 0.0
    for above in range(count):
        likely += comb(count, above) * ALARMED**above * (1 - ALARMED) ** (count - above)
        if likely > DOUBT:
            return max(0, above - 1)
    return 0


def to_measure(studio: Studio, newest: int, most: int) -> list[int]:
    """Descriptions of library frames to measure next: new ones first, then those of a library of half the size."""
    known = int(studio.value("SELECT count(*) FROM nearest_apart"))
    values = {"scheme": SCHEME, "newest": newest, "most": max(0, min(most, SAMPLE - known))}
    if values["most"]:
        return [row[0] for row in studio.tuples(TO_MEASURE, values)]
    again = "SELECT description FROM nearest_apart WHERE upto * 2 < ? ORDER BY upto LIMIT ?"
    return [row[0] for row in studio.tuples(again, (newest, most))]


def left_to_measure(studio: Studio) -> int:
    """How many frames of the library are still to be measured, of those that are going to be."""
    return min(SAMPLE, count_library(studio)) - int(studio.value("SELECT count(*) FROM nearest_apart"))


def same_file(studio: Studio, description: int) -> set[str]:
    """Media of the library that are of the same file as this one: another frame of its shot is nothing different."""
    return {row[0] for row in studio.tuples(SAME_FILE, (description,))}


def keep_nearest(studio: Studio, description: int, likeness: float, upto: int) -> None:
    """`upto`: the newest description that it was compared with."""
    with studio.writing() as db:
        row = {"description": description, "likeness": likeness, "upto": upto}
        db.table("nearest_apart").insert(row, pk="description", replace=True)
