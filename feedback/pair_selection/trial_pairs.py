"""Which pairs of open trials may be dealt: published ones, and to each person no more than their part.

A batch is published in one step, when all its takes are drawn or cannot be: a worker draws one version's takes together,
so that the order in which they came would tell the versions apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from feedback.pair_selection.vote_counts import Pair, pair_of
from feedback.store import Studio
from feedback.trials.counting import Batch, Limits

_WAITING = """
SELECT DISTINCT tp.trial, tp.batch FROM trial_pairs tp JOIN trials tr ON tr.id = tp.trial AND tr.state = 'open'
    JOIN takes t ON t.id IN (tp.candidate_take, tp.baseline_take) WHERE t.state IN ('queued', 'leased')
"""
_SIZES = """
SELECT tp.trial, tp.batch, tr.people, tr.share, count(*) AS pairs FROM trial_pairs tp
    JOIN trials tr ON tr.id = tp.trial AND tr.state = 'open' GROUP BY tp.trial, tp.batch
"""
_DRAWN = """
SELECT tp.trial, tp.batch, tp.candidate_take AS a, tp.baseline_take AS b FROM trial_pairs tp
    JOIN trials tr ON tr.id = tp.trial AND tr.state = 'open'
    JOIN takes c ON c.id = tp.candidate_take AND c.state = 'done'
    JOIN takes o ON o.id = tp.baseline_take AND o.state = 'done'
"""


def published_pairs(studio: Studio, scope: str, params: Mapping[str, Any]) -> dict[Pair, Batch]:
    """Pairs of open trials and their batches; `scope`: SQL that joins and restricts the pairs `tp`."""
    waiting = {(row["trial"], row["batch"]) for row in studio.rows(_WAITING)}
    rows = studio.rows(f"{_DRAWN} {scope}", params)
    batches = {pair_of(row["a"], row["b"]): (row["trial"], row["batch"]) for row in rows}
    return {pair: batch for pair, batch in batches.items() if batch not in waiting}


def within_part(
    studio: Studio, pairs: Sequence[Pair], batches: Mapping[Pair, Batch], taken: Collection[Pair]
) -> list[Pair]:
    """The first of these pairs that the person may still decide; `taken`: what they judged, or hold."""
    sizes = {(row["trial"], row["batch"]): row for row in studio.rows(_SIZES)}
    room = Counter({batch: Limits(row["people"], row["share"]).part(row["pairs"]) for batch, row in sizes.items()})
    room.subtract(batches[pair] for pair in taken if pair in batches)
    dealt = []
    for pair in pairs:
        if room[batches[pair]] > 0:
            room[batches[pair]] -= 1
            dealt.append(pair)
    return dealt
