"""How far people are: what they judged of all that they may judge, in a shot, a review session or whatever else.

Pairs of open trials count like all others, as far as a person's part of them goes: a number that left them out would tell
which pairs they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypedDict

from feedback.pair_selection.offers import Offer, Scope, offer_of, trial_pairs_of
from feedback.pair_selection.pair_pool import PairPool, pair_pool_of
from feedback.pair_selection.trial_pairs import within_part
from feedback.store import Studio


class Progress(TypedDict):
    judged: int  # pairs
    total: int  # that the person can judge in all, those that they judged among them
    skipped: int  # of those that are left


def progress_of(studio: Studio, person: int, scope: Scope) -> Progress:
    """What a person has judged, of all that they can in this scope."""
    trial = trial_pairs_of(studio, person, scope)
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.read(studio)
        offer = offer_of(studio, pool, person, scope, trial)
        return _count(studio, pool, offer)


def _count(studio: Studio, pool: PairPool, offer: Offer) -> Progress:
    judged, skipped = _of_pool(pool, offer, offer.judged), _of_pool(pool, offer, list(offer.skipped))
    of_trials = offer.trial & set(offer.judged)
    left = within_part(studio, sorted(offer.trial - of_trials), offer.batches, offer.judged)
    return {
        "judged": judged + len(of_trials),
        "total": int(offer.ordinary.sum()) + len(of_trials) + len(left) + len(offer.wordings),
        "skipped": skipped + sum(pair in offer.skipped for pair in (*left, *offer.wordings)),
    }


def _of_pool(pool: PairPool, offer: Offer, pairs: list[int]) -> int:
    """How many of the pairs are ordinary ones on offer."""
    rows, _ = pool.rows_of(pairs)
    return int(offer.ordinary[rows].sum())


class SessionProgress(TypedDict):
    pairs: int  # of the session
    judged: dict[int, int]  # how many, by people id; whoever judged none is left out


def progress_of_sessions(studio: Studio, sessions: Collection[int]) -> dict[int, SessionProgress]:
    """Who has done how much, by session; people judge all pairs of a session alike, since none is of a trial."""
    pool = pair_pool_of(studio)
    with pool.lock:
        pool.read(studio)
        pairs = {session: pool.pair[pool.in_session(session)].tolist() for session in sessions}
        return {session: _count_people(pairs[session], pool.votes.verdicts) for session in sessions}


def _count_people(pairs: list[int], verdicts: Mapping[int, Mapping[int, tuple[int, str]]]) -> SessionProgress:
    counts = {person: sum(own[pair][1] != "skip" for pair in pairs if pair in own) for person, own in verdicts.items()}
    return {"pairs": len(pairs), "judged": {person: count for person, count in counts.items() if count}}
