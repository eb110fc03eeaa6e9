"""The reliability of a reward, on people whose preference is known."""

from __future__ import annotations

import pytest
import torch

from finetune.reward.comparisons import Comparisons, fit_weights, precision_of
from finetune.reward.reliability import agreement_of_halves, expected_correlation, split_half_reliability

BRIEFS, DIMENSIONS = 60, 5
TRUE = torch.randn(DIMENSIONS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
BRIEF = torch.arange(4 * BRIEFS) // 4
ROWS = torch.randn(4 * BRIEFS, DIMENSIONS, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
TAKES = torch.randn(500, DIMENSIONS, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def judged(noise: float, seed: int = 4) -> torch.Tensor:
    """The preference on each row, and chance."""
    chance = torch.randn(len(ROWS), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return ROWS @ TRUE + noise * chance


def fitted(answers: torch.Tensor):
    return lambda some: torch.linalg.lstsq(ROWS[some], answers[some, None]).solution[:, 0]


def test_without_chance_the_reliability_is_1() -> None:
    assert split_half_reliability(BRIEF, fitted(judged(0.0)), TAKES) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("noise", [4.0, 12.0, 30.0])
def test_reliability_is_the_share_of_the_reward_that_is_true(noise: float) -> None:
    """Over people of one preference and other chances, the square of the correlation with what is true."""
    shares, squares = [], []
    for seed in range(30):
        answers = judged(noise, seed)
        shares.append(split_half_reliability(BRIEF, fitted(answers), TAKES))
        rewards = TAKES @ fitted(answers)(torch.ones(len(BRIEF), dtype=torch.bool))
        squares.append(float(torch.corrcoef(torch.stack([rewards, TAKES @ TRUE]))[0, 1]) ** 2)
    assert sum(shares) / 30 == pytest.approx(sum(squares) / 30, abs=0.12)


def test_halves_are_of_briefs_and_the_same_every_time() -> None:
    seen: list[torch.Tensor] = []

    def fit(some: torch.Tensor) -> torch.Tensor:
        seen.append(some)
        return TRUE

    assert split_half_reliability(BRIEF, fit, TAKES) == split_half_reliability(BRIEF, fit, TAKES) == pytest.approx(1.0)
    for one, other in zip(seen[::2], seen[1::2], strict=True):
        assert torch.equal(one, ~other)
        assert set(BRIEF[one].tolist()).isdisjoint(BRIEF[other].tolist())
        assert int(one.sum()) == 2 * BRIEFS
    half = len(seen) // 2
    assert all(torch.equal(*pair) for pair in zip(seen[:half], seen[half:], strict=True))


def test_reliability_is_0_with_one_brief_or_where_halves_contradict() -> None:
    assert split_half_reliability(torch.zeros(8), lambda some: TRUE, TAKES) == 0.0
    ways = iter([TRUE, -TRUE] * 8)
    assert split_half_reliability(BRIEF, lambda some: next(ways), TAKES) == 0.0
    assert agreement_of_halves(BRIEF, BRIEF.unique(), lambda some: 0 * TRUE, TAKES, 0) == 0.0


PENALTY, VERDICTS = 0.01, 40
PRIOR = (2 * PENALTY * VERDICTS) ** -0.5  # the deviation of weights of which this penalty is the logarithm


def verdicts(seed: int, true: torch.Tensor, differences: torch.Tensor) -> Comparisons:
    """Verdicts of a Bradley-Terry person of these weights on these pairs."""
    chance = torch.rand(len(differences), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    answers = (chance < torch.sigmoid(differences @ true)).double()
    ones = torch.ones(len(differences), dtype=torch.float64)
    return Comparisons(differences, answers, ones, torch.arange(len(differences)), ones.bool(), ones)


def laplace_fit(comparisons: Comparisons) -> tuple[torch.Tensor, float]:
    """(weights, their expected correlation): the penalty is of the mean loss, so that it falls with the number of verdicts."""
    penalty = PENALTY * VERDICTS / len(comparisons.p)
    weight = fit_weights(comparisons, penalty)
    return weight, expected_correlation(weight, precision_of(comparisons, penalty, weight), TAKES)


def test_laplace_expects_the_correlation_that_is_found() -> None:
    """Over people drawn from the prior: the mean of both, where the weights are known by two thirds."""
    expected, measured = [], []
    for seed in range(60):
        chance = torch.Generator().manual_seed(1000 + seed)
        true = PRIOR * torch.randn(DIMENSIONS, generator=chance, dtype=torch.float64)
        weight, correlation = laplace_fit(verdicts(seed, true, 0.5 * ROWS[:VERDICTS]))
        expected.append(correlation)
        measured.append(float(torch.corrcoef(torch.stack([TAKES @ weight, TAKES @ true]))[0, 1]))
    assert 0.5 < sum(measured) / 60 < 0.95
    assert sum(expected) / 60 == pytest.approx(sum(measured) / 60, abs=0.07)


def test_pairs_that_complement_each_other_are_reliable_by_laplace_and_not_by_halves() -> None:
    """Every brief shows one direction alone: halves of the briefs have seen other directions."""
    ways = torch.eye(6, dtype=torch.float64)[torch.arange(120) // 20] * (2 * (torch.arange(120) % 2) - 1)[:, None]
    comparisons = verdicts(0, 2 * torch.ones(6, dtype=torch.float64), ways)
    comparisons = Comparisons(
        comparisons.difference,
        comparisons.p,
        comparisons.weight,
        torch.arange(120) // 20,
        comparisons.decided,
        comparisons.choices,
    )
    takes = torch.randn(500, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    weight = fit_weights(comparisons, 1e-3)
    assert (
        split_half_reliability(comparisons.brief, lambda some: fit_weights(comparisons.where(some), 1e-3), takes) < 0.3
    )
    assert expected_correlation(weight, precision_of(comparisons, 1e-3, weight), takes) > 0.9
    true = takes @ torch.ones(6, dtype=torch.float64)
    assert float(torch.corrcoef(torch.stack([takes @ weight, true]))[0, 1]) > 0.9


def test_laplace_expects_more_with_more_verdicts_and_nothing_without() -> None:
    """Over twenty people of one preference and other chances."""
    means = []
    for count in (10, 40, 240):
        answers = [laplace_fit(verdicts(seed, 0.3 * TRUE, ROWS[:count]))[1] for seed in range(20)]
        means.append(sum(answers) / len(answers))
    assert means[0] + 0.05 < means[1] < means[2] - 0.05
    nothing = torch.zeros(DIMENSIONS, dtype=torch.float64)
    assert expected_correlation(nothing, torch.eye(DIMENSIONS, dtype=torch.float64), TAKES) == 0.0
