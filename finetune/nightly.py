"""The night's work in order: snapshot, tune, register, open the trial. A command for cron or a timer, never a thread.

Every step looks at the record for what is already done, so a night that was killed goes on where it was, and a night
that is started twice, or in which nobody judged anything, changes nothing.
"""

from __future__ import annotations

from math import ceil
from typing import Any

from feedback import preferences, runs, trials, versions
from feedback.errors import Refused
from feedback.studio import Studio
from finetune.locks import only_one
from finetune.recipe import Recipe
from finetune.snapshot import read_snapshot, split_briefs
from finetune.tune import tune

TRIAL_PAIRS = 48  # a candidate that wins seven in ten is usually proven by then
MOST_SEEDS = 8


def nightly(
    studio: Studio, recipe: Recipe | None = None, *, pairs: int = TRIAL_PAIRS, progress: bool = True
) -> dict[str, Any]:
    """{"run", "version", "state", "metrics", "trial", "reason"} of this night; `trial` is None when none was opened.

    state: "candidate" (a new one, its trial is queued), "unchanged" (no new judgements since the last run) or
    "refused" with its reason. Raises Conflict while another night is under way, Refused when it is asked to stop.
    """
    recipe = recipe or Recipe()
    with only_one(studio.runs_folder / "nightly.lock", "a night"):
        result = tune_if_new(studio, recipe, progress)
        trial = open_missing_trial(studio, result["run"], pairs)
        return {"reason": None, **result, "trial": trial}


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


def open_missing_trial(studio: Studio, run: int | None, pairs: int) -> int | None:
    """Queues the trial of the run's version unless it has played one or is no candidate any more."""
    row = runs.get_run(studio, run) if run is not None else None
    if row is None or row["state"] != "done" or trials.list_trials(studio, row["version"]):
        return None
    if versions.get_version(studio, row["version"])["state"] != "candidate":
        return None
    briefs = trial_briefs(studio, row, pairs)
    return trials.open_trial(studio, row["version"], briefs, min(MOST_SEEDS, ceil(pairs / len(briefs))))


def trial_briefs(studio: Studio, run: dict[str, Any], pairs: int) -> list[int]:
    """Held-out briefs first, then the others that were judged, at most `pairs` of them."""
    frozen = read_snapshot(studio.folder / run["folder"], run["snapshot_sha256"])
    heldout = split_briefs(frozen, run["recipe"]["heldout_share"])
    judged = {pair["brief"] for pair in (*frozen["pairs"], *frozen["star_pairs"])}
    return [*sorted(heldout), *sorted(judged - heldout)][:pairs]
