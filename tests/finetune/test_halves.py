"""What two halves of judgements agree on, on people whose liking is known."""

from __future__ import annotations

import pytest
import torch

from finetune.halves import agreement_of_halves, share_known

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
    assert share_known(BRIEF, fitted(judged(0.0)), TAKES) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("noise", [4.0, 12.0, 30.0])
def test_the_share_is_that_of_the_liking_that_is_true(noise: float) -> None:
    """Over people who say the same by chance of another kind, the square of the correlation with what is true."""
    shares, squares = [], []
    for seed in range(30):
        said = judged(noise, seed)
        shares.append(share_known(BRIEF, fitted(said), TAKES))
        liked = TAKES @ fitted(said)(torch.ones(len(BRIEF), dtype=torch.bool))
        squares.append(float(torch.corrcoef(torch.stack([liked, TAKES @ TRUE]))[0, 1]) ** 2)
    assert sum(shares) / 30 == pytest.approx(sum(squares) / 30, abs=0.12)


def test_halves_are_of_briefs_and_the_same_every_time() -> None:
    seen: list[torch.Tensor] = []

    def fit(some: torch.Tensor) -> torch.Tensor:
        seen.append(some)
        return TRUE

    assert share_known(BRIEF, fit, TAKES) == share_known(BRIEF, fit, TAKES) == pytest.approx(1.0)
    for one, other in zip(seen[::2], seen[1::2], strict=True):
        assert torch.equal(one, ~other)
        assert set(BRIEF[one].tolist()).isdisjoint(BRIEF[other].tolist())
        assert int(one.sum()) == 2 * BRIEFS
    half = len(seen) // 2
    assert all(torch.equal(*pair) for pair in zip(seen[:half], seen[half:], strict=True))


def test_nothing_is_known_of_one_brief_or_where_halves_contradict() -> None:
    assert share_known(torch.zeros(8), lambda some: TRUE, TAKES) == 0.0
    ways = iter([TRUE, -TRUE] * 8)
    assert share_known(BRIEF, lambda some: next(ways), TAKES) == 0.0
    assert agreement_of_halves(BRIEF, BRIEF.unique(), lambda some: 0 * TRUE, TAKES, 0) == 0.0
