"""Putting projects and shots away: they leave lists, boards, dealing and the queue, and nothing is deleted.

What was judged stays in the record, and tuning goes on learning from it.
"""

from __future__ import annotations

from feedback.clock import now
from feedback.production.cancellation import Cancellation, cancel_of_shots
from feedback.production.projects import Project, get_project
from feedback.production.shots import Shot, get_shot
from feedback.store import Studio, audit_log


def archive_project(studio: Studio, code: str, *, actor: str) -> Cancellation:
    """Archives it; twice is fine. What of it waits to be drawn is cancelled, but for takes of open trials."""
    with studio.writing() as db:
        project = get_project(studio, code)
        if project["archived"] is None:
            db.table("projects").update(project["id"], {"archived": now()})
            audit_log.record(studio, actor, "project.archive", code, {})
        rows = studio.rows("SELECT id FROM shots WHERE project = ?", (project["id"],))
        return cancel_of_shots(studio, [row["id"] for row in rows], actor=actor)


def unarchive_project(studio: Studio, code: str, *, actor: str) -> Project:
    """Brings it back as it was; twice is fine. What was cancelled stays cancelled."""
    with studio.writing() as db:
        project = get_project(studio, code)
        if project["archived"] is not None:
            db.table("projects").update(project["id"], {"archived": None})
            audit_log.record(studio, actor, "project.unarchive", code, {})
        return get_project(studio, code)


def archive_shot(studio: Studio, shot_id: int, *, actor: str) -> Cancellation:
    """Likewise one shot; it is then in no cut and in no export either."""
    with studio.writing() as db:
        shot = get_shot(studio, shot_id)
        if shot["archived"] is None:
            db.table("shots").update(shot_id, {"archived": now()})
            audit_log.record(studio, actor, "shot.archive", f"{shot['project_code']}/{shot['code']}", {})
        return cancel_of_shots(studio, [shot_id], actor=actor)


def unarchive_shot(studio: Studio, shot_id: int, *, actor: str) -> Shot:
    with studio.writing() as db:
        shot = get_shot(studio, shot_id)
        if shot["archived"] is not None:
            db.table("shots").update(shot_id, {"archived": None})
            audit_log.record(studio, actor, "shot.unarchive", f"{shot['project_code']}/{shot['code']}", {})
        return get_shot(studio, shot_id)
