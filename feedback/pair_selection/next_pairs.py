"""Which pairs a person judges next: trial pairs and ordinary ones mixed, sides at random, nothing twice.

Pairs that the fewest people have judged come first. Among those, trial pairs come in random order: choosing them by what
they show would bias the trial, and nobody is dealt more than their part of them. Of the ordinary ones the most informative comes first
(`feedback.pair_selection.acquisition`), and one in five at random, so that nothing stays unseen. A pair that the person
has judged does not come back, but for one in twenty-five as a check of how consistent they are, which is marked as one and
whose verdict stands beside the first. One that they skipped comes back when nothing else is left. What one open page of a
person holds, no other page gets.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import TypedDict

import numpy as np

from feedback.clock import now
from feedback.fields import check_whole
from feedback.pair_selection.pair_pool import PAGE_SECONDS, PairPool, pair_pool_of
from feedback.pair_selection.trial_pairs import published_pairs, within_part
from feedback.pair_selection.visible_pairs import of_visible_projects
from feedback.pair_selection.vote_counts import LARGEST_TAKE, Pair, pair_of, takes_of
from feedback.people.project_members import VISIBLE_PROJECTS, sees_everything
from feedback.preferences.dataset import REPEAT_MINUTES
from feedback.production.briefs import Brief, get_brief
from feedback.production.shots import Shot, get_shot
from feedback.production.takes import Take, get_take
from feedback.store import Studio

RANDOM_SHARE = 0.2  # of ordinary pairs
CHECK_SHARE = 0.04  # of pairs dealt, that the person has judged before
LEAVING_SECONDS = 30.0  # in which a page that is loaded again comes back for what it held

_NEWEST_BEFORE = "SELECT id FROM ballots WHERE created <= ? ORDER BY id DESC LIMIT 1"
_SCOPE = (
    "(:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)"
    f" AND (:everything OR p.id IN {VISIBLE_PROJECTS})"
)
_JOIN_SHOT_AND_PROJECT = "JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
_BRIEFS_IN_SCOPE = f"SELECT b.id FROM briefs b {_JOIN_SHOT_AND_PROJECT} WHERE {_SCOPE}"
_TRIAL_PAIRS_IN_SCOPE = f"JOIN briefs b ON b.id = tp.brief {_JOIN_SHOT_AND_PROJECT} WHERE {_SCOPE}"


class PairToJudge(TypedDict):
    left: Take
    right: Take
    brief: Brief
    shot: Shot
    check: bool  # the person has judged it before


def next_pairs(
    studio: Studio,
    person_id: int,
    count: int,
    project: str | None = None,
    shot: str | None = None,
    exclude: Collection[tuple[int, int]] = (),
    *,
    client: str = "",
    replaces: str = "",
    first: tuple[int, int] | None = None,
    random_share: float = RANDOM_SHARE,
    check_share: float = CHECK_SHARE,
    rng: random.Random | None = None,
) -> list[PairToJudge]:
    """Up to `count` pairs for a person, of projects that they see.

    `exclude`: pairs the client holds already, on whichever sides. `client`: an id that each open page makes for itself;
    what it holds and what it gets is leased to it. `replaces`: the id of a page that it was loaded in place of, whose
    leases end. `first`: a pair that comes before all others if the person may still judge it. `random_share`: of
    ordinary pairs; with 1 none is chosen for its information. `check_share`: of pairs that they judged before. The same
    `rng` on the same record gives the same pairs.
    """
    rng = rng or random.SystemRandom()
    held = dict.fromkeys(
        pair_of(*(check_whole("exclude: take", take, 1, LARGEST_TAKE) for take in pair)) for pair in exclude
    )
    everything = sees_everything(studio, person_id)
    scope = {"project": project, "shot": shot, "person": person_id, "everything": everything}
    batches = published_pairs(studio, _TRIAL_PAIRS_IN_SCOPE, scope)
    trial = batches.keys() - held.keys()
    scoped = briefs_in_scope(studio, person_id, project, shot)
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.read(studio)
        if replaces:
            pool.renew(person_id, replaces, ())
        elsewhere = pool.leased_elsewhere(person_id, client)
        if client:
            pool.renew(person_id, client, [pair for pair in held if pair not in elsewhere])
        own, offered = pool.votes.verdicts.get(person_id, {}), pool.in_briefs(scoped)
        if not everything:
            offered = offered & of_visible_projects(studio, person_id, pool.brief_of_pair)
        free = pool.without(offered, [*own, *held, *elsewhere])
        ordinary = pool.select(person_id, free, held, count, random_share, rng.getrandbits(64))
        judged = [pair for pair, (_, verdict) in own.items() if verdict != "skip"]
        fresh = _order_trial_pairs(pool, trial - own.keys() - elsewhere, rng)
        fresh = within_part(studio, fresh, batches, {*judged, *held, *elsewhere})
        chosen = _mix(fresh, ordinary, rng)[:count]
        if not chosen:
            skipped = {pair: ballot for pair, (ballot, verdict) in own.items() if verdict == "skip"}
            again = (trial | set(pool.pair[offered].tolist())) & skipped.keys() - held.keys() - elsewhere
            chosen = sorted(again, key=lambda pair: skipped[pair])[:count]  # the oldest ballots first
        number = sum(rng.random() < check_share for _ in chosen)
        without = batches.keys() | held.keys() | elsewhere
        checks = _pairs_to_check(studio, pool, person_id, offered, without, number, rng)
        for pair in checks:
            chosen.insert(rng.randrange(len(chosen)), pair)
        wish = None if first is None else pair_of(*first)
        chosen = _put_first(pool, chosen, wish, free, fresh)[:count]
        pool.lease(person_id, client, chosen)
    return [_describe(studio, pair, rng, check=pair in checks) for pair in chosen]


def briefs_in_scope(studio: Studio, person_id: int, project: str | None, shot: str | None) -> list[int] | None:
    """Ids of the briefs of a project or a shot that the person sees; None for all, seen or not."""
    if project is None and shot is None:
        return None
    everything = sees_everything(studio, person_id)
    scope = {"project": project, "shot": shot, "person": person_id, "everything": everything}
    return [row["id"] for row in studio.rows(_BRIEFS_IN_SCOPE, scope)]


def renew_leases(
    studio: Studio,
    person_id: int,
    client: str,
    pairs: Collection[tuple[int, int]],
    *,
    taken: Collection[tuple[int, int]] = (),
    leaving: bool = False,
) -> list[tuple[int, int]]:
    """What an open page still holds; its other leases end. Gives back those it may keep.

    A page that was silent for long may find that another page of the person got what it held. `taken`: pairs that the
    person's other pages lose, as a verdict given there was undone here. `leaving`: the page is being closed or loaded
    again, which it cannot tell apart: its leases last LEAVING_SECONDS more.
    """
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.take_from_other_pages(person_id, client, {pair_of(*pair) for pair in taken})
        elsewhere = pool.leased_elsewhere(person_id, client)
        kept = [pair for pair in pairs if pair_of(*pair) not in elsewhere]
        pool.renew(person_id, client, [pair_of(*pair) for pair in kept])
        if leaving and kept:
            leased = pool.leases[person_id, client]
            pool.leases[person_id, client] = {pair: at - PAGE_SECONDS + LEAVING_SECONDS for pair, at in leased.items()}
    return kept


def count_leased_elsewhere(studio: Studio, person_id: int, client: str) -> int:
    """How many pairs the person's other open pages hold."""
    pool = pair_pool_of(studio)
    with pool.lock:
        return len(pool.leased_elsewhere(person_id, client))


