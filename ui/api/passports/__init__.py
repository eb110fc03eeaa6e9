"""The HTTP routes of passports and of what a studio tells others: for supervisors."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import FileResponse

from ui.api.passports import disclosures, passports
from ui.api.schemas.common import PROBLEMS


def routes() -> APIRouter:
    router = APIRouter(prefix="/api", responses=PROBLEMS, tags=["passports"])
    router.add_api_route("/takes/{take}/passport", passports.show_passport, methods=["GET"])
    router.add_api_route("/exports", passports.show_exports, methods=["GET"])
    for name, send in (("ai-use", disclosures.send_ai_use), ("data-summary", disclosures.send_data_summary)):
        router.add_api_route(f"/exports/{name}", send, methods=["GET"], response_class=FileResponse)
    return router
