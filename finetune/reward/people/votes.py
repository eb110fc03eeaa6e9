"""The verdicts of people on pairs as numbers: one row for each person who judged a pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from finetune.data.examples import Example
from finetune.data.labels import smoothed

FEWEST = 10  # choices of a person from which on they have a reward of their own
MOST = 4000  # verdicts in all, evenly of everybody's: more take minutes and tell hardly more


@dataclass(frozen=True)
class Votes:
    """n verdicts of P people on pairs of takes; ties are left out."""

    people: list[int]  # people ids [P], ascending
    person: torch.Tensor  # [n], row in `people`
    left: torch.Tensor  # [n], row of the take
    right: torch.Tensor  # [n]
    p: torch.Tensor  # [n] float64: 1 for the left take, or of stars a share; label noise taken off
    weight: torch.Tensor  # [n] float64
    brief: torch.Tensor  # [n]
    compared: torch.Tensor  # [n] bool: two takes were compared, and not only given stars

    def where(self, chosen: torch.Tensor) -> Votes:
        columns = (self.person, self.left, self.right, self.p, self.weight, self.brief, self.compared)
        return Votes(self.people, *(column[chosen] for column in columns))


def votes_of(examples: Sequence[Example], takes: Sequence[str]) -> Votes | None:
    """Of people with enough verdicts; None where these are fewer than two. `takes`: sha256 by row."""
    count: dict[int, float] = defaultdict(float)
    for example in examples:
        for vote in example.votes:
            count[vote.person] += vote.weight if vote.p_left != 0.5 else 0.0
    people = sorted(person for person, choices in count.items() if choices >= FEWEST)
    if len(people) < 2:
        return None
    row = {take: place for place, take in enumerate(takes)}
    place = {person: number for number, person in enumerate(people)}
    rows = [
        (
            place[vote.person],
            row[each.left],
            row[each.right],
            noisy(vote.p_left, each),
            vote.weight,
            each.brief,
            each.compared,
        )
        for each in examples
        for vote in each.votes
        if vote.person in place and vote.p_left != 0.5 and vote.weight > 0
    ]
    rows = sorted(rows)[:: -(-len(rows) // MOST)]
    columns = [torch.tensor(column) for column in zip(*rows, strict=True)]
    person, left, right, p, weight, brief, compared = columns
    return Votes(people, person, left, right, p.double(), weight.double(), brief, compared)


def noisy(p_left: float, example: Example) -> float:
    return float(smoothed(torch.tensor(p_left, dtype=torch.float64), example.label_noise))
