"""A signal that contradicts what people say of pairs is left out; one that agrees counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finetune.data.examples import Example
from finetune.reward.candidates import folds_of
from finetune.reward.comparisons import PAIRS, signal_of, verdicts_of
from finetune.reward.fit import fit_reward_models
from finetune.reward.signals import measure_signals, without

BRIEFS, TAKES = 24, 5
NAMES = [f"{brief:02}-{take}" for brief in range(BRIEFS) for take in range(TAKES)]
BRIEF = torch.arange(len(NAMES)) // TAKES


@pytest.fixture(scope="module")
def numbers() -> torch.Tensor:
    return torch.randn(len(NAMES), 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def example(left: int, right: int, **fields: float) -> Example:
    known = {"p_left": 0.5, "pair_weight": 0.0, "both_bad": 0.0, "anchor_left": 0.0, "anchor_right": 0.0, **fields}
    return Example(left // TAKES, "", NAMES[left], NAMES[right], label_noise=0.08, **known)  # type: ignore[arg-type]


def judged(
    numbers: torch.Tensor, sign: float = 1.0, per_brief: int = 3, seed: int = 1, **fields: float
) -> list[Example]:
    """Pairs of each brief, by the first number."""
    chance, made = torch.Generator().manual_seed(seed), []
    for brief in range(BRIEFS):
        for _ in range(per_brief):
            a, b = (brief * TAKES + int(k) for k in torch.randperm(TAKES, generator=chance)[:2])
            won = float(sign * (numbers[a, 0] - numbers[b, 0]) > 0)
            made.append(example(a, b, **{"p_left": won, "pair_weight": 1.0, **fields}))
    return made


def effects_of(numbers: torch.Tensor, examples: list[Example]) -> dict[str, bool]:
    verdicts = verdicts_of(examples, NAMES, BRIEF, 0.5)
    fold = folds_of(torch.tensor([each.brief for each in verdicts]))
    return {name: each.counts for name, each in measure_signals(verdicts, numbers, 1e-2, fold).items()}


def test_stars_that_agree_count_and_those_that_mean_something_else_do_not(numbers: torch.Tensor) -> None:
    pairs = judged(numbers, per_brief=2)
    stars = {sign: judged(numbers, sign, 4, 2, pair_weight=0.5) for sign in (1.0, -1.0)}
    starred = {sign: [replace(each, compared=False) for each in some] for sign, some in stars.items()}
    assert effects_of(numbers, [*pairs, *starred[1.0]]) == {"stars": True}
    assert effects_of(numbers, [*pairs, *starred[-1.0]]) == {"stars": False}


def test_each_verdict_says_which_signal_it_is(numbers: torch.Tensor) -> None:
    some = [
        example(0, 1, p_left=1.0, pair_weight=1.0, anchor_left=1.0),
        example(2, 3, p_left=1.0, pair_weight=0.4, choices=0.4),
        replace(example(5, 6, p_left=0.8, pair_weight=0.5), compared=False),
        example(7, 8, both_bad=1.0),
        replace(example(9, 9, anchor_left=1.0), compared=False),
        replace(example(6, 6, both_bad=1.0), compared=False, tagged=True),
        replace(example(3, 3, anchor_left=1.0), compared=False, tagged=True),
    ]
    assert [signal_of(each) for each in some] == [PAIRS, "rankings", "stars", PAIRS, "circles", "tags", "tags"]
    assert {each.signal for each in verdicts_of(some, NAMES, BRIEF, 0.5)} == {
        PAIRS, "rankings", "stars", "both_bad", "circles", "tags",
    }  # fmt: skip


def test_few_pairs_tell_nothing_of_other_signals(numbers: torch.Tensor) -> None:
    few = judged(numbers, per_brief=1)
    assert effects_of(numbers, [*few, *[replace(each, compared=False) for each in judged(numbers, -1.0)]]) == {}


def test_the_reward_model_does_without_what_harms(numbers: torch.Tensor) -> None:
    groups = {"colour": numbers.float(), "contrast": torch.zeros(len(NAMES), 4), "rows": torch.zeros(len(NAMES), 3)}
    groups["motion"] = torch.zeros(len(NAMES), 6)
    harmful = [replace(each, compared=False) for each in judged(numbers, -1.0, 5, 2, pair_weight=0.5)]
    examples = [*judged(numbers), *harmful]
    names = sorted({name for each in examples for name in (each.left, each.right)})
    rows = torch.tensor([NAMES.index(name) for name in names])
    seen = {name: values[rows] for name, values in groups.items()}
    models = fit_reward_models(examples, seen, names, torch.zeros(4, 3), 0.5)
    assert not models.signals["stars"].counts
    assert models.best.accuracy > 0.85
    verdicts = verdicts_of(examples, NAMES, BRIEF, 0.5)
    assert len(without(verdicts, models.signals)) == len(judged(numbers))
