"""The HTTP routes about the service itself: whether it is up, who asks, how much is waiting."""

from __future__ import annotations

from fastapi import APIRouter, Request

from feedback.models import versions
from feedback.production import render_queue
from ui.api.schemas.common import Health, Me, Queue, State
from ui.context import OpenStudio, context_of
from ui.security.access import CurrentPerson


def routes() -> APIRouter:
    router = APIRouter(tags=["service"])
    router.add_api_route("/healthz", check_health, methods=["GET"])
    router.add_api_route("/api/me", show_me, methods=["GET"])
    router.add_api_route("/api/state", show_state, methods=["GET"], response_model_exclude_none=True)
    return router


def check_health() -> Health:
    """For load balancers and scripts; says nothing about the studio."""
    return Health(status="ok")


def show_me(request: Request, person: CurrentPerson) -> Me:
    """Who is asking."""
    return Me(name=person.name, role=person.role, demo=context_of(request).demo)


def show_state(studio: OpenStudio, person: CurrentPerson) -> State:
    """How many takes of your projects are waiting, being drawn, done and failed; what stands in their way; which version
    draws next."""
    queue = Queue.model_validate(render_queue.queue_state(studio, person.id))
    return State(
        queue=queue, obstacle=render_queue.obstacle(studio, person.id), production=versions.production_version(studio)
    )
