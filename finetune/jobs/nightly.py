"""A night in stages: preflight, backup, advance, snapshot, tune, evaluate, register, draw, trial, prompts, report.

For cron, a timer or a batch system, never a thread. Every stage reads in the record what is already done. So a night that was
killed at any moment goes on where it was, with the same command, and a night that is started twice, or in which nobody
judged anything, makes no second run, version or trial.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypedDict, cast

from feedback.errors import Interrupted, Refused, one_line
from feedback.ledger.revocation import step_down
from feedback.maintenance.backup import make_backup
from feedback.models import night_rounds as rounds
from feedback.models import nights, runs
from feedback.preferences import snapshot
from feedback.preferences.agreements_waiting import describe_waiting, waiting_for_agreement
from feedback.production.projects import list_projects
from feedback.report.morning import ReportOptions
from feedback.signals import stopping_on_signals
from feedback.store import Studio
from feedback.store.last_backup import last_backup
from feedback.store.time_zone import day_in
from feedback.trials import lifecycle
from feedback.trials.counting import Limits
from feedback.trials.deciders import BY_HAND, PromotionRule
from finetune.digests import digest
from finetune.errors import TooFewJudgements
from finetune.jobs.before_after import draw_missing
from finetune.jobs.library import collect_all
from finetune.jobs.morning_report import write_report
from finetune.jobs.night.lease import Lease, night_lease
from finetune.jobs.night.preflight import check_night
from finetune.jobs.night.stages import OnLine, StageLog
from finetune.jobs.trial_lifecycle import TRIAL_PAIRS, advance_trials, open_missing_trial
from finetune.jobs.tune import tune
from finetune.metrics import RunMetrics
from finetune.recipe import recipe_as_dict
from finetune.settings import Recipe

GIB = 2**30


class NightlyTuning(TypedDict):
    run: int | None
    version: str | None
    state: str  # candidate (a new one), unchanged (no new judgements since the last run) or refused
    metrics: RunMetrics | None
    reason: str | None  # of a state other than candidate
    too_few: bool  # whether it is refused for want of judgements alone


class NightlyResult(NightlyTuning):
    night: int
    trial: int | None  # the one that was opened
    trials: list[str]  # a line for each trial that changed, and for what could not be drawn
    report: str  # the file


@dataclass(frozen=True)
class NightOptions:
    """What a night is asked to do."""

    pairs: int = TRIAL_PAIRS  # of the trial that is opened
    limits: Limits | None = None  # of it
    rule: PromotionRule = BY_HAND  # who puts a proven candidate into production
    backup: Path | None = None  # the folder that a backup is added to
    keep_backups: int | None = None  # the newest that stay; all without it
    no_backup: str = "no folder for backups is named: give --backup or CIRCLETAKE_BACKUP"  # why, without a folder
    tune_prompts: Callable[[Studio], str] | None = None  # tunes the prompt writer, and says what came of it
    progress: bool = True  # whether bars are drawn on stderr
    report: ReportOptions = ReportOptions()  # noqa: RUF009  what an hour costs


@dataclass
class NightAtWork:
    """One night under way, in this sitting."""

    studio: Studio
    recipe: Recipe
    options: NightOptions
    lease: Lease
    row: nights.Night
    log: StageLog
    results: dict[str, Any] = field(default_factory=dict)  # by stage, those of earlier sittings too


def nightly(
    studio: Studio,
    recipe: Recipe | None = None,
    *,
    pairs: int = TRIAL_PAIRS,
    limits: Limits | None = None,
    rule: PromotionRule = BY_HAND,
    progress: bool = True,
    options: NightOptions | None = None,
    follow: OnLine | None = None,
    lease: Lease | None = None,
) -> NightlyResult:
    """One night. `options`, where given, instead of the four before; `follow` gets each line of the stages.
    Whoever gives a lease stops it on signals.

    Raises Conflict while another night is under way, Interrupted when it is asked to stop, and Refused by its preflight.
    """
    chosen = options or NightOptions(pairs, limits, rule, progress=progress)
    holding: AbstractContextManager[Lease] = nullcontext(lease) if lease else night_lease(studio)
    with holding as held, nullcontext() if lease else stopping_on_signals(held.stop):
        return spend_night(studio, recipe or Recipe(), chosen, held, follow)


def spend_night(
    studio: Studio, recipe: Recipe, options: NightOptions, lease: Lease, follow: OnLine | None
) -> NightlyResult:
    row = lease.begin(recipe.data.person, recipe.data.project)
    log = StageLog(lease, row, follow)
    night = NightAtWork(studio, recipe, options, lease, row, log, dict(row["results"]))
    try:
        with log.telling_failures():
            for stage, work in WORK.items():
                run_stage(night, stage, work)
        lease.end(
            "refused" if night.results["learn"]["state"] == "refused" else "done", night.results["learn"]["reason"]
        )
    except BaseException as error:
        end_badly(lease, error)
        raise
    return result_of(night)


def nights_of_projects(
    studio: Studio, recipe: Recipe, options: NightOptions, lease: Lease, follow: OnLine | None = None
) -> list[dict[str, Any]]:
    """A night for each project that is not archived, in the order of their codes. One that is refused or fails stops no
    other. Raises Interrupted when it is asked to stop. Started again with the same recipe after an interruption, it goes on
    with the project that it was at: the backup is made once, and nights that are over are not spent again, since the run of
    one project would be given up for that of another.
    """
    results: list[dict[str, Any]] = []
    begun = rounds.begin_round(studio, digest(json.dumps(recipe_as_dict(recipe), sort_keys=True)))
    if options.backup is not None and backup_since(studio, options.backup, begun) is not None:
        options = replace(options, backup=None, no_backup="it was made before the interruption")
    for code in sorted(project["code"] for project in list_projects(studio)):
        of_project = replace(recipe, data=replace(recipe.data, project=code))
        over = rounds.ended_in_round(studio, recipe.data.person, code, begun)
        if over is not None:
            results.append({"project": code, **result_of_row(studio, over)})
            continue
        try:
            result: dict[str, Any] = {**nightly(studio, of_project, options=options, follow=follow, lease=lease)}
        except (Refused, OSError, RuntimeError, ValueError) as error:
            state = "refused" if isinstance(error, Refused) else "failed"
            result = {"state": state, "reason": one_line(error), "too_few": False}
        results.append({"project": code, **result})
        row = nights.last_night(studio, recipe.data.person, code)
        if row is not None and "number" in row["results"].get("backup", {}):
            options = replace(options, backup=None, no_backup=f"it was made in the night of {code}")
    rounds.end_round(studio)
    return results


def end_badly(lease: Lease, error: BaseException) -> None:
    """An interrupted night goes on with the next start; another one is over."""
    stopped = isinstance(error, Interrupted | KeyboardInterrupt | SystemExit)
    state: nights.EndState = "refused" if isinstance(error, Refused) else "interrupted" if stopped else "failed"
    if not lease.is_lost:
        lease.end(state, one_line(error))


def run_stage(night: NightAtWork, stage: str, work: Callable[[NightAtWork], dict[str, Any]]) -> None:
    """Unless an earlier sitting of this night has done it. Its result is kept before the next one begins."""
    if stage in night.results and stage not in REPEATED:
        return
    if stage != "learn":
        night.log.begin(stage)
    result = work(night)
    night.results[stage] = result
    nights.keep_result(night.studio, night.row["id"], night.lease.holder, stage, result)
    if "skipped" in result:
        night.log.skip(result["skipped"])
    night.log.done("; ".join(result["lines"]))


def check(night: NightAtWork) -> dict[str, Any]:
    replaced, waiting = step_down(night.studio), describe_waiting(waiting_for_agreement(night.studio))
    return {
        "lines": [
            check_night(night.studio, night.recipe),
            *([replaced] if replaced else []),
            *([waiting] if waiting else []),
        ]
    }


def back_up(night: NightAtWork) -> dict[str, Any]:
    folder = night.options.backup
    if folder is None:
        return {"skipped": night.options.no_backup, "lines": []}
    number = backup_since(night.studio, folder, night.row["started"])
    if number is not None:
        return {"number": number, "lines": [f"backup {number} in {folder} was made this night"]}
    try:
        made = make_backup(night.studio, folder, night.options.keep_backups)
    except OSError as error:
        raise Refused(
            f"the backup failed, {one_line(error)}: mend {folder}, or give another folder with --backup"
        ) from error
    size = f"{made['files']} files, {made['bytes'] / GIB:.2f} GiB, {made['copied']} of them new"
    damaged = [f"warning: {line}" for line in made["damaged"]]
    return {"number": made["number"], "lines": [f"backup {made['number']} in {folder}: {size}", *damaged]}


def backup_since(studio: Studio, folder: Path, moment: str) -> int | None:
    """The number of the last backup, where it is in this folder and no older than the moment (UTC)."""
    known = last_backup(studio)
    is_new = known and known["folder"] == str(folder.resolve()) and known["created"] >= moment
    return known["number"] if known and is_new else None


def advance(night: NightAtWork) -> dict[str, Any]:
    return {"lines": advance_trials(night.studio, night.options.pairs, rule=night.options.rule)}


def learn(night: NightAtWork) -> dict[str, Any]:
    """The stages snapshot, tune, evaluate and register, as far as there is something to learn from."""
    night.log.begin("snapshot")
    options, earlier = night.options, done_this_night(night)
    result = earlier or tune_if_new(night.studio, night.recipe, options.progress, log=night.log, lease=night.lease)
    if result["state"] == "unchanged":
        night.log.skip(result["reason"] or "")
    elif result["state"] == "refused":
        night.log.end("refused", error=result["reason"])
    elif earlier:
        night.log.skip(f"run {result['run']} was done before the interruption")
    kept = {name: value for name, value in result.items() if name != "metrics"}
    return {**kept, "lines": [f"{result['version']} is a candidate"]}


def done_this_night(night: NightAtWork) -> NightlyTuning | None:
    """The run that an earlier sitting of this night has ended, where it was killed before it could note that."""
    run = newest_run(night.studio, night.recipe)
    if night.row["sittings"] == 1 or run is None or (run["finished"] or "") < night.row["started"]:
        return None
    state = {"done": "candidate", "refused": "refused"}.get(run["state"])
    return None if state is None else tuning_of(run, state, run["reason"])


def draw(night: NightAtWork) -> dict[str, Any]:
    quiet, stop = not night.options.progress, night.lease.stop
    return {"lines": draw_missing(night.studio, quiet=quiet, stop=stop, whose=whose_of(night))}


def open_trial(night: NightAtWork) -> dict[str, Any]:
    trial, lines = open_missing_trial(night.studio, night.options.pairs, night.options.limits, whose_of(night))
    if trial is None and night.row["sittings"] > 1:  # perhaps it was killed before it could note which one it opened
        opened = [each for each in lifecycle.open_trials(night.studio) if each["created"] >= night.row["started"]]
        trial = next((each["id"] for each in opened if each["candidate"] == night.results["learn"]["version"]), None)
        lines = lines if trial is None else [f"trial {trial} of {night.results['learn']['version']} is open"]
    return {"trial": trial, "lines": lines}


def whose_of(night: NightAtWork) -> runs.Whose | None:
    """(person, project) of a night for one of them; None of the studio's, which tries whatever was made last."""
    data = night.recipe.data
    return (data.person, data.project) if data.person or data.project else None


