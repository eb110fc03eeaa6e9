"""The lifecycle of trials: which briefs they are played on, more pairs while they are undecided, and their end.

Imports no model, so that the pages can open a trial too.
"""

from __future__ import annotations

from math import ceil

from feedback.errors import Refused
from feedback.legacy_recipe_names import rename_recipe
from feedback.models import runs, versions
from feedback.preferences import dataset
from feedback.preferences.snapshot import read_snapshot
from feedback.production.briefs import without_archived
from feedback.rights.checks import against_drawing
from feedback.store import Studio
from feedback.trials import lifecycle, promotion, trials
from feedback.trials.counting import Limits
from feedback.trials.deciders import AUTOMATIC, BY_HAND, PromotionRule
from feedback.trials.lifecycle import Trial
from feedback.trials.results import TrialResults, describe_results, is_lost, is_proven, pooled_results, trial_results
from finetune.data.heldout import heldout_briefs
from generation.intake.drawable_shapes import undrawable_briefs

# Measured with three people: by then a version that wins eight in ten is proven in 44 % of trials; nights add as many.
TRIAL_PAIRS = 48
MOST_SEEDS = 8  # pairs of one brief that are added at a time
MOST_ROUNDS = 4  # times that many pairs undecided, and a newer candidate goes first


def start_trial(
    studio: Studio,
    version: str,
    pairs: int = TRIAL_PAIRS,
    *,
    limits: Limits | None = None,
    person: int | None = None,
    actor: str = AUTOMATIC,
) -> int:
    """Opens the version's trial on briefs that were judged; Refused when there are none. See trials.open_trial."""
    trials.check_candidate(studio, version)
    briefs = trial_briefs(studio, version)[:pairs]
    if not briefs:
        raise Refused(f"nothing was judged yet, so there is no brief to try {version} on: judge some pairs first")
    seeds = seeds_for(briefs, pairs)
    return trials.open_trial(studio, version, briefs, seeds, most=pairs, limits=limits, person=person, actor=actor)


def seeds_for(briefs: list[int], pairs: int) -> int:
    return min(MOST_SEEDS, ceil(pairs / len(briefs)))


def trial_briefs(studio: Studio, version: str) -> list[int]:
    """The judged briefs that may be drawn today: those first that this version's trials used least, of these those held out
    from its run. A consent may allow to learn from what it does not allow to draw.
    """
    used, heldout = trials.pairs_by_brief(studio, version), heldout_of_version(studio, version)
    collected = dataset.collect(studio)
    briefs = {pair["brief"] for pair in (*collected.pairs, *collected.star_pairs)}
    judged = without_archived(studio, briefs - undrawable_briefs(studio, version))
    allowed = judged - against_drawing(studio, judged).keys()
    return sorted(allowed, key=lambda brief: (used.get(brief, 0), brief not in heldout, brief))


def heldout_of_version(studio: Studio, version: str) -> set[int]:
    """Briefs held out from the version's run. Empty for a version that no run made here, or whose snapshot is lost."""
    number = versions.get_version(studio, version)["run"]
    if number is None:
        return set()
    run = runs.get_run(studio, number)
    try:
        snapshot = read_snapshot(studio.folder / run["folder"], run["snapshot_sha256"])
    except Refused:
        return set()
    return heldout_briefs(snapshot, rename_recipe(run["recipe"])["data"]["heldout_share"])


def advance_trials(studio: Studio, pairs: int = TRIAL_PAIRS, *, rule: PromotionRule = BY_HAND) -> list[str]:
    """Goes through the open trials; one line for each that was closed, got more pairs, or waits for a decision.

    No line says how a trial stands that goes on: whoever reads it may vote in it. A proven version is promoted where
    `rule` says so, and people enough have judged. A lost trial (upper bound of the pooled interval below one half) is
    closed and its version rejected. An undecided one whose pairs are all judged gets `pairs` more; after MOST_ROUNDS times that it makes room for a newer candidate.
    """
    closed = [
        f"trial {moot['id']} of {moot['candidate']} is closed: {moot['reason']}"
        for moot in lifecycle.end_moot_trials(studio, versions.production_version(studio))
    ]
    advanced = [advance_unless_decided(studio, trial, pairs, rule) for trial in lifecycle.open_trials(studio)]
    return closed + [line for line in advanced if line]


def advance_unless_decided(studio: Studio, trial: Trial, pairs: int, rule: PromotionRule) -> str | None:
    """A person who decided in the same moment goes first; the night goes on."""
    try:
        return advance(studio, trial, pairs, rule)
    except Refused as refusal:
        return f"trial {trial['id']} of {trial['candidate']} is left as it is: {refusal}"


