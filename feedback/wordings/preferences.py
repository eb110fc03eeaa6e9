"""Which of two wordings led to the chosen take: what a writer learns from, and what each of these says rests on.

Ballots on two takes of one brief that were drawn from different words; stars that one person gave to takes of two briefs of
one shot; circled takes of a brief, beside takes of others of its shot of which none was circled. So a studio whose takes come
from a model that nobody here can tune has them too, as soon as it tries a shot in more than one wording.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, TypedDict

from feedback.preferences.dataset import FLIPPED
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.rights.agreements import who_may_be_learned_from
from feedback.rights.checks import briefs_not_to_learn_from
from feedback.statistics import win_probability
from feedback.store import Studio

Judgement = tuple[str, int, int]  # (kind as in `run_judgements`, its id, people id)
NEAR = 6  # briefs of one shot that a brief is compared with, the ones written next: a shot of forty says little more by 780

_BALLOTS = """
SELECT b.id, b.person, b."left", b."right", b.verdict, o.brief,
    coalesce(p.prompt, f.prompt) AS prompt_left, coalesce(q.prompt, f.prompt) AS prompt_right
FROM current_ballots b JOIN takes o ON o.id = b."left" JOIN takes r ON r.id = b."right" JOIN briefs f ON f.id = o.brief
    LEFT JOIN rewrites p ON p.id = o.rewrite LEFT JOIN rewrites q ON q.id = r.rewrite
WHERE o.rewrite IS NOT r.rewrite AND b.verdict IN ('left', 'right', 'tie') AND b.doubt IS NULL AND b.repeats IS NULL
ORDER BY b.id
"""
# Of takes as their briefs were written; one of a rewrite says nothing of these words, nor does one that was made elsewhere of
# others.
_OTHER_WORDS = """
SELECT o.take FROM outside_takes o JOIN takes m ON m.id = o.take JOIN briefs w ON w.id = o.brief
WHERE json_extract(m.provenance, '$.made_with.prompt') IS NOT w.prompt
"""
_STARS = f"""
SELECT r.id, r.person, r.stars, t.brief FROM current_ratings r JOIN takes t ON t.id = r.take
WHERE t.rewrite IS NULL AND NOT r.taken_back AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS} UNION ALL {_OTHER_WORDS}) ORDER BY r.id
"""
_CIRCLES = f"""
SELECT s.id, s.person, t.brief FROM statuses s JOIN takes t ON t.id = s.take
WHERE t.rewrite IS NULL AND s.status = 'circled' AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS} UNION ALL {_OTHER_WORDS})
    AND s.id = (SELECT max(l.id) FROM statuses l WHERE l.take = s.take) ORDER BY s.id
