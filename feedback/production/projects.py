"""Projects, and what their codes and frame rates may be. Frame rates are exact fractions: 23.976 is 24000/1001."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any, TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.fields import check_text, shown
from feedback.people.project_members import PROJECTS_WITH_ARCHIVED, VISIBLE_PROJECTS, add_member
from feedback.rights.project_rules import COLUMNS, rules_of_new_projects
from feedback.store import Studio

FPS = re.compile(r"[0-9]{1,6}(\.[0-9]{0,20})?|[0-9]{1,6}/[0-9]{1,6}")
LONGEST_TITLE = 200
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# What people write for the rates that are no whole number (SMPTE ST 12-1).
NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "47.95": Fraction(48000, 1001),
    "47.952": Fraction(48000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}

_SAME_RATE = "UPDATE shots SET fps_num = ?, fps_den = ? WHERE project = ? AND fps_num = ? AND fps_den = ?"


class Project(TypedDict):
    id: int
    code: str
    title: str
    fps_num: int
    fps_den: int
    created: str
    open_to_all: int  # 1: whoever has an account sees it
    archived: str | None  # when: it is then in no list, board, dealing or queue
    passport_policy: str  # refuse, list or off: `feedback.rights.project_rules`
    plate_policy: str  # likewise
    credentials: str  # full or reduced


def parse_fps(text: str | float | Fraction) -> Fraction:
    """A frame rate from 1 to 240, from "24", "23.976" or "24000/1001".

    It is written in few digits and without an exponent: `Fraction("1e-20000000")` alone would take half a minute.
    """
    words = text.strip() if isinstance(text, str) else shown(text)
    if not FPS.fullmatch(words):
        raise Invalid(f"{shown(words)} is no frame rate; give for example 24, 25, 23.976 or 24000/1001")
    try:
        # No rate in use has a larger denominator: 23.976023976023978 is 24000/1001 again.
        rate = NTSC.get(words) or Fraction(words).limit_denominator(1001)
    except ZeroDivisionError:
        raise Invalid(f"{words!r} is no frame rate; give for example 24, 25, 23.976 or 24000/1001") from None
    if not 1 <= rate <= 240:
        raise Invalid(f"frame rate {words} is outside 1-240; give for example 24")
    return rate


def check_code(code: str, what: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid(
            f"{shown(code)} is no {what} code; use up to 64 letters, digits and _ . -, such as AGM_104_065_010"
        )


def add_project(
    studio: Studio,
    code: str,
    title: str = "",
    fps: str | float = "24",
    *,
    maker: str | None = None,
    open_to_all: bool = False,
) -> Project:
    """A new project, with the rules that the studio has for new ones; `fps` is what its shots have unless they say
    otherwise. Its first member is its `maker` (name).

    `open_to_all`: whoever has an account sees it, as if they were members.
    """
    rate = parse_fps(fps)
    row = {
        "code": code,
        "title": check_text("title", title, LONGEST_TITLE) or code,
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "created": now(),
        "open_to_all": open_to_all,
    }
    with studio.writing() as db:
        check_new_project(studio, code)
        rules = rules_of_new_projects(studio)
        db.table("projects").insert({**row, **{column: rules[name] for name, column in COLUMNS.items()}})  # type: ignore[literal-required]
        if maker is not None:
            add_member(studio, code, maker, actor=maker)
    return get_project(studio, code)


def check_new_project(studio: Studio, code: str) -> None:
    """Invalid or Refused where no project of this code can be made."""
    check_code(code, "project")
    row = studio.row("SELECT archived FROM projects WHERE code = ?", (code,))
    if row is not None:
        state = "an archived project" if row["archived"] else "a project"
        raise Refused(f"there is {state} {code!r} already")


def get_project(studio: Studio, code: str) -> Project:
    """For the command line: its refusal names all projects. NotFound: there is none of that code."""
    row = studio.row("SELECT * FROM projects WHERE code = ?", (code,))
    if row is None:
        codes = ", ".join(project["code"] for project in list_projects(studio)) or "none yet"
        raise NotFound(f"no project {shown(code)}; there are: {codes}")
    return cast(Project, row)


def list_projects(studio: Studio, person: int | None = None, *, archived: bool = False) -> list[Project]:
    """By code: all of them, or those of a person (id); `archived`: with those that are archived."""
    scope = f"(:person IS NULL OR id IN {PROJECTS_WITH_ARCHIVED if archived else VISIBLE_PROJECTS})"
    query = f"SELECT * FROM projects WHERE {scope} AND (:archived OR archived IS NULL) ORDER BY code"
    return cast(list[Project], studio.rows(query, {"person": person, "archived": archived}))


def set_project(studio: Studio, code: str, *, title: str | None = None, fps: str | float | None = None) -> Project:
    """Changes what is given. A new frame rate is that of those shots too that had the project's; briefs keep theirs.

    An empty title is the code again.
    """
    project = get_project(studio, code)
    rate = Fraction(project["fps_num"], project["fps_den"]) if fps is None else parse_fps(fps)
    row: dict[str, Any] = {"fps_num": rate.numerator, "fps_den": rate.denominator}
    if title is not None:
        row |= {"title": check_text("title", title, LONGEST_TITLE) or code}
    with studio.writing() as db:
        db.table("projects").update(project["id"], row)
        db.execute(_SAME_RATE, (*rate.as_integer_ratio(), project["id"], project["fps_num"], project["fps_den"]))
    return get_project(studio, code)
