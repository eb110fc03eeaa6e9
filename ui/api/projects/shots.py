"""The routes of shots."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from feedback.people.project_members import check_visible
from feedback.production import archiving, shots
from ui.api.projects.projects import Archived
from ui.api.schemas.common import Id
from ui.api.schemas.projects import Shot, ShotBody, ShotChange
from ui.context import OpenStudio
from ui.security.access import CurrentPerson


def show_shots(
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[str | None, Query(description="A project's code")] = None,
    archived: Archived = False,
) -> list[Shot]:
    """The shots of all projects that you see, or of one, in the order of the cut."""
    if project is not None:
        check_visible(studio, person.id, "project", project)
    if archived:
        person.require("supervisor")
    rows = shots.list_shots(studio, project, person=person.id, archived=archived)
    return [Shot.model_validate(row) for row in rows]


def post_shot(body: ShotBody, studio: OpenStudio, person: CurrentPerson) -> Shot:
    """Makes a shot in a project that you see."""
    check_visible(studio, person.id, "project", body.project)
    made = shots.add_shot(
        studio, body.project, body.code, body.title, body.fps, sequence=body.sequence, position=body.position
    )
    return Shot.model_validate(made)


def patch_shot(shot: Id, body: ShotChange, studio: OpenStudio, person: CurrentPerson) -> Shot:
    """Changes a shot, archives it or brings it back; for supervisors."""
    check_visible(studio, person.id, "shot", shot)
    person.require("supervisor")
    with studio.writing():
        shots.set_shot(studio, shot, **body.model_dump(exclude={"archived"}))
        if body.archived is True:
            archiving.archive_shot(studio, shot, actor=person.name)
        elif body.archived is False:
            archiving.unarchive_shot(studio, shot, actor=person.name)
        return Shot.model_validate(shots.get_shot(studio, shot))
