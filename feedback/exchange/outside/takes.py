"""Files made elsewhere become takes of a brief, once each, under the name of a model that nothing here can draw with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from feedback.clock import now
from feedback.models.versions import OUTSIDE
from feedback.production.briefs import Brief
from feedback.production.render_queue import LARGEST_SEED
from feedback.production.shots import check_open
from feedback.rights.contributors import link_brief
from feedback.store import Studio, audit_log

LONGEST_NAME = 64
LONGEST_MODEL = 200
NUMBERS = ("seed", "steps", "guidance")

_OF_BRIEF = "SELECT take FROM outside_takes WHERE original = :original AND brief = :brief"
_OF_SHOT = """
SELECT o.take FROM outside_takes o JOIN briefs b ON b.id = o.brief WHERE o.original = :original AND b.shot = :shot
"""
_SAME_BRIEF = """
SELECT id FROM briefs WHERE shot = :shot AND prompt = :prompt AND kind = :kind AND width = :width AND height = :height
AND frames = :frames AND fps_num = :fps_num AND fps_den = :fps_den AND source_media IS NULL ORDER BY id LIMIT 1
"""


def version_of_model(model: str | None) -> str:
    """The name under which takes of a model outside stand: `elsewhere`, or that and what the model is called."""
    words = re.sub(r"[^A-Za-z0-9._]+", "-", re.sub(r"\.(safetensors|ckpt|gguf|pt|pth|sft)$", "", model or "")).strip(
        "-._"
    )
    return f"{OUTSIDE}-{words}"[:LONGEST_NAME].rstrip("-._") if words else OUTSIDE


def take_of_file(studio: Studio, original: str, *, brief: int | None = None, shot: int | None = None) -> int | None:
    """The take that a file (sha256) became in a brief, or in any brief of a shot; None when it is new there."""
    question = _OF_SHOT if brief is None else _OF_BRIEF
    return studio.value(question, {"original": original, "brief": brief, "shot": shot})


def brief_alike(studio: Studio, fields: Mapping[str, Any]) -> int | None:
    """A brief of the shot that asks for the same (columns of `briefs`), so that takes of several models meet in one."""
    return studio.value(_SAME_BRIEF, fields)


def add_outside_take(
    studio: Studio,
    brief: Brief,
    *,
    original: str,
    file: str,
    model: str | None,
    seed: int | None,
    media: Mapping[str, str | None],
    provenance: Mapping[str, Any],
) -> tuple[int, bool]:
    """A done take of the brief and whether it is new: a file (`original`, a sha256 of the studio's media) is taken once.

    `media`: its files as `render_queue.finish_take` takes them. `seed`: None, or one too large for the record, counts as 0.
    Refused where the shot is archived.
    """
    name = version_of_model(model)
    has_seed = seed is not None and 0 <= seed <= LARGEST_SEED
    row = {
        "brief": brief["id"],
        "seed": seed if has_seed else 0,
        "version": name,
        "state": "done",
        "progress": 1.0,
        "created": now(),
        "started": now(),
        "finished": now(),
        "provenance": json.dumps(provenance, sort_keys=True),
        **media,
    }
    with studio.writing() as db:
        check_open(studio, brief["shot"])
        there = take_of_file(studio, original, brief=brief["id"])
        if there is not None:
            return there, False
        described = {"name": name, "model": (model or "not named")[:LONGEST_MODEL], "created": now()}
        db.table("outside_versions").insert(described, ignore=True)
        take = int(db.table("takes").insert(row).last_pk or 0)
        link = {"take": take, "brief": brief["id"], "original": original, "file": file, "version": name}
        db.table("outside_takes").insert({**link, "has_seed": int(has_seed)})
        made = provenance.get("made_with") or {}
        link_brief(studio, brief["id"], [str(made.get(name) or "") for name in ("prompt", "negative_prompt")])
        audit_log.record(studio, "command line", "take.outside", str(take), {"file": file, "sha256": original})
    return take, True


def has_seed(studio: Studio, take: int) -> bool:
    """False for a take made elsewhere whose file did not say its seed."""
    return studio.value("SELECT has_seed FROM outside_takes WHERE take = ?", (take,)) != 0


def making_in_words(provenance: str | None) -> str | None:
    """How a take made elsewhere was made, from its provenance (JSON), as far as its file said; None for any other take."""
    known = json.loads(provenance or "{}")
    if known.get("made") != "elsewhere":
        return None
    made = known["made_with"]
    numbers = [
        f"{name} {made[name]:g}" if name == "guidance" else f"{name} {made[name]}" for name in NUMBERS if name in made
    ]
    parts = [made.get("tool"), known["model"], made.get("sampler"), *numbers, known["file"]]
    return ", ".join(part for part in parts if part)


def briefs_with_outside_takes(studio: Studio) -> list[int]:
    return [brief for (brief,) in studio.tuples("SELECT DISTINCT brief FROM outside_takes ORDER BY brief")]


def takes_made_elsewhere(studio: Studio) -> set[int]:
    return {take for (take,) in studio.tuples("SELECT take FROM outside_takes")}


def takes_of_briefs(studio: Studio, briefs: Iterable[int]) -> set[int]:
    """Whoever made them."""
    chosen = json.dumps(sorted(briefs))
    return {
        take
        for (take,) in studio.tuples("SELECT id FROM takes WHERE brief IN (SELECT value FROM json_each(?))", (chosen,))
    }
