"""Which pairs are exported, as rows of TRL's preference format: prompt, chosen, rejected.

A pair is exported when more than half of its votes are for one take. Ties, evenly split pairs, pairs that were only
ever "both bad" and skips do not say which is better and are left out. So are takes of open trials: their version is
still a secret. A clip is represented by its poster.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

from feedback.errors import Refused
from feedback.fields import clean_text
from feedback.preferences.dataset import collect
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio, media

SIDES = ("chosen", "rejected")


class PreferenceRow(TypedDict):
    prompt: str
    chosen: str  # path of a picture in the studio
    rejected: str
    p_chosen: float  # share of votes for the chosen take, above 0.5
    source: str  # ballots or stars
    judgements: int
    brief: int
    chosen_take: int
    rejected_take: int
    chosen_version: str
    rejected_version: str


def preference_rows(studio: Studio) -> list[PreferenceRow]:
    """One row per pair with a winner."""
    preferences = collect(studio)
    hidden = {next(iter(row.values())) for row in studio.rows(TAKES_OF_OPEN_TRIALS)}
    pairs = [{**pair, "source": "ballots"} for pair in preferences.pairs]
    pairs += [{**pair, "source": "stars"} for pair in preferences.star_pairs]
    won = [pair for pair in pairs if pair["p_left"] != 0.5 and not {pair["left"], pair["right"]} & hidden]
    takes = {
        row["id"]: row for row in studio.rows("SELECT id, version, seed, media, poster FROM takes WHERE state = 'done'")
    }
    return [preference_row(studio, pair, takes, preferences.prompts) for pair in won]


def preference_row(
    studio: Studio, pair: dict[str, Any], takes: dict[int, dict[str, Any]], prompts: dict[str, str]
) -> PreferenceRow:
    order = ("left", "right") if pair["p_left"] > 0.5 else ("right", "left")
    chosen, rejected = (takes[pair[side]] for side in order)
    return {
        "prompt": clean_text(prompts[str(pair["brief"])]),
        "chosen": str(picture_of(studio, chosen)),
        "rejected": str(picture_of(studio, rejected)),
        "p_chosen": round(max(pair["p_left"], 1 - pair["p_left"]), 6),
        "source": pair["source"],
        "judgements": len(pair["judgements"]),
        "brief": pair["brief"],
        "chosen_take": chosen["id"],
        "rejected_take": rejected["id"],
        "chosen_version": chosen["version"],
        "rejected_version": rejected["version"],
    }


def picture_of(studio: Studio, take: dict[str, Any]) -> Path:
    path = media.path_of(studio, take["poster"] or take["media"])
    if not path.is_file():
        raise Refused(f"the picture of take {take['id']} is missing ({path.name}): restore it or run circletake doctor")
    return path
