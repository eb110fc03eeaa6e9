"""The HTTP routes of nights that are started by hand, and of what a version draws before and after; for supervisors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import FileResponse

from feedback.errors import NotFound
from feedback.fields import shown
from feedback.models import before_after
from feedback.store import audit_log
from finetune.jobs.night_process import NightProcess
from ui.api.schemas.common import PROBLEMS, Code
from ui.api.schemas.nights import BeforeAfter, Comparison, Night
from ui.context import OpenStudio, context_of
from ui.security.access import Supervisor

CACHE = "private, max-age=31536000, immutable"  # a version's pictures are drawn once
MIMES = {".png": "image/png", ".mp4": "video/mp4"}
VersionName = Annotated[Code, Path()]


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    router.add_api_route("/api/nights", show_night, methods=["GET"])
    router.add_api_route("/api/nights", post_night, methods=["POST"], status_code=201)
    router.add_api_route("/api/nights/stop", post_stop, methods=["POST"])
    router.add_api_route("/api/versions/{version}/before-after", show_before_after, methods=["GET"])
    router.add_api_route(
        "/api/versions/{version}/before-after/{number}/{side}",
        send_picture,
        methods=["GET"],
        response_class=FileResponse,
    )
    return router


def nights_of(request: Request) -> NightProcess:
    """NotFound where the server draws nothing itself, and so tunes nothing."""
    nights = context_of(request).nights
    if nights is None:
        raise NotFound("this server has no worker, so it tunes nothing: run `circletake nightly` where the GPU is")
    return nights


def show_night(request: Request, person: Supervisor) -> Night:
    """Whether a night is under way, how far it is, and how the last one ended that was started here."""
    return Night.model_validate(nights_of(request).describe(), from_attributes=True)


def post_night(request: Request, studio: OpenStudio, person: Supervisor) -> Night:
    """Starts a night now: tunes on all judgements, draws before and after, opens a blind trial. 409 while one runs."""
    nights_of(request).start()
    audit_log.record(studio, person.name, "night.start", "")
    return show_night(request, person)


def post_stop(request: Request, studio: OpenStudio, person: Supervisor) -> Night:
    """Stops the night after its next step; the next one goes on where it was."""
    nights_of(request).stop()
    audit_log.record(studio, person.name, "night.stop", "")
    return show_night(request, person)


def show_before_after(studio: OpenStudio, person: Supervisor, version: VersionName) -> BeforeAfter:
    """Prompts drawn by a version and by the one it was tuned from. That you saw them is on record."""
    drawn = before_after.read_before_after(studio, version)
    if drawn is None:
        raise NotFound(f"nothing was drawn before and after {shown(version)}")
    before_after.record_seen(studio, version, person.name)
    address = f"/api/versions/{version}/before-after"
    comparisons = [
        Comparison.model_validate(
            {**each, "before": f"{address}/{number}/before", "after": f"{address}/{number}/after"}
        )
        for number, each in enumerate(drawn["comparisons"])
    ]
    seen_by = list(before_after.people_who_saw(studio, version))
    return BeforeAfter(version=version, reference=drawn["reference"], comparisons=comparisons, seen_by=seen_by)


def send_picture(
    studio: OpenStudio,
    person: Supervisor,
    version: VersionName,
    number: Annotated[int, Path(ge=0, le=1000)],
    side: before_after.Side,
) -> FileResponse:
    """One picture or clip of before and after."""
    file = before_after.picture_file(studio, version, number, side)
    if not file.is_file():
        raise NotFound(f"the picture {number} of before and after {shown(version)} is lost")
    return FileResponse(file, media_type=MIMES[file.suffix], headers={"Cache-Control": CACHE})
