"""Briefs: what is asked for. What only the model knows (its sizes, its longest prompt) is checked where the model is."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from feedback.clock import now
from feedback.errors import Invalid, NotFound
from feedback.production.projects import parse_fps
from feedback.production.shots import get_shot
from feedback.store import Studio

KINDS = ("still", "clip")
LONGEST_PROMPT = 4000
DEFAULT_STEPS = 16
DEFAULT_GUIDANCE = 2.5


def _check_text(prompt: str, negative_prompt: str) -> None:
    if not prompt.strip():
        raise Invalid("the prompt is empty; say what is to be seen")
    for name, text in (("prompt", prompt), ("negative prompt", negative_prompt)):
        if len(text) > LONGEST_PROMPT:
            raise Invalid(f"the {name} has {len(text)} characters; give at most {LONGEST_PROMPT}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise Invalid(f"{name} {value} is outside {low:g}-{high:g}")


def write_brief(
    studio: Studio,
    shot_id: int,
    prompt: str,
    *,
    author: str,
    negative_prompt: str = "",
    kind: str = "still",
    width: int = 128,
    height: int = 128,
    frames: int = 1,
    fps: str | float | None = None,
    steps: int | None = None,
    guidance: float | None = None,
    source_media: str | None = None,
    mask_media: str | None = None,
) -> dict[str, Any]:
    """Writes a brief; sizes in pixels, `fps` the shot's unless given. Invalid names the value that is out of range."""
    shot = get_shot(studio, shot_id)
    _check_text(prompt, negative_prompt)
    if kind not in KINDS:
        raise Invalid(f"no kind {kind!r}; give still or clip")
    if kind == "still" and frames != 1:
        raise Invalid(f"a still has one frame, not {frames}; ask for a clip")
    steps = DEFAULT_STEPS if steps is None else steps
    guidance = DEFAULT_GUIDANCE if guidance is None else guidance
    checks = (("width", width, 8, 8192), ("height", height, 8, 8192), ("frames", frames, 1, 10_000))
    for name, value, low, high in (*checks, ("steps", steps, 1, 1000), ("guidance", guidance, 0, 100)):
        _check_range(name, value, low, high)
    rate = Fraction(shot["fps_num"], shot["fps_den"]) if fps is None else parse_fps(fps)
    row = {
        "shot": shot_id,
        "prompt": prompt.strip(),
        "negative_prompt": negative_prompt.strip(),
        "kind": kind,
        "width": width,
        "height": height,
        "frames": frames,
        "fps_num": rate.numerator,
        "fps_den": rate.denominator,
        "steps": steps,
        "guidance": float(guidance),
        "source_media": source_media,
        "mask_media": mask_media,
        "author": author,
        "created": now(),
    }
    with studio.writing() as db:
        number = db.table("briefs").insert(row).last_pk
    return get_brief(studio, int(number or 0))


_BRIEF = (
    "SELECT b.*, s.code AS shot_code, p.code AS project_code FROM briefs b"
    " JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
)


def get_brief(studio: Studio, brief_id: int) -> dict[str, Any]:
    row = studio.row(f"{_BRIEF} WHERE b.id = ?", (brief_id,))
    if row is None:
        raise NotFound(f"no brief {brief_id}")
    return row


def list_briefs(studio: Studio, project: str | None = None, shot: str | None = None) -> list[dict[str, Any]]:
    """Briefs by project code and shot code, newest last."""
    return studio.rows(
        f"{_BRIEF} WHERE (:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot) ORDER BY b.id",
        {"project": project, "shot": shot},
    )
