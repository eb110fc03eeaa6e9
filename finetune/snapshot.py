"""Which briefs of a snapshot are held out."""

from __future__ import annotations

from math import ceil
from typing import Any

from finetune.examples import digest, examples_of


def split_briefs(frozen: dict[str, Any], share: float) -> set[int]:
    """Ids of the briefs held out: up to `share` of those with a preference, at least one.

    A brief's place depends on its id and prompt only and the lowest are held out, so that one which was held out last
    night most likely is tonight, and a version built on last night's is tested on briefs it has not learned from.
    """
    decided = {example.brief for example in examples_of(frozen) if example.decided}
    ranked = sorted(decided, key=lambda brief: place(frozen, brief))
    under = [brief for brief in ranked if place(frozen, brief) < share]
    return set(under[: ceil(share * len(ranked))] or ranked[:1])


def place(frozen: dict[str, Any], brief: int) -> float:
    """A brief's fixed place in [0, 1)."""
    return int(digest(str(brief), frozen["prompts"][str(brief)])[:12], 16) / 16**12
