"""Which pairs a person judges next: trial pairs, wordings and ordinary ones mixed, sides at random, nothing twice.

Pairs that the fewest people have judged come first. Among those, trial pairs come in random order: choosing them by what
they show would bias the trial, and nobody is dealt more than their part of them. Ordinary ones come in random order too; or,
where the studio wants it, the most informative one first (`feedback.pair_selection.acquisition`) and one in five at random, so
that nothing stays unseen. A pair that the person has judged does not come back, but for one in twenty-five as a check of how
consistent they are, which is marked as one and whose verdict stands beside the first. One that they skipped comes back when
nothing else is left. What one open page of a person holds, no other page gets.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from feedback.clock import now
from feedback.fields import check_whole
from feedback.pair_selection.offers import Offer, Scope, offer_of, trial_pairs_of
from feedback.pair_selection.pair_pool import PAGE_SECONDS, PairPool, pair_pool_of
from feedback.pair_selection.trial_pairs import within_part
from feedback.pair_selection.vote_counts import LARGEST_TAKE, Pair, pair_of, takes_of
from feedback.preferences.dataset import REPEAT_MINUTES
from feedback.production.briefs import Brief, get_brief
from feedback.production.shots import Shot, get_shot
from feedback.production.takes import Take, get_takes
from feedback.store import Studio

RANDOM_SHARES = {"random": 1.0, "active": 0.2}
"""Share of ordinary pairs dealt at random, by how a studio has pairs chosen. Active pairs need fewer verdicts for as accurate a
reward model (docs/research/results.md). That takes win more after them has not been shown, so a studio has to ask for them."""
CHECK_SHARE = 0.04  # of pairs dealt, that the person has judged before
LEAVING_SECONDS = 30.0  # in which a page that is loaded again comes back for what it held

_NEWEST_BEFORE = "SELECT id FROM ballots WHERE created <= ? ORDER BY id DESC LIMIT 1"


class PairToJudge(TypedDict):
    left: Take
    right: Take
    brief: Brief
    shot: Shot
    check: bool  # the person has judged it before


@dataclass(frozen=True)
class Hand:
    """What a person may judge, and what of it their open pages hold."""

    person: int
    offer: Offer
    held: Collection[Pair]  # by the page that asks
    elsewhere: Collection[Pair]  # by their other pages


def next_pairs(
    studio: Studio,
    person_id: int,
    count: int,
    project: str | None = None,
    shot: str | None = None,
    exclude: Collection[tuple[int, int]] = (),
    *,
    session: int | None = None,
    client: str = "",
    replaces: str = "",
    first: tuple[int, int] | None = None,
    random_share: float = RANDOM_SHARES["random"],
    check_share: float = CHECK_SHARE,
    rng: random.Random | None = None,
) -> list[PairToJudge]:
    """Up to `count` pairs for a person, of projects that they see: of a project, a shot (codes), a review session (id).

    `exclude`: pairs the client holds already, on whichever sides. `client`: an id that each open page makes for itself;
    what it holds and what it gets is leased to it. `replaces`: the id of a page that it was loaded in place of, whose
    leases end. `first`: a pair that comes before all others if the person may still judge it. `random_share`: of
    ordinary pairs; with 1 none is chosen for its information. `check_share`: of pairs that they judged before. The same
    `rng` on the same record gives the same pairs.
    """
    rng = rng or random.SystemRandom()
    held, scope = _check_held(exclude), Scope(project, shot, session)
    trial = trial_pairs_of(studio, person_id, scope)
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.read(studio)
        elsewhere = _take_over(pool, person_id, client, replaces, held)
        hand = Hand(person_id, offer_of(studio, pool, person_id, scope, trial), held, elsewhere)
        free = pool.without(hand.offer.ordinary, [*hand.offer.own, *held, *elsewhere])
        ordinary = pool.select(person_id, free, held, count, random_share, rng.getrandbits(64))
        fresh = _fresh_trial_pairs(studio, pool, hand, rng)
        chosen = _mix(fresh, ordinary, rng)[:count] or _skipped_pairs(pool, hand)[:count]
        checks = _pairs_to_check(studio, pool, hand, sum(rng.random() < check_share for _ in chosen), rng)
        for pair in checks:
            chosen.insert(rng.randrange(len(chosen)), pair)
        wish = None if first is None else pair_of(*first)
        chosen = _put_first(pool, chosen, wish, free, fresh)[:count]
        pool.lease(person_id, client, chosen)
    return _describe(studio, chosen, rng, set(checks))


def _check_held(exclude: Collection[tuple[int, int]]) -> list[Pair]:
    """Each once, in the order in which they were sent."""
    pairs = (pair_of(*(check_whole("exclude: take", take, 1, LARGEST_TAKE) for take in pair)) for pair in exclude)
    return list(dict.fromkeys(pairs))


def _take_over(pool: PairPool, person: int, client: str, replaces: str, held: Collection[Pair]) -> set[Pair]:
    """Renews the leases of the page that asks, and ends those of the one that it replaces; what the others hold."""
    if replaces:
        pool.renew(person, replaces, ())
    elsewhere = pool.leased_elsewhere(person, client)
    if client:
        pool.renew(person, client, [pair for pair in held if pair not in elsewhere])
    return elsewhere


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


def _fresh_trial_pairs(studio: Studio, pool: PairPool, hand: Hand, rng: random.Random) -> list[Pair]:
    """Those of open trials that the person may still decide: fewest judgements first, in random order among equals. Pairs of
    two wordings are mixed in, of which nobody has judged one."""
    offer = hand.offer
    taken = {*hand.held, *hand.elsewhere, *offer.own}
    ordered = sorted(sorted(offer.trial - taken), key=lambda pair: (pool.votes.judged(pair), rng.random()))
    trial = within_part(studio, ordered, offer.batches, {*offer.judged, *hand.held, *hand.elsewhere})
    wordings = sorted(offer.wordings - taken)
    rng.shuffle(wordings)
    return _mix(trial, wordings, rng) if wordings else trial


def _skipped_pairs(pool: PairPool, hand: Hand) -> list[Pair]:
    """What the person skipped and no page of theirs holds, the oldest ballots first."""
    skipped, offered = hand.offer.skipped, set(pool.pair[hand.offer.ordinary].tolist())
    again = (hand.offer.trial | hand.offer.wordings | offered) & skipped.keys() - {*hand.held, *hand.elsewhere}
    return sorted(again, key=lambda pair: skipped[pair])


def _put_first(
    pool: PairPool, chosen: list[Pair], wish: Pair | None, free: np.ndarray, trial: Collection[Pair]
) -> list[Pair]:
    """The chosen pairs with the one that is wished for in front of them, if the person may judge it."""
    if wish is None or not (wish in trial or free[pool.rows_of([wish])[0]].any()):
        return chosen
    return [wish, *(pair for pair in chosen if pair != wish)]


def _pairs_to_check(studio: Studio, pool: PairPool, hand: Hand, count: int, rng: random.Random) -> list[Pair]:
    """Up to `count` pairs that the person judged some time ago and never since, none of a trial's.

    What a page of theirs holds is left out.
    """
    if not count:
        return []
    newest = studio.value(_NEWEST_BEFORE, (now(-60 * REPEAT_MINUTES),)) or 0
    repeated = pool.votes.repeated.get(hand.person, set())
    judged = [pair for pair, (ballot, verdict) in hand.offer.own.items() if ballot <= newest and verdict != "skip"]
    rows, which = pool.rows_of(judged)
    there = {judged[place] for row, place in zip(rows, which, strict=True) if hand.offer.ordinary[row]}
    free = sorted(there - repeated - {*hand.offer.batches, *hand.held, *hand.elsewhere})
    return rng.sample(free, min(count, len(free)))


def _mix(trial: list[Pair], ordinary: list[Pair], rng: random.Random) -> list[Pair]:
    """Both lists in their own order, interleaved at random, so that position in the queue tells nothing."""
    mixed, trial, ordinary = list[Pair](), trial[::-1], ordinary[::-1]
    while trial and ordinary:
        mixed.append((trial if rng.random() < 0.5 else ordinary).pop())
    return mixed + trial[::-1] + ordinary[::-1]


def _describe(studio: Studio, pairs: Sequence[Pair], rng: random.Random, checks: Collection[Pair]) -> list[PairToJudge]:
    """The pairs with what is known of their takes, each on sides that are drawn at random."""
    takes = get_takes(studio, [take for pair in pairs for take in takes_of(pair)])
    briefs = {brief: get_brief(studio, brief) for brief in {take["brief"] for take in takes.values()}}
    shots = {shot: get_shot(studio, shot) for shot in {take["shot"] for take in takes.values()}}
    described: list[PairToJudge] = []
    for pair in pairs:
        left, right = (takes[take] for take in rng.sample(takes_of(pair), 2))
        of_pair = {"brief": briefs[left["brief"]], "shot": shots[left["shot"]], "check": pair in checks}
        described.append({"left": left, "right": right, **of_pair})  # type: ignore[typeddict-item]
    return described
