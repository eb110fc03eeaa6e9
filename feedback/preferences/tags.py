"""Tags that tell how good a take is: what a word means is learned from the verdicts on takes that have it.

A studio's words are its own: "hands" may be a complaint or what people look for. A word tells something where the takes that
have it won reliably more, or fewer, of their verdicts than takes do in general.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict, cast

from feedback.statistics import wilson_interval

CURRENT_TAGS = """
SELECT g.id, g.person, g.take, g.word, t.brief FROM tags g JOIN takes t ON t.id = g.take
WHERE g.removed_by IS NULL AND g.created >= ? AND t.rewrite IS NULL
ORDER BY g.id
"""
FEWEST = 8  # verdicts on takes with a word, below which it tells nothing
WON = {"left": (1, 0), "right": (0, 1), "both_bad": (0, 0)}
"""What a verdict says of the left and the right take: 1 where it won. A tie says nothing."""


class Tagged(TypedDict):
    """A tag whose word tells how good a take is."""

    tag: int  # id of its row
    person: int
    take: int
    brief: int
    word: str
    good: bool  # or bad


def tags_that_tell(tags: Iterable[Mapping[str, Any]], ballots: Sequence[Mapping[str, Any]]) -> list[Tagged]:
    """Of rows of CURRENT_TAGS, by the rows of current ballots."""
    by_word: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in tags:
        by_word[row["word"]].append(row)
    usual = share_won([won for row in ballots if row["verdict"] in WON for won in WON[row["verdict"]]])
    of_take: dict[int, dict[int, Mapping[str, Any]]] = defaultdict(
        dict
    )  # a word is on few takes, and there may be a million ballots
    for place, row in enumerate(ballots):
        of_take[row["left"]][place] = of_take[row["right"]][place] = row
    meanings = {}
    for word, rows in by_word.items():
        takes = {row["take"] for row in rows}
        once = {place: row for take in takes for place, row in of_take.get(take, {}).items()}
        meanings[word] = meaning_of(takes, once.values(), usual)
    telling = [row for rows in by_word.values() for row in rows if meanings[row["word"]] is not None]
    return [tagged(row, bool(meanings[row["word"]])) for row in sorted(telling, key=lambda row: row["id"])]


def tagged(row: Mapping[str, Any], good: bool) -> Tagged:
    own = {name: row[name] for name in ("person", "take", "brief", "word")}
    return cast(Tagged, {"tag": row["id"], **own, "good": good})


def share_won(results: Sequence[int]) -> float:
    return sum(results) / len(results) if results else 0.5


def meaning_of(takes: set[int], ballots: Iterable[Mapping[str, Any]], usual: float) -> bool | None:
    """Whether these takes win more (True) or fewer (False) of their verdicts than usual, 95 % sure; else None.

    A verdict between two of them says nothing of what they have in common, unless both are bad.
    """
    results = [result for row in ballots if (result := result_of(takes, row)) is not None]
    if len(results) < FEWEST:
        return None
    least, most = wilson_interval(sum(results), len(results))
    return True if least > usual else False if most < usual else None


def result_of(takes: set[int], ballot: Mapping[str, Any]) -> int | None:
    """1 where the one of these takes that is in the pair won, else 0; None where the verdict tells nothing of it."""
    left, right = ballot["left"] in takes, ballot["right"] in takes
    if ballot["verdict"] not in WON or not (left or right) or (left and right and ballot["verdict"] != "both_bad"):
        return None
    return WON[ballot["verdict"]][0 if left else 1]
