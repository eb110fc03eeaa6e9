"""Leaving a group out: who judges against the others costs predictions nothing, and whole groups are told apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from feedback.preferences.left_out import without_briefs, without_person
from finetune.data.examples import examples_of
from finetune.reward.influence import FittedRewards, measure_influences
from finetune.settings import DataSettings

BRIEFS, TAKES = 30, 4


def judged_by_three(seed: int = 0) -> tuple[dict, FittedRewards]:
    """1 judges most pairs by the first feature, 2 a few by it too, 3 a third of them by chance."""
    chance = np.random.default_rng(seed)
    numbers = chance.standard_normal((BRIEFS * TAKES, 6))
    pairs, ballot = [], 0
    for brief in range(BRIEFS):
        for a in range(TAKES):
            for b in range(a + 1, TAKES):
                left, right = brief * TAKES + a, brief * TAKES + b
                person = int(chance.choice([1, 1, 1, 2, 3, 3]))
                ballot += 1
                better = "left" if numbers[left, 0] > numbers[right, 0] else "right"
                verdict = str(chance.choice(["left", "right"])) if person == 3 else better
                rest = {"p_left": float(verdict == "left"), "votes": 1, "both_bad": 0, "stars": [], "star_margin": 0.0}
                pairs.append(
                    {"left": left, "right": right, "brief": brief, "judgements": [[ballot, person, verdict]], **rest}
                )
    every = range(BRIEFS * TAKES)
    snapshot = {
        "pairs": pairs,
        "star_pairs": [],
        "circled": [],
        "circles": [],
        "takes": {str(take): f"{take:064x}" for take in every},
        "prompts": {str(brief): f"brief {brief}" for brief in range(BRIEFS)},
        "repeats": [],
        "versions": {},
    }
    brief = torch.tensor([take // TAKES for take in every])
    fitted = FittedRewards(torch.tensor(numbers), 1e-2, [f"{take:064x}" for take in every], brief, {})
    return snapshot, fitted


def test_what_is_needed_and_what_is_chance_are_told_apart() -> None:
    snapshot, fitted = judged_by_three()
    projects = {brief: {1 if brief < 10 else 2} for brief in range(BRIEFS)}
    made = measure_influences(snapshot, DataSettings(), None, fitted, {"title": {0: {7}}, "project": projects})
    assert made is not None
    assert (made.folds, made.takes, made.heldout) == (5, 120, 180)
    assert made.loss < math.log(2)
    rows = {(row.kind, row.subject): row for row in made.rows}
    assert set(rows) == {("person", 1), ("person", 2), ("person", 3), ("title", 7), ("project", 1), ("project", 2)}
    needed, by_chance = rows["person", 1], rows["person", 3]
    assert needed.loss > 2 * needed.loss_error  # type: ignore[operator]
    # Others are predicted no worse without chance; its own verdicts are, as only it says that some cannot be.
    assert by_chance.loss_others < 0 < by_chance.loss < needed.loss  # type: ignore[operator]
    assert all(-1 <= row.tau <= 1 and row.tau_error >= 0 for row in made.rows)  # type: ignore[operator]
    assert rows["title", 7].tau > rows["project", 2].tau  # type: ignore[operator]
    assert rows["project", 2].verdicts == 120


def test_leaving_out_is_fitting_to_the_rest() -> None:
    """The numbers of a group are those of a fit that never saw it, found here by the plain way."""
    from finetune.reward.candidates import FOLDS
    from finetune.reward.comparisons import compare, fit_weights, verdicts_of

    snapshot, fitted = judged_by_three(1)
    settings = DataSettings()
    made = measure_influences(snapshot, settings, None, fitted, {})
    assert made is not None
    row = next(row for row in made.rows if row.subject == 3)

    def losses(some: dict) -> dict[int, float]:
        target = compare(verdicts_of(examples_of(snapshot, settings), fitted.takes, fitted.brief, 0.5), fitted.numbers)
        data = compare(verdicts_of(examples_of(some, settings), fitted.takes, fitted.brief, 0.5), fitted.numbers)
        held = {}
        for fold in range(FOLDS):
            weights = fit_weights(data.where(data.brief % FOLDS != fold), fitted.penalty)
            here = target.where((target.brief % FOLDS == fold) & target.decided)
            z = here.difference @ weights
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, here.p, reduction="none")
            held[fold] = float((loss * here.choices).sum() / here.choices.sum())
        return held

    with_all, without = losses(snapshot), losses(without_person(snapshot, 3))
    change = [without[fold] - with_all[fold] for fold in range(FOLDS)]
    assert row.loss == pytest.approx(sum(change) / FOLDS, abs=1e-4)
    assert row.loss_error == pytest.approx(float(np.std(change, ddof=1)) / FOLDS**0.5, abs=1e-4)


def test_one_person_on_one_project_cannot_be_left_out() -> None:
    snapshot, fitted = judged_by_three()
    for pair in snapshot["pairs"]:
        pair["judgements"][0][1] = 1
    assert (
        measure_influences(snapshot, DataSettings(), None, fitted, {"project": {b: {1} for b in range(BRIEFS)}}) is None
    )


def test_a_snapshot_without_somebody_is_what_the_others_said() -> None:
    pair = {
        "left": 1,
        "right": 2,
        "brief": 1,
        "judgements": [[1, 1, "left"], [2, 2, "right"]],
        "p_left": 0.5,
        "votes": 2,
    }
    pair |= {"both_bad": 0, "stars": [[1, 1, 5], [2, 1, 3], [3, 2, 1], [4, 2, 2]], "star_margin": 0.5}
    star = {"left": 1, "right": 3, "brief": 1, "judgements": [[1, 1, 5], [5, 1, 3]], "margin": 2.0, "p_left": 0.88}
    tags = [{"take": 1, "brief": 1, "tag": 1, "person": 1, "good": True}]
    snapshot = {"pairs": [pair], "star_pairs": [star], "circles": [], "tags": tags, "repeats": [[1, 1, True]]}
    rest = without_person(snapshot, 1)
    assert (rest["star_pairs"], rest["tags"], rest["repeats"]) == ([], [], [])
    assert (rest["pairs"][0]["p_left"], rest["pairs"][0]["star_margin"], rest["pairs"][0]["votes"]) == (0.0, -1.0, 1)
    assert without_briefs(snapshot, {1})["pairs"] == []
    assert without_person(rest, 2)["pairs"] == []


def test_what_there_is_no_time_for_is_named_without_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finetune.reward.influence.BUDGET", 0)
    snapshot, fitted = judged_by_three()
    made = measure_influences(snapshot, DataSettings(), None, fitted, {})
    assert made is not None
    assert [(row.subject, row.loss is not None) for row in made.rows] == [(1, True), (3, False), (2, False)]
