"""From ranked takes to what is learned from: pairs of a brief's takes, with labels of the reward model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from finetune.data.examples import Example
from finetune.settings import RankedSettings


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


def alone(brief: int, prompt: str, take: RankedTake) -> Example:
    """An anchor, as a circled take is: both sides are the same."""
    return Example(brief, prompt, take.name, take.name, 0.5, 0.0, 0.0, 1.0, 0.0)


def inwards(brief: int, prompt: str, takes: Sequence[RankedTake], log_odds: float, count: int) -> list[Example]:
    """`count` pairs: the best take with the worst, the second best with the second worst, and so on."""
    return [extremes(brief, prompt, takes[place : len(takes) - place], log_odds) for place in range(count)]


def pairs_to_learn(
    settings: RankedSettings, ranked: Mapping[int, Sequence[RankedTake]], prompts: Mapping[int, str], log_odds: float
) -> list[Example]:
    """Of these briefs. Half of the takes that are learned from are the best ones; sft learns from these alone."""
    pairs = []
    for brief, takes in sorted(ranked.items()):
        count = max(1, int(settings.learned_share * len(takes) / 2))
        if settings.learn_by == "sft":
            pairs += [alone(brief, prompts[brief], take) for take in takes[:count]]
        else:
            pairs += inwards(brief, prompts[brief], takes, log_odds, count)
    return pairs
