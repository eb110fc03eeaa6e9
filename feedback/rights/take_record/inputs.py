"""What went into takes: source media, masks and files made elsewhere, where each is from, and under which licences.

A take that starts from another take has that one's inputs too, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypedDict, cast

from feedback.rights.take_record.making import read_takes
from feedback.store import Studio

SOURCE, MASK, ORIGINAL = "source", "mask", "file made elsewhere"

_MEDIA = "SELECT sha256, mime, bytes, width, height, frames FROM media WHERE sha256 IN (SELECT value FROM json_each(?))"
_TAKES = """
SELECT m.value AS sha256, min(t.id) AS take FROM json_each(?) m
JOIN takes t ON m.value IN (t.media, t.poster, t.rendition, t.rendition_poster) GROUP BY m.value
"""
_ITEMS = """
SELECT m.value AS sha256, i.id AS item, t.name AS title, t.licence FROM json_each(:media) m
JOIN library_items i ON m.value IN (i.media, i.proxy) JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title
UNION ALL
SELECT f.sha256, NULL, t.name, t.licence FROM json_each(:media) m JOIN library_files f ON f.sha256 = m.value
JOIN titles t ON t.id = f.title
"""
_PLATES = """
SELECT s.plate AS sha256, p.code || '/' || s.code AS shot FROM shots s JOIN projects p ON p.id = s.project
WHERE s.plate IN (SELECT value FROM json_each(?)) ORDER BY s.id
"""
_MEDIA_LICENCES = "SELECT media AS sha256, licence FROM media_licences WHERE media IN (SELECT value FROM json_each(?))"
_LICENCES = """
SELECT l.*, (SELECT json_group_array(project) FROM licence_projects WHERE licence = l.id) AS projects FROM licences l
WHERE l.id IN (SELECT value FROM json_each(?))
"""


class Licence(TypedDict):
    id: int
    name: str
    holder: str
    training: bool
    drawing: bool
    starts: str | None
    ends: str | None
    ended: str | None
    document: str | None  # sha256 of it, or where it is
    projects: list[int]  # ids; empty: every project


class Input(TypedDict):
    role: str  # SOURCE, MASK or ORIGINAL
    sha256: str
    mime: str | None
    bytes: int | None
    origin: str  # where it is from, in words
    take: int | None  # that it is
    through: int | None  # the take that it went into first, where that one went into this
    library_item: int | None  # None, too, of a whole file of the library
    title: str | None  # of the library
    licences: list[Licence]


def inputs_of(studio: Studio, rows: Sequence[dict[str, Any]]) -> dict[int, list[Input]]:
    """By take, those that it names first."""
    by_take = {row["take"]: row for row in rows}
    origins = origins_with_takes(studio, by_take)
    licences = licences_of(studio, {number for origin in origins.values() for number in origin["licences"]})
    return {row["take"]: chain_of(row, by_take, origins, licences) for row in rows}


def named_by(row: dict[str, Any]) -> list[tuple[str, str]]:
    """(role, sha256) of what a take's own brief and file name."""
    named = [(SOURCE, row["source_media"]), (MASK, row["mask_media"]), (ORIGINAL, row["original"])]
    return [(role, sha256) for role, sha256 in named if sha256]


def origins_with_takes(studio: Studio, by_take: dict[int, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Where each input is from. Takes that are inputs, and what they were made from, are added to `by_take`."""
    origins, fresh = dict[str, dict[str, Any]](), list(by_take.values())
    while fresh:
        hashes = {sha256 for row in fresh for _, sha256 in named_by(row)} - origins.keys()
        origins |= look_up(studio, sorted(hashes))
        unread = {origins[sha256]["take"] for sha256 in hashes} - by_take.keys() - {None}
        fresh = read_takes(studio, sorted(unread))
        by_take |= {row["take"]: row for row in fresh}
    return origins


def look_up(studio: Studio, media: list[str]) -> dict[str, dict[str, Any]]:
    if not media:
        return {}
    chosen = json.dumps(media)
    origins: dict[str, dict[str, Any]] = {
        sha256: {
            "sha256": sha256,
            "mime": None,
            "bytes": None,
            "take": None,
            "plate": None,
            "item": None,
            "title": None,
        }
        for sha256 in media
    }
    licences = {sha256: set[int]() for sha256 in media}
    for question in (_MEDIA, _TAKES):
        for row in studio.rows(question, (chosen,)):
            origins[row["sha256"]] |= row
    for row in studio.rows(_PLATES, (chosen,)):
        origins[row["sha256"]]["plate"] = row["shot"]
    for row in studio.rows(_ITEMS, {"media": chosen}):
        origins[row["sha256"]] |= {"item": row["item"], "title": row["title"]}
        licences[row["sha256"]].add(row["licence"])
    for row in studio.rows(_MEDIA_LICENCES, (chosen,)):
        licences[row["sha256"]].add(row["licence"])
    return {sha256: {**each, "licences": sorted(licences[sha256])} for sha256, each in origins.items()}


def licences_of(studio: Studio, numbers: set[int]) -> dict[int, Licence]:
    """By id."""
    rows = studio.rows(_LICENCES, (json.dumps(sorted(numbers)),)) if numbers else []
    return {row["id"]: as_licence(row) for row in rows}


def as_licence(row: dict[str, Any]) -> Licence:
    names = ("id", "name", "holder", "starts", "ends", "ended", "document")
    kept: dict[str, Any] = {name: row[name] for name in names}
    flags = {"training": bool(row["training"]), "drawing": bool(row["drawing"])}
    return cast(Licence, {**kept, **flags, "projects": json.loads(row["projects"])})


def chain_of(
    row: dict[str, Any],
    by_take: dict[int, dict[str, Any]],
    origins: dict[str, dict[str, Any]],
    licences: dict[int, Licence],
) -> list[Input]:
    inputs, seen = list[Input](), {row["take"]}
    waiting: list[tuple[dict[str, Any], int | None]] = [(row, None)]
    while waiting:
        each, through = waiting.pop(0)
        for role, sha256 in named_by(each):
            origin = origins[sha256]
            inputs.append(input_of(role, origin, through, licences))
            take = origin["take"]
            if role != ORIGINAL and take is not None and take not in seen:
                seen.add(take)
                waiting.append((by_take[take], take))
    return inputs


def input_of(role: str, origin: dict[str, Any], through: int | None, licences: dict[int, Licence]) -> Input:
    return Input(
        role=role,
        sha256=origin["sha256"],
        mime=origin["mime"],
        bytes=origin["bytes"],
        origin=origin_in_words(role, origin),
        take=None if role == ORIGINAL else origin["take"],
        through=through,
        library_item=origin["item"],
        title=origin["title"],
        licences=[licences[number] for number in origin["licences"]],
    )


def origin_in_words(role: str, origin: dict[str, Any]) -> str:
    if role == ORIGINAL:
        return "made elsewhere"
    if origin["take"] is not None:
        return f"take {origin['take']}"
    if origin["title"] is not None:
        return f"library, {origin['title']}"
    if role == MASK:
        return "painted for the brief"
    return f"plate of {origin['plate']}" if origin["plate"] else "brought with the brief"
