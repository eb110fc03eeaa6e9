"""The HTTP routes of making: briefs and takes for everybody, versions for supervisors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from feedback.models import versions
from feedback.people import accounts
from feedback.production import briefs, projects, render_queue, shots, takes
from feedback.trials import promotion, results
from generation.models.base_models import complete_shape
from ui.access import current_person, house_of, supervisor
from ui.api import PROBLEMS, media_address
from ui.api_models import BriefBody, Id, PromoteBody, QueuedTakes, TakesBody, TakeState

Person = Annotated[accounts.Person, Depends(current_person)]
Supervisor = Annotated[accounts.Person, Depends(supervisor)]


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["making"])
    router.add_api_route("/projects", show_projects, methods=["GET"])
    router.add_api_route("/shots", show_shots, methods=["GET"])
    router.add_api_route("/briefs", post_brief, methods=["POST"], status_code=201)
    router.add_api_route("/takes", post_takes, methods=["POST"], status_code=201, response_model=QueuedTakes)
    router.add_api_route("/takes", show_takes, methods=["GET"], response_model=list[TakeState])
    router.add_api_route("/versions", show_versions, methods=["GET"])
    router.add_api_route("/versions/promote", post_promotion, methods=["POST"], status_code=201)
    router.add_api_route("/versions/rollback", post_rollback, methods=["POST"], status_code=201)
    return router


def show_projects(request: Request, person: Person) -> Sequence[Mapping[str, Any]]:
    """All projects: code, title, frame rate."""
    return projects.list_projects(house_of(request).studio)


def show_shots(
    request: Request, person: Person, project: Annotated[str | None, Query(description="A project's code")] = None
) -> Sequence[Mapping[str, Any]]:
    """All shots, or one project's."""
    return shots.list_shots(house_of(request).studio, project)


def post_brief(request: Request, body: BriefBody, person: Person) -> dict[str, Any]:
    """Writes a brief for a shot; what it leaves open is what production usually draws."""
    studio, fields = house_of(request).studio, body.model_dump(exclude={"project", "shot", "prompt"}, exclude_none=True)
    shot = shots.find_shot(studio, body.shot, body.project)
    shape = complete_shape(studio, body.kind, body.width, body.height, body.frames)
    return briefs.write_brief(studio, shot["id"], body.prompt, author=person["name"], **{**fields, **asdict(shape)})


def post_takes(request: Request, body: TakesBody, person: Person) -> dict[str, Any]:
    """Queues takes of a brief, to be drawn by whatever version is in production then."""
    seeds = [body.seed + k for k in range(body.takes)]
    return {"brief": body.brief, "takes": render_queue.queue_takes(house_of(request).studio, body.brief, seeds)}


def show_takes(request: Request, person: Person, brief: Id) -> list[dict[str, Any]]:
    """The takes of a brief and how far they are; never which version draws them."""
    studio = house_of(request).studio
    briefs.get_brief(studio, brief)
    return [
        {key: take[key] for key in ("id", "state", "error")}
        | {"progress": take["progress"] or 0.0, "media": media_address(studio, take["rendition"])}
        for take in takes.list_takes(studio, brief=brief)
    ]


def show_versions(request: Request, person: Supervisor) -> Sequence[Mapping[str, object]]:
    """Every version, what it learned from and how its trial stands."""
    return results.describe_versions(house_of(request).studio, unblinded=True)


def post_promotion(request: Request, body: PromoteBody, person: Supervisor) -> dict[str, Any]:
    """Puts a candidate in production; refused until its trial's lower bound is above one half."""
    studio = house_of(request).studio
    promotion.promote(studio, body.version, person["id"])
    return {"production": versions.production_version(studio)}


def post_rollback(request: Request, person: Supervisor) -> dict[str, Any]:
    """Goes back to the version that was in production before."""
    studio = house_of(request).studio
    promotion.rollback(studio, person["id"])
    return {"production": versions.production_version(studio)}
