"""Projects, and what their codes and frame rates may be. Frame rates are exact fractions: 23.976 is 24000/1001."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound, Refused
from feedback.store import Studio

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
# What people write for the rates that are no whole number (SMPTE ST 12-1).
NTSC = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
}


class Project(TypedDict):
    id: int
    code: str
    title: str
    fps_num: int
    fps_den: int
    created: str


def parse_fps(text: str | float | Fraction) -> Fraction:
    """A frame rate from "24", "23.976" or "24000/1001"."""
    words = str(text).strip()
    try:
        rate = NTSC.get(words) or Fraction(words)
    except (ValueError, ZeroDivisionError):
        raise Invalid(f"{words!r} is no frame rate; give for example 24, 25, 23.976 or 24000/1001") from None
    if not 0 < rate <= 240:
        raise Invalid(f"frame rate {words} is outside 0-240; give for example 24")
    return rate


def check_code(code: str, what: str) -> None:
    if not CODE.fullmatch(code):
        raise Invalid(f"{code!r} is no {what} code; use up to 64 letters, digits and _ . -, such as AGM_104_065_010")


def add_project(studio: Studio, code: str, title: str = "", fps: str | float = "24") -> Project:
    """A new project; `fps` is what its shots have unless they say otherwise."""
    check_code(code, "project")
    rate = parse_fps(fps)
    row = {
        "code": code,
        "title": title or code,
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "created": now(),
    }
    with studio.writing() as db:
        if studio.value("SELECT id FROM projects WHERE code = ?", (code,)):
            raise Refused(f"there is a project {code!r} already")
        db.table("projects").insert(row)
    return get_project(studio, code)


def get_project(studio: Studio, code: str) -> Project:
    row = studio.row("SELECT * FROM projects WHERE code = ?", (code,))
    if row is None:
        known = ", ".join(project["code"] for project in list_projects(studio)) or "none yet"
        raise NotFound(f"no project {code!r}; there are: {known}")
    return cast(Project, row)


def list_projects(studio: Studio) -> list[Project]:
    return cast(list[Project], studio.rows("SELECT * FROM projects ORDER BY code"))
