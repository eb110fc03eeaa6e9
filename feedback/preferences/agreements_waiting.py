"""Judgements that would be learned from if their people agreed: how many they are, and whose."""

from __future__ import annotations

import json
from typing import TypedDict

from feedback.preferences.dataset import CURRENT_BALLOTS, CURRENT_CIRCLES, CURRENT_RATINGS
from feedback.preferences.tags import CURRENT_TAGS
from feedback.rights.agreements import is_asked, unanswered
from feedback.store import Studio

HOW = "they answer on their Account page, or `circletake user agree NAME` records it on paper"
MOST_NAMES = 5


class Waiting(TypedDict):
    judgements: int
    people: list[str]  # whose they are, by name


def waiting_for_agreement(studio: Studio) -> Waiting:
    """Of those who have not answered yet; nothing in a studio that does not ask."""
    if not is_asked(studio):
        return Waiting(judgements=0, people=[])
    everybody, count, names = json.dumps(sorted(unanswered(studio))), 0, set[str]()
    for question in (CURRENT_BALLOTS, CURRENT_RATINGS, CURRENT_CIRCLES, CURRENT_TAGS):
        sql = (
            f"SELECT p.name, count(*) AS n FROM ({question}) j JOIN people p ON p.id = j.person"
            " WHERE j.person IN (SELECT value FROM json_each(?)) GROUP BY p.id"
        )
        for row in studio.rows(sql, ("", everybody)):
            count, names = count + row["n"], names | {row["name"]}
    return Waiting(judgements=count, people=sorted(names))


def describe_waiting(waiting: Waiting) -> str | None:
    """One line; None where none waits."""
    if not waiting["judgements"]:
        return None
    one = waiting["judgements"] == 1
    count = f"{waiting['judgements']} judgement{'' if one else 's'} of {in_words(waiting['people'])}"
    return f"{count} do{'es' if one else ''} not count: they have not agreed to be learned from; {HOW}"


def in_words(names: list[str]) -> str:
    """`ben`, `ben and cleo`, `ben, cleo and 7 more`."""
    shown = names if len(names) <= MOST_NAMES else [*names[: MOST_NAMES - 1], f"{len(names) - MOST_NAMES + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