def tune_writer(night: NightAtWork) -> dict[str, Any]:
    if night.options.tune_prompts is None:
        return {"skipped": "the prompt writer is tuned with --prompts", "lines": []}
    return {"lines": [night.options.tune_prompts(night.studio)]}


def report(night: NightAtWork) -> dict[str, Any]:
    path = write_report(night.studio, day_in(night.studio, night.row["started"]), night.options.report)
    return {"file": str(path), "lines": [str(path)]}


WORK: dict[str, Callable[[NightAtWork], dict[str, Any]]] = {
    "preflight": check,
    "backup": back_up,
    "advance": advance,
    "learn": learn,
    "draw": draw,
    "trial": open_trial,
    "prompts": tune_writer,
    "report": report,
}
REPEATED = ("preflight", "report")  # in each sitting


def result_of(night: NightAtWork) -> NightlyResult:
    return result_of_stages(night.studio, night.row["id"], night.results)


def result_of_stages(studio: Studio, number: int, results: dict[str, Any]) -> NightlyResult:
    tuned = {name: results["learn"][name] for name in ("run", "version", "state", "reason", "too_few")}
    metrics = {} if tuned["run"] is None else runs.get_run(studio, tuned["run"])["metrics"]
    lines = [line for stage in ("advance", "draw", "trial", "prompts") for line in results[stage]["lines"]]
    rest = {"night": number, "trial": results["trial"]["trial"], "trials": lines}
    return cast(NightlyResult, {**tuned, "metrics": metrics, **rest, "report": results["report"]["file"]})


