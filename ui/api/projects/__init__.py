"""The HTTP routes of projects and shots: whoever sees a project lists them, supervisors change and archive them."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.projects import projects, shots
from ui.api.schemas.common import PROBLEMS


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["projects"])
    router.add_api_route("/projects", projects.show_projects, methods=["GET"])
    router.add_api_route("/projects", projects.post_project, methods=["POST"], status_code=201)
    router.add_api_route("/projects/{code}", projects.patch_project, methods=["PATCH"])
    router.add_api_route("/projects/{code}/edit", projects.show_edit_settings, methods=["GET"])
    router.add_api_route("/shots", shots.show_shots, methods=["GET"])
    router.add_api_route("/shots", shots.post_shot, methods=["POST"], status_code=201)
    router.add_api_route("/shots/{shot}", shots.patch_shot, methods=["PATCH"])
    return router
