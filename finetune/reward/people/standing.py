"""How each person judges, as held-out verdicts tell: like the others, by an eye of their own, contrary to it, or by no eye seen.

All counts are of verdicts on briefs that the fits had not seen. Nobody is singled out by chance: what is told of a person holds
at the end of Wilson's interval (95 %, and wider the more people there are) that speaks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

import torch

from feedback.statistics import wilson_interval
from finetune.reward.features.sets import Groups
from finetune.reward.model import columns_of
from finetune.reward.people.panel import Panel, PanelFit
from finetune.reward.scaling import join_groups

ALIKE, OWN, CONTRARY, UNPREDICTED, UNSEEN = "alike", "own", "contrary", "unpredicted", "unseen"
KINDS = (ALIKE, OWN, CONTRARY, UNPREDICTED, UNSEEN)
"""like the others; by an eye of their own; against the others on most pairs; as by chance; steady, but by nothing that is seen."""
CHANCE = 0.7  # of verdicts: what is surely predicted more rarely is hardly predicted at all
SURELY = 0.05  # of the whole panel, that anybody is singled out by chance


class Counts(NamedTuple):
    """Of one person's verdicts."""

    verdicts: int
    alike: int  # those that the others' reward says too
    own: int  # those that their own says
    own_alone: int  # their own, and not the others'
    differing: int  # those on which the two differ


@dataclass(frozen=True)
class Standing:
    """Of one person."""

    person: int  # people id
    kind: str  # one of KINDS
    verdicts: int  # pairs they had a preference on
    like_others: int  # of these, those that the others' reward says too
    like_own: int  # those that their own reward says
    along: str  # the group of statistics in which their reward differs most from the others'; empty where it does not


@dataclass(frozen=True)
class JudgedPair:
    """A verdict beside what the rewards say of the pair, fitted without its brief."""

    person: int  # people id
    chosen: int  # row of the take
    passed: int
    like_others: bool  # the others' reward is higher for the chosen take, too
    like_own: bool  # the person's own is
    gap: float  # log-odds by which the own reward speaks for this choice more than the others' does


def standings(panel: Panel, groups: Groups, repeats: Sequence[tuple[int, int, bool]] = ()) -> list[Standing]:
    """Of everybody in the panel. `groups`: features of the takes.

    `repeats`: (ballot, people id, whether the second verdict on a pair was the first again).
    """
    fit = panel.best
    z = NormalDist().inv_cdf(1 - SURELY / 2 / len(fit.people))
    steady: Mapping[int, list[bool]] = {who: [same for _, each, same in repeats if each == who] for who in fit.people}
    counts = [counted(fit, place) for place in range(len(fit.people))]
    along = differences_along(panel, groups)
    return [
        Standing(person, kind_of(place, counts, steady[person], fit.level > 0, z), *counts[place][:3], along[place])
        for place, person in enumerate(fit.people)
    ]


def counted(fit: PanelFit, place: int) -> Counts:
    mine = (fit.votes.person == place) & fit.votes.compared
    chose_left = fit.votes.p[mine] > 0.5
    alike, own = ((z[mine] > 0) == chose_left for z in (fit.others, fit.own))
    return Counts(
        int(mine.sum()), int(alike.sum()), int(own.sum()), int((own & ~alike).sum()), int((own != alike).sum())
    )


def kind_of(place: int, counts: Sequence[Counts], steady: Sequence[bool], apart: bool, z: float) -> str:
    """`apart`: whether people have rewards of their own in this fit; without, `own` is everybody's with this person in it."""
    each = counts[place]
    if each.verdicts == 0:
        return ALIKE
    alike, own = (wilson_interval(count, each.verdicts, z) for count in (each.alike, each.own))
    if alike[1] < 0.5 and own[0] > 0.5:
        return CONTRARY
    if max(alike[1], own[1]) < min(CHANCE, low_of_rest(place, counts, z)):
        return UNSEEN if wilson_interval(sum(steady), len(steady), z)[0] > 0.5 else UNPREDICTED
    return OWN if apart and wilson_interval(each.own_alone, each.differing, z)[0] > 0.5 else ALIKE


def low_of_rest(place: int, counts: Sequence[Counts], z: float) -> float:
    """How much of the other people's verdicts their own rewards predict at least."""
    rest = [each for number, each in enumerate(counts) if number != place]
    return wilson_interval(sum(each.own for each in rest), sum(each.verdicts for each in rest), z)[0]


def judged_pairs(fit: PanelFit) -> list[JudgedPair]:
    """Every verdict between two takes that were compared."""
    votes = fit.votes
    side = torch.where(votes.p > 0.5, 1.0, -1.0).double()
    own, others = side * fit.own, side * fit.others
    made = []
    for row in votes.compared.nonzero().flatten().tolist():
        takes = int(votes.left[row]), int(votes.right[row])
        chosen, passed = takes if side[row] > 0 else takes[::-1]
        person, gap = fit.people[int(votes.person[row])], float(own[row] - others[row])
        made.append(JudgedPair(person, chosen, passed, bool(others[row] > 0), bool(own[row] > 0), gap))
    return made


def differences_along(panel: Panel, groups: Groups) -> list[str]:
    """For each person the group of statistics in which their reward differs most from the others', or nothing."""
    fit = next((each for each in panel.fits if each.level > 0 and not each.reads_hidden_states), None)
    if fit is None:
        return [""] * len(panel.best.people)
    rest = (fit.weights.sum(0) - fit.weights) / (len(fit.people) - 1)
    numbers = (join_groups(groups, fit.features).double() - fit.mean) / fit.scale
    moved = numbers[fit.votes.left] - numbers[fit.votes.right]
    columns = columns_of(groups, fit.features, numbers.shape[1])
    return [
        max(columns, key=lambda name: float((moved[:, columns[name]] @ gap[columns[name]]).square().mean()))
        for gap in fit.weights - rest
    ]
