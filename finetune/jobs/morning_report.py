"""The morning report of a night: the file of each format in `runs/nights`, for supervisors.

It says of open trials that they are open, and no more: whoever may still vote reads it too.
"""

from __future__ import annotations

from pathlib import Path

from feedback.days import day_before_night
from feedback.durable_files import write_text
from feedback.models import nights
from feedback.report.morning import MorningReport, ReportOptions, morning_report
from feedback.report.rendering.render import markdown_cell, render_report
from feedback.store import Studio
from feedback.store.time_zone import time_zone
from finetune.jobs.night.stages import STAGES, StageLine, read_lines
from finetune.settings import DataSettings


def report_of_day(
    studio: Studio,
    date: str | None = None,
    *,
    project: str | None = None,
    person: int | None = None,
    options: ReportOptions | None = None,
) -> MorningReport:
    """Of a day of the studio's (2026-11-27), yesterday unless given, and the night after it; nights go by the default recipe.

    `project`, `person`: as `feedback.report.morning.morning_report` takes them.
    """
    least = DataSettings().min_pairs
    return morning_report(studio, least, date=date, project=project, person=person, options=options)


def write_report(studio: Studio, date: str, options: ReportOptions | None = None) -> Path:
    """The files `runs/nights/DATE.md`, `.html` and `.json`: of the nights that began on a date of the studio's (2026-11-27)
    and of the day that the last of them followed. Returns the first one.
    """
    began = nights.nights_of_day(studio, date)
    day = day_before_night(began[-1]["started"], time_zone(studio)) if began else date
    report = report_of_day(studio, day, options=options)
    path = studio.runs_folder / "nights" / f"{date}.md"
    for form in ("html", "json"):
        write_text(path.with_suffix(f".{form}"), render_report(studio, report, form))  # type: ignore[arg-type]
    write_text(path, render_report(studio, report, "md") + describe_stages(read_lines(studio, date)))
    return path


def describe_stages(lines: list[StageLine]) -> str:
    """Markdown: a table of how each stage of each night ended, in the last sitting that came to it; empty for no lines."""
    ended = {(line["night"] or 0, line["stage"]): line for line in lines if line["state"] != "started"}
    rows = [
        f"| {night} | {stage} | {line['state']} | {line['seconds']:.1f} | {markdown_cell(line['error'] or line['result'] or '')} |"
        for (night, stage), line in sorted(ended.items(), key=lambda each: (each[0][0], STAGES.index(each[0][1])))
    ]
    head = ["", "## Stages", "", "| Night | Stage | | Seconds | |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows, ""]) if rows else ""
