"""Everything in the record that rests on one consent: briefs, frames, takes, runs, versions, selects and exports.

Read from the record as it is, not from what was noted when a run began, so that a link nobody thought of then is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any, TypedDict

from feedback.errors import NotFound
from feedback.judgements.selects import IS_CURRENT
from feedback.rights.behind_runs import PEOPLE_OF_ITEMS, TAKES_OF_RUNS
from feedback.rights.export_record import exports_with
from feedback.store import Studio


class Touched(TypedDict):
    """Ids, in order; versions by name, oldest first."""

    briefs: list[int]
    items: list[int]  # frames and clips of the library
    runs: list[int]
    versions: list[str]
    takes: list[int]  # that show it or start from what does, or were drawn by one of the versions
    selects: list[int]  # that are in a cut today
    exports: list[int]  # that held any of the takes


ITEMS_OF_LICENCE = """
SELECT i.id FROM library_items i JOIN library_files f ON f.id = i.file JOIN titles t ON t.id = f.title WHERE t.licence = ?
"""
MEDIA_OF_LICENCE = """
SELECT media FROM media_licences WHERE licence = :licence
UNION SELECT f.sha256 FROM library_files f JOIN titles t ON t.id = f.title WHERE t.licence = :licence
"""
# Down from a brief, a frame or a file: briefs that start from it, or whose takes it came as, those that start from their takes,
# and so on.
BELOW = """
WITH RECURSIVE files(media) AS (
    SELECT value FROM json_each(:media)
    UNION SELECT media FROM library_items WHERE id IN (SELECT value FROM json_each(:items))
    UNION SELECT proxy FROM library_items WHERE id IN (SELECT value FROM json_each(:items))
    UNION SELECT f.sha256 FROM library_items i JOIN library_files f ON f.id = i.file
    WHERE i.id IN (SELECT value FROM json_each(:items))),
below(brief) AS (
    SELECT value FROM json_each(:briefs)
    UNION SELECT b.id FROM files f JOIN briefs b ON b.source_media = f.media
    UNION SELECT b.id FROM files f JOIN briefs b ON b.mask_media = f.media
    UNION SELECT o.brief FROM files f JOIN outside_takes o ON o.original = f.media
    UNION
    SELECT b.id FROM below w JOIN takes t ON t.brief = w.brief
    JOIN briefs b ON b.source_media IN (t.media, t.rendition, t.poster, t.rendition_poster)
    UNION
    SELECT b.id FROM below w JOIN takes t ON t.brief = w.brief
    JOIN briefs b ON b.mask_media IN (t.media, t.rendition, t.poster, t.rendition_poster))
