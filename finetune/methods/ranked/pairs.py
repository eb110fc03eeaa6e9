"""From ranked takes to what is learned from: pairs of a brief's takes, with labels of the reward model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from finetune.data.examples import Example


@dataclass(frozen=True)
class RankedTake:
    """One take of a brief and its reward."""

    name: str  # by which the cache knows it
    reward: float


def by_brief(takes: Sequence[tuple[str, Example]], rewards: Sequence[float]) -> dict[int, list[RankedTake]]:
    """The best first; briefs with one take alone are left out."""
    ranked: dict[int, list[RankedTake]] = {}
    for (name, example), reward in zip(takes, rewards, strict=True):
        ranked.setdefault(example.brief, []).append(RankedTake(name, reward))
    best_first = {brief: sorted(each, key=lambda take: (-take.reward, take.name)) for brief, each in ranked.items()}
    return {brief: each for brief, each in best_first.items() if len(each) > 1}


def extremes(brief: int, prompt: str, takes: Sequence[RankedTake], log_odds: float) -> Example:
    """The best take against the worst. `log_odds`: that a reward of 1 is worth, so that labels are as sure as it is."""
    p_best = 1 / (1 + exp(-log_odds * (takes[0].reward - takes[-1].reward)))
    return Example(brief, prompt, takes[0].name, takes[-1].name, p_best, 1.0, 0.0, 2 * p_best - 1, 0.0)


def best_alone(brief: int, prompt: str, takes: Sequence[RankedTake]) -> Example:
    """An anchor, as a circled take is: both sides are the same."""
    return Example(brief, prompt, takes[0].name, takes[0].name, 0.5, 0.0, 0.0, 1.0, 0.0)


def folded(brief: int, prompt: str, takes: Sequence[RankedTake], log_odds: float) -> list[Example]:
    """All takes in pairs, the best with the worst and so on inwards; of an odd number the middle one is left out."""
    inwards = [(takes[place], takes[-1 - place]) for place in range(len(takes) // 2)]
    return [extremes(brief, prompt, pair, log_odds) for pair in inwards]


def pairs_to_learn(
    learn_by: str, ranked: Mapping[int, Sequence[RankedTake]], prompts: Mapping[int, str], log_odds: float
) -> list[Example]:
    """Of these briefs, by a value of settings.LEARN_BY."""
    pairs = []
    for brief, takes in sorted(ranked.items()):
        if learn_by == "advantage":
            pairs += folded(brief, prompts[brief], takes, log_odds)
        elif learn_by == "dpo":
            pairs.append(extremes(brief, prompts[brief], takes, log_odds))
        else:
            pairs.append(best_alone(brief, prompts[brief], takes))
    return pairs
