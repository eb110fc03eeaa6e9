"""The routes of projects."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from feedback.exchange.edit.settings import edit_settings, set_edit_settings
from feedback.people.project_members import check_theirs
from feedback.production import archiving, projects
from feedback.rights.project_rules import CREDENTIALS, PASSPORT, PLATES, set_rule
from ui.api.schemas.common import Code
from ui.api.schemas.projects import EditSettings, Project, ProjectBody, ProjectChange
from ui.context import OpenStudio
from ui.security.access import CurrentPerson

Archived = Annotated[bool, Query(description="With those that are archived; for supervisors.")]


def show_projects(studio: OpenStudio, person: CurrentPerson, archived: Archived = False) -> list[Project]:
    """The projects that you see: code, title, frame rate."""
    if archived:
        person.require("supervisor")
    return [Project.model_validate(row) for row in projects.list_projects(studio, person.id, archived=archived)]


def post_project(body: ProjectBody, studio: OpenStudio, person: CurrentPerson) -> Project:
    """Makes a project, of which you are the first member; for supervisors."""
    person.require("supervisor")
    return Project.model_validate(projects.add_project(studio, body.code, body.title, body.fps, maker=person.name))


def show_edit_settings(code: Code, studio: OpenStudio, person: CurrentPerson) -> EditSettings:
    """How a project's selects are written for the edit; for supervisors who see it."""
    check_theirs(studio, person.id, code)
    person.require("supervisor")
    return EditSettings.model_validate(edit_settings(studio, code).as_given())


def patch_project(code: Code, body: ProjectChange, studio: OpenStudio, person: CurrentPerson) -> Project:
    """Changes a project, archives it or brings it back; for supervisors who see it."""
    check_theirs(studio, person.id, code)
    person.require("supervisor")
    with studio.writing():
        projects.set_project(studio, code, title=body.title, fps=body.fps)
        if body.edit is not None:
            set_edit_settings(studio, code, **body.edit.model_dump())
        given = {PASSPORT: body.passport_policy, PLATES: body.plate_policy, CREDENTIALS: body.credentials}
        for rule, policy in given.items():
            if policy is not None:
                set_rule(studio, code, rule, policy, actor=person.name)
        if body.archived is True:
            archiving.archive_project(studio, code, actor=person.name)
        elif body.archived is False:
            archiving.unarchive_project(studio, code, actor=person.name)
        return Project.model_validate(projects.get_project(studio, code))
