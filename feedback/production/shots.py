"""Shots of a project, each with a frame rate and a place in the cut: by sequence, position, and then code."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, check_whole, shown
from feedback.people.project_members import in_visible
from feedback.production.projects import LONGEST_TITLE, check_code, get_project, parse_fps
from feedback.store import Studio

LAST_POSITION = 1_000_000
NUMBERS = re.compile(r"(\d+)")


class Shot(TypedDict):
    id: int
    project: int
    project_code: str
    code: str
    title: str
    fps_num: int
    fps_den: int
    created: str
    archived: str | None  # when: it is then in no list, board, dealing, queue or cut
    own_sequence: str | None  # where it is not the one that the code names
    sequence: str
    position: int | None  # within the sequence, from 1; None: by its code, after those that have one


def add_shot(
    studio: Studio,
    project_code: str,
    code: str,
    title: str = "",
    fps: str | float | None = None,
    *,
    sequence: str = "",
    position: Any = None,
) -> Shot:
    """A shot takes its project's frame rate unless it has its own, and the sequence that its code names likewise."""
    project = get_project(studio, project_code)
    check_code(code, "shot")
    rate = Fraction(project["fps_num"], project["fps_den"]) if fps is None else parse_fps(fps)
    row = {
        "project": project["id"],
        "code": code,
        "title": check_text("title", title, LONGEST_TITLE),
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "own_sequence": checked_sequence(sequence),
        "position": checked_position(position),
        "created": now(),
    }
    with studio.writing() as db:
        check_open_project(studio, project_code)
        if studio.value("SELECT id FROM shots WHERE project = ? AND code = ?", (project["id"], code)):
            check_open_or_new(studio, project_code, code)
            raise Refused(f"project {project_code} has a shot {code!r} already")
        number = db.table("shots").insert(row).last_pk
    return get_shot(studio, int(number or 0))


def set_shot(
    studio: Studio,
    shot_id: int,
    *,
    title: str | None = None,
    fps: str | float | None = None,
    sequence: str | None = None,
    position: Any = None,
) -> Shot:
    """Changes what is given. An empty sequence is the one that the code names, an empty position the order of codes."""
    get_shot(studio, shot_id)
    row: dict[str, Any] = {}
    if title is not None:
        row["title"] = check_text("title", title, LONGEST_TITLE)
    if fps is not None:
        row["fps_num"], row["fps_den"] = parse_fps(fps).as_integer_ratio()
    if sequence is not None:
        row["own_sequence"] = checked_sequence(sequence)
    if position is not None:
        row["position"] = checked_position(position)
    if row:
        with studio.writing() as db:
            db.table("shots").update(shot_id, row)
    return get_shot(studio, shot_id)


def checked_sequence(sequence: str) -> str | None:
    if sequence:
        check_code(sequence, "sequence")
    return sequence or None


def checked_position(position: Any) -> int | None:
    return None if position in (None, "") else check_whole("position", position, 1, LAST_POSITION)


def check_open(studio: Studio, shot_id: int) -> None:
    """Refused for a shot that is archived, or whose project is."""
    shot = get_shot(studio, shot_id)
    check_open_project(studio, shot["project_code"])
    check_open_or_new(studio, shot["project_code"], shot["code"])


def check_open_project(studio: Studio, code: str) -> None:
    if studio.value("SELECT archived FROM projects WHERE code = ?", (code,)):
        raise Refused(f"project {code} is archived: bring it back on the Projects page, or choose another one")


def check_open_or_new(studio: Studio, project_code: str, code: str) -> None:
    """Refused for a shot that is archived; Invalid for a code that none can have."""
    check_code(code, "shot")
    question = (
        "SELECT s.archived FROM shots s JOIN projects p ON p.id = s.project"
        " WHERE p.code = ? AND s.code = ? AND s.archived IS NOT NULL"
    )
    if studio.value(question, (project_code, code)):
        raise Refused(
            f"shot {project_code}/{code} is archived: bring it back on the Projects page, or choose another code"
        )


def sequence_of(code: str) -> str:
    """The sequence that a shot's code names: `AGM_104_065` of `AGM_104_065_010`; empty for a code of one part."""
    return code[: max(0, *(code.rfind(mark) for mark in "_.-"))]


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts SH_2 before SH_10."""
    parts = NUMBERS.split(text)
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)


def cut_order(shot: Shot) -> tuple[Any, ...]:
    """A key: by sequence, then those with a position by it, then the others by their codes."""
    position = shot["position"]
    return natural(shot["sequence"]), position is None, position or 0, natural(shot["code"])


_SHOT = "SELECT s.*, p.code AS project_code FROM shots s JOIN projects p ON p.id = s.project"
# An archived project's shots are those of whoever names it on the command line.
_IN_SCOPE = (
    f"(:project IS NULL OR p.code = :project) AND {in_visible('p.id')} AND (p.archived IS NULL OR :project IS NOT NULL)"
)


def _as_shot(row: dict[str, Any]) -> Shot:
    return cast(Shot, {**row, "sequence": row["own_sequence"] or sequence_of(row["code"])})


def get_shot(studio: Studio, shot_id: int) -> Shot:
    row = studio.row(f"{_SHOT} WHERE s.id = ?", (shot_id,))
    if row is None:
        raise NotFound(f"no shot {shot_id}")
    return _as_shot(row)


def find_shot(
    studio: Studio, code: str, project_code: str | None = None, *, person: int | None = None, archived: bool = False
) -> Shot:
    """The shot of that code, among those that a person (id) sees; a code that two projects share needs the project too.

    `archived`: one that is archived too.
    """
    names = {"code": code, "project": project_code, "person": person, "archived": archived}
    rows = studio.rows(f"{_SHOT} WHERE s.code = :code AND {_IN_SCOPE} AND (:archived OR s.archived IS NULL)", names)
    if not rows:
        raise NotFound(f"no shot {shown(code)}; make it on the Briefs page or with circletake shot add")
    if len(rows) > 1:
        raise Invalid(f"{code!r} is a shot of {', '.join(row['project_code'] for row in rows)}; name the project too")
    return _as_shot(rows[0])


def list_shots(
    studio: Studio, project_code: str | None = None, *, person: int | None = None, archived: bool = False
) -> list[Shot]:
    """Every shot (of a project) that a person (id) sees, by project and in the order of the cut.

    `archived`: with those that are archived.
    """
    scope = {"project": project_code, "person": person, "archived": archived}
    rows = studio.rows(f"{_SHOT} WHERE {_IN_SCOPE} AND (:archived OR s.archived IS NULL)", scope)
    return sorted(map(_as_shot, rows), key=lambda shot: (shot["project_code"], *cut_order(shot)))


def places_in_the_cut(studio: Studio, project: int) -> dict[str, int]:
    """The place of each shot of a project (id) in its cut, by code, those that are archived too."""
    rows = [_as_shot(row) for row in studio.rows(f"{_SHOT} WHERE s.project = ?", (project,))]
    return {shot["code"]: place for place, shot in enumerate(sorted(rows, key=cut_order))}
