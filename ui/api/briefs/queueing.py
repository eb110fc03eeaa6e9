"""Queueing a brief with its takes in one transaction: what is refused leaves no project, shot, brief or file behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated

from fastapi import File, Form, Request, UploadFile
from pydantic import ValidationError

from feedback.errors import Invalid
from feedback.production import briefs, cancellation, projects, render_queue, shots
from feedback.production.queue_limits import QueueLimits
from feedback.production.shots import Shot
from feedback.rights.checks import check_drawing
from feedback.rights.licences import license_media
from feedback.store import Studio
from feedback.wordings.rewrites import try_rewrite
from generation.media.sources import MeasuredFile, measure_file, measure_mask, name_of_file
from ui.api.briefs.checking import LARGEST_FIRST_SEED, check_form
from ui.api.briefs.starting import Kept, kept_source, split_place
from ui.api.errors import describe
from ui.api.schemas.briefs import FormBody, Picture, QueuedBrief
from ui.context import OpenStudio, limits_of
from ui.security.access import CurrentPerson, Person

LONGEST_FORM = 256 * 1024  # characters of a form's JSON


def post_queue(request: Request, body: FormBody, studio: OpenStudio, person: CurrentPerson) -> QueuedBrief:
    """Writes a brief and queues its takes, with a shot and, for supervisors, a project that are new. All or nothing."""
    return queue_form(studio, person, body.model_copy(update={"source": None, "mask": None}), limits_of(request).queue)


def post_queue_with_files(
    request: Request,
    studio: OpenStudio,
    person: CurrentPerson,
    brief: Annotated[str, Form(max_length=LONGEST_FORM, description="The JSON that /api/briefs/queue takes.")],
    source: Annotated[UploadFile | None, File(description="PNG, JPEG, WebP or MP4.")] = None,
    mask: Annotated[UploadFile | None, File(description="Of the source: what is white is drawn.")] = None,
) -> QueuedBrief:
    """The same with the files that it starts from, which are kept with it, or not at all."""
    body = read_form(brief)
    files = [
        None if file is None else measured(file, measure)
        for file, measure in ((source, measure_file), (mask, measure_mask))
    ]
    sent = dict(zip(("source", "mask"), map(describe_file, files), strict=True))
    return queue_form(studio, person, body.model_copy(update=sent), limits_of(request).queue, *files)


def read_form(text: str) -> FormBody:
    try:
        return FormBody.model_validate_json(text)
    except ValidationError as reason:
        raise Invalid(describe(dict(reason.errors()[0]))) from None


def measured(file: UploadFile, measure: Callable[[bytes, str], MeasuredFile]) -> MeasuredFile:
    return measure(file.file.read(), name_of_file(file.filename or "the file"))


def describe_file(file: MeasuredFile | None) -> Picture | None:
    return None if file is None else Picture(width=file.width, height=file.height, frames=file.frames)


def queue_form(
    studio: Studio,
    person: Person,
    body: FormBody,
    limits: QueueLimits,
    source: MeasuredFile | None = None,
    mask: MeasuredFile | None = None,
) -> QueuedBrief:
    checked = check_form(studio, person, body, limits)
    if checked.refusals:
        raise checked.refusals[0]
    fields = dict(checked.fields)
    count, seed = fields.pop("takes"), fields.pop("seed")
    first = secrets.randbelow(LARGEST_FIRST_SEED) if seed is None else seed
    with studio.writing():
        shot = find_or_add_shot(studio, person, body.place)
        brief = briefs.write_brief(studio, shot["id"], author=person.name, based_on=body.based_on, **fields)
        kept = kept_source(studio, person, body)
        check_licence(person, body, kept)
        if kept is not None:  # before its takes are queued, which its licences and consents may not allow
            license_file(studio, person, body, kept.source)
            briefs.give_source(studio, brief["id"], kept.source, kept.mask, checked.strength, kept.take)
        queue_wordings(studio, person, body, brief["id"], [first + k for k in range(count)], limits)
        cancelled = replace_brief(studio, person, body.based_on) if body.replaces else 0
        # Last: a file, unlike a row, stays when the rest is refused.
        keep_files(studio, person, body, brief["id"], kept, checked.strength, source, mask)
    return QueuedBrief(brief=brief["id"], takes=count, seed=first, cancelled=cancelled, both=body.rewrite is not None)


def queue_wordings(
    studio: Studio, person: Person, body: FormBody, brief: int, seeds: list[int], limits: QueueLimits
) -> None:
    """Takes of the brief as it was written, and with the same seeds of the rewrite that is tried."""
    if body.rewrite is None:
        render_queue.queue_takes(studio, brief, seeds, person=person.id, limits=limits)
        return
    try_rewrite(studio, brief, body.rewrite.writer, body.rewrite.prompt, seeds, person=person.id, limits=limits)


def check_licence(person: Person, body: FormBody, kept: Kept | None) -> None:
    if body.licence is None:
        return
    person.require("supervisor")
    if kept is not None and kept.take is not None:
        raise Invalid("licence is for a plate or a file: a take has what it was made from")


def license_file(studio: Studio, person: Person, body: FormBody, file: str) -> None:
    if body.licence is not None:
        license_media(studio, file, body.licence, person=person.id, actor=person.name)


def keep_files(
    studio: Studio,
    person: Person,
    body: FormBody,
    brief: int,
    kept: Kept | None,
    strength: float | None,
    source: MeasuredFile | None,
    mask: MeasuredFile | None,
) -> None:
    """A mask counts in place of the one that came with a source of the studio."""
    masked = None if mask is None else mask.store(studio)
    if kept is not None and masked is not None:
        briefs.give_source(studio, brief, kept.source, masked, strength, kept.take)
    elif kept is None and source is not None:
        file = source.store(studio)
        license_file(studio, person, body, file)
        briefs.give_source(studio, brief, file, masked, strength)
        check_drawing(studio, brief)


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
