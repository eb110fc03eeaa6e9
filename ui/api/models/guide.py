"""GET /api/guide: what to do next in the demo, from the first verdict to a promoted version."""

from __future__ import annotations

from fastapi import APIRouter, Request

from feedback.errors import NotFound
from feedback.judgements.counts import count_decided_pairs
from feedback.models import before_after, runs, versions
from feedback.store import Studio
from feedback.trials import results, trials
from feedback.trials.results import TrialResults
from ui.api.schemas.common import PROBLEMS
from ui.api.schemas.nights import Guide, Night, Step
from ui.context import OpenStudio, context_of
from ui.security.access import Supervisor

ENOUGH = 30  # pairs, before the first tuning


def routes() -> APIRouter:
    router = APIRouter(responses=PROBLEMS, tags=["models"])
    router.add_api_route("/api/guide", show_guide, methods=["GET"])
    return router


def show_guide(request: Request, studio: OpenStudio, person: Supervisor) -> Guide:
    """What to do next in the demo; 404 in every other studio."""
    context = context_of(request)
    if not context.demo:
        raise NotFound("the guide is part of the demo: see `circletake serve --demo`")
    night = context.nights and Night.model_validate(context.nights.describe(), from_attributes=True)
    decided, version = count_decided_pairs(studio), tuned_version(studio)
    trial = next(iter(trials.list_trials(studio, version)), None) if version else None
    record = trial and results.trial_results(studio, trial["id"])
    # How it stands is for nobody who may still vote; alone in a demo, that is until all pairs are judged.
    is_over = record is not None and (record["left"] == 0 or trial is None or trial["state"] != "open")
    return Guide(
        step=next_step(studio, person.name, version, decided, record),
        decided=decided,
        enough=ENOUGH,
        version=version,
        trial_pairs=record["pairs"] if record else 0,
        trial_left=record["left"] if record else 0,
        proven=bool(record and is_over and results.is_proven(record)),
        baseline=record["baseline"] if record else None,
        trial_judged=record["pairs_judged"] if record and is_over else 0,
        trial_won=record["wins"] if record and is_over else 0,
        night=night or None,
    )


def tuned_version(studio: Studio) -> str | None:
    """What the newest run that ended well made."""
    return next((run["version"] for run in runs.list_runs(studio) if run["state"] == "done"), None)


def next_step(studio: Studio, person: str, version: str | None, decided: int, trial: TrialResults | None) -> Step:
    if version is None:
        return "judge" if decided < ENOUGH else "tune"
    state = versions.get_version(studio, version)["state"]
    if state == "production":
        return "done"
    if state != "candidate":
        return "tune"
    if before_after.has_before_after(studio, version) and person not in before_after.people_who_saw(studio, version):
        return "compare"
    if trial is None:
        return "tune"
    return "trial" if trial["left"] else "promote"
