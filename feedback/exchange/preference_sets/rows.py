"""Which pairs are exported, as rows of TRL's preference format: prompt, chosen, rejected.

A pair is exported when more than half of its votes are for one take. Ties, evenly split pairs, pairs that were only
ever "both bad" and skips do not say which is better and are left out. So are takes of open trials: their version is
still a secret. A clip is represented by its poster.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypedDict

from feedback.errors import Refused
from feedback.fields import clean_text
from feedback.preferences.dataset import collect, weight_of
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
    weight: float  # how much of a choice the pair is: 1, or less where it comes from rankings alone
    brief: int
    chosen_take: int
    rejected_take: int
    chosen_version: str
    rejected_version: str


class ExportedTake(NamedTuple):
    id: int
    version: str
    picture: str  # path of the poster, or of the still itself


def preference_rows(studio: Studio) -> Iterator[PreferenceRow]:
    """One row per pair with a winner, one after the other."""
    preferences = collect(studio)
    hidden = {take for (take,) in studio.tuples(TAKES_OF_OPEN_TRIALS)}
    prompts = {brief: clean_text(prompt) for brief, prompt in preferences.prompts.items()}
    takes = exported_takes(studio)
    checked = set[int]()
    for source, pairs in (("ballots", preferences.pairs), ("stars", preferences.star_pairs)):
        for pair in pairs:
            if pair["p_left"] == 0.5 or pair["left"] in hidden or pair["right"] in hidden:
                continue
            for take in (takes[pair["left"]], takes[pair["right"]]):
                if take.id not in checked:
                    check_picture(take)
                    checked.add(take.id)
            yield preference_row(pair, source, takes, prompts)


def exported_takes(studio: Studio) -> dict[int, ExportedTake]:
    """Every take that is done. One query for all: two for each pair would take most of an export's time."""
    rows = studio.tuples(
        "SELECT t.id, t.version, m.sha256, m.ext FROM takes t JOIN media m ON m.sha256 = coalesce(t.poster, t.media)"
        " WHERE t.state = 'done'"
    )
    return {id: ExportedTake(id, version, media.address_of(studio, sha256, ext)) for id, version, sha256, ext in rows}


def check_picture(take: ExportedTake) -> None:
    if not os.path.isfile(take.picture):
        name = os.path.basename(take.picture)
        raise Refused(f"the picture of take {take.id} is missing ({name}): restore it or run circletake doctor")


def preference_row(
    pair: Mapping[str, Any], source: str, takes: Mapping[int, ExportedTake], prompts: Mapping[str, str]
) -> PreferenceRow:
    order = ("left", "right") if pair["p_left"] > 0.5 else ("right", "left")
    chosen, rejected = (takes[pair[side]] for side in order)
    return {
        "prompt": prompts[str(pair["brief"])],
        "chosen": chosen.picture,
        "rejected": rejected.picture,
        "p_chosen": round(max(pair["p_left"], 1 - pair["p_left"]), 6),
        "source": source,
        "judgements": len(pair["judgements"]),
        "weight": round(weight_of(pair), 6),
        "brief": pair["brief"],
        "chosen_take": chosen.id,
        "rejected_take": rejected.id,
        "chosen_version": chosen.version,
        "rejected_version": rejected.version,
    }
