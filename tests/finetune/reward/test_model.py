"""The reward model finds a hidden preference, predicts verdicts on briefs it has not seen, and uses more than comparisons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from feedback.errors import Refused
from finetune.data.examples import Example
from finetune.reward import fit as fit_module
from finetune.reward.acceptance import refuse_reward_model
from finetune.reward.features.statistics import measure_features
from finetune.reward.fit import fit_reward_model
from finetune.reward.model import RewardModel
from finetune.reward.rbf_features import fit_rbf_features
from finetune.reward.scaling import varies_within_brief

COLOURS = torch.cat([torch.eye(3), torch.zeros(1, 3)])  # latents are the colours themselves
BRIEFS, TAKES = 30, 4
Taste = Callable[[torch.Tensor], torch.Tensor]


def scenes(briefs: int = BRIEFS, seed: int = 0, apart: float = 2.0) -> dict[str, torch.Tensor]:
    """Takes by name: what the brief asks for differs much, colour and contrast within a brief a little."""
    chance = torch.Generator().manual_seed(seed)
    made = {}
    for brief in range(briefs):
        content = apart * torch.randn(3, 1, 1, 1, generator=chance)
        for take in range(TAKES):
            tint = 0.3 * torch.randn(3, 1, 1, 1, generator=chance)
            depth = 1 + 0.3 * float(torch.randn((), generator=chance))
            made[f"{brief}-{take}"] = content + tint + depth * torch.randn(3, 1, 16, 16, generator=chance)
    return made


def warmth(x0: torch.Tensor) -> torch.Tensor:
    return x0[:, 0].mean((1, 2, 3)) - x0[:, 2].mean((1, 2, 3))


def softness(x0: torch.Tensor) -> torch.Tensor:
    return -x0.flatten(2).std(2).mean(1)


def compared(takes: dict[str, torch.Tensor], taste: Taste, wrong: float = 0.0, briefs: int = BRIEFS) -> list[Example]:
    chance, made = torch.Generator().manual_seed(1), []
    for brief in range(briefs):
        for a in range(TAKES):
            left, right = f"{brief}-{a}", f"{brief}-{(a + 1) % TAKES}"
            rewards = taste(torch.stack([takes[left], takes[right]]))
            wins = bool(rewards[0] > rewards[1]) != bool(torch.rand((), generator=chance) < wrong)
            made.append(pair(brief, left, right, float(wins)))
    return made


def pair(brief: int, left: str, right: str, p_left: float, weight: float = 1.0, **more: float) -> Example:
    named = {"pair_weight": weight, "both_bad": 0.0, "label_noise": 0.08, **more}
    clear = weight * (2 * p_left - 1)
    anchors = {"anchor_left": max(clear, 0.0), "anchor_right": max(-clear, 0.0)}
    return Example(brief=brief, prompt=f"{brief}", left=left, right=right, p_left=p_left, **anchors | named)  # type: ignore[arg-type]


def fit(takes: dict[str, torch.Tensor], examples: list[Example], both_bad_weight: float = 0.5) -> RewardModel:
    used = sorted({name for example in examples for name in (example.left, example.right)})
    groups = measure_features(torch.stack([takes[name] for name in used]), COLOURS)
    return fit_reward_model(examples, groups, used, COLOURS, both_bad_weight)


def agreement(model: RewardModel, taste: Taste, apart: float = 2.0) -> float:
    """Share of pairs of fresh takes, of briefs that nobody judged, that model and taste order alike."""
    fresh = scenes(seed=9, apart=apart)
    x0 = torch.stack(list(fresh.values())).view(BRIEFS, TAKES, 3, 1, 16, 16)
    ours, theirs = (score(x0.flatten(0, 1)).view(BRIEFS, TAKES) for score in (model.score, taste))
    same = (ours[:, :, None] - ours[:, None]) * (theirs[:, :, None] - theirs[:, None]) > 0
    return float(same.float().sum() / (BRIEFS * TAKES * (TAKES - 1)))


@pytest.mark.parametrize("taste", [warmth, softness])
def test_a_hidden_taste_is_found_on_takes_that_nobody_judged(taste: Taste) -> None:
    takes = scenes()
    model = fit(takes, compared(takes, taste, wrong=0.1))
    assert agreement(model, taste) > 0.85
    assert model.accuracy == pytest.approx(0.88, abs=0.09)  # a tenth of the verdicts are wrong
    assert model.pairs == BRIEFS * TAKES


def test_one_is_the_usual_difference_between_takes_of_a_brief() -> None:
    takes = scenes()
    model = fit(takes, compared(takes, warmth))
    within = model.score(torch.stack(list(takes.values()))).view(BRIEFS, TAKES)
    assert float(within.var(1).mean().sqrt()) == pytest.approx(1, rel=0.05)


def test_answers_without_a_taste_are_no_better_than_a_coin_and_refused() -> None:
    takes = scenes()
    chance = torch.Generator().manual_seed(5)
    examples = [replace(each, p_left=float(torch.rand((), generator=chance) < 0.5)) for each in compared(takes, warmth)]
    model = fit(takes, examples)
    assert model.loss > 0.66
    with pytest.raises(
        Refused, match=r"^The reward model predicts \d+ % of 120 held-out verdicts: not .* chance. No features .* agree"
    ):
        refuse_reward_model(model, 0.5)
    with pytest.raises(Refused, match=r"of 40 held-out verdicts: not .* chance. Judge more pairs.$"):
        refuse_reward_model(replace(model, pairs=40, accuracy=0.6), 0.5)
    with pytest.raises(Refused, match="not above 90 %"):
        refuse_reward_model(fit(takes, compared(takes, warmth, wrong=0.2)), 0.9)


def test_a_coin_that_looks_good_by_luck_is_refused_most_times() -> None:
    takes = scenes()
    chance = torch.Generator().manual_seed(0)
    passed = 0
    for _ in range(10):
        examples = [
            replace(each, p_left=float(torch.rand((), generator=chance) < 0.5)) for each in compared(takes, warmth)
        ]
        try:
            refuse_reward_model(fit(takes, examples), 0.5)
        except Refused:
            continue
        passed += 1
    assert passed <= 2


def test_a_unit_of_movement_is_that_of_clips_whatever_stills_are_beside_them() -> None:
    values = torch.tensor([[0.0], [0.0], [0.0], [0.0], [1.0], [3.0]], dtype=torch.float64)
    brief = torch.tensor([0, 0, 1, 1, 2, 2])
    assert varies_within_brief(values, brief).tolist() == [False] * 4 + [True] * 2
    assert varies_within_brief(torch.zeros_like(values), brief).all()


def test_the_same_judgements_make_the_same_reward_model_in_whatever_order() -> None:
    takes = scenes()
    examples = compared(takes, warmth)
    one, other = fit(takes, examples), fit(takes, examples[::-1])
    assert torch.allclose(one.weight, other.weight, atol=1e-5)
    assert (one.features, one.penalty) == (other.features, other.penalty)


def test_a_simple_taste_gets_the_simplest_features() -> None:
    takes = scenes()
    model = fit(takes, compared(takes, warmth, wrong=0.1))
    assert model.features == "look"


def middling(x0: torch.Tensor) -> torch.Tensor:
    """Neither too dark nor too bright."""
    return -x0.mean((1, 2, 3, 4)).abs()


def test_a_taste_for_the_middle_is_found_though_no_straight_line_tells_it() -> None:
    takes = scenes(3 * BRIEFS, apart=0.3)
    model = fit(takes, compared(takes, middling, briefs=3 * BRIEFS))
    assert model.rbf is not None
    assert agreement(model, middling, apart=0.3) > 0.75


def test_rbf_features_have_a_gradient_near_judged_takes_and_none_far_away() -> None:
    scaled = torch.randn(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    rbf = fit_rbf_features(scaled)
    here, far = scaled[:3].clone().requires_grad_(True), (scaled[:3] + 50).requires_grad_(True)
    (near,) = torch.autograd.grad(rbf(here).square().sum(), here)
    (far_gradient,) = torch.autograd.grad(rbf(far).square().sum(), far)
    assert near.abs().max() > 1e-3
    assert far_gradient.abs().max() < 1e-9
    assert rbf(scaled).mean(0).abs().max() < 1e-9


def scored(model: RewardModel, takes: dict[str, torch.Tensor], name: str) -> float:
    return float(model.score(takes[name][None]))


def test_both_bad_counts_against_both_and_only_with_its_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    # What these share predicts nothing, and so they would be left out.
    monkeypatch.setattr(fit_module, "measure_signals", lambda *given: {})
    takes = scenes()
    examples = compared(takes, warmth)
    bad = [
        pair(brief, f"{brief}-0", f"{brief}-1", 0.5, weight=0.0, both_bad=1.0) for brief in range(BRIEFS)
    ]  # whatever their colour: what they share is being first
    without, with_bad = fit(takes, examples + bad, 0.0), fit(takes, examples + bad, 2.0)
    drop = [scored(with_bad, takes, f"{brief}-0") - scored(without, takes, f"{brief}-0") for brief in range(BRIEFS)]
    rest = [scored(with_bad, takes, f"{brief}-3") - scored(without, takes, f"{brief}-3") for brief in range(BRIEFS)]
    assert sum(drop) / BRIEFS < sum(rest) / BRIEFS
    assert torch.allclose(without.weight, fit(takes, examples).weight, atol=1e-6)


def test_a_circled_take_counts_as_better_than_the_rest_of_its_brief() -> None:
    takes = scenes()
    examples = compared(takes, lambda x0: torch.zeros(len(x0)))  # left never wins, whatever it shows
    circled = [
        Example(brief, str(brief), best, best, 0.5, 0.0, 0.0, 1.0, 0.0, 0.08)
        for brief in range(BRIEFS)
        for best in [max((f"{brief}-{k}" for k in range(TAKES)), key=lambda name: float(warmth(takes[name][None])))]
    ]
    before, after = fit(takes, examples), fit(takes, examples + circled)
    assert agreement(after, warmth) > max(0.7, agreement(before, warmth))
