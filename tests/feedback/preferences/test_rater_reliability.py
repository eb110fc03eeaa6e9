"""Reliability without ground truth: found where there is enough to see, and otherwise left at the prior."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from feedback.preferences.rater_reliability import (
    MIN_RELIABILITY,
    PRIOR_RELIABILITY,
    estimate_reliability,
    expected_label_noise,
    weighted_share,
)


def judged(votes: dict[int, list[str]]) -> list[dict[str, Any]]:
    """Pairs that everybody judged: people id -> verdicts, one per pair; "" is not judged."""
    count = len(next(iter(votes.values())))
    return [
        {
            "left": 2 * k,
            "right": 2 * k + 1,
            "judgements": [(0, who, verdicts[k]) for who, verdicts in votes.items() if verdicts[k]],
        }
        for k in range(count)
    ]


def panel(accuracy: dict[int, float], count: int, seed: int = 0) -> tuple[dict[int, list[str]], np.ndarray]:
    """Verdicts of people who are right this often, and the truth."""
    chance = np.random.default_rng(seed)
    truth = chance.random(count) < 0.5
    right = {who: chance.random(count) < share for who, share in accuracy.items()}
    return {who: ["left" if x else "right" for x in (truth == right[who])] for who in accuracy}, truth


def test_careful_and_careless_people_are_told_apart_without_the_truth() -> None:
    accuracy = {1: 0.96, 2: 0.9, 3: 0.85, 4: 0.8, 5: 0.65}
    votes, truth = panel(accuracy, 400)
    estimates = estimate_reliability(judged(votes))
    assert {who: estimates[who] for who in accuracy} == pytest.approx(accuracy, abs=0.05)
    shares = np.array([weighted_share(pair["judgements"], estimates) for pair in judged(votes)])
    plain = np.array([weighted_share(pair["judgements"], dict.fromkeys(estimates, 0.9)) for pair in judged(votes)])
    assert ((shares > 0.5) == truth).mean() > ((plain > 0.5) == truth).mean()


def test_few_judgements_stay_near_the_prior_and_unchecked_ones_at_it() -> None:
    votes, _ = panel({1: 0.95, 2: 0.95}, 60)
    votes[3] = ["right" if verdict == "left" else "left" for verdict in votes[1]][:2] + [""] * 58  # wrong twice
    alone = [{"left": 900 + k, "right": 1900 + k, "judgements": [(0, 4, "left")]} for k in range(50)]
    estimates = estimate_reliability([*judged(votes), *alone])
    assert estimates[4] == PRIOR_RELIABILITY
    assert PRIOR_RELIABILITY - 0.1 < estimates[3] < PRIOR_RELIABILITY


def test_ties_and_both_bad_say_nothing_of_a_person() -> None:
    votes, _ = panel({1: 0.95, 2: 0.95}, 40)
    votes[3] = ["tie", "both_bad"] * 20
    assert estimate_reliability(judged(votes))[3] == PRIOR_RELIABILITY


def test_nobody_judged_nothing() -> None:
    assert estimate_reliability([]) == {}
    assert estimate_reliability([], [(7, 1, True)])[1] > PRIOR_RELIABILITY


def test_another_taste_is_heard_less_but_never_turned_round() -> None:
    """The known limit: someone who always disagrees looks careless. Their own consistency and the lower limit help them."""
    votes, truth = panel({1: 0.97, 2: 0.97, 3: 0.97}, 100)
    votes[4] = ["right" if right else "left" for right in truth]
    lone = estimate_reliability(judged(votes))
    assert lone[4] == MIN_RELIABILITY
    steady = estimate_reliability(judged(votes), [(k, 4, True) for k in range(40)])
    assert steady[4] > 0.8
    verdicts = [(0, 4, "left")]
    assert weighted_share(verdicts, lone) == 1.0


def test_who_contradicts_themselves_is_unreliable_even_alone() -> None:
    estimates = estimate_reliability(
        [], [(k, 1, k % 2 == 0) for k in range(60)] + [(k + 60, 2, True) for k in range(60)]
    )
    assert estimates[1] < 0.75 < PRIOR_RELIABILITY < estimates[2]


def test_share_and_label_noise_of_a_pair() -> None:
    people = {1: 0.95, 2: 0.65}
    assert weighted_share([(0, 1, "left"), (0, 2, "right")], people) == pytest.approx(0.75)
    assert weighted_share([(0, 1, "tie"), (0, 2, "right")], people) == pytest.approx(0.375)
    assert weighted_share([(0, 1, "both_bad")], people) == 0.5
    assert weighted_share([(0, 1, "left"), (0, 2, "left"), (0, 2, "right")], {1: 0.9, 2: 0.9}) == pytest.approx(2 / 3)
    assert expected_label_noise([(0, 1, "left"), (0, 2, "right")], people) == pytest.approx(0.75 * 0.05 + 0.25 * 0.35)
    assert expected_label_noise([(0, 1, "left")], people) == pytest.approx(0.05)
    assert expected_label_noise([(0, 1, "both_bad")], people) == pytest.approx(0.08)
