"""What a run tells of the people who judged, once their rewards are fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from finetune.reward.features.sets import Groups
from finetune.reward.people.panel import Panel
from finetune.reward.people.standing import Standing, judged_pairs, standings


@dataclass(frozen=True)
class PairOfPerson:
    """A `standing.JudgedPair` by the sha256 of its takes."""

    person: int
    brief: int
    chosen: str
    passed: str
    like_others: bool
    like_own: bool
    gap: float


@dataclass(frozen=True)
class PeopleSummary:
    """Plain values, so that a run can keep them."""

    standings: list[Standing]
    pairs: list[PairOfPerson]
    own_rewards: bool  # whether people have rewards of their own that predict them better than the studio's
    loss: float  # mean cross-entropy of held-out verdicts by each person's own reward


def summarise_people(
    panel: Panel | None,
    groups: Groups,
    takes: Sequence[str],
    briefs: Sequence[int],
    repeats: Sequence[tuple[int, int, bool]],
) -> PeopleSummary | None:
    """`takes`: sha256 of each row of the groups; `briefs`: their briefs; `repeats`: as of `standings`."""
    if panel is None:
        return None
    pairs = [
        PairOfPerson(
            each.person,
            briefs[each.chosen],
            takes[each.chosen],
            takes[each.passed],
            each.like_others,
            each.like_own,
            each.gap,
        )
        for each in judged_pairs(panel.best)
    ]
    return PeopleSummary(standings(panel, groups, repeats), pairs, panel.best.level > 0, panel.best.loss)
