"""GET /api/runs/{run}: a tuning run as it goes, whoever started it and wherever; for supervisors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from feedback.models import nights, run_curves, runs
from feedback.store import Studio
from ui.api.schemas.common import PROBLEMS
from ui.api.schemas.runs import Followed, FollowedRun, NightAtWork
from ui.context import OpenStudio
from ui.security.access import Supervisor

Which = Annotated[str, Path(pattern="^(newest|[0-9]{1,9})$", description="Its number, or newest.")]


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    router.add_api_route("/api/runs/{run}", follow_run, methods=["GET"])
    return router


def follow_run(studio: OpenStudio, person: Supervisor, run: Which) -> Followed:
    """A run with its curves so far, and the night that goes on. 404 for a number that no run has."""
    row = runs.newest_run(studio) if run == "newest" else runs.get_run(studio, int(run))
    return Followed(night=night_at_work(studio), run=describe_run(studio, row) if row else None)


def night_at_work(studio: Studio) -> NightAtWork | None:
    night = nights.running_night(studio)
    if night is None:
        return None
    is_alive = not nights.is_gone(night, nights.this_process())
    return NightAtWork.model_validate({**night, "is_alive": is_alive})


def describe_run(studio: Studio, run: runs.Run) -> FollowedRun:
    points = run_curves.read_points(studio.folder / run["folder"])
    last = points[-1] if points else None
    measured = {
        "share": run["progress"],
        "step": last["step"] if last else 0,
        "steps": last["steps"] if last else 0,
        "seconds_left": run_curves.seconds_left(points) if run["state"] == "running" else None,
        "gain": (run["metrics"] or {}).get("measured_gain"),
        "curves": run_curves.curves_of(points),
    }
    return FollowedRun.model_validate({**run, **measured})
