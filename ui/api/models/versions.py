"""The HTTP routes of model versions, for supervisors."""

from __future__ import annotations

from fastapi import APIRouter

from feedback.models import versions
from feedback.models.before_after import has_before_after
from feedback.trials import blinding, promotion, ranking
from ui.api.schemas.common import PROBLEMS, InProduction, PromoteBody, Standing, StandingBody, Version
from ui.api.schemas.trials import Ranking
from ui.context import OpenStudio
from ui.security.access import Supervisor


def routes() -> APIRouter:
    router = APIRouter(prefix="/api/versions", responses=PROBLEMS, tags=["models"])
    router.add_api_route("", show_versions, methods=["GET"])
    router.add_api_route("/ranking", show_ranking, methods=["GET"])
    router.add_api_route("/standing", post_unblinding, methods=["POST"], status_code=201)
    router.add_api_route("/promote", post_promotion, methods=["POST"], status_code=201)
    router.add_api_route("/rollback", post_rollback, methods=["POST"], status_code=201)
    return router


def show_versions(studio: OpenStudio, person: Supervisor) -> list[Version]:
    """Every version, what it learned from and what its trials showed; of an open trial, only to those who looked."""
    rows = blinding.describe_versions(studio, person.id)
    return [Version.model_validate({**row, "before_after": has_before_after(studio, row["name"])}) for row in rows]


def show_ranking(studio: OpenStudio, person: Supervisor) -> Ranking:
    """All versions that met in trials that are over, by one Bradley-Terry fit."""
    return Ranking.model_validate(ranking.rank_versions(studio))


def post_unblinding(body: StandingBody, studio: OpenStudio, person: Supervisor) -> Standing:
    """How an open trial stands. From then on your own votes in it do not count, and the audit log says that you looked."""
    return Standing.model_validate(blinding.unblind_person(studio, body.version, person.id))


def post_promotion(body: PromoteBody, studio: OpenStudio, person: Supervisor) -> InProduction:
    """Puts a candidate in production; refused until its trial's lower bound is above one half."""
    promotion.promote(studio, body.version, person.id)
    return InProduction(production=versions.production_version(studio))


def post_rollback(studio: OpenStudio, person: Supervisor) -> InProduction:
    """Goes back to the version that was in production before."""
    promotion.rollback(studio, person.id)
    return InProduction(production=versions.production_version(studio))
