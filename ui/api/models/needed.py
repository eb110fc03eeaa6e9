"""GET /api/judgements-needed: whether enough was judged for a night and for each open trial; for supervisors."""

from __future__ import annotations

from fastapi import APIRouter

from finetune.jobs.judgements_needed import judgements_needed
from ui.api.schemas.common import PROBLEMS
from ui.api.schemas.trials import JudgementsNeeded
from ui.context import OpenStudio
from ui.security.access import Supervisor


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    router.add_api_route("/api/judgements-needed", show_needed, methods=["GET"])
    return router


def show_needed(studio: OpenStudio, person: Supervisor) -> JudgementsNeeded:
    """How many more judgements make a night worth running and decide each open trial, with their uncertainty."""
    return JudgementsNeeded.model_validate(judgements_needed(studio, person.id))
