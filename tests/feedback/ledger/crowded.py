"""A studio of any size whose record is random: people named in briefs, plates that are takes, a library, runs, versions."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from feedback.clock import now
from feedback.store import Studio
from tests.factories import new_studio

SUBJECTS = ("likeness", "likeness", "work", "style", "voice")
SHA = "{:064x}".format


def crowded_studio(folder: Path, *, consents: int, versions: int, takes: int, judgements: int, seed: int = 0) -> Studio:
    """Rows are written as they are, without pictures: what is tested reads the record alone."""
    studio, chance = new_studio(folder), random.Random(seed)
    with studio.writing() as db:

        def add(table: str, rows: list[dict[str, Any]], **options: Any) -> None:
            db.table(table).insert_all(rows, **options)

        people, projects, briefs, items = 12, 3, max(8, takes // 8), max(8, takes // 20)
        add("people", [{"id": k, "name": f"p{k}", "role": "creative", "created": now()} for k in range(1, people + 1)])
        rate = {"fps_num": 24, "fps_den": 1, "created": now()}
        add("projects", [{"id": k, "code": f"P{k}", "title": "", **rate} for k in range(1, projects + 1)])
        shots = [{"id": k, "project": 1 + k % projects, "code": f"S{k}", "title": "", **rate} for k in range(1, 31)]
        add("shots", shots)
        picture = {
            "ext": "png",
            "mime": "image/png",
            "bytes": 1,
            "width": 8,
            "height": 8,
            "frames": 1,
            "created": now(),
        }
        add("media", [{"sha256": SHA(k), **picture} for k in range(1, takes + 2 * items + 11)])
        add(
            "contributors",
            [{"id": k, "name": f"c{k}", "kind": "performer", "created": now()} for k in range(1, consents + 1)],
        )
        rows = []
        for k in range(1, consents + 1):
            training = chance.random() < 0.7
            drawing = not training or chance.random() < 0.7
            rest = {"uses": "all", "compensation": "", "created": now(), "subject": chance.choice(SUBJECTS)}
            rows.append({"id": k, "contributor": k, "training": int(training), "drawing": int(drawing), **rest})
        add("consents", rows)
        limits = [{"consent": k, "project": chance.randint(1, projects)} for k in range(1, consents + 1) if k % 4 == 0]
        add("consent_projects", limits)
        add(
            "licences",
            [
                {"id": k, "name": name, "holder": "h", "terms": "", "training": 1, "drawing": 1, "created": now()}
                for k, name in ((1, "L"), (2, "M"))
            ],
        )
        add("titles", [{"id": k, "name": f"t{k}", "licence": 1, "created": now()} for k in range(1, 6)])
        add("title_contributors", [{"title": k, "contributor": chance.randint(1, consents)} for k in range(1, 4)])
        file = {
            "path": "",
            "bytes": 1,
            "kind": "film",
            "detail": "{}",
            "state": "done",
            "counts": "{}",
            "created": now(),
        }
        first = takes + 2 * items  # of the whole files
        add("library_files", [{"id": k, "sha256": SHA(first + k), "title": 1 + k % 5, **file} for k in range(1, 11)])
        item = {"kind": "still", "shot": 1, "seconds": 0.0, "caption": "", "captioned_by": "", "sharpness": 1.0}
        item |= {"perceptual_hash": 0, "created": now()}
        frames = [
            {
                "id": k,
                "file": 1 + k % 10,
                "media": SHA(takes + k),
                "proxy": SHA(takes + items + k) if k % 2 else None,
                "frame_in": k,
                "frame_out": k,
                **item,
            }
            for k in range(1, items + 1)
        ]
        add("library_items", frames)
        in_frames = {(chance.randint(1, items), chance.randint(1, consents)) for _ in range(items // 4)}
        add("item_contributors", [{"item": i, "contributor": c} for i, c in in_frames])
        add("versions", version_rows(chance, versions), pk="name", replace=True)
        add("runs", [run_row(k) for k in range(1, versions + 1)])
        brief = {
            "negative_prompt": "",
            "kind": "still",
            "width": 8,
            "height": 8,
            "frames": 1,
            "steps": 1,
            "guidance": 1.0,
        }
        brief |= {"fps_num": 24, "fps_den": 1, "author": "p1", "created": now(), "prompt": ""}
        sources = [SHA(chance.randint(1, first)) if chance.random() < 0.2 else None for _ in range(briefs)]
        sources[-1] = SHA(first + chance.randint(1, 10))
        masks = [SHA(chance.randint(1, first)) if each and chance.random() < 0.5 else None for each in sources]
        licensed = [{"media": SHA(chance.randint(1, first)), "licence": 2} for _ in range(items)]
        add("media_licences", [{**each, "created": now()} for each in licensed], pk="media", replace=True)
        add(
            "briefs",
            [
                {
                    "id": k,
                    "shot": chance.randint(1, 30),
                    "source_media": sources[k - 1],
                    "mask_media": masks[k - 1],
                    **brief,
                }
                for k in range(1, briefs + 1)
            ],
        )
        named = {(chance.randint(1, briefs), chance.randint(1, consents)) for _ in range(max(6, briefs // 12))}
        add("brief_contributors", [{"brief": b, "contributor": c} for b, c in named])
        names = ["starter", *(f"v{k:04d}" for k in range(1, versions + 1))]
        add("takes", [
            {"id": k, "brief": chance.randint(1, briefs), "seed": k, "version": chance.choice(names), "media": SHA(k),
             "rendition": SHA(k), "state": "done" if chance.random() < 0.9 else "queued", "created": now()}
            for k in range(1, takes + 1)
        ])  # fmt: skip
        add("ballots", [
            {"id": k, "uid": str(k), "person": chance.randint(1, people), "left": chance.randint(1, takes),
             "right": chance.randint(1, takes), "verdict": "left", "elapsed_ms": 1, "created": now()}
            for k in range(1, judgements + 1)
        ])  # fmt: skip
        judged = {(chance.randint(1, versions), chance.randint(1, judgements)) for _ in range(judgements // 10)}
        who = {row["id"]: row["person"] for row in studio.rows("SELECT id, person FROM ballots")}
        add("run_judgements", [
            {"run": run, "kind": "ballot", "judgement": ballot, "person": who[ballot], "split": "train"} for run, ballot in judged
        ])  # fmt: skip
        learned = {(chance.randint(1, versions), chance.randint(1, items)) for _ in range(items // 6)}
        add("run_library_items", [{"run": run, "item": item} for run, item in learned])
        add("selects", [
            {"id": k, "uid": str(k), "shot": 1, "take": chance.randint(1, takes // 2), "frame_in": 0, "frame_out": 0, "position": k,
             "person": 1, "created": now(), "removed": int(chance.random() < 0.2)}
            for k in range(1, takes // 4 + 1)
        ])  # fmt: skip
        export = {"project": 1, "format": "otio", "path": "", "policy": "off", "created": now()}
        add("exports", [{"id": k, **export} for k in range(1, takes // 10 + 1)])
        held = {(chance.randint(1, takes // 10), chance.randint(1, takes)) for _ in range(takes // 4)}
        add("export_takes", [{"export": export, "take": take} for export, take in held])
    return studio


def version_rows(chance: random.Random, count: int) -> list[dict[str, Any]]:
    """Each stands on up to two of those before."""
    rows = []
    for k in range(1, count + 1):
        names = {f"v{k:04d}", *(f"v{chance.randint(1, k):04d}" for _ in range(chance.randint(0, 2)))}
        adapters = [{"folder": f"models/{name}", "sha256": "0" * 64, "weight": 1.0} for name in sorted(names)]
        row = {"name": f"v{k:04d}", "base": "starter", "adapters": json.dumps(adapters), "state": "candidate"}
        rows.append({**row, "run": k, "created": now()})
    return rows


def run_row(number: int) -> dict[str, Any]:
    row = {"id": number, "state": "done", "method": "guided", "recipe": "{}", "snapshot_sha256": "0" * 64}
    return {**row, "folder": f"runs/{number}", "version": f"v{number:04d}", "started": now()}
