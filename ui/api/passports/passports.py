"""The routes of passports and of the record of exports."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from feedback.people.project_members import check_visible
from feedback.rights import export_record
from feedback.rights.passport import passport_of
from ui.api.names import takes_named
from ui.api.schemas.common import Code, Id, Row
from ui.api.take_details import shown_take
from ui.context import OpenStudio
from ui.security.access import CurrentPerson


class Passport(Row):
    """All parts are described in docs/passport.md."""

    take: int
    project: str
    shot: str
    missing: list[str] = Field(description="What it lacks to be complete, each with what to do.")
    complete: bool


class ExportRecord(Row):
    """An export that was written, or begun."""

    id: int
    project: str | None = Field(description="null: of the whole studio.")
    format: str
    path: str
    person: str | None = Field(description="null: the command line.")
    policy: str = Field(description="What the project asked of passports then.")
    signed_by: str | None = Field(description="Whose Content Credentials are in it.")
    created: str
    finished: str | None = Field(description="null: it was broken off, and may have left files all the same.")
    takes: int = Field(description="How many takes it held.")


def show_passport(response: Response, take: Id, studio: OpenStudio, person: CurrentPerson) -> Passport:
    """How a take was made, from what, on which grounds, who decided what, what it is for, and what is missing."""
    response.headers["Cache-Control"] = "no-store"
    with takes_named(studio, person, [take]) as (named,):
        person.require("supervisor")
        return Passport.model_validate(passport_of(studio, shown_take(studio, named)["id"]))


def show_exports(
    studio: OpenStudio, person: CurrentPerson, project: Annotated[Code, Query(description="The project's code")]
) -> list[ExportRecord]:
    """What was exported of a project, oldest first."""
    check_visible(studio, person.id, "project", project)
    person.require("supervisor")
    return [ExportRecord.model_validate(row) for row in export_record.list_exports(studio, project)]
