"""How reliable each person's verdicts are, estimated from the verdicts alone.

The one-coin model of Dawid and Skene (1979): each pair has a better take, and a person picks it with a probability of
their own, their reliability. It shows where several people judged the same pair, and where one person judged a pair
again later. Ties, "both bad" and skips carry no information.

Agreement cannot tell two people of opposite taste from two careless people. Three rules limit the harm. The estimate
starts from a prior that only many judgements move. A person's own repeats set a lower bound, even if nobody agrees with
them. Nobody falls below MIN_RELIABILITY, so a minority counts less, but never against itself. One case remains: somebody
with a taste of their own who never judged a pair twice is taken for careless.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from feedback.preferences.dataset import weights_of
from feedback.statistics import confidence_sequence

Judgement = tuple[int, int, str]  # (ballot id, people id, verdict turned to the pair's own sides)
# (item, people id, 1.0 for the left take and -1.0 for the right, how much of a choice it is)
Vote = tuple[tuple[Any, ...], int, float, float]

PRIOR_RELIABILITY = 0.92
"""Mean of the Beta prior: label noise of 8 %, as the recipe's own label_smoothing."""
PRIOR_JUDGEMENTS = 20.0
"""Weight of the prior: after this many judgements that could be checked, they and the prior count alike."""
MIN_RELIABILITY = 0.6
MAX_RELIABILITY = 0.99
ROUNDS = 200
SETTLED = 1e-6
LEFT_SHARE = {"left": 1.0, "tie": 0.5, "right": 0.0}


def estimate_reliability(
    pairs: Iterable[Mapping[str, Any]], repeats: Iterable[tuple[int, int, bool]] = ()
) -> dict[int, float]:
    """Reliability by people id, in [MIN_RELIABILITY, MAX_RELIABILITY], for everybody who appears.

    `pairs` and `repeats` are those of `preferences.Preferences`. Expectation-maximisation: how likely each side is the
    better one, given everybody's reliability; then each person's expected share of right verdicts, under the prior.
    """
    pairs, repeats = list(pairs), list(repeats)
    raters = {person for pair in pairs for _, person, _ in pair["judgements"]}
    people, estimates = maximise([*shared_votes(pairs), *repeated_votes(repeats)])
    estimate = dict.fromkeys(raters, PRIOR_RELIABILITY) | dict(zip(people, estimates.tolist(), strict=True))
    bound = {person: proven_by_repeats([agrees for _, who, agrees in repeats if who == person]) for person in estimate}
    return {person: float(np.clip(estimate[person], bound[person], MAX_RELIABILITY)) for person in estimate}


def proven_by_repeats(agreements: Sequence[bool]) -> float:
    """Lower bound of a reliability, at least MIN_RELIABILITY: two verdicts agree with probability r^2 + (1 - r)^2."""
    low, _ = confidence_sequence(sum(agreements), len(agreements))
    return max(MIN_RELIABILITY, (1 + max(2 * low - 1, 0.0) ** 0.5) / 2)


def shared_votes(pairs: Iterable[Mapping[str, Any]]) -> Iterator[Vote]:
    """Verdicts on pairs that two or more people decided: alone, a verdict cannot be checked."""
    for pair in pairs:
        decided = [
            (person, verdict, weight)
            for (_, person, verdict), weight in zip(pair["judgements"], weights_of(pair), strict=True)
            if verdict in ("left", "right")
        ]
        if len({person for person, _, _ in decided}) > 1:
            for person, verdict, weight in decided:
                yield (pair["left"], pair["right"]), person, 1.0 if verdict == "left" else -1.0, weight


def repeated_votes(repeats: Iterable[tuple[int, int, bool]]) -> Iterator[Vote]:
    """Both verdicts of one person on one pair. Each such pair is an item of its own: it is about that person's taste."""
    for ballot, person, agrees in repeats:
        yield ("again", ballot), person, 1.0, 1.0
        yield ("again", ballot), person, 1.0 if agrees else -1.0, 1.0


def maximise(votes: Sequence[Vote]) -> tuple[list[int], np.ndarray]:
    """(people ids, their reliability [P]) at the fixed point; empty without votes."""
    items, item = numbered([key for key, _, _, _ in votes])
    people, person = numbered([who for _, who, _, _ in votes])
    side, weight = (np.array([vote[column] for vote in votes], float) for column in (2, 3))
    # Of one pair each vote tells as much as any other; over pairs, those of a ranking tell no more than its choices.
    prior, total = PRIOR_RELIABILITY * PRIOR_JUDGEMENTS, PRIOR_JUDGEMENTS + np.bincount(person, weight, len(people))
    reliability = np.full(len(people), PRIOR_RELIABILITY)
    for _ in range(ROUNDS):
        odds = np.log(reliability / (1 - reliability))[person]
        left = 1 / (1 + np.exp(-np.bincount(item, weights=side * odds, minlength=len(items))))
        correct = np.where(side > 0, left[item], 1 - left[item])
        before = reliability
        reliability = (prior + np.bincount(person, weights=weight * correct, minlength=len(people))) / total
        # Below one half the model would count every verdict of a lone taste against itself.
        reliability = np.clip(reliability, 0.5, MAX_RELIABILITY)
        if len(people) and np.abs(reliability - before).max() < SETTLED:
            break
    return people, reliability


def numbered(keys: Sequence[Any]) -> tuple[list[Any], np.ndarray]:
    """(the different keys in order of appearance, the place of each key among them)."""
    places = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    return list(places), np.array([places[key] for key in keys], dtype=np.intp)


def weighted_share(
    judgements: Sequence[Judgement], reliability: Mapping[int, float], weights: Sequence[float] | None = None
) -> float:
    """Share of votes for the left take, in [0, 1]: each counts 2 r - 1, a tie half for each side, nothing judged 0.5.

    `weights`: how much of a choice each judgement is, 1 unless given.

    2 r - 1 is how much better than a coin a verdict of reliability r is: the weight of iterative weighted majority
    voting (Li and Yu, arXiv 1411.4086). With one person, or equally reliable people, it is the plain share.
    """
    votes = [
        (weight * vote_weight(reliability, person), LEFT_SHARE[verdict])
        for (_, person, verdict), weight in zip(judgements, weights or [1.0] * len(judgements), strict=True)
        if verdict in LEFT_SHARE
    ]
    total = sum(weight for weight, _ in votes)
    return sum(weight * share for weight, share in votes) / total if total else 0.5


def expected_label_noise(
    judgements: Sequence[tuple[int, int, Any]], reliability: Mapping[int, float], weights: Sequence[float] | None = None
) -> float:
    """Share of a pair's verdicts, weighted as in `weighted_share`, that are expected to be wrong: its label smoothing."""
    votes = [
        (weight * vote_weight(reliability, person), 1 - reliability[person])
        for (_, person, verdict), weight in zip(judgements, weights or [1.0] * len(judgements), strict=True)
        if verdict not in ("both_bad", "skip")
    ]
    total = sum(weight for weight, _ in votes)
    return sum(weight * noise for weight, noise in votes) / total if total else 1 - PRIOR_RELIABILITY


def vote_weight(reliability: Mapping[int, float], person: int) -> float:
    return 2 * reliability[person] - 1
