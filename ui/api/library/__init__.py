"""The HTTP routes of the library: everybody who is signed in browses, supervisors exclude and tag."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse

from ui.api.library import browsing, changing
from ui.api.schemas.common import PROBLEMS


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/library", tags=["library"], responses=PROBLEMS)
    router.add_api_route("", browsing.show_library, methods=["GET"])
    router.add_api_route("/choices", browsing.show_choices, methods=["GET"])
    router.add_api_route("/report", browsing.show_report, methods=["GET"])
    router.add_api_route("/items/{item}", browsing.show_item, methods=["GET"])
    picture = {"response_class": FileResponse, "responses": {206: {}, 304: {}}}
    router.add_api_route("/items/{item}/picture", browsing.show_picture, methods=["GET"], **picture)  # type: ignore[arg-type]
    router.add_api_route("/exclude", changing.exclude, methods=["POST"])
    router.add_api_route("/include", changing.include, methods=["POST"])
    router.add_api_route("/tag", changing.tag, methods=["POST"])
    return router
