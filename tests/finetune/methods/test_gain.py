"""The gain that people are expected to see: by another reward model, and by how well it predicts them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from finetune.methods.guided.gain import GainJudge, correlation, judge_of
from finetune.reward.fit import RewardModels


def model(accuracy: float, better: bool = True, features: str = "look") -> Any:
    return SimpleNamespace(accuracy=accuracy, better_than_chance=better, features=features)


@pytest.mark.parametrize("true", [0.3, 0.7, 0.95])
@pytest.mark.parametrize("label_noise", [0.0, 0.1])
def test_the_correlation_follows_from_the_share_of_verdicts_predicted(true: float, label_noise: float) -> None:
    chance = torch.Generator().manual_seed(0)
    people = torch.randn(400_000, generator=chance)
    reward = true * people + (1 - true**2) ** 0.5 * torch.randn(400_000, generator=chance)
    (a, b), (x, y) = people.chunk(2), reward.chunk(2)
    wrong = torch.rand(200_000, generator=chance) < label_noise
    accuracy = float((((a > b) ^ wrong) == (x > y)).float().mean())
    assert correlation(model(accuracy), label_noise) == pytest.approx(true, abs=0.02)


def test_a_coin_knows_nothing_and_more_than_all_is_all() -> None:
    assert correlation(model(0.48), 0.08) == 0.0
    assert correlation(model(0.99), 0.08) == 1.0


def test_the_other_kind_judges_where_it_is_better_than_chance() -> None:
    examples: list[Any] = [SimpleNamespace(brief=1, label_noise=0.1, decided=True)]
    own, other = model(0.9), model(0.8, features="hidden_states_4x4")
    judge = judge_of(None, RewardModels(own, other), examples)  # type: ignore[arg-type]
    assert judge.features == "hidden_states_4x4"
    gains = torch.tensor([[4.0, 5.0], [1.0, 0.0]])
    assert judge.expected(gains) == pytest.approx(0.5 * correlation(other, 0.1))
    for models in (RewardModels(own, None), RewardModels(own, model(0.52, better=False))):
        judge = judge_of(None, models, examples)  # type: ignore[arg-type]
        assert judge.features == "look"
        assert judge.expected(gains[:1]) == pytest.approx(4.5 * correlation(own, 0.1))
    assert replace(judge, label_noise=0.0).expected(gains[:1]) < 4.5 * 0.96
    assert isinstance(judge, GainJudge)


def test_of_those_that_move_nothing_the_more_accurate_judges() -> None:
    examples: list[Any] = [SimpleNamespace(brief=1, label_noise=0.1, decided=True)]
    own, other = model(0.8), model(0.7, features="hidden_states_4x4")
    image: Any = model(0.75, features="image_encoder")
    encoder: Any = object()

    def judge(**changes: Any) -> GainJudge:
        models = RewardModels(own, other, image=image)
        return judge_of(None, replace(models, **changes), examples, encoder)  # type: ignore[arg-type]

    assert (judge().features, judge().encoder) == ("image_encoder", encoder)
    assert judge(other=model(0.78, features="hidden_states_8x8")).features == "hidden_states_8x8"
    assert judge(other=model(0.78, features="hidden_states_8x8")).encoder is None
    chosen = judge(image_is_best=True)
    assert chosen.own.reward_model is image
    assert (chosen.features, chosen.encoder) == ("look", encoder)
    blind = judge(image_is_best=True, best=model(0.51, better=False), other=None)
    assert (blind.features, blind.reward_models) == ("image_encoder", [blind.own])
