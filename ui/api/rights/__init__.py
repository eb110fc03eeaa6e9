"""The HTTP routes of rights: for supervisors what is allowed, missing and ending; for everybody their own agreement."""

from __future__ import annotations

from fastapi import APIRouter

from ui.api.rights import agreeing, ending, overview, recording
from ui.api.schemas.common import PROBLEMS


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["rights"])
    made = {"methods": ["POST"], "status_code": 201}
    router.add_api_route("/rights", overview.show_rights, methods=["GET"])
    router.add_api_route("/rights/people", recording.post_person, **made)  # type: ignore[arg-type]
    router.add_api_route("/rights/consents", recording.post_consent, **made)  # type: ignore[arg-type]
    router.add_api_route("/rights/licences", recording.post_licence, **made)  # type: ignore[arg-type]
    router.add_api_route("/rights/files", recording.post_file, **made)  # type: ignore[arg-type]
    router.add_api_route("/rights/documents", recording.post_document, methods=["POST"])
    router.add_api_route("/rights/consents/{consent}/touched", ending.show_touched_by_consent, methods=["GET"])
    router.add_api_route("/rights/consents/{consent}/revoke", ending.post_revoke, methods=["POST"])
    router.add_api_route("/rights/licences/{licence}/touched", ending.show_touched_by_licence, methods=["GET"])
    router.add_api_route("/rights/licences/{licence}/end", ending.post_end, methods=["POST"])
    router.add_api_route("/me/agreement", agreeing.show_agreement, methods=["GET"])
    router.add_api_route("/me/agreement", agreeing.post_agreement, methods=["POST"])
    return router
