"""What a brief starts from where no file is sent: the plate of its shot, a take, a file of the studio, or another brief's.

A take is there for whoever may write a note on it, takes of open trials too: somebody who was told that one of two takes
cannot be started from would know that they are of a trial. What is started from is its rendition, which carries no version.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Query, Response

from feedback.errors import Invalid, NotFound
from feedback.exchange.edit.shot_ranges import plate_of
from feedback.fields import shown
from feedback.people.project_members import check_visible
from feedback.production import shots
from feedback.production.briefs import get_brief
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio, media
from ui.api.names import rendition_address, rendition_named, takes_named
from ui.api.schemas.briefs import FormBody, TakeToStartFrom
from ui.api.schemas.common import Id
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person


class Kept(NamedTuple):
    """Files of the studio that a brief starts from (sha256s)."""

    source: str
    mask: str | None = None
    take: int | None = None  # whose picture the source is


def kept_source(studio: Studio, person: Person, body: FormBody) -> Kept | None:
    """None where a file comes with the brief, or it starts from nothing.

    NotFound: there is no such plate, take or file, or it is none of the person's. Invalid: more than one is named.
    """
    named = [body.uses_plate, body.keeps_source, body.source_take is not None, body.source_media is not None]
    if sum(named) > 1:
        raise Invalid("a brief starts from one thing: give uses_plate, keeps_source, source_take or source_media alone")
    if body.uses_plate:
        return Kept(plate_named(studio, body.place))
    if body.source_take is not None:
        with takes_named(studio, person, [body.source_take]) as (take,):
            return Kept(rendition_of(studio, take), take=take)
    if body.source_media is not None:
        file = rendition_named(studio, person, body.source_media) or body.source_media
        check_visible(studio, person.id, "source", file)
        return Kept(media.describe(studio, file)["sha256"])
    return of_other_brief(studio, body) if body.keeps_source else None


def of_other_brief(studio: Studio, body: FormBody) -> Kept:
    if body.based_on is None:
        raise Invalid("keeps_source needs based_on, the brief whose source it is")
    brief = get_brief(studio, body.based_on)
    if brief["source_media"] is None:
        raise Invalid(f"brief {body.based_on} has no source to keep")
    return Kept(brief["source_media"], brief["mask_media"], brief["source_take"])


def rendition_of(studio: Studio, take: int) -> str:
    """What is shown of a take that is done."""
    rendition = get_judgeable_take(studio, take)["rendition"]
    if rendition is None:
        raise Invalid(f"take {take} shows nothing, so nothing can start from it")
    return rendition


def plate_named(studio: Studio, place: str) -> str:
    """sha256 of the plate of PROJECT/SHOT."""
    project, code = split_place(place)
    plate = plate_of(studio, shots.find_shot(studio, code, project)["id"])
    if plate is None:
        raise NotFound(f"shot {place} has no plate: choose a file, or import a cut that names one")
    return plate


def split_place(place: str) -> tuple[str, str]:
    project, slash, code = place.strip().partition("/")
    if not slash:
        raise Invalid(f"{shown(place)} is no shot; choose one, or write PROJECT/SHOT to make a new one")
    return project, code


def show_take_to_start_from(
    response: Response,
    studio: OpenStudio,
    person: CurrentPerson,
    take: Annotated[Id, Query(description="As it was sent to you.")],
) -> TakeToStartFrom:
    """A take's picture and what it was asked for, to begin a brief with. Nothing of its version or seed."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        row = get_judgeable_take(studio, named)
        brief = get_brief(studio, row["brief"])
        file = media.describe(studio, rendition_of(studio, named))
    return TakeToStartFrom(
        take=take,
        media=rendition_address(studio, person, row) or "",
        place=f"{brief['project_code']}/{brief['shot_code']}",
        prompt=brief["prompt"],
        negative_prompt=brief["negative_prompt"],
        kind=brief["kind"],
        width=file["width"],
        height=file["height"],
        frames=file["frames"],
        fps=round(brief["fps_num"] / brief["fps_den"], 3),
        steps=brief["steps"],
        guidance=brief["guidance"],
        guidance_2=brief["guidance_2"],
    )
