"""From judgements to examples: label noise, reliable raters, weights."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.errors import Refused
from feedback.judgements import ratings, statuses
from feedback.models import versions
from feedback.people import accounts
from feedback.preferences import dataset, snapshot
from feedback.store import Studio
from feedback.trials import promotion
from finetune.data import examples as examples_module
from finetune.data.dataset import Dataset, make_dataset
from finetune.data.examples import Example, drawn_by, examples_of
from finetune.jobs.acceptance import refuse_too_little
from finetune.jobs.tune import tune
from finetune.settings import DataSettings
from tests.finetune.judged import add_brief, add_takes, cast, quick


def frozen_of(studio: Studio) -> dict[str, Any]:
    return snapshot.freeze(dataset.collect(studio))[0]


def of_brief(studio: Studio, brief: int, production: str | None = None, **changes: Any) -> list[Example]:
    made = examples_of(frozen_of(studio), DataSettings(**changes), production)
    return [example for example in made if example.brief == brief]


@pytest.fixture
def contested(studio: Studio) -> int:
    """A brief with one pair, on which ada says left and ben right; elsewhere ben has contradicted two who agree."""
    accounts.add_person(studio, "cy", "creative")
    for pair in frozen_of(studio)["pairs"]:
        cast(studio, pair["left"], pair["right"], "right", "cy")  # as ada
        cast(studio, pair["left"], pair["right"], "left", "ben")
    brief = add_brief(studio, "the contested one")
    left, right = add_takes(studio, brief, [1.0, 0.0])
    cast(studio, left, right, "left")
    cast(studio, left, right, "right", "ben")
    return brief


def test_reliability_moves_the_label_to_the_reliable_rater(studio: Studio, contested: int) -> None:
    (plain,) = of_brief(studio, contested)
    (believed,) = of_brief(studio, contested, rater_reliability=True)
    assert (plain.p_left, plain.decided) == (0.5, False)
    assert believed.p_left > 0.7
    assert believed.pair_weight == plain.pair_weight == 1.0
    assert believed.anchor_left > 0 == believed.anchor_right


def test_one_rater_is_believed_as_before(studio: Studio) -> None:
    frozen = frozen_of(studio)
    assert examples_of(frozen, DataSettings(rater_reliability=True)) == examples_of(frozen, DataSettings())


def test_null_smoothing_is_measured_for_each_pair(studio: Studio, contested: int) -> None:
    measured, fixed = (examples_of(frozen_of(studio), DataSettings(label_smoothing=value)) for value in (None, 0.08))
    assert {example.label_noise for example in fixed} == {0.08}
    noise = {example.brief: example.label_noise for example in measured}
    assert 0 < noise[1] < 0.5
    alone = add_brief(studio, "ben alone")
    cast(studio, *add_takes(studio, alone, [0.0, 1.0]), "left", "ben")
    (bens,) = of_brief(studio, alone, label_smoothing=None)
    assert bens.label_noise > noise[1] > 0.01  # ben is wrong more often than the three are on average
    assert bens.label_noise <= 0.4


def rate(studio: Studio, name: str, stars: dict[int, int]) -> None:
    person = accounts.get_person(studio, name)["id"]
    for take, count in stars.items():
        ratings.rate_take(studio, person, f"{name}-{take}", take, count)


def test_star_margin_has_the_sign_of_the_pairs_own_left(empty: Studio) -> None:
    brief = add_brief(empty, "a clear case")
    left, right = add_takes(empty, brief, [0.0, 1.0])
    cast(empty, right, left, "left")  # seen the other way round
    rate(empty, "ada", {left: 1, right: 4})
    (example,) = of_brief(empty, brief)
    assert (example.p_left, example.star_margin) == (0.0, -3.0)


def test_without_star_weight_only_circled_takes_of_star_pairs_teach(empty: Studio) -> None:
    brief = add_brief(empty, "only stars")
    low, high, other = add_takes(empty, brief, [0.0, 1.0, 0.5])
    rate(empty, "ada", {low: 1, high: 4, other: 1})
    weights = [example.pair_weight for example in of_brief(empty, brief, star_weight=0.25)]
    assert weights == [0.25, 0.25]
    assert of_brief(empty, brief, star_weight=0.0) == []
    statuses.set_status(empty, accounts.get_person(empty, "ada"), "circle-low", low, "circled")
    (anchor,) = of_brief(empty, brief, star_weight=0.0)
    assert (anchor.pair_weight, anchor.anchor_left, anchor.anchor_right) == (0.0, 1.0, 0.0)


@pytest.fixture
def promoted(studio: Studio) -> int:
    """A brief with two takes of `tiny` and, after another version's promotion, two of that one: all pairs judged."""
    brief = add_brief(studio, "before and after")
    first = add_takes(studio, brief, [0.0, 0.3])
    versions.register_candidate(studio, "newer", versions.get_version(studio, "tiny")["base"], [])
    promotion.promote(studio, "newer", force=True, reason="a test")
    second = add_takes(studio, brief, [0.6, 1.0], seed=1)
    takes = [*first, *second]
    for number, left in enumerate(takes):
        for right in takes[number + 1 :]:
            cast(studio, left, right, "right")
    return brief


