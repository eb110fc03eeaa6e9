"""Shots of a project, each with a frame rate."""

from __future__ import annotations

from fractions import Fraction
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, shown
from feedback.people.project_members import in_visible
from feedback.production.projects import LONGEST_TITLE, check_code, get_project, parse_fps
from feedback.store import Studio


class Shot(TypedDict):
    id: int
    project: int
    project_code: str
    code: str
    title: str
    fps_num: int
    fps_den: int
    created: str


def add_shot(studio: Studio, project_code: str, code: str, title: str = "", fps: str | float | None = None) -> Shot:
    """A shot takes its project's frame rate unless it has its own."""
    project = get_project(studio, project_code)
    check_code(code, "shot")
    title = check_text("title", title, LONGEST_TITLE)
    rate = Fraction(project["fps_num"], project["fps_den"]) if fps is None else parse_fps(fps)
    with studio.writing() as db:
        if studio.value("SELECT id FROM shots WHERE project = ? AND code = ?", (project["id"], code)):
            raise Refused(f"project {project_code} has a shot {code!r} already")
        row = {"project": project["id"], "code": code, "title": title, "created": now()}
        number = db.table("shots").insert({**row, "fps_num": rate.numerator, "fps_den": rate.denominator}).last_pk
    return get_shot(studio, int(number or 0))


def sequence_of(code: str) -> str:
    """The sequence that a shot's code names: `AGM_104_065` of `AGM_104_065_010`; empty for a code of one part."""
    return code[: max(0, *(code.rfind(mark) for mark in "_.-"))]


_SHOT = "SELECT s.*, p.code AS project_code FROM shots s JOIN projects p ON p.id = s.project"
_IN_SCOPE = f"(:project IS NULL OR p.code = :project) AND {in_visible('p.id')}"


def get_shot(studio: Studio, shot_id: int) -> Shot:
    row = studio.row(f"{_SHOT} WHERE s.id = ?", (shot_id,))
    if row is None:
        raise NotFound(f"no shot {shot_id}")
    return cast(Shot, row)


def find_shot(studio: Studio, code: str, project_code: str | None = None, *, person: int | None = None) -> Shot:
    """The shot of that code, among those that a person (id) sees; a code that two projects share needs the project too."""
    names = {"code": code, "project": project_code, "person": person}
    rows = studio.rows(f"{_SHOT} WHERE s.code = :code AND {_IN_SCOPE}", names)
    if not rows:
        raise NotFound(f"no shot {shown(code)}; make it on the Briefs page or with circletake generate --shot")
    if len(rows) > 1:
        raise Invalid(f"{code!r} is a shot of {', '.join(row['project_code'] for row in rows)}; name the project too")
    return cast(Shot, rows[0])


def list_shots(studio: Studio, project_code: str | None = None, *, person: int | None = None) -> list[Shot]:
    """Every shot (of a project) that a person (id) sees, by project and code."""
    scope = {"project": project_code, "person": person}
    rows = studio.rows(f"{_SHOT} WHERE {_IN_SCOPE} ORDER BY p.code, s.code", scope)
    return cast(list[Shot], rows)
