"""The morning report: what the nights of a day did, as Markdown, for supervisors.

It says of open trials what the lines of the night say, and no more: whoever may still vote reads it too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from feedback.clock import now
from feedback.durable_files import write_text
from feedback.models import nights, runs, versions
from feedback.store import Studio
from finetune.jobs.night.stages import STAGES, StageLine, read_lines

WARNINGS = ("draw", "advance", "trial", "prompts")  # stages whose lines are for people


def write_report(studio: Studio, date: str) -> Path:
    """The file `runs/nights/DATE.md` of the nights that began on a day (UTC, such as 2026-11-27)."""
    path = studio.runs_folder / "nights" / f"{date}.md"
    write_text(path, describe_day(studio, date))
    return path


def describe_day(studio: Studio, date: str) -> str:
    """Markdown: a section a night, with its run, its version, its lines and its stages."""
    lines = read_lines(studio, date)
    title = [f"# {studio.setting('name') or studio.folder.name}: the night of {date}"]
    parts = [describe_night(studio, night, lines) for night in nights.nights_of_day(studio, date)]
    if not parts:
        return f"{title[0]}\n\nNo night began on this day.\n"
    production = f"In production: {versions.production_version(studio)}."
    return "\n\n".join([*title, production, *parts, f"Written {now()[:16].replace('T', ' ')} UTC."]) + "\n"


def describe_night(studio: Studio, night: nights.Night, lines: list[StageLine]) -> str:
    whose = [f"for {night['person']}"] if night["person"] else []
    whose += [f"on project {cell(night['project'])}"] if night["project"] else []
    heading = " ".join([f"## Night {night['id']}", *whose])
    parts = [heading, describe_learning(studio, night["results"].get("learn"))]
    events = [f"- {line}" for stage in WARNINGS for line in night["results"].get(stage, {}).get("lines", [])]
    parts += ["\n".join(events)] if events else []
    if night["sittings"] > 1:
        parts.append(f"It was interrupted, and begun {night['sittings']} times.")
    return "\n\n".join([*parts, describe_stages([line for line in lines if line["night"] == night["id"]])])


def describe_learning(studio: Studio, learned: dict[str, Any] | None) -> str:
    if learned is None:
        return "It has not come to learning."
    if learned["state"] == "unchanged":
        return f"Nothing new: {learned['reason']}."
    if learned["state"] == "refused":
        return f"No version was made. {learned['reason']}"
    metrics = runs.get_run(studio, learned["run"])["metrics"] or {}
    rows = [f"| {name} | {shown} |" for name, shown in numbers_of(metrics)]
    made = f"**{learned['version']}** is a candidate, of run {learned['run']}."
    return "\n".join([made, "", "| | |", "|---|---|", *rows])


def numbers_of(metrics: dict[str, Any]) -> list[tuple[str, str]]:
    """What a run learned from, and what came of it, as far as it was measured."""
    named = [
        ("judgements", "judgements", "{}"),
        ("people", "people", "{}"),
        ("pairs to learn from", "train_pairs", "{}"),
        ("held-out accuracy", "heldout_accuracy", "{:.2f}"),
        ("held-out pairs", "heldout_pairs", "{}"),
        ("steps", "steps", "{}"),
        ("strength", "strength", "{:g}"),
        ("measured gain", "measured_gain", "{:.2f}"),
        ("content kept", "kept_content", "{:.3f}"),
        ("seconds", "seconds", "{:.0f}"),
    ]
    return [(name, form.format(metrics[key])) for name, key, form in named if metrics.get(key) is not None]


def describe_stages(lines: list[StageLine]) -> str:
    """A table of how each stage ended, in the last sitting that came to it."""
    ended = {line["stage"]: line for line in lines if line["state"] != "started"}
    rows = [
        f"| {stage} | {line['state']} | {line['seconds']:.1f} | {cell(line['error'] or line['result'])} |"
        for stage, line in sorted(ended.items(), key=lambda each: STAGES.index(each[0]))
    ]
    return "\n".join(["| Stage | | Seconds | |", "|---|---|---|---|", *rows])


def cell(text: str | None) -> str:
    """On one line, and no end of a cell."""
    return " ".join((text or "").split()).replace("|", "\\|")
