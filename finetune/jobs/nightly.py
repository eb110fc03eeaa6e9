"""The night's work in order: advance the trials, snapshot, tune, register, draw before and after, open a trial.

For cron or a timer, never a thread.

Every step reads in the record what is already done. So a night that was killed continues where it was, and a night that is
started twice, or in which nobody judged anything, changes nothing.
"""

from __future__ import annotations

from typing import TypedDict

from feedback.errors import Refused
from feedback.models import runs
from feedback.preferences import snapshot
from feedback.store import Studio
from feedback.trials.counting import Limits
from feedback.trials.deciders import BY_HAND, PromotionRule
from finetune.jobs.before_after import draw_missing
from finetune.jobs.for_whom import collect_for, is_for
from finetune.jobs.locks import only_one
from finetune.jobs.trial_lifecycle import TRIAL_PAIRS, advance_trials, open_missing_trial
from finetune.jobs.tune import tune
from finetune.metrics import RunMetrics
from finetune.settings import Recipe


class NightlyTuning(TypedDict):
    run: int | None
    version: str | None
    state: str  # candidate (a new one), unchanged (no new judgements since the last run) or refused
    metrics: RunMetrics | None
    reason: str | None  # of a state other than candidate


class NightlyResult(NightlyTuning):
    trial: int | None  # the one that was opened
    trials: list[str]  # a line for each trial that changed, and for what could not be drawn


def nightly(
    studio: Studio,
    recipe: Recipe | None = None,
    *,
    pairs: int = TRIAL_PAIRS,
    limits: Limits | None = None,
    rule: PromotionRule = BY_HAND,
    progress: bool = True,
) -> NightlyResult:
    """One night. `pairs` and `limits`: of the trial that is opened. `rule`: who puts a proven one into production.

    Raises Conflict while another night is under way, and Interrupted when it is asked to stop.
    """
    recipe = recipe or Recipe()
    with only_one(studio.runs_folder / "nightly.lock", "a night"):
        advanced = advance_trials(studio, pairs, rule=rule)
        result = tune_if_new(studio, recipe, progress)
        undrawn = draw_missing(studio, quiet=not progress)
        trial, opened = open_missing_trial(studio, pairs, limits)
        return {**result, "trial": trial, "trials": [*advanced, *undrawn, *opened]}


def tune_if_new(studio: Studio, recipe: Recipe, progress: bool) -> NightlyTuning:
    last = newest_run(studio, recipe)
    if last is not None and last["state"] in ("done", "refused") and not judged_since(studio, last, recipe):
        reason = f"nothing was judged since run {last['id']}"
        same = {name: last[name] for name in ("version", "metrics")}
        return {"run": last["id"], **same, "state": "unchanged", "reason": reason}  # type: ignore[typeddict-item]
    try:
        result = tune(studio, recipe, progress=progress)
        return {**{name: result[name] for name in ("run", "version", "state", "metrics")}, "reason": None}  # type: ignore[typeddict-item, literal-required]
    except Refused as refusal:
        run = newest_run(studio, recipe)
        new = run is not None and run != last
        if run is not None and (run["state"] == "running" or (run["state"] == "failed" and new)):
            raise  # it runs elsewhere, or broke: not a matter of too few judgements
        number = run["id"] if run is not None and new else None
        return {"run": number, "version": None, "state": "refused", "metrics": {}, "reason": str(refusal)}


def newest_run(studio: Studio, recipe: Recipe) -> runs.Run | None:
    """Of those for the same person and project: a night for one of them is none for the studio."""
    whose = (recipe.data.person, recipe.data.project)
    return next((run for run in runs.list_runs(studio) if is_for(run["recipe"]) == whose), None)


def judged_since(studio: Studio, run: runs.Run, recipe: Recipe) -> bool:
    """Whether the judgements, as they stand, differ from those of the run."""
    return snapshot.freeze(collect_for(studio, recipe))[1] != run["snapshot_sha256"]
