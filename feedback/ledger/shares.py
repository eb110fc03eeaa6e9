"""How much of what a version learned is whose: weights of judgements as its runs used them, by person and by brief."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from feedback.ledger.rows import SAYS, WEIGHT, choices_of
from feedback.ledger.wording import N_
from feedback.store import Studio

METHOD = N_(
    "A judgement weighs what its run's recipe made of it: of a verdict by one of several people on a pair its part, of a verdict "
    "that is one of a ranking less than a choice of its own, of stars, tags and verdicts that both are bad what the recipe says. "
    "What was held out weighs nothing, and what several runs were trained with weighs once for each. "
    "The share of a person is the weight of their judgements over that of all. The share of a contributor, a title or a licence "
    "is the weight of the judgements on takes that show that person, or start from frames of that title or from files under that "
    "licence, over that of all: such shares overlap, and do not add up to one. Frames of the library that a run was trained with "
    "are counted apart. These are counts of what went in, and no formula for payments."
)
WEIGHTS = f"""
SELECT person, brief, count(*) AS judgements, total(weight) AS weight, total(heldout) AS heldout FROM (
    SELECT j.person, t.brief, {WEIGHT} AS weight, max(j.split) = 'heldout' AS heldout
    FROM run_judgements j JOIN {{table}} k ON k.id = j.judgement JOIN takes t ON t.id = {{take}} {{ranking}}
    WHERE j.run IN (SELECT value FROM json_each(?)) AND j.kind = '{{kind}}' GROUP BY j.judgement)
GROUP BY person, brief
"""


@dataclass
class Share:
    judgements: int = 0
    weight: float = 0.0

    def add(self, judgements: int, weight: float) -> None:
        self.judgements += judgements
        self.weight += weight


@dataclass
class Shares:
    """Of one version."""

    all: Share = field(default_factory=Share)
    heldout: int = 0  # judgements that no run was trained with
    by_kind: dict[str, int] = field(default_factory=dict)
    by_person: dict[int, Share] = field(default_factory=lambda: defaultdict(Share))
    by_brief: dict[int, Share] = field(default_factory=lambda: defaultdict(Share))

    def over(self, links: Mapping[int, Iterable[int]]) -> dict[int, Share]:
        """By what the briefs are linked to; each judgement counts once for each."""
        shares: dict[int, Share] = defaultdict(Share)
        for brief, own in self.by_brief.items():
            for other in links.get(brief, ()):
                shares[other].add(own.judgements, own.weight)
        return shares

    def of(self, share: Share | None) -> dict[str, float | int]:
        """As rows of the ledger have it."""
        own = share or Share()
        part = own.weight / self.all.weight if self.all.weight else 0.0
        return {"judgements": own.judgements, "weight": round(own.weight, 4), "share": round(part, 6)}


def shares_of(studio: Studio, runs: Sequence[int]) -> Shares:
    shares = Shares()
    for kind, (table, take, _, _) in SAYS.items():
        sql = WEIGHTS.format(kind=kind, table=table, take=take, **choices_of(kind))
        for person, brief, judgements, weight, heldout in studio.tuples(sql, (json.dumps(list(runs)),)):
            for share in (shares.all, shares.by_person[person], shares.by_brief[brief]):
                share.add(judgements, weight)
            shares.heldout += int(heldout)
            shares.by_kind[kind] = shares.by_kind.get(kind, 0) + judgements
    return shares