def advance(studio: Studio, trial: Trial, pairs: int, rule: PromotionRule) -> str | None:
    name = trial["candidate"]
    pooled = pooled_results(studio, name, trial["baseline"])
    if is_lost(pooled):
        reason = f"its trial was lost, with at most {ceil(pooled['high'] * 100)} % of {pooled['pairs_judged']} pairs"
        promotion.reject(studio, name, reason=reason, instead_of=trial["baseline"], actor=AUTOMATIC)
        return f"{describe_results(pooled)}: lost, so {name} is rejected and trial {trial['id']} closed"
    if is_proven(pooled):
        return promote_proven(studio, trial, pooled, rule) if rule.automatic else f"{name} is proven: {by_hand(name)}"
    if trial_results(studio, trial["id"])["left"]:
        return warn_of_few_people(trial, pooled)
    return extend_or_close(studio, trial, pooled, pairs)


def promote_proven(studio: Studio, trial: Trial, pooled: TrialResults, rule: PromotionRule) -> str:
    """Refused, in one line, while fewer people have judged than the rule asks for, whatever the trial was opened with."""
    name = trial["candidate"]
    if pooled["raters"] < rule.people:
        judged = f"{pooled['raters']} of the {rule.people} people needed"
        return f"warning: {name} is proven, but not promoted by itself, as {judged} have judged: {by_hand(name)}"
    promotion.promote(studio, name, instead_of=trial["baseline"], actor=AUTOMATIC)
    return f"{describe_results(pooled)}: proven, so {name} is in production"


def by_hand(name: str) -> str:
    return f"promote it with `circletake versions promote {name}`"


def warn_of_few_people(trial: Trial, pooled: TrialResults) -> str | None:
    """How many judged, and not what: a line when too few have for anything to count."""
    if not 0 < pooled["raters"] < pooled["needed"]:
        return None
    people = f"{pooled['raters']} of the {pooled['needed']} people needed have judged"
    return f"warning: trial {trial['id']} of {trial['candidate']} is not counted: {people}"


def extend_or_close(studio: Studio, trial: Trial, pooled: TrialResults, pairs: int) -> str:
    """For an undecided trial without a pair left that anybody could judge."""
    record, newer = trial_results(studio, trial["id"]), next_candidate(studio)
    if not record["pairs_judged"]:
        return close(studio, trial, "none of its pairs could be judged: see `circletake doctor` for takes that failed")
    if newer and record["pairs"] >= MOST_ROUNDS * pairs:
        return close(studio, trial, f"undecided after {record['pairs_judged']} pairs, and {newer} learned from more")
    briefs = trial_briefs(studio, trial["candidate"])[:pairs]
    added = trials.add_pairs(studio, trial["id"], briefs, seeds_for(briefs, pairs), most=pairs)
    return f"trial {trial['id']} of {trial['candidate']} is undecided, and has {added} more pairs to judge"


def close(studio: Studio, trial: Trial, reason: str) -> str:
    trials.close_trial(studio, trial["id"], reason, actor=AUTOMATIC)
    return f"trial {trial['id']} of {trial['candidate']} is closed: {reason}"


def next_candidate(studio: Studio, whose: runs.Whose | None = None) -> str | None:
    """The version of the newest run, if it is a candidate that has not played today's production. `whose`: of the runs for
    this person and project alone."""
    run = runs.newest_done(studio, whose)
    name = run["version"] if run else None
    if name is None or versions.get_version(studio, name)["state"] != "candidate":
        return None
    production = versions.production_version(studio)
    played = {trial["baseline"] for trial in trials.list_trials(studio, name)}
    return None if production in played else name


def open_missing_trial(
    studio: Studio, pairs: int = TRIAL_PAIRS, limits: Limits | None = None, whose: runs.Whose | None = None
) -> tuple[int | None, list[str]]:
    """(the trial of the next candidate or None, a line about it). One at a time: a newer candidate waits, so that
    people's judgements decide one trial before the next asks for theirs."""
    name = next_candidate(studio, whose)
    if name is None:
        return None, []
    for trial in lifecycle.open_trials(studio):
        return None, [f"{name} waits: trial {trial['id']} of {trial['candidate']} is not over"]
    trial_id = start_trial(studio, name, pairs, limits=limits)
    record = trial_results(studio, trial_id)
    return trial_id, [f"trial {trial_id} is open: {name} plays {record['pairs']} pairs against {record['baseline']}"]
