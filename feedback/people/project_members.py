"""Who sees which project, and what is in it: its members and admins, or all. Nobody else can tell that it is there.

A project that is archived is there for nobody, but for those of its people who bring it back. The rule is `VISIBLE_PROJECTS`. Whatever lists what is in projects puts that into its query, and whoever names one thing
of a project passes `check_visible`. Nothing is remembered between requests: a member who is removed is out at once.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import NotFound
from feedback.fields import shown
from feedback.people.accounts import get_person
from feedback.store import Studio, audit_log

_THEIRS = (
    "(SELECT m.project FROM project_members m JOIN projects o ON o.id = m.project WHERE m.person = :person{member}"
    " UNION ALL SELECT id FROM projects WHERE"
    " (open_to_all OR (SELECT role FROM people WHERE id = :person) = 'admin'){open})"
)
VISIBLE_PROJECTS = _THEIRS.format(member=" AND o.archived IS NULL", open=" AND archived IS NULL")
"""Ids of the projects that the person of that id sees."""


def in_visible(column: str) -> str:
    """A condition over a column of project ids, for a query with :person, who is NULL on the command line."""
    return f"(:person IS NULL OR {column} IN {VISIBLE_PROJECTS})"


PROJECTS_WITH_ARCHIVED = _THEIRS.format(member="", open="")
"""The same with those that are archived, for whoever lists them to bring one back."""
_OF_BRIEFS = "SELECT s.project FROM briefs b JOIN shots s ON s.id = b.shot WHERE"
# Any file: what is judged, archived files, which tell their version, and what briefs start from.
_OF_FILE = (
    "SELECT project FROM takes WHERE rendition = :value UNION ALL SELECT project FROM takes WHERE rendition_poster = :value"
    " UNION ALL SELECT project FROM takes WHERE media = :value UNION ALL SELECT project FROM takes WHERE poster = :value"
    f" UNION ALL {_OF_BRIEFS} b.source_media = :value UNION ALL {_OF_BRIEFS} b.mask_media = :value"
    " UNION ALL SELECT project FROM shots WHERE plate = :value"
)
# In which projects something is, by what it is; a file may be in several.
_PROJECTS_OF = {
    "project": "SELECT id AS project FROM projects WHERE code = :value",
    "shot": "SELECT project FROM shots WHERE id = :value",
    "brief": f"{_OF_BRIEFS} b.id = :value",
    "take": "SELECT project FROM takes WHERE id = :value",
    "tag": "SELECT t.project FROM tags JOIN takes t ON t.id = tags.take WHERE tags.id = :value",
    "panel": "SELECT project FROM storyboard_panels WHERE id = :value",
    "note": "SELECT t.project FROM notes JOIN takes t ON t.id = notes.take WHERE notes.id = :value",
    # What is judged: pictures and clips without metadata.
    "rendition": "SELECT project FROM takes WHERE rendition = :value"
    " UNION ALL SELECT project FROM takes WHERE rendition_poster = :value",
    "media": _OF_FILE,
    # What briefs start from, unless it is an archived take, which tells its version.
    "plate": f"SELECT * FROM ({_OF_BRIEFS} b.source_media = :value"
    " UNION ALL SELECT project FROM shots WHERE plate = :value)"
    " WHERE NOT EXISTS (SELECT 1 FROM takes WHERE media = :value OR poster = :value)",
    # What a brief may start from: a file that no project has yet, as the command line stores plates, is everybody's.
    "source": f"{_OF_FILE} UNION ALL SELECT id FROM projects WHERE NOT EXISTS ({_OF_FILE})",
}


_WORDS = {"rendition": "media", "plate": "media", "source": "media"}


class Member(TypedDict):
    name: str
    role: str
    since: str  # UTC


def is_visible(studio: Studio, person_id: int, kind: str, value: Any) -> bool:
    """Whether a person sees a project (by code), shot, brief, take, tag, note or panel (by id), or a file (by sha256).

    A file is asked for as a `rendition`, a `plate`, as `media`, or as the `source` of a brief.
    """
    question = f"SELECT 1 WHERE EXISTS (SELECT 1 FROM ({_PROJECTS_OF[kind]}) WHERE project IN {VISIBLE_PROJECTS})"
    return studio.value(question, {"person": person_id, "value": value}) is not None


def check_visible(studio: Studio, person_id: int, kind: str, *values: Any) -> None:
    """NotFound, in the words for what does not exist, unless the person sees all of these; kinds as in `is_visible`."""
    for value in values:
        if not is_visible(studio, person_id, kind, value):
            raise NotFound(f"no {_WORDS.get(kind, kind)} {shown(value)}")


def check_theirs(studio: Studio, person_id: int, code: str) -> None:
    """NotFound unless the person would see this project if it were not archived."""
    question = f"SELECT 1 FROM projects WHERE code = :code AND id IN {PROJECTS_WITH_ARCHIVED}"
    if studio.value(question, {"person": person_id, "code": code}) is None:
        raise NotFound(f"no project {shown(code)}")


def sees_everything(studio: Studio, person_id: int) -> bool:
    """Whether no project is hidden from the person."""
    hidden = f"SELECT 1 FROM projects WHERE id NOT IN {VISIBLE_PROJECTS} LIMIT 1"
    return studio.value(hidden, {"person": person_id}) is None


def sees_every_project(studio: Studio, person_id: int) -> bool:
    """The same, where what is archived hides nothing from its own people: of what is told of a whole studio."""
    hidden = f"SELECT 1 FROM projects WHERE id NOT IN {PROJECTS_WITH_ARCHIVED} LIMIT 1"
    return studio.value(hidden, {"person": person_id}) is None


def add_member(studio: Studio, code: str, name: str, actor: str = "command line") -> None:
    """Lets a person see a project; twice is fine. NotFound: there is no such project or person."""
    project, person = _project_id(studio, code), get_person(studio, name)["id"]
    with studio.writing() as db:
        row = {"project": project, "person": person, "since": now()}
        if not studio.value("SELECT 1 FROM project_members WHERE project = ? AND person = ?", (project, person)):
            db.table("project_members").insert(row)
            audit_log.record(studio, actor, "project.member.add", code, {"person": name})


def remove_member(studio: Studio, code: str, name: str, actor: str = "command line") -> None:
    """Ends that; what the person judged stays. NotFound: there is no such project or person; twice is fine."""
    project, person = _project_id(studio, code), get_person(studio, name)["id"]
    with studio.writing() as db:
        gone = db.execute("DELETE FROM project_members WHERE project = ? AND person = ?", (project, person)).rowcount
        if gone:
            audit_log.record(studio, actor, "project.member.remove", code, {"person": name})


def list_members(studio: Studio, code: str) -> list[Member]:
    """A project's members, by name; admins see it too, without being one."""
    rows = studio.rows(
        "SELECT p.name, p.role, m.since FROM project_members m JOIN people p ON p.id = m.person"
        " WHERE m.project = ? ORDER BY p.name",
        (_project_id(studio, code),),
    )
    return cast(list[Member], rows)


def projects_of(studio: Studio, name: str) -> list[str]:
    """Codes of the projects of which a person is a member."""
    rows = studio.rows(
        "SELECT p.code FROM project_members m JOIN projects p ON p.id = m.project WHERE m.person = ? ORDER BY p.code",
        (get_person(studio, name)["id"],),
    )
    return [row["code"] for row in rows]


def _project_id(studio: Studio, code: str) -> int:
    number = studio.value("SELECT id FROM projects WHERE code = ?", (code,))
    if number is None:
        raise NotFound(f"no project {shown(code)}; see: circletake project list")
    return int(number)
