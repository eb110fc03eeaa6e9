"""Queueing a brief with its takes in one transaction: what is refused leaves no project, shot or brief behind."""

from __future__ import annotations

import secrets

from fastapi import Request

from feedback.errors import Invalid
from feedback.production import briefs, cancellation, projects, render_queue, shots
from feedback.production.queue_limits import QueueLimits
from feedback.production.shots import Shot
from feedback.store import Studio
from ui.api.briefs.checking import LARGEST_FIRST_SEED, check_form, split_place
from ui.api.schemas.briefs import FormBody, QueuedBrief
from ui.context import OpenStudio, limits_of
from ui.security.access import CurrentPerson, Person


def post_queue(request: Request, body: FormBody, studio: OpenStudio, person: CurrentPerson) -> QueuedBrief:
    """Writes a brief and queues its takes, with a shot and, for supervisors, a project that are new. All or nothing."""
    return queue_form(studio, person, body, limits_of(request).queue)


def queue_form(studio: Studio, person: Person, body: FormBody, limits: QueueLimits) -> QueuedBrief:
    checked = check_form(studio, person, body, limits)
    if checked.refusals:
        raise checked.refusals[0]
    fields = dict(checked.fields)
    count, seed = fields.pop("takes"), fields.pop("seed")
    first = secrets.randbelow(LARGEST_FIRST_SEED) if seed is None else seed
    with studio.writing():
        shot = find_or_add_shot(studio, person, body.place)
        brief = briefs.write_brief(studio, shot["id"], author=person.name, based_on=body.based_on, **fields)
        seeds = [first + k for k in range(count)]
        render_queue.queue_takes(studio, brief["id"], seeds, person=person.id, limits=limits)
        cancelled = replace_brief(studio, person, body.based_on) if body.replaces else 0
    return QueuedBrief(brief=brief["id"], takes=count, seed=first, cancelled=cancelled)


def find_or_add_shot(studio: Studio, person: Person, place: str) -> Shot:
    """Both made when they are new; whoever makes a project is its first member."""
    project, code = split_place(place)
    if project not in {row["code"] for row in projects.list_projects(studio, person.id)}:
        projects.add_project(studio, project, maker=person.name)
    known = {row["code"]: row for row in shots.list_shots(studio, project)}
    return known.get(code) or shots.add_shot(studio, project, code)


def replace_brief(studio: Studio, person: Person, brief: int | None) -> int:
    """Cancels what of it is not drawn yet; how many takes that were."""
    if brief is None:
        raise Invalid("replaces needs based_on, the brief that is replaced")
    own_only = not person.at_least("supervisor")
    return len(cancellation.cancel_brief(studio, brief, actor=person.name, own_only=own_only)["cancelled"])