"""
_BRIEFS = """
SELECT b.id, b.shot, b.kind, b.prompt FROM briefs b
WHERE EXISTS (SELECT 1 FROM takes t WHERE t.brief = b.id AND t.state = 'done') ORDER BY b.shot, b.kind, b.id
"""


class ComparedWordings(TypedDict):
    """Two wordings of one thing, and which of them people chose."""

    one: str
    other: str
    share: float  # of the choice that went to `one`, 0 to 1; 0.5 where nothing was decided
    briefs: tuple[int, ...]  # one, or two of a shot
    judgements: list[Judgement]


def compare_wordings(studio: Studio) -> list[ComparedWordings]:
    """Everything that the record says of wordings; pairs of which it says the same things twice are not made."""
    return [*by_ballots(studio), *by_shots(studio)]


def learned_from(studio: Studio, question: str) -> list[dict[str, Any]]:
    """The judgements that a question is about, of people and takes that may be learned from."""
    people, forbidden = who_may_be_learned_from(studio), briefs_not_to_learn_from(studio, None)
    return [row for row in studio.rows(question) if row["person"] in people and row["brief"] not in forbidden]


def by_ballots(studio: Studio) -> list[ComparedWordings]:
    """One for each pair of takes that were compared, of two wordings of their brief."""
    grouped: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in learned_from(studio, _BALLOTS):
        if row["left"] > row["right"]:
            for side, opposite in (("left", "right"), ("prompt_left", "prompt_right")):
                row[side], row[opposite] = row[opposite], row[side]
            row["verdict"] = FLIPPED.get(row["verdict"], row["verdict"])
        grouped[row["left"], row["right"]].append(row)
    return [of_pair(rows) for _, rows in sorted(grouped.items())]


def of_pair(rows: list[dict[str, Any]]) -> ComparedWordings:
    verdicts = [row["verdict"] for row in rows]
    return {
        "one": rows[0]["prompt_left"],
        "other": rows[0]["prompt_right"],
        "share": win_probability(*(verdicts.count(verdict) for verdict in ("left", "right", "tie"))),
        "briefs": (rows[0]["brief"],),
        "judgements": [("ballot", row["id"], row["person"]) for row in rows],
    }


def by_shots(studio: Studio) -> list[ComparedWordings]:
    """One for each two briefs of a shot, of one kind and near in time, between which stars or circles decide."""
    stars, circles = ratings_by_brief(studio), circles_by_brief(studio)
    compared = []
    for one, other in briefs_side_by_side(studio):
        numbers = (one["id"], other["id"])
        judged = of_stars(*(stars.get(brief, {}) for brief in numbers)) or of_circles(
            *(circles.get(b, []) for b in numbers)
        )
        if judged:
            share, judgements = judged
            row = ComparedWordings(
                one=one["prompt"], other=other["prompt"], share=share, briefs=numbers, judgements=judgements
            )
            compared.append(row)
    return compared


def briefs_side_by_side(studio: Studio) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    grouped: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in studio.rows(_BRIEFS):
        grouped[row["shot"], row["kind"]].append(row)
    for rows in grouped.values():
        for a, b in combinations(range(len(rows)), 2):
            if b - a <= NEAR and rows[a]["prompt"] != rows[b]["prompt"]:
                yield rows[a], rows[b]


def ratings_by_brief(studio: Studio) -> dict[int, dict[int, list[tuple[int, int]]]]:
    """{brief: {person: [(rating, stars)]}}."""
    by_brief: dict[int, dict[int, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in learned_from(studio, _STARS):
        by_brief[row["brief"]][row["person"]].append((row["id"], row["stars"]))
    return by_brief


def circles_by_brief(studio: Studio) -> dict[int, list[Judgement]]:
    by_brief: dict[int, list[Judgement]] = defaultdict(list)
    for row in learned_from(studio, _CIRCLES):
        by_brief[row["brief"]].append(("status", row["id"], row["person"]))
    return by_brief


def of_stars(
    one: dict[int, list[tuple[int, int]]], other: dict[int, list[tuple[int, int]]]
) -> tuple[float, list[Judgement]] | None:
    """Each person who rated both has one vote, by their mean stars: one person's three is another's four."""
    votes, judgements = list[float](), list[Judgement]()
    for person in one.keys() & other.keys():
        means = [sum(stars for _, stars in each[person]) / len(each[person]) for each in (one, other)]
        votes.append(0.5 if means[0] == means[1] else float(means[0] > means[1]))
        judgements += [("rating", rating, person) for each in (one, other) for rating, _ in each[person]]
    share = sum(votes) / len(votes) if votes else 0.5
    return None if share == 0.5 else (share, sorted(judgements))


def of_circles(one: list[Judgement], other: list[Judgement]) -> tuple[float, list[Judgement]] | None:
    if bool(one) == bool(other):
        return None
    return (1.0, one) if one else (0.0, other)


def folds_by_brief(compared: Sequence[ComparedWordings], folds: int) -> list[int]:
    """The fold of each, 0 to `folds` - 1: those of one brief, or of briefs that are compared with each other, have the same.

    Folds are about as large as each other.
    """
    first = first_of_groups(row["briefs"] for row in compared)
    groups = Counter(first[row["briefs"][0]] for row in compared)
    sizes, fold_of = [0] * folds, dict[int, int]()
    for group, size in sorted(groups.items(), key=lambda item: (-item[1], item[0])):
        fold_of[group] = sizes.index(min(sizes))
        sizes[fold_of[group]] += size
    return [fold_of[first[row["briefs"][0]]] for row in compared]


def first_of_groups(groups: Iterable[Collection[int]]) -> dict[int, int]:
    """The smallest brief with which each is connected, over any number of others."""
    first: dict[int, int] = {}

    def root(brief: int) -> int:
        while first.setdefault(brief, brief) != brief:
            brief = first[brief]
        return brief

    for group in groups:
        least = min(map(root, group))
        for brief in group:
            first[root(brief)] = least
    return {brief: root(brief) for brief in first}
