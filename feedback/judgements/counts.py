"""How many judgements of each kind there are."""

from __future__ import annotations

from feedback.store import Studio

KINDS = ("ballots", "rankings", "ratings", "notes", "tags", "statuses", "selects")


def count_judgements(studio: Studio) -> dict[str, int]:
    """By table. Rows are only ever added, so that the last one's number is how many there are."""
    return {kind: studio.value(f"SELECT coalesce(max(id), 0) FROM {kind}") for kind in KINDS}


def count_decided_pairs(studio: Studio) -> int:
    """Pairs of which somebody chose one take: what tuning can learn from."""
    pair = 'min("left", "right") AS first, max("left", "right") AS second'
    decided = f"SELECT DISTINCT {pair} FROM current_ballots WHERE verdict IN ('left', 'right') AND doubt IS NULL"
    return int(studio.value(f"SELECT count(*) FROM ({decided})"))