SELECT brief AS id FROM below
"""


def touched_by_consent(studio: Studio, number: int) -> Touched:
    """NotFound when there is no such consent. A consent that is limited to projects touches what is in them, and the
    frames that runs learned from; one for a voice touches no picture.
    """
    consent = studio.row("SELECT * FROM consents WHERE id = ?", (number,))
    if consent is None:
        raise NotFound(f"no consent {number}: circletake consent list")
    who, subject = consent["contributor"], consent["subject"]
    sql = f"SELECT item AS id FROM ({PEOPLE_OF_ITEMS}) WHERE contributor = ?"
    items = _ids(studio, sql, who) if subject in ("likeness", "work") else []
    sql = "SELECT f.sha256 AS id FROM library_files f JOIN title_contributors w ON w.title = f.title WHERE w.contributor = ?"
    files = _ids(studio, sql, who) if subject in ("likeness", "work") else []
    sql = "SELECT brief AS id FROM brief_contributors WHERE contributor = ?"
    named = _ids(studio, sql, who) if subject in ("likeness", "style") else []
    briefs = _in_projects(studio, number, _ids_of(studio, BELOW, briefs=named, items=items, media=files))
    return touched_by(studio, briefs, items, trained=bool(consent["training"]), drawn=bool(consent["drawing"]))


def touched_by_licence(studio: Studio, licence: int) -> Touched:
    """What rests on the frames of its titles and the files that are under it (id of the licence)."""
    items = _ids(studio, ITEMS_OF_LICENCE, licence)
    media = [row["media"] for row in studio.rows(MEDIA_OF_LICENCE, {"licence": licence})]
    return touched_by(
        studio, _ids_of(studio, BELOW, briefs=[], items=items, media=media), items, trained=True, drawn=True
    )


def touched_by_person(studio: Studio, person: int) -> Touched:
    """What rests on the judgements of somebody (people id): the runs that learned from them, and what came of those."""
    runs = _ids(studio, "SELECT DISTINCT run AS id FROM run_judgements WHERE person = ?", person)
    return _with_versions(studio, [], [], runs, set())


def touched_by(studio: Studio, briefs: list[int], items: list[int], *, trained: bool, drawn: bool) -> Touched:
    takes = set(
        _ids_of(
            studio, "SELECT t.id FROM takes t WHERE t.brief IN (SELECT value FROM json_each(:briefs))", briefs=briefs
        )
    )
    runs = runs_that_learned_from(studio, takes, items) if trained else []
    return _with_versions(studio, briefs, items, runs, takes if drawn else set())


def runs_that_learned_from(studio: Studio, takes: Iterable[int], items: list[int]) -> list[int]:
    sql = (
        f"SELECT DISTINCT run AS id FROM ({TAKES_OF_RUNS}) WHERE take IN (SELECT value FROM json_each(:takes))"
        " UNION SELECT run FROM run_library_items WHERE item IN (SELECT value FROM json_each(:items)) ORDER BY id"
    )
    return _ids_of(studio, sql, takes=sorted(takes), items=items)


def versions_of_runs(studio: Studio, runs: Iterable[int]) -> list[str]:
    """Every version that carries an adapter of one of these runs, its own or one that it was built on."""
    learned = set(runs)
    rows = studio.rows("SELECT name, adapters, run FROM versions ORDER BY created, name")
    run_of = {row["name"]: row["run"] for row in rows}
    return [row["name"] for row in rows if not learned.isdisjoint(_runs_of(row, run_of))]


def _runs_of(row: dict[str, Any], run_of: dict[str, int | None]) -> set[int]:
    names = [PurePosixPath(adapter["folder"]).name for adapter in json.loads(row["adapters"])]
    return {run for run in (row["run"], *(run_of.get(name) for name in names)) if run is not None}


def _with_versions(studio: Studio, briefs: list[int], items: list[int], runs: list[int], takes: set[int]) -> Touched:
    versions = versions_of_runs(studio, runs)
    sql = "SELECT id FROM takes WHERE state = 'done' AND version IN (SELECT value FROM json_each(:versions))"
    every = sorted(takes | set(_ids_of(studio, sql, versions=versions)))
    sql = f"SELECT se.id FROM selects se WHERE se.take IN (SELECT value FROM json_each(:takes)) AND {IS_CURRENT} ORDER BY se.id"
    return Touched(
        briefs=sorted(briefs), items=sorted(items), runs=sorted(runs), versions=versions, takes=every,
        selects=_ids_of(studio, sql, takes=every), exports=[row["id"] for row in exports_with(studio, every)],
    )  # fmt: skip


def _in_projects(studio: Studio, consent: int, briefs: list[int]) -> list[int]:
    """Those of the projects that a consent is limited to."""
    sql = (
        "SELECT b.id FROM briefs b JOIN shots s ON s.id = b.shot WHERE b.id IN (SELECT value FROM json_each(:briefs))"
        " AND (s.project IN (SELECT project FROM consent_projects WHERE consent = :consent)"
        " OR NOT EXISTS (SELECT 1 FROM consent_projects WHERE consent = :consent))"
    )
    return [row["id"] for row in studio.rows(sql, {"briefs": json.dumps(briefs), "consent": consent})]


def _ids(studio: Studio, sql: str, *values: object) -> list[Any]:
    return [row["id"] for row in studio.rows(sql, values)]


def _ids_of(studio: Studio, sql: str, **lists: list[int] | list[str]) -> list[int]:
    return [row["id"] for row in studio.rows(sql, {name: json.dumps(values) for name, values in lists.items()})]
