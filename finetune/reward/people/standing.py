"""How each person judges, as held-out verdicts tell: like the house, by an eye of their own, contrary to it, or by no eye seen.

All counts are of verdicts on briefs that the fits had not seen. Nobody is singled out by chance: what is told of a person holds
at the end of Wilson's interval (95 %, and wider the more people there are) that speaks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import torch

from feedback.statistics import wilson_interval
from finetune.reward.people.panel import PanelFit

HOUSE, OWN, CONTRARY, UNPREDICTED, UNSEEN = "house", "own", "contrary", "unpredicted", "unseen"
KINDS = (HOUSE, OWN, CONTRARY, UNPREDICTED, UNSEEN)
"""like the house; by an eye of their own; against the house on most pairs; as by chance; steady, but by nothing that is seen."""
CHANCE = 0.65  # what is surely predicted in fewer than this share of cases is as good as chance
SURELY = 0.05  # of the whole panel, that anybody is singled out by chance
EXAMPLES = 8  # of each person


@dataclass(frozen=True)
class Standing:
    """Of one person."""

    person: int  # people id
    kind: str  # one of KINDS
    verdicts: int  # pairs they had a preference on
    like_house: int  # of these, those that the others' reward says too
    like_own: int  # those that their own reward says
    examples: list[tuple[int, int, bool]]  # rows of takes (chosen, passed over, whether own eye says so): most telling first


def standings(fit: PanelFit, repeats: Sequence[tuple[int, int, bool]] = ()) -> list[Standing]:
    """Of everybody in the panel. `repeats`: (ballot, people id, whether the second verdict on a pair was the first again)."""
    z = NormalDist().inv_cdf(1 - SURELY / 2 / len(fit.people))
    steady: Mapping[int, list[bool]] = {who: [same for _, each, same in repeats if each == who] for who in fit.people}
    counts = [counted(fit, place) for place in range(len(fit.people))]
    return [
        Standing(
            person,
            kind_of(place, counts, steady[person], fit.level > 0, z),
            *counts[place],
            telling_examples(fit, place),
        )
        for place, person in enumerate(fit.people)
    ]


def counted(fit: PanelFit, place: int) -> tuple[int, int, int]:
    """(pairs, those that the others' reward orders as this person did, those that their own does)."""
    mine = (fit.votes.person == place) & fit.votes.compared
    chose_left = fit.votes.p[mine] > 0.5
    agree = [int(((z[mine] > 0) == chose_left).sum()) for z in (fit.others, fit.own)]
    return int(mine.sum()), agree[0], agree[1]


def kind_of(place: int, counts: Sequence[tuple[int, int, int]], steady: Sequence[bool], apart: bool, z: float) -> str:
    """`apart`: whether people have rewards of their own in this fit; without, `own` is the house with this person in it."""
    number, house, own = counts[place]
    if number == 0:
        return HOUSE
    (_, house_high), (own_low, own_high) = (wilson_interval(count, number, z) for count in (house, own))
    if house_high < 0.5 and own_low > 0.5:
        return CONTRARY
    if max(house_high, own_high) < CHANCE and max(house_high, own_high) < low_of_rest(place, counts, z):
        return UNSEEN if wilson_interval(sum(steady), len(steady), z)[0] > 0.5 else UNPREDICTED
    return OWN if apart and wilson_interval(house, number, z)[1] < own / number else HOUSE


def low_of_rest(place: int, counts: Sequence[tuple[int, int, int]], z: float) -> float:
    """How much of the other people's verdicts their own rewards predict at least."""
    rest = [each for number, each in enumerate(counts) if number != place]
    return wilson_interval(sum(own for _, _, own in rest), sum(number for number, _, _ in rest), z)[0]


def telling_examples(fit: PanelFit, place: int) -> list[tuple[int, int, bool]]:
    """Pairs on which this person chose another take than the others' reward does, each pair once.

    First those that their own reward tells apart from the others' most: they show what this person looks for.
    """
    votes = fit.votes
    side = torch.where(votes.p > 0.5, 1.0, -1.0).double()
    unlike = (votes.person == place) & votes.compared & (side * fit.others < 0)
    gap = side * (fit.own - fit.others)
    rows = [int(row) for row in gap.argsort(descending=True, stable=True) if unlike[row]][:EXAMPLES]
    made = []
    for row in rows:
        left, right = int(votes.left[row]), int(votes.right[row])
        chosen, passed = (left, right) if votes.p[row] > 0.5 else (right, left)
        made.append((chosen, passed, bool(side[row] * fit.own[row] > 0)))
    return made
