"""The HTTP routes of making: projects, shots, briefs and takes, for everybody who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from feedback.production import briefs, cancellation, projects, render_queue, retrying, shots, takes
from generation.models.base_models import complete_fields
from ui.api.media import media_address
from ui.api.schemas import (
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
    TakeState,
)
from ui.context import OpenStudio
from ui.security.access import CurrentPerson


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
    """All projects: code, title, frame rate."""
    return [Project.model_validate(row) for row in projects.list_projects(studio)]


def show_shots(
    studio: OpenStudio,
    person: CurrentPerson,
    project: Annotated[str | None, Query(description="A project's code")] = None,
) -> list[Shot]:
    """All shots, or one project's."""
    return [Shot.model_validate(row) for row in shots.list_shots(studio, project)]


def post_brief(body: BriefBody, studio: OpenStudio, person: CurrentPerson) -> Brief:
    """Writes a brief for a shot; what it leaves open is what production usually draws."""
    fields = body.model_dump(exclude={"project", "shot", "prompt"}, exclude_none=True)
    shot = shots.find_shot(studio, body.shot, body.project)
    brief = briefs.write_brief(studio, shot["id"], body.prompt, author=person.name, **complete_fields(studio, fields))
    return Brief.model_validate(brief)


def post_takes(body: TakesBody, studio: OpenStudio, person: CurrentPerson) -> QueuedTakes:
    """Queues takes of a brief, to be drawn by whatever version is in production then."""
    if body.priority == "urgent":
        person.require("supervisor")
    seeds = [body.seed + k for k in range(body.takes)]
    priority = render_queue.PRIORITIES[body.priority]
    ids = render_queue.queue_takes(studio, body.brief, seeds, priority=priority)
    return QueuedTakes(brief=body.brief, takes=ids)


def post_cancel(body: CancelBody, studio: OpenStudio, person: CurrentPerson) -> Cancelled:
    """Withdraws takes that are queued or being drawn: of one's own briefs, or as a supervisor any. Doing it twice is fine."""
    actor, own_only = person.name, not person.at_least("supervisor")
    if body.takes is not None:
        outcome = cancellation.cancel_takes(studio, body.takes, actor=actor, own_only=own_only)
    else:
        assert body.brief is not None, "the body names one of the two"
        outcome = cancellation.cancel_brief(studio, body.brief, actor=actor, own_only=own_only)
    return Cancelled.model_validate(outcome)


def post_retry(body: RetryBody, studio: OpenStudio, person: CurrentPerson) -> Retried:
    """Queues takes that failed again: of one's own briefs, or as a supervisor any. Doing it twice is fine."""
    actor, own_only = person.name, not person.at_least("supervisor")
    if body.takes is not None:
        outcome = retrying.retry_takes(studio, body.takes, actor=actor, own_only=own_only)
    else:
        assert body.brief is not None, "the body names one of the two"
        outcome = retrying.retry_brief(studio, body.brief, actor=actor, own_only=own_only)
    return Retried.model_validate(outcome)


def show_takes(studio: OpenStudio, person: CurrentPerson, brief: Id) -> list[TakeState]:
    """The takes of a brief and how far they are; never which version draws them."""
    briefs.get_brief(studio, brief)
    return [
        TakeState(
            id=take["id"],
            state=take["state"],
            progress=take["progress"] or 0.0,
            error=take["error"],
            media=media_address(studio, take["rendition"]),
        )
        for take in takes.list_takes(studio, brief=brief)
    ]
