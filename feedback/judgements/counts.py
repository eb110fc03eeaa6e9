"""How many judgements of each kind there are."""

from __future__ import annotations

import json

from feedback.rights.agreements import who_may_be_learned_from
from feedback.store import Studio

KINDS = ("ballots", "rankings", "ratings", "notes", "tags", "statuses", "selects")


def count_judgements(studio: Studio) -> dict[str, int]:
    """By table. Rows are only ever added, so that the last one's number is how many there are."""
    return {kind: studio.value(f"SELECT coalesce(max(id), 0) FROM {kind}") for kind in KINDS}


def count_decided_pairs(studio: Studio) -> int:
    """Pairs of which somebody chose one take who may be learned from: what tuning can learn from."""
    pair = 'min("left", "right") AS first, max("left", "right") AS second'
    decided = f"SELECT DISTINCT {pair} FROM current_ballots WHERE verdict IN ('left', 'right') AND doubt IS NULL"
    people = json.dumps(sorted(who_may_be_learned_from(studio)))
    decided += " AND person IN (SELECT value FROM json_each(?))"
    return int(studio.value(f"SELECT count(*) FROM ({decided})", (people,)))
