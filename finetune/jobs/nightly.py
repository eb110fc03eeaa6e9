"""The night's work in order: tend the trials, snapshot, tune, register, open a trial. A command for cron or a timer,
never a thread.

Every step looks at the record for what is already done, so a night that was killed goes on where it was, and a night
that is started twice, or in which nobody judged anything, changes nothing.
"""

from __future__ import annotations

from typing import Any

from feedback import preferences, runs
from feedback.errors import Refused
from feedback.studio import Studio
from finetune.jobs.locks import only_one
from finetune.jobs.trial_lifecycle import TRIAL_PAIRS, open_missing_trial, tend_trials
from finetune.jobs.tune import tune
from finetune.recipe import Recipe


def nightly(
    studio: Studio, recipe: Recipe | None = None, *, pairs: int = TRIAL_PAIRS, progress: bool = True
) -> dict[str, Any]:
    """{"run", "version", "state", "metrics", "trial", "reason", "trials"} of this night.

    state: "candidate" (a new one), "unchanged" (no new judgements since the last run) or "refused" with its reason.
    `trial` is the one opened, of `pairs` pairs, or None; `trials` says in a line each what became of which trial.
    Raises Conflict while another night is under way, Refused when it is asked to stop.
    """
    recipe = recipe or Recipe()
    with only_one(studio.runs_folder / "nightly.lock", "a night"):
        tended = tend_trials(studio, pairs)
        result = tune_if_new(studio, recipe, progress)
        trial, opened = open_missing_trial(studio, pairs)
        return {"reason": None, **result, "trial": trial, "trials": [*tended, *opened]}


def tune_if_new(studio: Studio, recipe: Recipe, progress: bool) -> dict[str, Any]:
    last = newest_run(studio)
    if last is not None and last["state"] in ("done", "refused") and not judged_since(studio, last):
        metrics = last["metrics"]
        reason = f"nothing was judged since run {last['id']}"
        return {
            "run": last["id"],
            "version": last["version"],
            "state": "unchanged",
            "metrics": metrics,
            "reason": reason,
        }
    try:
        return tune(studio, recipe, progress=progress)
    except Refused as refusal:
        run = newest_run(studio)
        if run is not None and (run["state"] == "running" or (run["state"] == "failed" and run != last)):
            raise  # interrupted, or broken: not a matter of too few judgements
        number = run["id"] if run is not None and run != last else None
        return {"run": number, "version": None, "state": "refused", "metrics": {}, "reason": str(refusal)}


def newest_run(studio: Studio) -> dict[str, Any] | None:
    return next(iter(runs.list_runs(studio)), None)


def judged_since(studio: Studio, run: dict[str, Any]) -> bool:
    """Whether the judgements, as they stand, differ from those of the run."""
    return preferences.snapshot(preferences.collect(studio))[1] != run["snapshot_sha256"]
