"""The routes of shots."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from feedback.exchange.edit.shot_ranges import plates_of_shots
from feedback.people.project_members import check_visible
from feedback.production import archiving, shots
from feedback.store import Studio
from feedback.store.media import MediaFile
from generation.models.lengths import lengths_of_shots
from ui.api.projects.projects import Archived
from ui.api.schemas.briefs import Source
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
    return with_cuts(studio, rows)


def with_cuts(studio: Studio, rows: list[shots.Shot]) -> list[Shot]:
    """With what an imported cut says of them."""
    lengths, plates = lengths_of_shots(studio, rows), plates_of_shots(studio)
    return [
        Shot.model_validate(
            {
                **row,
                "cut_frames": lengths[row["id"]].drawn if row["id"] in lengths else None,
                "plate": source_of(plates[row["id"]]) if row["id"] in plates else None,
            }
        )
        for row in rows
    ]


def source_of(plate: MediaFile) -> Source:
    address = f"/media/{plate['sha256']}.{plate['ext'].lstrip('.')}"
    sides = {"width": plate["width"], "height": plate["height"]}
    return Source(**sides, is_clip=plate["frames"] > 1, mask=False, media=address)


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
