"""The HTTP routes of briefs: the form's offers and checks, queueing in one step, and the list of what is queued."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.briefs import checking, listing, offers, queueing, rewrites, starting
from ui.api.schemas.common import PROBLEMS


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/briefs", responses=PROBLEMS, tags=["making"])
    router.add_api_route("", listing.show_briefs, methods=["GET"])
    router.add_api_route("/form", offers.show_form, methods=["GET"])
    router.add_api_route("/from-take", starting.show_take_to_start_from, methods=["GET"])
    router.add_api_route("/check", checking.post_check, methods=["POST"])
    router.add_api_route("/queue", queueing.post_queue, methods=["POST"], status_code=201)
    router.add_api_route("/queue/files", queueing.post_queue_with_files, methods=["POST"], status_code=201)
    router.add_api_route("/rewrites", rewrites.show_writing, methods=["GET"])
    router.add_api_route("/rewrites/propose", rewrites.post_propose, methods=["POST"])
    router.add_api_route("/rewrites/{rewrite}/end", rewrites.post_end, methods=["POST"], status_code=204)
    return router
