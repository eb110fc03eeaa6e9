"""A ranking weighs as its choices in the fit of the reward model and in the labels of every method."""

from __future__ import annotations

from math import log
from typing import Any

import pytest
import torch

from feedback.errors import Refused
from feedback.judgements import rankings
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from finetune.data.dataset import make_dataset
from finetune.data.examples import Example, examples_of
from finetune.data.labels import labels_of
from finetune.jobs.acceptance import refuse_too_little
from finetune.jobs.run_metrics import describe_dataset
from finetune.methods.registry import make_method
from finetune.reward.candidates import Fit, accuracy_of, count_of, mean_over_choices
from finetune.reward.comparisons import compare, fit_weights, verdicts_of
from finetune.reward.fit import simplest_of_the_best, standard_error
from finetune.run_start import RunStart
from finetune.settings import DataSettings, Recipe
from tests.finetune.judged import add_brief, add_takes, cast, quick


def rank(studio: Studio, takes: list[int], name: str = "ada") -> None:
    rankings.rank_takes(studio, accounts.get_person(studio, name)["id"], f"{name} {takes}", takes)


def frozen(studio: Studio) -> Any:
    return snapshot.freeze(dataset.collect(studio))[0]


def examples(studio: Studio) -> list[Example]:
    return examples_of(frozen(studio), DataSettings(label_smoothing=0.0))


def test_the_fit_with_a_ranking_is_what_its_weights_imply(empty: Studio) -> None:
    """One feature, 1 for the best of three and 0 for the others; somebody else says the opposite of such a pair once.

    Two pairs of the ranking say yes, at 2/3 each: the odds are 4/3 to 1, and the weight their logarithm. By pairs alone it
    would be ln 2.
    """
    first = add_takes(empty, add_brief(empty, "one"), [0.1, 0.2, 0.3])
    second = add_takes(empty, add_brief(empty, "two"), [0.4, 0.5])
    rank(empty, first)
    cast(empty, second[0], second[1], "right", "ben")
    made = examples(empty)
    takes = sorted({take for example in made for take in (example.left, example.right)})
    media = frozen(empty)["takes"]
    high = {media[str(take)] for take in (first[0], second[0])}
    briefs = {take: example.brief for example in made for take in (example.left, example.right)}
    brief = torch.tensor([briefs[take] for take in takes])
    verdicts = verdicts_of(made, takes, brief, both_bad_weight=0.5)
    features = torch.tensor([[1.0 if take in high else 0.0] for take in takes], dtype=torch.float64)
    weight = fit_weights(compare(verdicts, features), 1e-12)
    assert float(weight) == pytest.approx(log(4 / 3), abs=1e-5)


def test_labels_of_a_ranking_of_nine_weigh_eight_choices(empty: Studio) -> None:
    rank(empty, add_takes(empty, add_brief(empty, "one"), [k / 8 for k in range(9)]))
    labels = labels_of(examples(empty))
    assert len(labels.pair_weight) == 36
    torch.testing.assert_close(labels.pair_weight, torch.full((36,), 2 / 9), atol=1e-5, rtol=0)
    assert float(labels.pair_weight.sum()) == pytest.approx(8, abs=1e-3)
    assert [example.choices for example in examples(empty)] == pytest.approx([2 / 9] * 36, abs=1e-5)


def test_both_bad_of_one_and_a_ranking_of_another_share_a_pair_by_weight(empty: Studio) -> None:
    takes = add_takes(empty, add_brief(empty, "one"), [0.1, 0.2, 0.3])
    rank(empty, takes)
    cast(empty, takes[0], takes[1], "both_bad", "ben")
    pair = next(example for example in examples(empty) if example.both_bad)
    assert (pair.pair_weight, pair.both_bad) == pytest.approx((0.4, 0.6), abs=1e-5)


def test_counts_are_of_choices(empty: Studio) -> None:
    for prompt in ("one", "two"):
        rank(empty, add_takes(empty, add_brief(empty, prompt), [k / 8 for k in range(9)]))
    made = make_dataset(frozen(empty), DataSettings())
    assert describe_dataset(made, "tiny", make_method(quick()), RunStart("tiny"))["judgements"] == 16
    with pytest.raises(
        Refused, match="72 pairs with a preference, which are 16 choices since some come from rankings, are"
    ):
        refuse_too_little(made, DataSettings(min_pairs=17))
    refuse_too_little(made, DataSettings(min_pairs=16))


def fit_of(losses: list[float], choices: list[float], accuracy: float = 0.9) -> Fit:
    one = torch.ones(1)
    return Fit("look", None, one, one, one, 1e-3, 1.0, accuracy, torch.tensor(losses), torch.tensor(choices))


def test_accuracy_and_loss_are_means_over_choices() -> None:
    assert mean_over_choices(torch.tensor([1.0, 0.0]), torch.tensor([0.25, 0.75])) == pytest.approx(0.25)
    assert count_of(torch.full((36,), 2 / 9)) == 8
    alone, losses = torch.ones(50), torch.rand(50, generator=torch.Generator().manual_seed(1))
    assert standard_error(losses, alone) == pytest.approx(float(losses.std(unbiased=False)) / 50**0.5, rel=1e-5)
    assert standard_error(losses, alone / 4) == pytest.approx(2 * standard_error(losses, alone), rel=1e-5)


def test_a_ranking_does_not_make_an_accuracy_certain() -> None:
    """Four of five pairs right: certain after a hundred verdicts, and not after one ranking of nine."""
    losses = [0.5] * 36
    sure, ranked = fit_of(losses, [1.0] * 36, 0.8), fit_of(losses, [2 / 9] * 36, 0.8)
    better = fit_of([0.1] * 36, [2 / 9] * 36, 0.99)
    assert count_of(sure.choices) == 36
    assert simplest_of_the_best([ranked, better]) is better


def test_the_recipe_that_everybody_has_takes_it(empty: Studio) -> None:
    assert Recipe().data.min_pairs > 8, "one ranking of nine is not enough to learn from"


def test_accuracy_counts_pairs_of_rankings_less(empty: Studio) -> None:
    takes = add_takes(empty, add_brief(empty, "one"), [0.1, 0.2, 0.3, 0.4])
    other = add_takes(empty, add_brief(empty, "two"), [0.4, 0.5])
    rank(empty, takes)
    cast(empty, other[0], other[1], "left", "ben")
    made = examples(empty)
    names = sorted({take for example in made for take in (example.left, example.right)})
    brief = torch.zeros(len(names))
    comparisons = compare(verdicts_of(made, names, brief, 0.5), torch.zeros(len(names), 1, dtype=torch.float64))
    z = torch.where(comparisons.p > 0.5, 1.0, -1.0) * torch.where(comparisons.choices < 1, 1.0, -1.0)
    assert accuracy_of(z, comparisons) == pytest.approx(3 / 4, abs=1e-5), "six pairs of a ranking are three choices"
