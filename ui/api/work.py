"""The HTTP routes of making: projects, shots, briefs and takes, for whoever sees the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from feedback.people.project_members import check_visible
from feedback.production import briefs, cancellation, projects, render_queue, retrying, shots, takes
from feedback.production.queue_limits import check_steps
from feedback.store import Studio
from generation.models.base_models import complete_fields
from ui.api.names import name_for, names_for, rendition_address, rendition_named, takes_named
from ui.api.schemas.common import (
    PROBLEMS,
    Brief,
    BriefBody,
    CancelBody,
    Cancelled,
    Id,
    Project,
    QueuedTakes,
    Retried,
    RetryBody,
    Shot,
    TakesBody,
    TakesOrBrief,
    TakeState,
)
from ui.context import OpenStudio, limits_of
from ui.security.access import CurrentPerson, Person


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["making"])
    router.add_api_route("/projects", show_projects, methods=["GET"])
    router.add_api_route("/shots", show_shots, methods=["GET"])
    router.add_api_route("/briefs", post_brief, methods=["POST"], status_code=201)
    router.add_api_route("/takes", post_takes, methods=["POST"], status_code=201)
    router.add_api_route("/takes", show_takes, methods=["GET"])
    router.add_api_route("/takes/cancel", post_cancel, methods=["POST"], status_code=201)
    router.add_api_route("/takes/retry", post_retry, methods=["POST"], status_code=201)
    return router


def show_projects(studio: OpenStudio, person: CurrentPerson) -> list[Project]:
    """The projects that you see: code, title, frame rate."""
    return [Project.model_validate(row) for row in projects.list_projects(studio, person.id)]


def show_shots(
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[str | None, Query(description="A project's code")] = None,
) -> list[Shot]:
    """The shots of all projects that you see, or of one."""
    if project is not None:
        check_visible(studio, person.id, "project", project)
    return [Shot.model_validate(row) for row in shots.list_shots(studio, project, person=person.id)]


def post_brief(request: Request, body: BriefBody, studio: OpenStudio, person: CurrentPerson) -> Brief:
    """Writes a brief for a shot; what it leaves open is what production usually draws."""
    fields = body.model_dump(exclude={"project", "shot", "prompt"}, exclude_none=True)
    for source in {"source_media", "mask_media"} & fields.keys():
        fields[source] = rendition_named(studio, person, fields[source]) or fields[source]
        check_visible(studio, person.id, "source", fields[source])
    shot = shots.find_shot(studio, body.shot, body.project, person=person.id)
    with studio.writing():  # a brief that is refused is not kept
        brief = briefs.write_brief(
            studio, shot["id"], body.prompt, author=person.name, **complete_fields(studio, fields)
        )
        check_steps(limits_of(request).queue, brief["steps"])
    return Brief.model_validate(brief)


def post_takes(request: Request, body: TakesBody, studio: OpenStudio, person: CurrentPerson) -> QueuedTakes:
    """Queues takes of a brief, to be drawn by whatever version is in production then."""
    check_visible(studio, person.id, "brief", body.brief)
    if body.priority == "urgent":
        person.require("supervisor")
    seeds = [body.seed + k for k in range(body.takes)]
    priority = render_queue.PRIORITIES[body.priority]
    limits = limits_of(request).queue
    ids = render_queue.queue_takes(studio, body.brief, seeds, priority=priority, person=person.id, limits=limits)
    return QueuedTakes(brief=body.brief, takes=names_for(studio, person, ids))


def post_cancel(body: CancelBody, studio: OpenStudio, person: CurrentPerson) -> Cancelled:
    """Withdraws takes that are queued or being drawn: of one's own briefs, or as a supervisor any. Doing it twice is fine."""
    outcome = change_takes(studio, person, body, cancellation.cancel_takes, cancellation.cancel_brief)
    return Cancelled.model_validate(outcome)


def post_retry(request: Request, body: RetryBody, studio: OpenStudio, person: CurrentPerson) -> Retried:
    """Queues takes that failed again: of one's own briefs, or as a supervisor any. Doing it twice is fine."""
    limits = limits_of(request).queue
    of_takes = partial(retrying.retry_takes, limits=limits)
    outcome = change_takes(studio, person, body, of_takes, partial(retrying.retry_brief, limits=limits))
    return Retried.model_validate(outcome)


def change_takes(
    studio: Studio,
    person: Person,
    body: TakesOrBrief,
    of_takes: Callable[..., Mapping[str, Any]],
    of_brief: Callable[..., Mapping[str, Any]],
) -> dict[str, list[int]]:
    """Some takes, or those of a brief; what became of which, each by the number that the person knows it by."""
    whose = {"actor": person.name, "own_only": not person.at_least("supervisor")}
    if body.takes is not None:
        with takes_named(studio, person, body.takes) as ids:
            outcome = of_takes(studio, ids, **whose)
        numbers = dict(zip(ids, body.takes, strict=True))
    else:
        assert body.brief is not None, "the body names one of the two"
        check_visible(studio, person.id, "brief", body.brief)
        outcome = of_brief(studio, body.brief, **whose)
        numbers = {take: name_for(studio, person, take) for ids in outcome.values() for take in ids}
    return {name: sorted(numbers[take] for take in ids) for name, ids in outcome.items()}


def show_takes(studio: OpenStudio, person: CurrentPerson, brief: Id) -> list[TakeState]:
    """The takes of a brief and how far they are; never which version draws them, nor to creatives their order."""
    check_visible(studio, person.id, "brief", brief)
    shown = [
        TakeState(
            id=name_for(studio, person, take["id"]),
            state=take["state"],
            progress=take["progress"] or 0.0,
            error=take["error"],
            media=rendition_address(studio, person, take),
        )
        for take in takes.list_takes(studio, brief=brief)
    ]
    return sorted(shown, key=lambda take: take.id)
