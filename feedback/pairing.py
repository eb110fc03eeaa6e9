"""Which pairs a person judges next: trial pairs and ordinary ones mixed, sides at random, nothing twice.

Pairs the fewest people have judged come first. Among equals, trial pairs come in random order, since choosing them by
what they show would bias the trial; ordinary ones by what a verdict on them would teach (`feedback.teaching`), and one
in five by chance, so that nothing stays unseen. A pair that the person has judged does not come back, and one they
skipped only when nothing else is left. What one open page of a person holds is not dealt to another.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

from feedback.briefs import get_brief
from feedback.deck import PAGE_SECONDS, Deck, deck_of
from feedback.shots import get_shot
from feedback.studio import Studio
from feedback.takes import get_take
from feedback.tally import Pair, pair_of, takes_of

CHANCE = 0.2  # share of ordinary pairs dealt at random
LEAVING_SECONDS = 30.0  # in which a page that is loaded again comes back for what it held

_SCOPE = "(:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)"
_WORK = "JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
_BRIEFS = f"SELECT b.id FROM briefs b {_WORK} WHERE {_SCOPE}"
_TRIAL = f"""
SELECT tp.candidate_take AS a, tp.baseline_take AS b FROM trial_pairs tp
    JOIN trials tr ON tr.id = tp.trial AND tr.state = 'open'
    JOIN takes c ON c.id = tp.candidate_take AND c.state = 'done'
    JOIN takes o ON o.id = tp.baseline_take AND o.state = 'done'
    JOIN briefs b ON b.id = tp.brief {_WORK} WHERE {_SCOPE}
"""


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
    chance: float = CHANCE,
    rng: random.Random | None = None,
) -> list[dict[str, Any]]:
    """Up to `count` pairs for a person: {"left": take, "right": take, "brief": brief, "shot": shot}.

    `exclude`: pairs the client holds already, on whichever sides. `client`: an id that each open page makes for itself;
    what it holds and what it is dealt is leased to it. `replaces`: the id of a page that it was loaded in place of, whose
    leases end. `chance`: share of ordinary pairs dealt at random; 1 chooses none by what it teaches. The same `rng` on
    the same record deals the same.
    """
    rng = rng or random.SystemRandom()
    held = dict.fromkeys(pair_of(*pair) for pair in exclude)
    scope = {"project": project, "shot": shot}
    trial = {pair_of(row["a"], row["b"]) for row in studio.rows(_TRIAL, scope)} - held.keys()
    scoped = None if project is None and shot is None else [row["id"] for row in studio.rows(_BRIEFS, scope)]
    deck = deck_of(studio)
    with deck.lock:
        deck.read(studio)
        if replaces:
            deck.renew(person_id, replaces, ())
        elsewhere = deck.leased_elsewhere(person_id, client)
        if client:
            deck.renew(person_id, client, [pair for pair in held if pair not in elsewhere])
        mine, offered = deck.tally.said.get(person_id, {}), deck.within(scoped)
        free = deck.without(offered, [*mine, *held, *elsewhere])
        ordinary = deck.deal(person_id, free, held, count, chance, rng.getrandbits(64))
        chosen = _mix(_deal_trial(deck, trial - mine.keys() - elsewhere, rng), ordinary, rng)[:count]
        if not chosen:
            skipped = {pair: ballot for pair, (ballot, verdict) in mine.items() if verdict == "skip"}
            again = (trial | set(deck.pair[offered].tolist())) & skipped.keys() - held.keys() - elsewhere
            chosen = sorted(again, key=lambda pair: skipped[pair])[:count]  # the oldest ballots first
        deck.lease(person_id, client, chosen)
    return [_describe(studio, pair, rng) for pair in chosen]


def renew_leases(
    studio: Studio, person_id: int, client: str, pairs: Collection[tuple[int, int]], *, leaving: bool = False
) -> list[tuple[int, int]]:
    """What an open page still holds; its other leases end. Gives back those it may keep.

    A page that was silent for long may find that another page of the person was dealt what it held. `leaving`: the page
    is being closed or loaded again, which it cannot tell apart: its leases last LEAVING_SECONDS more.
    """
    deck = deck_of(studio)
    with deck.lock:
        elsewhere = deck.leased_elsewhere(person_id, client)
        kept = [pair for pair in pairs if pair_of(*pair) not in elsewhere]
        deck.renew(person_id, client, [pair_of(*pair) for pair in kept])
        if leaving and kept:
            leased = deck.leases[person_id, client]
            deck.leases[person_id, client] = {pair: at - PAGE_SECONDS + LEAVING_SECONDS for pair, at in leased.items()}
    return kept


def count_leased_elsewhere(studio: Studio, person_id: int, client: str) -> int:
    """How many pairs the person's other open pages hold."""
    deck = deck_of(studio)
    with deck.lock:
        return len(deck.leased_elsewhere(person_id, client))


def _deal_trial(deck: Deck, fresh: set[Pair], rng: random.Random) -> list[Pair]:
    """Fewest judgements first, chance among equals."""
    return sorted(sorted(fresh), key=lambda pair: (deck.tally.judged(pair), rng.random()))


def _mix(trial: list[Pair], ordinary: list[Pair], rng: random.Random) -> list[Pair]:
    """Both lists in their own order, interleaved by chance, so that position in the queue tells nothing."""
    mixed, trial, ordinary = list[Pair](), trial[::-1], ordinary[::-1]
    while trial and ordinary:
        mixed.append((trial if rng.random() < 0.5 else ordinary).pop())
    return mixed + trial[::-1] + ordinary[::-1]


def _describe(studio: Studio, pair: Pair, rng: random.Random) -> dict[str, Any]:
    left, right = (get_take(studio, take) for take in rng.sample(takes_of(pair), 2))
    return {
        "left": left,
        "right": right,
        "brief": get_brief(studio, left["brief"]),
        "shot": get_shot(studio, left["shot"]),
    }
