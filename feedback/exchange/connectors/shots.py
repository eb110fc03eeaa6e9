"""Shots as the tracker has them, with sequence, place, rate and frames, become shots of a project here."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from feedback.errors import Refused
from feedback.exchange.connectors.links import add_link, link_of, link_to
from feedback.exchange.connectors.report import Report
from feedback.exchange.connectors.tracker import TheirShot, Tracker
from feedback.production import shots
from feedback.production.projects import get_project
from feedback.store import Studio

FIELDS = ("sequence", "position", "fps")  # of a shot there, what is a shot's here


def code_of(shot: TheirShot) -> str:
    """A shot's name there is one of its sequence alone; here it is one of the project: `SQ01_SH010`."""
    name, sequence = clean(shot.name), clean(shot.sequence)
    return name if not sequence or name.startswith(sequence) else f"{sequence}_{name}"


def clean(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", text.strip()).strip("_.-")


def pull_shots(studio: Studio, tracker: Tracker, project: str, their_project: str, report: Report) -> None:
    """Makes those that are missing in the project (code) and changes those that changed there since.

    What somebody changed here, and nobody there, stays. A shot that cannot be one here is named in the report.
    """
    get_project(studio, project)
    listed = tracker.list_shots(their_project)
    there = {shot.id for shot in listed}
    for shot in listed:
        try:
            pull_shot(studio, tracker.site, project, shot, there, report)
        except Refused as refusal:
            report.left.append(f"shot {shot.sequence}/{shot.name}: {refusal}")
        report.shots.append({**asdict(shot), "code": code_of(shot)})


def pull_shot(studio: Studio, site: str, project: str, shot: TheirShot, there: set[str], report: Report) -> None:
    """`there`: ids of all shots that there are."""
    link = link_to(studio, site, "shot", shot.id)
    fields = asdict(shot)
    if link is not None and link.detail == fields:
        return
    with studio.writing():
        if link is not None and link.ours is not None:
            changed = {
                name: fields[name]
                for name in FIELDS
                if fields[name] != link.detail.get(name) and fields[name] is not None
            }
            if changed:
                shots.set_shot(studio, link.ours, **with_clean_sequence(changed))
                report.shots_changed += 1
            number = link.ours
        else:
            number = shot_here(studio, project, shot, report)
            other = link_of(studio, site, "shot", number)
            if other is not None and other.theirs in there:
                raise Refused(f"{code_of(shot)} is another shot of theirs already: rename one of the two there")
        add_link(studio, site, "shot", number, shot.id, made_here=False, detail=fields)


def shot_here(studio: Studio, project: str, shot: TheirShot, report: Report) -> int:
    """The id of the shot of that code, made where there is none."""
    code = code_of(shot)
    there = next((each for each in shots.list_shots(studio, project, archived=True) if each["code"] == code), None)
    if there is not None:
        return there["id"]
    more: dict[str, Any] = with_clean_sequence({"sequence": shot.sequence, "position": shot.position})
    made = shots.add_shot(studio, project, code, fps=shot.fps, **more)
    report.shots_made += 1
    return made["id"]


def with_clean_sequence(fields: dict[str, Any]) -> dict[str, Any]:
    return {**fields, "sequence": clean(fields["sequence"])} if "sequence" in fields else fields