def test_off_policy_weight_goes_by_the_version_that_drew_each_take(studio: Studio, promoted: int) -> None:
    def weights(production: str | None, share: float = 0.2) -> list[float]:
        return [each.pair_weight for each in of_brief(studio, promoted, production, off_policy_weight=share)]

    assert weights("newer") == pytest.approx([0.2, 0.6, 0.6, 0.6, 0.6, 1.0])
    assert weights("tiny") == pytest.approx([1.0, 0.6, 0.6, 0.6, 0.6, 0.2])
    assert weights("newer", share=1.0) == weights(None) == [1.0] * 6
    assert weights("newer", share=0.0) == pytest.approx([0.5] * 4 + [1.0])


def test_off_policy_weight_is_that_of_the_both_bad_signal_and_the_anchor_too(studio: Studio, promoted: int) -> None:
    frozen = frozen_of(studio)
    pair = frozen["pairs"][0]
    pair["both_bad"] = pair["votes"]
    old = examples_of(frozen, DataSettings(off_policy_weight=0.2), "newer")[0]
    assert (old.pair_weight, old.both_bad, old.anchor_right) == pytest.approx((0.1, 0.1, 0.1))


def test_run_weighs_by_todays_production(studio: Studio) -> None:
    recipe = quick(off_policy_weight=0.0)
    assert tune(studio, recipe, dry_run=True)["metrics"]["train_pairs"] > 20
    promotion.promote(studio, "starter", force=True, reason="a test")
    with pytest.raises(Refused, match="of production's own takes nothing was judged") as caught:
        tune(studio, recipe, progress=False)
    assert "\n" not in str(caught.value)
    assert tune(studio, quick(), dry_run=True)["metrics"]["train_pairs"] > 20


@pytest.mark.parametrize(("train", "heldout", "named"), [(1.0, 0.0, "held out"), (0.0, 1.0, "learned from")])
def test_no_weight_on_one_side_of_the_split_is_refused(train: float, heldout: float, named: str) -> None:
    def pairs(weight: float, first: int) -> list[Example]:
        return [Example(first + k % 2, "a sun", f"l{k}", f"r{k}", 1.0, weight, 0.0, 1.0, 0.0) for k in range(8)]

    with pytest.raises(Refused, match=f"briefs {named} has any weight") as caught:
        refuse_too_little(Dataset({}, pairs(train, 1), pairs(heldout, 3)), DataSettings(min_pairs=8))
    assert "\n" not in str(caught.value)


def test_reliability_is_estimated_once_and_only_where_it_counts(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    estimate = examples_module.estimate_reliability

    def counting(*given: Any) -> dict[int, float]:
        calls.append(1)
        return estimate(*given)

    monkeypatch.setattr(examples_module, "estimate_reliability", counting)
    make_dataset(frozen_of(studio), DataSettings())
    assert calls == []
    make_dataset(frozen_of(studio), DataSettings(rater_reliability=True, label_smoothing=None))
    assert calls == [1]
    tune(studio, quick(rater_reliability=True, max_steps=1, eval_steps=1), progress=False)
    assert calls == [1, 1]


def test_takes_drawn_by_the_reference_are_told_from_later_ones(studio: Studio, promoted: int) -> None:
    frozen, made = frozen_of(studio), of_brief(studio, promoted)
    base = versions.get_version(studio, "tiny")["base"]
    assert versions.versions_drawing_with(studio, base, []) == {"tiny", "newer"}
    assert versions.versions_drawing_with(studio, base, [{"folder": "models/other"}]) == set()
    assert drawn_by(frozen, {"tiny"}, made) == made[:1]
    assert drawn_by(frozen, {"tiny", "newer"}, made) == made
    assert drawn_by(frozen, {"tuned"}, made) == []
    del frozen["versions"]
    assert drawn_by(frozen, {"tuned"}, made) == made


def tagged(snapshot_of: dict[str, Any], *rows: tuple[int, bool]) -> dict[str, Any]:
    """The same with tags on the take of each: (place among the takes, whether it is praise)."""
    takes = list(snapshot_of["takes"])
    brief = snapshot_of["pairs"][0]["brief"]
    tags = [
        {"tag": number, "person": 1, "take": int(takes[place]), "brief": brief, "word": "hands", "good": good}
        for number, (place, good) in enumerate(rows)
    ]
    return {**snapshot_of, "tags": tags}


def test_a_tagged_take_is_better_or_worse_than_the_others_of_its_brief_whoever_tagged_it(studio: Studio) -> None:
    frozen = frozen_of(studio)
    before = examples_of(frozen)
    made = examples_of(tagged(frozen, (0, False), (0, False), (1, True)), DataSettings(tag_weight=0.75))
    bad, good = made[len(before) :]
    assert made[: len(before)] == before
    assert (bad.left, bad.right, bad.both_bad, bad.anchor_left) == (bad.left, bad.left, 0.75, 0.0)
    assert (good.both_bad, good.anchor_left, good.decided, good.compared) == (0.0, 0.75, False, False)
    assert examples_of(tagged(frozen, (0, False)), DataSettings(tag_weight=0.0)) == before


def test_the_judgements_of_a_dataset_have_its_tags(studio: Studio) -> None:
    made = make_dataset(tagged(frozen_of(studio), (0, False)), DataSettings())
    assert (("tag", 0, 1), 1.0) in list(made.judgements(False))
