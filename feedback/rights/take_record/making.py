"""How takes were made: which base and adapters, from which seed and noise, of which brief, by which workflow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import Any, TypedDict, cast

from feedback.store import Studio

HERE, ELSEWHERE = "here", "elsewhere"

_TAKES = """
SELECT t.id AS take, t.brief, t.seed, t.version, t.state, t.media, t.provenance, t.finished, t.queued_by,
    coalesce((SELECT r.prompt FROM rewrites r WHERE r.id = t.rewrite), b.prompt) AS prompt, t.rewrite,
    b.negative_prompt, b.kind, b.width, b.height, b.frames, b.fps_num, b.fps_den, b.steps, b.guidance, b.strength,
    b.source_media, b.mask_media, b.author, b.created AS brief_created,
    s.id AS shot_id, s.code AS shot, p.id AS project_id, p.code AS project, m.mime, m.bytes,
    o.original, o.file AS outside_file, o.has_seed, v.base, v.adapters, v.run
FROM takes t JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project
LEFT JOIN media m ON m.sha256 = t.media LEFT JOIN outside_takes o ON o.take = t.id LEFT JOIN versions v ON v.name = t.version
WHERE t.id IN (SELECT value FROM json_each(?)) ORDER BY t.id
"""
_RUNS = "SELECT name, run FROM versions WHERE run IS NOT NULL"
_LEARNED = """
SELECT {what}, count(*) AS number FROM {table} WHERE run IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 1
"""


class AdapterBehind(TypedDict):
    sha256: str
    weight: float


class Model(TypedDict):
    """What drew a take."""

    version: str | None
    pipeline: str | None  # the class
    base: str | None  # its name; of a take made elsewhere, what its file calls the model
    base_sha256: str | None
    adapters: list[AdapterBehind]
    runs: list[int]  # tuning runs behind its adapters
    learned_from_consents: list[int]  # ids, as they were when those runs began
    learned_from_library_items: int


class Workflow(TypedDict):
    """With which tool and settings; None for what is not known."""

    made: str  # HERE or ELSEWHERE
    tool: str
    scheduler: dict[str, Any] | None  # class and configuration
    steps: int
    guidance: float
    strength: float | None
    libraries: dict[str, str]
    file: str | None  # of a take made elsewhere: the file that was taken
    original: str | None  # its sha256; with all that its tool left in it, such as a graph of nodes


class Making(TypedDict):
    model: Model
    seed: int | None
    noise: dict[str, Any] | None  # what the last bits of it depend on: group, threads, device, dtype
    prompt: str | None  # None, as the two below, in what is handed out without names
    prompt_sha256: str
    negative_prompt: str | None
    author: str | None  # of the brief
    rewrite: int | None  # the rewrite of the prompt that it was drawn from
    workflow: Workflow


def read_takes(studio: Studio, takes: Collection[int]) -> list[dict[str, Any]]:
    """The rows that a passport begins with, by id; takes that there are not are left out."""
    rows = studio.rows(_TAKES, (json.dumps(list(takes)),))
    return [{**row, "provenance": json.loads(row["provenance"] or "{}")} for row in rows]


def makings_of(studio: Studio, rows: Sequence[dict[str, Any]]) -> dict[int, Making]:
    """By take."""
    runs = {row["name"]: row["run"] for row in studio.rows(_RUNS)}
    models = dict[str | None, dict[str, Any]]()
    for row in rows:
        if row["version"] not in models:
            models[row["version"]] = learned_by(studio, row, runs)
    return {row["take"]: making_of(row, models[row["version"]]) for row in rows}


def learned_by(studio: Studio, row: dict[str, Any], runs: dict[str, int]) -> dict[str, Any]:
    """What the runs behind a take's version learned from."""
    names = [PurePosixPath(each["folder"]).name for each in json.loads(row["adapters"] or "[]")]
    behind = sorted({runs[name] for name in names if name in runs} | ({row["run"]} - {None}))
    chosen = (json.dumps(behind),)
    consents = studio.rows(_LEARNED.format(what="consent", table="run_consents"), chosen)
    items = studio.rows(_LEARNED.format(what="item", table="run_library_items"), chosen)
    return {
        "runs": behind,
        "learned_from_consents": [each["consent"] for each in consents],
        "learned_from_library_items": len(items),
    }


def making_of(row: dict[str, Any], learned: dict[str, Any]) -> Making:
    known = row["provenance"]
    is_outside = row["original"] is not None
    return Making(
        model=model_of(row, known, learned),
        seed=None if is_outside and not row["has_seed"] else row["seed"],
        noise=known.get("sampling"),
        prompt=row["prompt"],
        prompt_sha256=hashlib.sha256(row["prompt"].encode()).hexdigest(),
        negative_prompt=row["negative_prompt"],
        author=row["author"],
        rewrite=row["rewrite"],
        workflow=workflow_of(row, known, is_outside),
    )


def model_of(row: dict[str, Any], known: dict[str, Any], learned: dict[str, Any]) -> Model:
    """As the take's own provenance has it; adapters of a version are named even where an older take does not."""
    adapters = known["adapters"] if "adapters" in known else json.loads(row["adapters"] or "[]")
    base = known.get("base") or known.get("model") or (PurePosixPath(row["base"]).name if row["base"] else None)
    own = {
        "version": row["version"],
        "pipeline": known.get("pipeline"),
        "base": base,
        "base_sha256": known.get("base_sha256"),
        "adapters": [{"sha256": each["sha256"], "weight": each["weight"]} for each in adapters],
    }
    return cast(Model, {**own, **learned})


def workflow_of(row: dict[str, Any], known: dict[str, Any], is_outside: bool) -> Workflow:
    made_with = known.get("made_with") or {}
    scheduler = known.get("scheduler") or ({"class": made_with["sampler"]} if "sampler" in made_with else None)
    return Workflow(
        made=ELSEWHERE if is_outside else HERE,
        tool=made_with.get("tool") or ("not named" if is_outside else "Circletake"),
        scheduler=scheduler,
        steps=made_with.get("steps", row["steps"]),
        guidance=made_with.get("guidance", row["guidance"]),
        strength=row["strength"],
        libraries=known.get("libraries") or {},
        file=row["outside_file"],
        original=row["original"],
    )
