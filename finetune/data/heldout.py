"""Which briefs are held out: by brief and never by pair, so that the pairs of one brief are on one side."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from finetune.data.examples import Example, Snapshot
from finetune.digests import digest


def heldout_briefs(snapshot: Snapshot, share: float) -> set[int]:
    """Ids of the briefs held out: up to `share` of those with a preference, at least one.

    A brief's place depends only on its id and prompt, and the lowest are held out. So a brief that was held out last
    night most likely is tonight, and a version built on last night's is tested on briefs it has not learned from.
    """
    ranked = sorted(decided_briefs(snapshot), key=lambda brief: place(snapshot, brief))
    below = [brief for brief in ranked if place(snapshot, brief) < share]
    return set(below[: ceil(share * len(ranked))] or ranked[:1])


def decided_briefs(snapshot: Snapshot) -> set[int]:
    """Briefs with a pair of takes of which people preferred one."""
    compared = [pair for pair in snapshot["pairs"] if pair["votes"] > 0]
    return {pair["brief"] for pair in (*compared, *snapshot["star_pairs"]) if pair["p_left"] != 0.5}


def place(snapshot: Snapshot, brief: int) -> float:
    """A brief's fixed place in [0, 1)."""
    return int(digest(str(brief), snapshot["prompts"][str(brief)])[:12], 16) / 16**12


def evaluated_pairs(heldout: Sequence[Example], most: int) -> list[Example]:
    """The same pairs at every evaluation, whatever order they come in."""
    return sorted((each for each in heldout if each.decided), key=lambda each: each.key)[:most]
