"""The HTTP routes of making: briefs as scripts write them, and takes, for whoever sees the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request

from feedback.people.project_members import check_visible
from feedback.production import briefs, cancellation, render_queue, retrying, shots, takes
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
    QueuedTakes,
    Retried,
    RetryBody,
    TakesBody,
    TakesOrBrief,
    TakeState,
)
from ui.context import OpenStudio, limits_of
from ui.security.access import CurrentPerson, Person


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["making"])
    router.add_api_route("/briefs", post_brief, methods=["POST"], status_code=201)
    router.add_api_route("/takes", post_takes, methods=["POST"], status_code=201)
    router.add_api_route("/takes", show_takes, methods=["GET"])
    router.add_api_route("/takes/cancel", post_cancel, methods=["POST"], status_code=201)
    router.add_api_route("/takes/retry", post_retry, methods=["POST"], status_code=201)
    return router


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
    ways = (cancellation.cancel_takes, cancellation.cancel_brief, cancellation.cancel_waiting)
    outcome = change_takes(studio, person, body, *ways)
    return Cancelled.model_validate(outcome)


def post_retry(request: Request, body: RetryBody, studio: OpenStudio, person: CurrentPerson) -> Retried:
    """Queues takes that failed again: of one's own briefs, or as a supervisor any. Doing it twice is fine."""
    limits = limits_of(request).queue
    ways = (retrying.retry_takes, retrying.retry_brief, retrying.retry_failed)
    outcome = change_takes(studio, person, body, *(partial(way, limits=limits) for way in ways))
    return Retried.model_validate(outcome)


def change_takes(
    studio: Studio,
    person: Person,
    body: TakesOrBrief,
    of_takes: Callable[..., Mapping[str, Any]],
    of_brief: Callable[..., Mapping[str, Any]],
    of_all: Callable[..., Mapping[str, Any]],
) -> dict[str, list[int]]:
    """Some takes, those of a brief or all; what became of which, each by the number that the person knows it by."""
    whose = {"actor": person.name, "own_only": not person.at_least("supervisor")}
    if body.takes is not None:
        with takes_named(studio, person, body.takes) as ids:
            outcome = of_takes(studio, ids, **whose)
        numbers = dict(zip(ids, body.takes, strict=True))
    else:
        if body.brief is None:
            if body.all == "everybody":
                person.require("supervisor")
            author = person.name if body.all == "mine" else None
            outcome = of_all(studio, person.id, author, actor=person.name)
        else:
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
