"""Judged takes as targets, weighted by their rewards."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from feedback.store import Studio
from finetune.data.batches import Batch
from finetune.methods.guided.advantages import Advantages
from tests.finetune.judged import prepared


def test_the_mean_of_the_targets_is_what_takes_weighted_by_their_rewards_predict() -> None:
    """Of a normal distribution the tilted one is known: its mean moves by scale times the covariance with the reward."""
    chance, t, scale = torch.Generator().manual_seed(0), 0.6, 0.3
    x0 = torch.randn(400_000, generator=chance)
    noise = torch.randn(400_000, generator=chance)
    x_t, v = (1 - t) * x0 + t * noise, noise - x0
    some = (x_t - 0.5).abs() < 0.05
    reward, v = x0[some] - x0[some].mean(), v[some]
    u = v.mean()
    target = u + scale * reward * (v - u)
    variance = t**2 / ((1 - t) ** 2 + t**2)  # of x0 given x_t
    moved = -scale * variance * (1 + (1 - t) / t)  # v = (x_t - x0) / t
    assert float(target.mean() - u) == pytest.approx(moved, rel=0.05)


def test_a_take_of_more_reward_pulls_and_one_of_less_pushes(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided", judged_takes_share=1.0, judged_takes_scale=2.0)
    method, examples = trainer.method, trainer.method.train[:3]
    assert method.guidance is None
    batch = trainer.cache.batch(examples, [0, 1, 2])
    prediction, target = method.target(batch, examples)
    move, pull = (target - prediction).flatten(1), (batch.target - prediction).flatten(1)
    expected = 2 * method.advantages.of(examples)
    assert torch.allclose((move * pull).sum(1) / (pull * pull).sum(1), expected, atol=1e-3)
    assert expected.min() < 0 < expected.max()
    clear = [e for e in method.train if e.p_left in (0.0, 1.0)]
    agree = [
        (method.advantages.by_take[e.left] > method.advantages.by_take[e.right]) == (e.p_left == 1.0) for e in clear
    ]
    assert sum(agree) > 0.8 * len(agree)


def test_advantages_are_zero_on_average_of_a_brief(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided", judged_takes_share=0.5)
    by_brief: dict[int, dict[str, float]] = {}
    advantages = trainer.method.advantages.by_take
    for example in trainer.method.run.dataset.examples:
        by_brief.setdefault(example.brief, {}).update(
            {take: advantages[take] for take in (example.left, example.right)}
        )
    assert all(abs(sum(values.values())) < 1e-4 or max(map(abs, values.values())) == 3 for values in by_brief.values())


def test_the_share_is_between_both_targets(studio: Studio, tmp_path: Path) -> None:
    trainer = prepared(studio, tmp_path / "c", method="guided", judged_takes_share=0.25)
    method, examples = trainer.method, trainer.method.train[:2]
    batch = trainer.cache.batch(examples, [0, 1])
    prediction, target = method.target(batch, examples)
    alone = method.advantages.target(prediction, batch, examples)
    method.advantages = None
    guided = method.target(batch, examples)[1]
    assert torch.allclose(target, 0.75 * guided + 0.25 * alone, atol=1e-5)


def test_items_are_all_left_takes_before_all_right_ones(studio: Studio, tmp_path: Path) -> None:
    examples = prepared(studio, tmp_path / "c", method="guided").method.train[:2]
    by_take = {take: place for place, take in enumerate(each for e in examples for each in (e.left, e.right))}
    advantages = Advantages(by_take, 1.0, 0.5)
    values = advantages.of(examples)
    assert values.tolist() == [by_take[take] for take in (*(e.left for e in examples), *(e.right for e in examples))]
    x = torch.zeros(4, 2, 1, 2, 2)
    batch = Batch(x, x + 1, torch.zeros(4), {}, (0.5,) * 4)
    assert advantages.target(x, batch, examples).flatten(1).mean(1).tolist() == values.tolist()
