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
    believed, known = 4.5 * correlation(own, 0.1), correlation(other, 0.1)
    assert judge.expected(gains) == pytest.approx(believed ** (1 - known) * (0.5 / known) ** known)
    for models in (RewardModels(own, None), RewardModels(own, model(0.52, better=False))):
        judge = judge_of(None, models, examples)  # type: ignore[arg-type]
        assert judge.features == "look"
        assert judge.expected(gains[:1]) == pytest.approx(4.5 * correlation(own, 0.1))
    assert replace(judge, label_noise=0.0).expected(gains[:1]) < 4.5 * 0.96
    assert isinstance(judge, GainJudge)


def judged_by(own: float, other: float) -> GainJudge:
    examples: list[Any] = [SimpleNamespace(brief=1, label_noise=0.0, decided=True)]
    models = RewardModels(model(own), model(other, features="hidden_states_4x4"))
    return judge_of(None, models, examples)  # type: ignore[arg-type]


def test_what_the_other_kind_does_not_see_is_expected_the_less_the_more_it_knows() -> None:
    gains = torch.tensor([[4.0], [0.1]])
    expected = [judged_by(0.9, accuracy).expected(gains) for accuracy in (0.6, 0.7, 0.8, 0.9)]
    assert expected == sorted(expected, reverse=True)
    assert expected[0] > 1.5
    assert expected[-1] < 0.2


def test_the_other_kind_raises_nothing() -> None:
    judge = judged_by(0.8, 0.8)
    seen = torch.tensor([[2.0], [2.0]])
    assert judge.expected(seen) == pytest.approx(2.0 * correlation(model(0.8), 0.0))
    assert judge.expected(seen * torch.tensor([[1.0], [5.0]])) == judge.expected(seen)
    assert judge.expected(-seen) < 0
    assert judge.expected(seen * torch.tensor([[1.0], [-1.0]])) == 0


@pytest.mark.parametrize("own", [0.6, 0.8])
@pytest.mark.parametrize("other", [0.55, 0.7, 0.9])
def test_takes_moved_as_they_differ_gain_what_is_expected(own: float, other: float) -> None:
    """Both models and people normal, takes chosen by the first model: what people gain is what is expected."""
    chance = torch.Generator().manual_seed(1)
    people = torch.randn(400_000, generator=chance)
    a, b = (correlation(model(accuracy), 0.0) for accuracy in (own, other))
    rewards = [c * people + (1 - c**2) ** 0.5 * torch.randn(400_000, generator=chance) for c in (a, b)]
    chosen = rewards[0] > 1
    gains = torch.stack([reward[chosen] for reward in rewards])
    assert judged_by(own, other).expected(gains) == pytest.approx(float(people[chosen].mean()), rel=0.35)


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
