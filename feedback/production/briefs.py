"""Briefs: what to draw. Limits of the model itself (its sizes, its longest prompt) are checked in `generation`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Invalid, NotFound
from feedback.fields import check_number, check_text, check_whole, shown
from feedback.people.project_members import in_visible
from feedback.production.projects import parse_fps
from feedback.production.shots import Shot, get_shot
from feedback.production.sources import check_source
from feedback.rights.contributors import link_brief
from feedback.store import Studio

KINDS = ("still", "clip")
LONGEST_PROMPT = 4000
SMALLEST_SIDE, LARGEST_SIDE = 8, 8192  # pixels
MOST_FRAMES = 10_000
MOST_STEPS = 1000
MOST_GUIDANCE = 100
DEFAULT_STEPS = 16
DEFAULT_GUIDANCE = 2.5


class Brief(TypedDict):
    """A row of `briefs`, with the codes of its shot and project."""

    id: int
    shot: int
    prompt: str
    negative_prompt: str
    kind: Literal["still", "clip"]
    width: int  # pixels
    height: int
    frames: int
    fps_num: int
    fps_den: int
    steps: int
    guidance: float
    guidance_2: float | None  # of a second denoiser, below the boundary of noise levels; None is the same
    source_media: str | None  # sha256
    mask_media: str | None  # sha256; white is drawn, black is kept
    strength: float | None  # of the noise that the source gets, up to 1; None without one, or where it is a first frame
    source_take: int | None  # whose picture the source is
    based_on: int | None  # the brief that it was duplicated or edited from
    author: str
    created: str
    shot_code: str
    project_code: str


def write_brief(
    studio: Studio, shot_id: int, prompt: str, *, author: str, based_on: int | None = None, **fields: Any
) -> Brief:
    """Writes a brief with these fields, as `check_fields` takes them. Invalid names the value that is out of range.

    `based_on`: the brief that it was made from; NotFound when there is none.
    """
    row = check_fields(studio, get_shot(studio, shot_id), prompt, **fields)
    if based_on is not None:
        get_brief(studio, based_on)
    with studio.writing() as db:
        number = int(
            db.table("briefs").insert({**row, "based_on": based_on, "author": author, "created": now()}).last_pk or 0
        )
        link_brief(studio, number, [row["prompt"]])
    return get_brief(studio, number)


def give_source(
    studio: Studio,
    brief_id: int,
    source_media: str,
    mask_media: str | None,
    strength: float | None,
    take: int | None = None,
) -> None:
    """What a brief starts from, in the transaction that writes it: its files are kept once nothing else refuses it.

    `take`: whose picture it is.
    """
    brief = get_brief(studio, brief_id)
    shape: dict[str, Any] = {"kind": brief["kind"], "frames": brief["frames"], "steps": brief["steps"]}
    strength = check_source(studio, source_media, mask_media, strength, **shape)
    with studio.writing() as db:
        row = {"source_media": source_media, "mask_media": mask_media, "strength": strength, "source_take": take}
        db.table("briefs").update(brief_id, row)


def check_fields(
    studio: Studio,
    shot: Shot,
    prompt: str,
    *,
    negative_prompt: str = "",
    kind: str = "still",
    width: int = 128,
    height: int = 128,
    frames: int = 1,
    fps: str | float | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    guidance_2: float | None = None,
    source_media: str | None = None,
    mask_media: str | None = None,
    strength: float | None = None,
) -> dict[str, Any]:
    """A brief's columns; sizes in pixels, `fps` the shot's unless given. Invalid names the value that is out of range.

    NotFound: the studio has no such source or mask. `strength` as in `check_source`.
    """
    if kind not in KINDS:
        raise Invalid(f"no kind {shown(kind)}; give still or clip")
    rate = Fraction(shot["fps_num"], shot["fps_den"]) if fps is None else parse_fps(fps)
    row: dict[str, Any] = {
        "shot": shot["id"],
        "prompt": check_text("prompt", prompt, LONGEST_PROMPT, required=True),
        "negative_prompt": check_text("negative prompt", negative_prompt, LONGEST_PROMPT),
        "kind": kind,
        "width": check_whole("width", width, SMALLEST_SIDE, LARGEST_SIDE),
        "height": check_whole("height", height, SMALLEST_SIDE, LARGEST_SIDE),
        "frames": check_whole("frames", frames, 1, MOST_FRAMES),
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "steps": check_whole("steps", DEFAULT_STEPS if steps is None else steps, 1, MOST_STEPS),
        "guidance": check_number("guidance", DEFAULT_GUIDANCE if guidance is None else guidance, 0, MOST_GUIDANCE),
        "guidance_2": None if guidance_2 is None else check_number("guidance_2", guidance_2, 0, MOST_GUIDANCE),
        "source_media": source_media,
        "mask_media": mask_media,
    }
    if kind == "still" and frames != 1:
        raise Invalid(f"a still has one frame, not {frames}; ask for a clip")
    shape = {name: row[name] for name in ("kind", "frames", "steps")}
    return {**row, "strength": check_source(studio, source_media, mask_media, strength, **shape)}


_BRIEF = (
    "SELECT b.*, s.code AS shot_code, p.code AS project_code FROM briefs b"
    " JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
)


def get_brief(studio: Studio, brief_id: int) -> Brief:
    row = studio.row(f"{_BRIEF} WHERE b.id = ?", (brief_id,))
    if row is None:
        raise NotFound(f"no brief {brief_id}")
    return cast(Brief, row)


def list_briefs(
    studio: Studio, project: str | None = None, shot: str | None = None, *, person: int | None = None
) -> list[Brief]:
    """Briefs of a project (code) and a shot (code) that a person (id) sees, newest last."""
    rows = studio.rows(
        f"{_BRIEF} WHERE (:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)"
        f" AND {in_visible('p.id')} ORDER BY b.id",
        {"project": project, "shot": shot, "person": person},
    )
    return cast(list[Brief], rows)


def without_archived(studio: Studio, ids: Iterable[int]) -> set[int]:
    """Those of these briefs whose shot and project are not archived."""
    sql = (
        "SELECT b.id FROM briefs b JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
        " WHERE b.id IN (SELECT value FROM json_each(?)) AND s.archived IS NULL AND p.archived IS NULL"
    )
    return {brief for (brief,) in studio.tuples(sql, (json.dumps(sorted(ids)),))}


def newest_briefs(
    studio: Studio, count: int, *, person: int | None = None, author: str | None = None, before: int | None = None
) -> list[Brief]:
    """The last `count` briefs that a person (id) sees, newest first, however many there are.

    `author`: whose they are (name). `before`: of those that are older than this one.
    """
    query = (
        f"{_BRIEF} WHERE {in_visible('p.id')} AND s.archived IS NULL AND (:author IS NULL OR b.author = :author)"
        " AND b.id < coalesce(:before, b.id + 1) ORDER BY b.id DESC LIMIT :count"
    )
    scope = {"person": person, "count": count, "author": author, "before": before}
    return cast(list[Brief], studio.rows(query, scope))