def _order_trial_pairs(pool: PairPool, fresh: set[Pair], rng: random.Random) -> list[Pair]:
    """Fewest judgements first, in random order among equals."""
    return sorted(sorted(fresh), key=lambda pair: (pool.votes.judged(pair), rng.random()))


def _put_first(
    pool: PairPool, chosen: list[Pair], wish: Pair | None, free: np.ndarray, trial: Collection[Pair]
) -> list[Pair]:
    """The chosen pairs with the one that is wished for in front of them, if the person may judge it."""
    if wish is None or not (wish in trial or free[pool.rows_of([wish])[0]].any()):
        return chosen
    return [wish, *(pair for pair in chosen if pair != wish)]


def _pairs_to_check(
    studio: Studio,
    pool: PairPool,
    person_id: int,
    offered: np.ndarray,
    without: Collection[Pair],
    count: int,
    rng: random.Random,
) -> list[Pair]:
    """Up to `count` pairs that the person judged some time ago and never since; none of a trial's, or of `without`."""
    if not count:
        return []
    newest = studio.value(_NEWEST_BEFORE, (now(-60 * REPEAT_MINUTES),)) or 0
    own, repeated = pool.votes.verdicts.get(person_id, {}), pool.votes.repeated.get(person_id, set())
    judged = [pair for pair, (ballot, verdict) in own.items() if ballot <= newest and verdict != "skip"]
    rows, which = pool.rows_of(judged)
    there = {judged[place] for row, place in zip(rows, which, strict=True) if offered[row]}
    free = sorted(there - repeated - set(without))
    return rng.sample(free, min(count, len(free)))


def _mix(trial: list[Pair], ordinary: list[Pair], rng: random.Random) -> list[Pair]:
    """Both lists in their own order, interleaved at random, so that position in the queue tells nothing."""
    mixed, trial, ordinary = list[Pair](), trial[::-1], ordinary[::-1]
    while trial and ordinary:
        mixed.append((trial if rng.random() < 0.5 else ordinary).pop())
    return mixed + trial[::-1] + ordinary[::-1]


def _describe(studio: Studio, pair: Pair, rng: random.Random, *, check: bool) -> PairToJudge:
    left, right = (get_take(studio, take) for take in rng.sample(takes_of(pair), 2))
    return {
        "left": left,
        "right": right,
        "brief": get_brief(studio, left["brief"]),
        "shot": get_shot(studio, left["shot"]),
        "check": check,
    }
