"""How much of a liking is known, on people whose liking is known."""

from __future__ import annotations

import pytest
import torch

from finetune.reward.model import Comparisons, curvature, ridge
from finetune.reward.reliability import agreement_of_halves, expected_correlation, share_of_halves

BRIEFS, DIMENSIONS = 60, 5
TRUE = torch.randn(DIMENSIONS, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
BRIEF = torch.arange(4 * BRIEFS) // 4
ROWS = torch.randn(4 * BRIEFS, DIMENSIONS, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
TAKES = torch.randn(500, DIMENSIONS, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def judged(noise: float, seed: int = 4) -> torch.Tensor:
    """What people say of each row: their liking and chance."""
    chance = torch.randn(len(ROWS), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return ROWS @ TRUE + noise * chance


def fitted(said: torch.Tensor):
    return lambda some: torch.linalg.lstsq(ROWS[some], said[some, None]).solution[:, 0]


def test_without_chance_all_is_known() -> None:
    assert share_of_halves(BRIEF, fitted(judged(0.0)), TAKES) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("noise", [4.0, 12.0, 30.0])
def test_the_share_is_that_of_the_liking_that_is_true(noise: float) -> None:
    """Over people who say the same by chance of another kind, the square of the correlation with what is true."""
    shares, squares = [], []
    for seed in range(30):
        said = judged(noise, seed)
        shares.append(share_of_halves(BRIEF, fitted(said), TAKES))
        liked = TAKES @ fitted(said)(torch.ones(len(BRIEF), dtype=torch.bool))
        squares.append(float(torch.corrcoef(torch.stack([liked, TAKES @ TRUE]))[0, 1]) ** 2)
    assert sum(shares) / 30 == pytest.approx(sum(squares) / 30, abs=0.12)


def test_halves_are_of_briefs_and_the_same_every_time() -> None:
    seen: list[torch.Tensor] = []

    def fit(some: torch.Tensor) -> torch.Tensor:
        seen.append(some)
        return TRUE

    assert share_of_halves(BRIEF, fit, TAKES) == share_of_halves(BRIEF, fit, TAKES) == pytest.approx(1.0)
    for one, other in zip(seen[::2], seen[1::2], strict=True):
        assert torch.equal(one, ~other)
        assert set(BRIEF[one].tolist()).isdisjoint(BRIEF[other].tolist())
        assert int(one.sum()) == 2 * BRIEFS
    half = len(seen) // 2
    assert all(torch.equal(*pair) for pair in zip(seen[:half], seen[half:], strict=True))


def test_nothing_is_known_of_one_brief_or_where_halves_contradict() -> None:
    assert share_of_halves(torch.zeros(8), lambda some: TRUE, TAKES) == 0.0
    ways = iter([TRUE, -TRUE] * 8)
    assert share_of_halves(BRIEF, lambda some: next(ways), TAKES) == 0.0
    assert agreement_of_halves(BRIEF, BRIEF.unique(), lambda some: 0 * TRUE, TAKES, 0) == 0.0


PENALTY, VERDICTS = 0.01, 40
PRIOR = (2 * PENALTY * VERDICTS) ** -0.5  # the deviation of weights of which this penalty is the logarithm


def verdicts(seed: int, true: torch.Tensor, differences: torch.Tensor) -> Comparisons:
    """What a Bradley-Terry person of these weights says of these pairs."""
    chance = torch.rand(len(differences), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    said = (chance < torch.sigmoid(differences @ true)).double()
    ones = torch.ones(len(differences), dtype=torch.float64)
    return Comparisons(differences, said, ones, torch.arange(len(differences)), ones.bool())


def doubt_says(told: Comparisons) -> tuple[torch.Tensor, float]:
    """(weights, their expected correlation): the penalty is of the mean loss, so that it falls with what was said."""
    penalty = PENALTY * VERDICTS / len(told.p)
    weight = ridge(told, penalty)
    return weight, expected_correlation(weight, len(told.p) * curvature(told, penalty, weight), TAKES)


def test_the_doubt_expects_the_correlation_that_comes_to_pass() -> None:
    """Over people drawn from the prior: the mean of both, where the weights are known by two thirds."""
    expected, found = [], []
    for seed in range(60):
        chance = torch.Generator().manual_seed(1000 + seed)
        true = PRIOR * torch.randn(DIMENSIONS, generator=chance, dtype=torch.float64)
        weight, says = doubt_says(verdicts(seed, true, 0.5 * ROWS[:VERDICTS]))
        expected.append(says)
        found.append(float(torch.corrcoef(torch.stack([TAKES @ weight, TAKES @ true]))[0, 1]))
    assert 0.5 < sum(found) / 60 < 0.95
    assert sum(expected) / 60 == pytest.approx(sum(found) / 60, abs=0.07)


def test_pairs_that_complement_each_other_are_known_by_the_doubt_and_not_by_halves() -> None:
    """Every brief shows one direction alone: halves of the briefs have seen other directions."""
    ways = torch.eye(6, dtype=torch.float64)[torch.arange(120) // 20] * (2 * (torch.arange(120) % 2) - 1)[:, None]
    told = verdicts(0, 2 * torch.ones(6, dtype=torch.float64), ways)
    told = Comparisons(told.difference, told.p, told.weight, torch.arange(120) // 20, told.decided)
    takes = torch.randn(500, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    weight = ridge(told, 1e-3)
    assert share_of_halves(told.brief, lambda some: ridge(told.where(some), 1e-3), takes) < 0.3
    assert expected_correlation(weight, 120 * curvature(told, 1e-3, weight), takes) > 0.9
    true = takes @ torch.ones(6, dtype=torch.float64)
    assert float(torch.corrcoef(torch.stack([takes @ weight, true]))[0, 1]) > 0.9


def test_the_doubt_knows_more_the_more_was_said_and_nothing_where_nothing_was() -> None:
    """Over twenty people who say the same by other chances."""
    means = []
    for count in (10, 40, 240):
        said = [doubt_says(verdicts(seed, 0.3 * TRUE, ROWS[:count]))[1] for seed in range(20)]
        means.append(sum(said) / len(said))
    assert means[0] + 0.05 < means[1] < means[2] - 0.05
    nothing = torch.zeros(DIMENSIONS, dtype=torch.float64)
    assert expected_correlation(nothing, torch.eye(DIMENSIONS, dtype=torch.float64), TAKES) == 0.0