def result_of_row(studio: Studio, row: nights.Night) -> dict[str, Any]:
    """Of a night that is over, as the record has it; of one that came to no report, why."""
    if "report" in row["results"]:
        return {**result_of_stages(studio, row["id"], row["results"])}
    return {"state": row["state"], "reason": row["reason"], "too_few": False}


def tune_if_new(
    studio: Studio, recipe: Recipe, progress: bool, *, log: StageLog | None = None, lease: Lease | None = None
) -> NightlyTuning:
    last = newest_run(studio, recipe)
    if last is not None and last["state"] in ("done", "refused") and not judged_since(studio, last, recipe):
        return tuning_of(last, "unchanged", f"nothing was judged since run {last['id']}")
    watched: dict[str, Any] = {"on_stage": log.begin} if log else {}
    try:
        result = tune(studio, recipe, progress=progress, stop=lease.stop if lease else None, **watched)
    except Refused as refusal:
        run = newest_run(studio, recipe)
        new = run is not None and run != last
        if run is not None and (run["state"] == "running" or (run["state"] == "failed" and new)):
            raise  # it runs elsewhere, or broke: not a matter of too few judgements
        number = run["id"] if run is not None and new else None
        too_few = isinstance(refusal, TooFewJudgements)
        return NightlyTuning(
            run=number, version=None, state="refused", metrics={}, reason=str(refusal), too_few=too_few
        )
    same = {name: result[name] for name in ("run", "version", "state", "metrics")}  # type: ignore[literal-required]
    return cast(NightlyTuning, {**same, "reason": None, "too_few": False})


def tuning_of(run: runs.Run, state: str, reason: str | None) -> NightlyTuning:
    metrics = cast(RunMetrics | None, run["metrics"])
    return NightlyTuning(
        run=run["id"], version=run["version"], state=state, metrics=metrics, reason=reason, too_few=False
    )


def newest_run(studio: Studio, recipe: Recipe) -> runs.Run | None:
    """Of those for the same person and project: a night for one of them is none for the studio."""
    whose = (recipe.data.person, recipe.data.project)
    return next((run for run in runs.list_runs(studio) if runs.is_for(run["recipe"]) == whose), None)


def judged_since(studio: Studio, run: runs.Run, recipe: Recipe) -> bool:
    """Whether what would be learned from, as it stands, differs from what the run learned from."""
    return snapshot.freeze(collect_all(studio, recipe)[0])[1] != run["snapshot_sha256"]
