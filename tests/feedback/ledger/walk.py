"""What rests on a consent, found row by row in Python: slow, and by other means than the product's questions in SQL."""

from __future__ import annotations

import json
from typing import Any

from feedback.store import Studio


def walk(studio: Studio, number: int) -> dict[str, set]:
    tables = {
        name: studio.rows(f"SELECT * FROM {name}")
        for name in (
            *("consents", "consent_projects", "brief_contributors", "item_contributors", "title_contributors"),
            "outside_takes",
            *("library_items", "library_files", "briefs", "shots", "takes", "ballots", "ratings", "statuses", "tags"),
            *("run_judgements", "run_library_items", "versions", "selects"),
            *("exports", "export_takes"),
        )
    }
    by_id = {name: {row["id"]: row for row in rows if "id" in row} for name, rows in tables.items()}
    consent = by_id["consents"][number]
    who = consent["contributor"]
    titles = {row["title"] for row in tables["title_contributors"] if row["contributor"] == who}
    items = {row["item"] for row in tables["item_contributors"] if row["contributor"] == who}
    items |= {i["id"] for i in tables["library_items"] if by_id["library_files"][i["file"]]["title"] in titles}
    briefs = {row["brief"] for row in tables["brief_contributors"] if row["contributor"] == who}
    items = items if consent["subject"] in ("likeness", "work") else set()
    briefs = briefs if consent["subject"] in ("likeness", "style") else set()
    frames = [by_id["library_items"][item] for item in items]
    pictures = {frame[name] for frame in frames for name in ("media", "proxy")} - {None}
    pictures |= {by_id["library_files"][frame["file"]]["sha256"] for frame in frames}
    if consent["subject"] in ("likeness", "work"):
        pictures |= {file["sha256"] for file in tables["library_files"] if file["title"] in titles}
    briefs |= {row["brief"] for row in tables["outside_takes"] if row["original"] in pictures}
    while True:
        files = ("media", "rendition", "poster", "rendition_poster")
        made = {t[name] for t in tables["takes"] if t["brief"] in briefs for name in files} - {None}
        more = {b["id"] for b in tables["briefs"] if {b["source_media"], b["mask_media"]} & (pictures | made)}
        if more <= briefs:
            break
        briefs |= more
    limited = {row["project"] for row in tables["consent_projects"] if row["consent"] == number}
    if limited:
        briefs = {b for b in briefs if by_id["shots"][by_id["briefs"][b]["shot"]]["project"] in limited}
    takes = {t["id"] for t in tables["takes"] if t["brief"] in briefs}
    runs = {row["run"] for row in tables["run_library_items"] if row["item"] in items}
    runs |= {row["run"] for row in tables["run_judgements"] if takes & takes_of(row, by_id)}
    runs = runs if consent["training"] else set()
    versions = {v["name"] for v in tables["versions"] if runs_of(v, tables["versions"]) & runs}
    shown = takes if consent["drawing"] else set()
    shown |= {t["id"] for t in tables["takes"] if t["state"] == "done" and t["version"] in versions}
    latest = {(s["shot"], s["take"]): s for s in sorted(tables["selects"], key=lambda row: row["id"])}
    selects = {s["id"] for s in latest.values() if not s["removed"] and s["take"] in shown}
    exports = {row["export"] for row in tables["export_takes"] if row["take"] in shown}
    touched = {"briefs": briefs, "items": items, "runs": runs, "versions": versions, "takes": shown}
    return {**touched, "selects": selects, "exports": exports}


def takes_of(row: dict[str, Any], by_id: dict[str, dict]) -> set[int]:
    table = {"ballot": "ballots", "rating": "ratings", "status": "statuses", "tag": "tags"}[row["kind"]]
    judged = by_id[table][row["judgement"]]
    return {judged[name] for name in ("left", "right", "take") if name in judged}


def runs_of(version: dict[str, Any], versions: list[dict]) -> set[int | None]:
    folders = {adapter["folder"].split("/")[-1] for adapter in json.loads(version["adapters"])}
    return {version["run"], *(each["run"] for each in versions if each["name"] in folders)} - {None}
